"""What a backfill does to the rows of a table, as its workers find it in the state table."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from dbwright.core.errors import UsageError

NAME_LENGTH = 120
_NAME = re.compile(r"[A-Za-z0-9_.:-]+")
_EXAMPLE = (
    "Write, for example: Backfill('orders_total', 'orders', set='total_cents = total * 100')."
)


@dataclass(frozen=True, slots=True)
class Backfill:
    """Work on every row of a table, by ranges of its key; each batch is one transaction.

    Exactly one of `set` (assignments of an UPDATE), `delete` and `call` says what is done. `call`
    names a function, `"package.module:function"`, that gets the connection and the Batch inside
    of the batch's transaction and gives the number of rows that it wrote. `where` is the
    condition of a row that is not done yet: what the check at the end looks for. `key` are columns
    that are unique together and not null; the primary key when empty.
    """

    name: str
    table: str
    set: str = ""
    where: str = ""
    key: tuple[str, ...] = ()
    delete: bool = False
    call: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", tuple(self.key))
        if not _NAME.fullmatch(self.name) or len(self.name) > NAME_LENGTH:
            raise UsageError(
                f"{self.name!r} cannot name a backfill",
                way_out=f"Use letters, digits and _ . : -, {NAME_LENGTH} at most.",
            )
        if not self.table:
            raise UsageError(f"the backfill {self.name} names no table", way_out=_EXAMPLE)
        if sum((bool(self.set), self.delete, bool(self.call))) != 1:
            raise UsageError(
                f"the backfill {self.name} must say one thing to do: set, delete or call",
                way_out=_EXAMPLE,
            )
        if self.delete and not self.where:
            raise UsageError(
                f"the backfill {self.name} would delete every row of {self.table}",
                way_out="Say which rows with `where`.",
            )

    @property
    def digest(self) -> str:
        """A SHA-256 of all that it says."""
        return hashlib.sha256(self.as_text().encode()).hexdigest()

    def as_text(self) -> str:
        """Gives it as JSON, with its keys in order."""
        return json.dumps(asdict(self), sort_keys=True)


def of_text(text: str) -> Backfill:
    """Gives the backfill that `as_text` wrote; keys that this version does not know are errors."""
    found: dict[str, Any] = json.loads(text)
    unknown = set(found) - {each.name for each in fields(Backfill)}
    if unknown:
        raise UsageError(
            f"the backfill {found.get('name')} was started by another version of dbwright: it "
            f"says {', '.join(sorted(unknown))}",
            way_out="Let the version that started it end it.",
        )
    return Backfill(**{**found, "key": tuple(found["key"])})


@dataclass(frozen=True, slots=True)
class Settings:
    """How fast a backfill goes, and what makes it wait.

    `target_seconds` is what a batch shall take. `lease_seconds` is how long a worker that says
    nothing keeps its range. Limits of 0 are not looked at: `max_lag_seconds` of replicas,
    `max_waiting` sessions that wait for a lock, `max_active` running queries, `max_wal_mb` of
    write-ahead log a second. `replicas` are URLs of replicas to ask for their lag, where the
    primary does not tell. `max_failures` rows may fail before the backfill stops.
    """

    target_seconds: float = 0.5
    first_size: int = 1_000
    max_size: int = 100_000
    lease_seconds: float = 30.0
    lock_seconds: float = 2.0
    batch_seconds: float = 30.0
    max_lag_seconds: float = 10.0
    max_waiting: int = 5
    max_active: int = 0
    max_wal_mb: float = 0.0
    max_failures: int = 100
    sweeps: int = 5
    replicas: tuple[str, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "replicas", tuple(self.replicas))
        wrong = [
            each.name
            for each in fields(self)
            if each.name != "replicas" and getattr(self, each.name) < 0
        ]
        wrong += [
            name
            for name in ("target_seconds", "first_size", "max_size", "lease_seconds", "sweeps")
            if not getattr(self, name)
        ]
        if wrong:
            raise UsageError(
                f"{', '.join(dict.fromkeys(wrong))} of a backfill must be more than nothing",
                way_out="Leave it out for the usual value.",
            )

    def as_text(self) -> str:
        """Gives them as JSON, without the URLs of replicas: they hold secrets."""
        found = {name: value for name, value in asdict(self).items() if name != "replicas"}
        return json.dumps(found, sort_keys=True)


def settings_of_text(text: str) -> Settings:
    """Gives the settings that `as_text` wrote."""
    known = {each.name for each in fields(Settings)}
    return Settings(**{name: value for name, value in json.loads(text).items() if name in known})


@dataclass(frozen=True, slots=True)
class Batch:
    """The rows of a batch: those whose key is behind `after` (None: from the first) up to `last`.

    `where` is a condition in SQL with `parameters`, for a statement of the caller's own.
    """

    table: str
    where: str
    parameters: dict[str, Any]
    after: tuple[Any, ...] | None
    last: tuple[Any, ...]

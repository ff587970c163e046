"""Reading: one guarded read of a user's database, its limits and its answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one read may cost.

    seconds: how long the statement may run; lock_seconds: how long it may wait for a lock; rows:
    how many rows are fetched; bytes: how much text all of them together; value: how many
    characters of one value; analyze: whether EXPLAIN ANALYZE of a SELECT may run it.
    """

    seconds: float = 10.0
    lock_seconds: float = 2.0
    rows: int = 1000
    bytes: int = 1_000_000
    value: int = 10_000
    analyze: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an answer: its name, and its type as the database names it where it does."""

    name: str
    type: str = ""


@dataclass(frozen=True, slots=True)
class Cut:
    """What of an answer is not there, and why: rows, or a part of values."""

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What one read gave: rows of JSON-able values, and what of them is not shown.

    `truncated` says that there are more rows than these; `cut` names all that is missing, and
    `redacted` each kind of secret that was replaced. Rows are data of the database, never words
    of dbwright's.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[Any, ...], ...]
    truncated: bool = False
    cut: tuple[Cut, ...] = ()
    redacted: tuple[str, ...] = ()
    seconds: float = 0.0
    database: str = ""


@dataclass(frozen=True, slots=True)
class Allowed:
    """A statement that may run: `kind` is rows, plan or list.

    `texts` says that statements of others are among what it reads, `settings` that values of
    settings are: neither is shown as it is. `places` are the columns that hold statements, where
    their names do not tell.
    """

    sql: str
    kind: str = "rows"
    texts: bool = False
    settings: bool = False
    places: tuple[int, ...] = ()

"""A claim with the runs that decide about it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from dbwright.core.claim import Claim
from dbwright.core.migration import Migration
from dbwright.core.trace import Rehearsal, StatementTrace, Trace

_MOST_SQL = 70


@dataclass(frozen=True, slots=True)
class Unseen:
    """The claim's effect was not seen; `refutes` is whether it would have been, were it true."""

    why: str
    refutes: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """One claim, the revision and its rehearsal."""

    claim: Claim
    migration: Migration
    rehearsal: Rehearsal

    @property
    def up(self) -> Trace:
        """The first upgrade with rows."""
        assert self.rehearsal.up is not None
        return self.rehearsal.up

    def statements(self, *, rows: bool = False) -> Iterator[StatementTrace]:
        """Gives the statements of the upgrade; of the one without rows too if it got further.

        With `rows` only those that ran on rows.
        """
        yield from self.up.statements
        without = self.rehearsal.without_rows
        if self.up.failed and without is not None and not rows:
            yield from without.statements[len(self.up.statements) - 1 :]

    def is_about(self, relation: str) -> bool:
        """Whether the claim is about this table, or about any."""
        return self.claim.relation in (None, relation)

    def stood_before(self, relation: str) -> bool:
        """Whether a table or view stood before the revision."""
        if relation in self.rehearsal.rows:
            return True
        return (
            self.migration.before is not None and self.migration.before.table(relation) is not None
        )

    def unseen(self, what: str, *, rows: bool = False) -> Unseen:
        """Gives what not having seen it means, once every statement was looked at."""
        relation = self.claim.relation
        empty = {item.table: item.why for item in self.rehearsal.empty}
        if rows and relation in empty:
            return Unseen(f"{relation} stayed empty: {empty[relation]}")
        complete = not self.up.failed
        if not complete and not rows and self.rehearsal.without_rows is not None:
            complete = not self.rehearsal.without_rows.failed
        if not complete:
            return Unseen(f"the upgrade stopped before it: {one_line(self.up.error)}")
        return Unseen(what, refutes=True)


def one_line(text: str | None) -> str:
    """Gives the first line of an error, without SQLAlchemy's wrapping."""
    first = (text or "").strip().splitlines()[:1]
    plain = re.sub(r"^\w+Error: \(\S+\) ", "", first[0]) if first else "it failed"
    return plain.rstrip(".")


def head(sql: str) -> str:
    """Gives a statement on one line, cut to what a reader recognizes it by."""
    text = " ".join(sql.split())
    return text if len(text) <= _MOST_SQL else text[: _MOST_SQL - 1] + "…"


def names(text: str, key: str) -> bool:
    """Whether a text names a table, index or column.

    >>> names('insert into "orders" values (1)', "orders"), names("select reorders", "orders")
    (True, False)
    """
    bare = re.escape(key.rpartition(".")[2])
    return re.search(rf"(?<!\w){bare}(?!\w)", text) is not None

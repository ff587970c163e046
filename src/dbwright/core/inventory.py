"""Inventory: a database in its own words, all of it, for who writes it again elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from dbwright.core.compare import Difference, structured
from dbwright.core.schema import Schema

Moment = Literal["before", "after", "part"]
EXTENDED = "extended "
"""In front of a kind in the details: what extensions an object of that kind needs."""
EXCLUDED = "excluded by"
"""The kind in the details that says what an EXCLUDE constraint is made of."""
Details = Mapping[tuple[str, str], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Ddl:
    """One object, with the statement that makes it in the database's own spelling.

    `table` is the key of the table that it belongs to and goes with. `moment` says when it can
    be made: before all tables, after them, or "part": its table's own creation makes it too.
    `sql` is empty where another object brings it along, which only the comparison reads.
    """

    kind: str
    name: str
    sql: str
    table: str | None = None
    drop: str | None = None
    moment: Moment = "after"
    value: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from all others of its database."""
        return self.kind, self.name if self.table is None else f"{self.name} of {self.table}"


@dataclass(frozen=True, slots=True)
class Inventory:
    """The schema, and every object as the statement that makes it.

    `details` is what of a column, or with the name "" of a table or sequence, a Schema has no
    field for; `unread` names what is there and is not read.
    """

    schema: Schema
    objects: tuple[Ddl, ...] = ()
    details: Details = field(default_factory=dict)
    unread: tuple[str, ...] = ()

    def of(self, kind: str) -> Iterator[Ddl]:
        """Gives the objects of a kind, in the order in which they can be made."""
        return (each for each in self.objects if each.kind == kind)

    def find(self, kind: str, name: str, table: str | None = None) -> Ddl | None:
        """Gives the object of that name, or None."""
        wanted = Ddl(kind, name, "", table).key
        return next((each for each in self.objects if each.key == wanted), None)


def compared(before: Inventory, after: Inventory) -> tuple[Difference, ...]:
    """Gives each difference: of the schemas first, then of the objects that those do not name.

    Both are to be read from servers of one version: definitions are compared as they are spelled.
    """
    found = list(structured(before.schema, after.schema))
    told = {(each.table, each.name) for each in found}
    told |= {(None, each.name) for each in found if each.table is None or each.object == "table"}
    gone = {each.name for each in found if each.object in _RELATIONS and each.kind != "changed"}
    old = {each.key: each for each in before.objects}
    new = {each.key: each for each in after.objects}
    for key in sorted(old.keys() | new.keys()):
        one, other = old.get(key), new.get(key)
        each = one or other
        assert each is not None
        if (each.table, each.name) in told or each.table in gone or each.name in gone:
            continue
        if one is None or other is None:
            kind: Literal["added", "removed"] = "added" if one is None else "removed"
            yielded = Difference(kind, each.kind, each.table, each.name)
            found.append(yielded)
        elif _words(one) != _words(other):
            words = _words(one), _words(other)
            found.append(Difference("changed", each.kind, each.table, each.name, *words))
    return tuple(found)


_RELATIONS = ("table", "view", "materialized view")


def _words(each: Ddl) -> str:
    return " ".join((each.value or each.sql).split())

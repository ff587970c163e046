"""How two schemas differ, in sentences that a reviewer reads and as values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from dbwright.core.describe import text_of
from dbwright.core.schema import Column, EnumType, NamedObject, Schema, Table, qualified

Change = Literal["added", "removed", "changed"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs: `object` as `column` or `foreign key`, `table` its table's key.

    `before` and `after` say what is on each side, None on the side that lacks it; `aspect` is
    what of a column or table differs (`type`, `default`).
    """

    kind: Change
    object: str
    table: str | None
    name: str
    before: str | None = None
    after: str | None = None
    aspect: str | None = None

    def __str__(self) -> str:
        subject = f"{self.object} {self._full_name()}"
        if self.kind == "removed":
            return f"{subject}: missing" + (f", wanted {self.before}" if self.before else "")
        if self.kind == "added":
            return f"{subject}: not wanted" + (f", found {self.after}" if self.after else "")
        aspect = f"{self.aspect} " if self.aspect else ""
        return f"{subject}: {aspect}{self.after or 'none'}, wanted {self.before or 'none'}"

    def _full_name(self) -> str:
        if self.table is None or self.object in ("table", "view", "materialized view"):
            return self.name
        if self.object == "column":
            return f"{self.table}.{self.name}"
        return f"{self.name} of {self.table}" if self.name else f"of {self.table}"


def differences(before: Schema, after: Schema) -> tuple[str, ...]:
    """Give one sentence for each difference; `before` is what is wanted, `after` what is found.

    Expressions are compared as they are spelled, so both sides must come from the same server.
    Neither the order of columns nor comments count.
    """
    return tuple(str(each) for each in structured(before, after))


def only_validated(text: str) -> bool:
    """Whether a difference is that a constraint stays validated, which nobody needs undone.

    >>> only_validated("check c of t: check (a > 0), wanted check (a > 0) not valid")
    True
    """
    found, comma, wanted = text.partition(", wanted ")
    plain = found.partition(": ")[2]
    return bool(comma) and f"{plain} not valid" == wanted


def only_validity(text: str) -> bool:
    """Whether a difference is no more than whether a constraint is validated, either way."""
    found, comma, wanted = text.partition(", wanted ")
    plain = found.partition(": ")[2].removesuffix(" not valid")
    return bool(comma) and plain == wanted.removesuffix(" not valid")


def structured(before: Schema, after: Schema) -> tuple[Difference, ...]:
    """Give each difference as a value: those of tables first, then types and other objects."""
    old = {table.key: table for table in before.tables}
    new = {table.key: table for table in after.tables}
    found: list[Difference] = []
    for key in sorted(old.keys() | new.keys()):
        found += _tables(key, old.get(key), new.get(key))
    found += _objects(_enums(before), _enums(after))
    found += _objects(_others(before), _others(after))
    return tuple(found)


def _tables(key: str, old: Table | None, new: Table | None) -> Iterator[Difference]:
    if old is None or new is None:
        found = old or new
        kind = found.kind if found and "view" in found.kind else "table"
        yield Difference("removed" if old else "added", kind, key, key)
        return
    yield from _aspects(old, new, key)
    yield from _columns(old, new)
    for name, parts in _PARTS.items():
        yield from _parts(name, key, parts(old), parts(new))


def _aspects(old: Table, new: Table, key: str) -> Iterator[Difference]:
    aspects = {
        "kind": (old.kind, new.kind),
        "partitioning": (old.partition, new.partition),
        "definition": (old.definition, new.definition),
        "row security": (_on(old.row_security), _on(new.row_security)),
    }
    for aspect, (before, after) in aspects.items():
        if before != after:
            yield Difference("changed", "table", key, key, before, after, aspect)


def _on(flag: bool) -> str:
    return "on" if flag else "off"


def _columns(old: Table, new: Table) -> Iterator[Difference]:
    mine = {column.name: column for column in old.columns}
    theirs = {column.name: column for column in new.columns}
    for name in dict.fromkeys([*mine, *theirs]):
        before, after = mine.get(name), theirs.get(name)
        if before is None or after is None:
            yield _one_sided("column", old.key, name, before, after)
        elif before != after:
            yield from _column_aspects(old.key, before, after)


_COLUMN_ASPECTS: Mapping[str, Callable[[Column], str | None]] = {
    "type": lambda column: column.type,
    "nullability": lambda column: "NULL" if column.nullable else "NOT NULL",
    "default": lambda column: column.default,
    "identity": lambda column: column.identity,
    "expression": lambda column: column.computed,
    "storage": lambda column: "stored" if column.stored else "virtual",
    "collation": lambda column: column.collation,
}


def _column_aspects(table: str, old: Column, new: Column) -> Iterator[Difference]:
    for aspect, value in _COLUMN_ASPECTS.items():
        before, after = value(old), value(new)
        if before != after:
            yield Difference("changed", "column", table, old.name, before, after, aspect)


_PARTS: Mapping[str, Callable[[Table], tuple[Any, ...]]] = {
    "primary key": lambda table: (table.primary_key,) if table.primary_key else (),
    "unique": lambda table: table.uniques,
    "foreign key": lambda table: table.foreign_keys,
    "check": lambda table: table.checks,
    "exclude": lambda table: table.excludes,
    "index": lambda table: table.indexes,
    "trigger": lambda table: table.triggers,
}


def _parts(kind: str, table: str, old: Iterable[Any], new: Iterable[Any]) -> Iterator[Difference]:
    """Compare parts of one kind: first those of one name, then those alike but for the name."""
    mine, theirs = list(old), list(new)
    for before in list(mine):
        after = next((each for each in theirs if before.name and each.name == before.name), None)
        if after is None:
            continue
        mine.remove(before)
        theirs.remove(after)
        if before != after:
            yield Difference("changed", kind, table, before.name, text_of(before), text_of(after))
    yield from _renamed(kind, table, mine, theirs)
    if kind == "foreign key":
        yield from _respelled(kind, table, mine, theirs)
    for before in mine:
        yield _one_sided(kind, table, before.name or "", before, None)
    for after in theirs:
        yield _one_sided(kind, table, after.name or "", None, after)


def _renamed(kind: str, table: str, mine: list[Any], theirs: list[Any]) -> Iterator[Difference]:
    for before in list(mine):
        after = next((each for each in theirs if replace(each, name=before.name) == before), None)
        if after is None:
            continue
        mine.remove(before)
        theirs.remove(after)
        # A side without a name leaves the choice to the database.
        if before.name and after.name:
            what = text_of(before)
            yield Difference("changed", kind, table, what, before.name, after.name, "name")


def _respelled(kind: str, table: str, mine: list[Any], theirs: list[Any]) -> Iterator[Difference]:
    """Pairs keys over the same columns, which differ in what they refer to or how they act."""
    for before in list(mine):
        after = next((each for each in theirs if each.columns == before.columns), None)
        if after is None:
            continue
        mine.remove(before)
        theirs.remove(after)
        name = after.name or before.name or ""
        yield Difference("changed", kind, table, name, text_of(before), text_of(after))


def _one_sided(kind: str, table: str, name: str, before: Any, after: Any) -> Difference:
    change: Change = "removed" if after is None else "added"
    old = text_of(before) if before is not None else None
    new = text_of(after) if after is not None else None
    return Difference(change, kind, table, name, old, new)


Objects = Mapping[tuple[str, str], str]


def _enums(schema: Schema) -> Objects:
    return {("enum", _key(enum)): f"({', '.join(enum.values)})" for enum in schema.enums}


def _others(schema: Schema) -> Objects:
    return {(each.kind, _key(each)): each.definition for each in schema.others}


def _key(thing: EnumType | NamedObject) -> str:
    return qualified(thing.name, thing.schema)


def _objects(old: Objects, new: Objects) -> Iterator[Difference]:
    for kind, name in sorted(old.keys() | new.keys()):
        before, after = old.get((kind, name)), new.get((kind, name))
        if before is None:
            yield Difference("added", kind, None, name, None, after or None)
        elif after is None:
            yield Difference("removed", kind, None, name, before or None, None)
        elif before != after:
            yield Difference("changed", kind, None, name, before, after)

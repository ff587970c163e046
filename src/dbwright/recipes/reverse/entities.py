"""What each table becomes: a class, an association or a plain table, with names for Python."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from dbwright.core.nouns import last_word
from dbwright.core.schema import ForeignKey, Schema, Table
from dbwright.recipes.reverse import identifiers

OWN_NAMES = frozenset(
    {"Base", "DatabaseType", "View", "attach", "refuse_writing", "values", "views"}
)
"""What the module calls things of its own."""
Kind = Literal["class", "association", "table", "view", "mapped view"]


@dataclass(frozen=True, slots=True)
class Entity:
    """A table and its place in the code; `name` is its class or its variable.

    `taken` are names that its class has besides the attributes of columns.
    """

    table: Table
    kind: Kind
    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    taken: frozenset[str] = frozenset()

    @property
    def noun(self) -> str:
        """One of it, in snake_case: `order_line`."""
        return last_word(identifiers.snake(self.table.name))

    @property
    def is_class(self) -> bool:
        """Whether its rows are objects."""
        return self.kind == "class"

    @property
    def is_view(self) -> bool:
        """Whether it is only read, and made by a statement."""
        return self.kind in ("view", "mapped view")


def entities(schema: Schema) -> tuple[Entity, ...]:
    """Gives the entities, tables before those that refer to them wherever that can be.

    A partition is none: its rows are those of its parent.
    """
    taken = set(OWN_NAMES)
    found = []
    for table in in_order(schema.tables):
        if table.kind == "partition":
            continue
        kind = _kind(table, schema)
        name = _name(table, kind, taken)
        taken.add(name)
        found.append(Entity(table, kind, name, _attributes(table)))
    return tuple(found)


def in_order(tables: Iterable[Table]) -> Sequence[Table]:
    """Gives the tables so that what is referred to comes first; a cycle stays as it is sorted."""
    left = {
        table.key: table
        for table in sorted(tables, key=lambda each: (each.schema or "", each.name))
    }
    found: list[Table] = []
    while left:
        free = [
            table for table in left.values() if not (_referred(table) & left.keys() - {table.key})
        ]
        # In a cycle the one that is waited for by most is the one to begin with.
        for table in free or [_most_wanted(left)]:
            found.append(left.pop(table.key))
    return found


def _referred(table: Table) -> set[str]:
    return {key.referred for key in table.foreign_keys}


def _most_wanted(left: dict[str, Table]) -> Table:
    count = {key: sum(key in _referred(table) for table in left.values()) for key in left}
    return left[max(left, key=lambda key: count[key])]


def _kind(table: Table, schema: Schema) -> Kind:
    if table.kind in ("view", "materialized view", "foreign"):
        return "mapped view" if view_key(table) else "view"
    if is_pure_pair(table) and not any(True for _ in schema.referring(table.key)):
        return "association"
    return "class" if table.primary_key else "table"


def view_key(table: Table) -> tuple[str, ...]:
    """Gives the columns by which a view's rows are told apart; () where no unique index does."""
    if table.kind != "materialized view":
        return ()
    found = [
        tuple(name for name in index.columns if name is not None)
        for index in table.indexes
        if index.unique and index.valid and index.predicate is None and None not in index.columns
    ]
    return min(found, key=len, default=())


def is_pure_pair(table: Table) -> bool:
    """Whether a table says which two rows belong together, and nothing else."""
    if len(table.foreign_keys) != 2 or table.primary_key is None or table.triggers:
        return False
    one, other = table.foreign_keys
    own = {*one.columns, *other.columns}
    apart = not set(one.columns) & set(other.columns)
    every = {column.name for column in table.columns}
    return apart and own == every == set(table.primary_key.columns)


def _name(table: Table, kind: Kind, taken: set[str]) -> str:
    if kind in ("class", "mapped view"):
        name = identifiers.class_name(table.name)
        if name in taken and table.schema:
            name = identifiers.class_name(f"{table.schema}_{table.name}")
        return identifiers.free(name, taken).replace("_", "")
    name = identifiers.attribute(identifiers.snake(table.name))
    if name in taken and table.schema:
        name = identifiers.attribute(identifiers.snake(f"{table.schema}_{table.name}"))
    return identifiers.free(name, taken)


def _attributes(table: Table) -> dict[str, str]:
    found: dict[str, str] = {}
    for column in table.columns:
        name = identifiers.attribute(column.name)
        found[column.name] = identifiers.free(name, found.values())
    return found


def is_one_to_one(table: Table, key: ForeignKey) -> bool:
    """Whether at most one row refers to each row by this key."""
    return any(set(each) <= set(key.columns) for each in table.unique_sets() if each)

"""Columns that get another type at one moment: what each becomes, and how (PostgreSQL)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from dbwright.core.schema import Column, ForeignKey, Table
from dbwright.recipes import code, drop

NEW = "_new"
Expression = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Recast:
    """A column, its new type, and how each form is computed from the other's name.

    `default` is the new one where it is another, `aside_type` the old type's name after the swap
    where that has changed. `own` is what fills a new column that is no function of the old one,
    which then goes on to fill itself; `refill` a statement that does what `backward` says at once.
    """

    table: Table
    column: Column
    type: str
    forward: Expression
    backward: Expression
    default: str | None = None
    aside_type: str | None = None
    own: str | None = None
    refill: str | None = None

    @property
    def name(self) -> str:
        """The column's name, before and after."""
        return self.column.name

    @property
    def new(self) -> str:
        """The name of the second column."""
        return second(self.name)

    @property
    def old(self) -> str:
        """The name under which the first one waits to be dropped."""
        return drop.retired(self.name)


@dataclass(frozen=True, slots=True)
class Group:
    """The columns that change at one moment, with statements that run in that transaction.

    `before` are run by the first expand, `swapped` and `back` at the moment of the swap and of its
    downgrade, after the columns have their names; `last` when the old columns have gone.
    """

    items: tuple[Recast, ...]
    before: tuple[str, ...] = ()
    before_back: tuple[str, ...] = ()
    swapped: tuple[str, ...] = ()
    back: tuple[str, ...] = ()
    last: tuple[str, ...] = ()
    last_back: tuple[str, ...] = ()

    def inner_keys(self) -> Iterator[tuple[Table, ForeignKey]]:
        """Gives the foreign keys from a column of the group, with their table."""
        seen = set()
        for item in self.items:
            for key in item.table.foreign_keys:
                if item.name in key.columns and (item.table.key, key.name) not in seen:
                    seen.add((item.table.key, key.name))
                    yield item.table, key

    def names(self, table: Table) -> dict[str, str]:
        """Gives the first columns of a table, each with the name of its second one."""
        return {item.name: item.new for item in self.items if item.table.key == table.key}

    def keyed(self) -> list[Table]:
        """Gives each table that has a column of the group in its primary key."""
        return [
            table
            for table in self.tables()
            if table.primary_key
            and any(
                i.table.key == table.key and i.name in table.primary_key.columns for i in self.items
            )
        ]

    def tables(self) -> list[Table]:
        """Gives each table that has a column of the group, once."""
        return list({item.table.key: item.table for item in self.items}.values())


def alter(table: Table, what: str) -> str:
    """Gives an ALTER TABLE."""
    return f"ALTER TABLE {code.quoted(table.key)} {what}"


def second(name: str) -> str:
    """Gives the name of what stands beside a first one until the swap."""
    return f"{name[: 63 - len(NEW)]}{NEW}"

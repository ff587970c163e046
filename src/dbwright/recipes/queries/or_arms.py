"""The arms of an OR, and which of them an index serves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp

from dbwright.core.schema import Table
from dbwright.recipes.queries import tree
from dbwright.recipes.queries.comparisons import has_index
from dbwright.recipes.queries.reading import Block, Reading

_SERVED = (exp.EQ, exp.In, exp.Between, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is)
_NARROW = (exp.EQ, exp.In)


@dataclass(frozen=True, slots=True)
class Arms:
    """An OR whose arms are all about one table: the columns that each could be found by.

    Those are the ones that are held equal, where there are any: a range may be most of the table.
    """

    node: exp.Expr
    table: Table
    columns: tuple[tuple[str, ...], ...]

    def unindexed(self) -> list[tuple[str, ...]]:
        """Gives the columns of the arms that no index serves."""
        return [
            names
            for names in self.columns
            if not any(has_index(self.table, name) for name in names)
        ]


def of_one_table(reading: Reading, block: Block) -> Iterator[Arms]:
    """Gives each OR of a block that holds several columns of one table against values."""
    for condition in block.conditions():
        if not isinstance(condition, exp.Or):
            continue
        found = [_columns(reading, arm) for arm in tree.disjuncts(condition)]
        tables = {id(table): table for arm in found for table, _ in arm}
        names = tuple(tuple(dict.fromkeys(name for _, name in arm)) for arm in found)
        several = len({name for arm in names for name in arm}) > 1
        if len(tables) == 1 and all(names) and several:
            yield Arms(condition, next(iter(tables.values())), names)


def unindexed_columns(reading: Reading, block: Block, table: Table) -> set[str]:
    """Gives the columns of a table that only arms without an index ask for."""
    asked = {
        name
        for arms in of_one_table(reading, block)
        if arms.table is table
        for names in arms.unindexed()
        for name in names
    }
    outside = {
        found.column.name
        for condition in block.conditions()
        if not isinstance(condition, exp.Or)
        for column in condition.find_all(exp.Column)
        if (found := reading.reference(column)) is not None and found.table is table
    }
    return asked - outside


def _columns(reading: Reading, arm: exp.Expr) -> list[tuple[Table, str]]:
    """The bare columns that an arm holds against constants."""
    found: list[tuple[bool, Table, str]] = []
    for condition in tree.conjuncts(arm):
        if not isinstance(condition, _SERVED):
            continue
        sides = (condition.this, condition.args.get("expression"))
        for side in sides:
            reference = reading.reference(side)
            others = [each for each in sides if each is not side and each is not None]
            if reference is not None and all(tree.is_constant(each) for each in others):
                narrow = isinstance(condition, _NARROW)
                found.append((not narrow, reference.table, reference.column.name))
    equal = [each for each in found if not each[0]]
    return [(table, name) for _, table, name in equal or found]

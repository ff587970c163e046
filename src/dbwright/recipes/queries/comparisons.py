"""Conditions of a block as comparisons: what stands on one side, and a value on the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from dbwright import dialects
from dbwright.core.query import Query
from dbwright.core.schema import Table
from dbwright.recipes.queries import tree
from dbwright.recipes.queries.reading import Block, Reading, Reference

Kind = Any
"""A class of comparison: exp.EQ, exp.GT, exp.GTE, exp.LT, exp.LTE."""

TURNED: dict[Kind, Kind] = {
    exp.EQ: exp.EQ,
    exp.GT: exp.LT,
    exp.GTE: exp.LTE,
    exp.LT: exp.GT,
    exp.LTE: exp.GTE,
}
LARGEST = {"smallint": 2**15 - 1, "integer": 2**31 - 1, "bigint": 2**63 - 1}


@dataclass(frozen=True, slots=True)
class Comparison:
    """A condition that must hold: `side`, made of columns, against values of the statement.

    `bounds` are the comparisons that it comes to, two of them for BETWEEN.
    """

    node: exp.Expr
    side: exp.Expr
    bounds: tuple[tuple[Kind, exp.Expr], ...]

    @property
    def is_equality(self) -> bool:
        """Whether it asks for one value."""
        return len(self.bounds) == 1 and self.bounds[0][0] is exp.EQ


def comparisons(block: Block) -> Iterator[Comparison]:
    """Gives the conditions of a block that hold something of columns against a constant."""
    for condition in block.conditions():
        if isinstance(condition, exp.Between):
            low, high = condition.args["low"], condition.args["high"]
            if tree.is_constant(low) and tree.is_constant(high):
                bounds = ((exp.GTE, low), (exp.LTE, high))
                yield Comparison(condition, condition.this.unnest(), bounds)
        elif type(condition) in TURNED:
            kind = type(condition)
            left, right = condition.this.unnest(), condition.expression.unnest()
            if tree.is_constant(right) and not tree.is_constant(left):
                yield Comparison(condition, left, ((kind, right),))
            elif tree.is_constant(left) and not tree.is_constant(right):
                yield Comparison(condition, right, ((TURNED[kind], left),))


def integer(node: exp.Expr | None) -> int | None:
    """Gives the value of a whole number in the text, with its sign."""
    if isinstance(node, exp.Paren):
        return integer(node.this)
    if isinstance(node, exp.Neg):
        value = integer(node.this)
        return None if value is None else -value
    if isinstance(node, exp.Literal) and not node.is_string and str(node.this).isdigit():
        return int(str(node.this))
    return None


def number(value: int) -> exp.Expr:
    """Gives a whole number as a node."""
    literal = exp.Literal.number(abs(value))
    return exp.Neg(this=literal) if value < 0 else literal


def string(node: exp.Expr | None) -> str | None:
    """Gives the text of a string, one with a type in front as well."""
    if isinstance(node, exp.Cast):
        node = node.this
    if isinstance(node, exp.Literal) and node.is_string:
        return str(node.this)
    return None


def family(query: Query, found: Reference) -> str:
    """Gives the family of a column's type: integer for all whole numbers, text, timestamptz, …"""
    kind = str(dialects.get(query.target.dialect).types.family(found.column.type))
    return "integer" if kind in LARGEST else kind


def only_column(reading: Reading, side: exp.Expr) -> Reference | None:
    """Gives the column that an expression is made of, where it is one and no more."""
    columns = list(side.find_all(exp.Column))
    names = {each.sql() for each in columns}
    return reading.reference(columns[0]) if len(names) == 1 else None


def has_index(table: Table, column: str) -> bool:
    """Whether a b-tree of all rows, a key or a UNIQUE leads with a column."""
    if any(each.method == "btree" and each.leads_with((column,)) for each in table.indexes):
        return True
    keys = [table.primary_key.columns] if table.primary_key else []
    return any(each[0] == column for each in (*keys, *(u.columns for u in table.uniques)))


def unaliased(node: exp.Expr, query: Query | None = None) -> exp.Expr:
    """Gives a copy of an expression as an index of its table has it: columns without aliases.

    With the query that it stands in they have their own names, whatever a CTE calls them.
    """
    copy = node.copy()
    reading = Reading(query) if query is not None else None
    written, made = node.find_all(exp.Column), copy.find_all(exp.Column)
    for old, column in zip(list(written), list(made), strict=True):
        found = reading.reference(old) if reading is not None else None
        if found is not None and found.column.name != old.name:
            column.set("this", tree.identifier(found.column.name))
        column.set("table", None)
        column.set("db", None)
    return copy


def both(*parts: exp.Expr) -> exp.Expr:
    """Gives conditions that must all hold as one, to be put in the place of one."""
    return parts[0] if len(parts) == 1 else exp.paren(exp.and_(*parts, copy=False), copy=False)

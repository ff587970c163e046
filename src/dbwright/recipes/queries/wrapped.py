"""Columns inside of a function or a cast, and the indexes of such expressions."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from dbwright.core.finding import Remedy
from dbwright.core.query import Query
from dbwright.core.schema import Table
from dbwright.recipes.queries import bare_column, indexes, remedies, tree
from dbwright.recipes.queries import comparisons as compared
from dbwright.recipes.queries.comparisons import Comparison, family, only_column, unaliased
from dbwright.recipes.queries.reading import Block, Reading, Reference

__all__ = ["Comparison", "column", "comparisons", "indexed", "without_default"]

_NOT_WRAPPERS = (
    exp.AggFunc, exp.Window, exp.Case, exp.JSONExtract, exp.JSONExtractScalar, exp.Any, exp.All,
    exp.JSONBExtract, exp.JSONBExtractScalar, exp.Connector, exp.Query, exp.ArrayContainsAll,
)  # fmt: skip


def comparisons(block: Block) -> Iterator[Comparison]:
    """Gives conditions of a block on one expression; without bounds where it is no comparison."""
    yield from compared.comparisons(block)
    for condition in block.conditions():
        if isinstance(condition, exp.In) and condition.expressions:
            if all(tree.is_constant(each) for each in condition.expressions):
                yield Comparison(condition, condition.this.unnest(), ())
        elif isinstance(condition, exp.EQ):
            sides = (condition.this.unnest(), condition.expression.unnest())
            if not any(tree.is_constant(side) for side in sides):
                yield from (Comparison(condition, side, ()) for side in sides)


def column(query: Query, reading: Reading, side: exp.Expr) -> Reference | None:
    """Gives the column that a function or cast is around, where no index of the expression is.

    A cast that only a wrong type of the other side brought about is left to others.
    """
    if not isinstance(side, exp.Func) or isinstance(side, _NOT_WRAPPERS):
        return None
    if any(isinstance(each, _NOT_WRAPPERS) for each in side.walk()):
        return None
    found = only_column(reading, side)
    if found is None or has_expression_index(query, found.table, side):
        return None
    inner = side.this
    if isinstance(side, exp.Cast) and isinstance(inner, exp.Column):
        cast_of_time = family(query, found) in ("timestamp", "timestamptz")
        return found if cast_of_time and side.to.is_type("date") else None
    optional = isinstance(side, exp.Coalesce) and found.source.optional
    return None if optional else found


def has_expression_index(query: Query, table: Table, side: exp.Expr) -> bool:
    """Whether an index of a table leads with an expression."""
    wanted = _shape(unaliased(side, query))
    return any(
        _shape(key) == wanted
        for index in table.indexes
        for key in [_parsed(query, index.keys[0].expression)]
        if key is not None
    )


def _parsed(query: Query, text: str | None) -> exp.Expr | None:
    if text is None:
        return None
    try:
        return sqlglot.parse_one(text, dialect=tree.GLOT[query.target.dialect])
    except SqlglotError:
        return None


def _shape(node: exp.Expr) -> str:
    """An expression without brackets and without casts to text, as the catalog adds them."""
    copy = exp.paren(node.copy())
    for each in list(copy.find_all(exp.Paren, exp.Cast)):
        if each is copy:
            continue
        if isinstance(each, exp.Paren) or (
            isinstance(each, exp.Cast) and each.to.is_type(*exp.DataType.TEXT_TYPES)
        ):
            each.replace(each.this)
    return copy.sql(dialect="postgres").lower().replace('"', "")


def indexed(query: Query, reading: Reading, found: Reference, side: exp.Expr) -> Iterator[Remedy]:
    """Gives the candidates that lead with an expression, or else the index of it alone."""
    wanted = _shape(unaliased(side, query))
    for table, candidates in indexes.by_table(query):
        if table.key != found.table.key:
            continue
        for each in sorted(candidates, key=lambda each: len(each.keys)):
            first = each.keys[0]
            key = None if first.is_column else _parsed(query, first.expression)
            if key is not None and _shape(key) == wanted and not each.include:
                yield remedies.of_candidate(
                    query, each, "no change of the query; one more index to keep"
                )
                return
    yield from bare_column.indexed(query, reading, found, side)


def without_default(query: Query, reading: Reading, comparison: Comparison) -> exp.Expr | None:
    """Gives `coalesce(column, default) = value` as `column = value`, where the two differ."""
    side = comparison.side
    if not isinstance(side, exp.Coalesce) or not comparison.is_equality:
        return None
    if not isinstance(side.this, exp.Column) or len(side.expressions) != 1:
        return None
    value, default = comparison.bounds[0][1], side.expressions[0]
    found = reading.reference(side.this)
    if found is None or not differ(query, found, value, default):
        return None
    return exp.EQ(this=side.this.copy(), expression=value.copy())


CURABLE = (exp.Coalesce, exp.Case, exp.NullSafeEQ, exp.Is)


def held(condition: exp.Expr) -> exp.Expr:
    """Gives what a condition compares, or itself where it is no comparison of a value."""
    while isinstance(condition, (exp.Not, exp.Paren)):
        condition = condition.this
    if isinstance(condition, (*compared.TURNED, exp.In, exp.NEQ, exp.Between)):
        sides = (condition.this.unnest(), (condition.args.get("expression") or condition).unnest())
        return next((each for each in sides if isinstance(each, CURABLE)), condition)
    return condition


def apart(
    query: Query, reading: Reading, condition: exp.Expr
) -> Callable[[exp.Expr, exp.Expr, exp.Expr], bool]:
    """Gives what tells whether two constants are different values of a column of a condition."""
    known = {each.sql(): reading.reference(each) for each in condition.find_all(exp.Column)}

    def told(side: exp.Expr, one: exp.Expr, other: exp.Expr) -> bool:
        bare = side.unnest()
        if isinstance(bare, exp.Cast) and bare.to.is_type(*exp.DataType.TEXT_TYPES):
            texts = [compared.string(each) for each in (one, other)]
            return None not in texts and texts[0] != texts[1]
        found = known.get(bare.sql())
        return found is not None and differ(query, found, one, other)

    return told


def differ(query: Query, found: Reference, one: exp.Expr, other: exp.Expr) -> bool:
    """Whether two constants are certain to be different values of a column's type."""
    kind = family(query, found)
    if kind == "integer":
        numbers = compared.integer(one), compared.integer(other)
        return None not in numbers and numbers[0] != numbers[1]
    plain = not found.column.collation and not found.column.type.startswith("citext")
    if kind in ("text", "varchar") and plain:
        texts = [each.this for each in (one, other) if isinstance(each, exp.Literal)]
        if query.target.dialect in remedies.MYSQL:  # most collations there know no case, nor blanks
            texts = [text.lower().rstrip() for text in texts if text.isascii()]
        return len(texts) == 2 and texts[0] != texts[1]
    if kind == "boolean":
        flags = [each.this for each in (one, other) if isinstance(each, exp.Boolean)]
        return len(flags) == 2 and flags[0] != flags[1]
    enum = query.schema.enum(found.column.type.rpartition(".")[2].strip('"'))
    if enum is not None:
        texts = [compared.string(each) for each in (one, other)]
        return set(texts) <= set(enum.values) and texts[0] != texts[1]
    return False

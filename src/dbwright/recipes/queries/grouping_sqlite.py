"""The first row of each group on SQLite, which has no LATERAL: each is joined by its key."""

from __future__ import annotations

from collections.abc import Sequence

import sqlglot
from sqlglot import exp

from dbwright.core.identifiers import spelled
from dbwright.recipes.queries import keys, tree
from dbwright.recipes.queries.grouping import Firsts
from dbwright.recipes.queries.reading import Reading
from dbwright.recipes.queries.remedies import table_name
from dbwright.recipes.queries.rewrites import free_alias, spelling

_VALUE = "each_value"
TITLE = "go from one {} to the next by the index"


def joined_by_key(
    reading: Reading, found: Firsts, kept: Sequence[exp.Expr]
) -> tuple[exp.Select, str] | None:
    """Gives a SELECT of the first row of each group, with why it has each group once.

    None for more rows than the first of a group, for a table without a key of one column, and for
    columns that are computed by a query.
    """
    table = found.group.table
    key = keys.shortest_key(reading.query.schema, table)
    plain = not any(each.find(exp.Query) or each.find(exp.Window) for each in kept)
    if found.count != 1 or key is None or len(key) != 1 or not plain or table.column(_VALUE):
        return None
    step, row = free_alias(reading, "step"), free_alias(reading, "first_row")
    column, whole = spelled(found.group.column.name), table_name(table)
    first = tree.text(reading.query, _looked_up(found, key[0], f"{step}.{_VALUE}"))
    name = found.keys[0][0].column.name if found.ties else key[0]
    same = f"{row}.{column} = {step}.{_VALUE} AND " if found.ties else ""
    listed = ", ".join(tree.text(reading.query, _of(each, found, row)) for each in kept)
    made = sqlglot.parse_one(
        f"WITH RECURSIVE {step}({_VALUE}) AS (SELECT MIN({column}) FROM {whole} UNION ALL "
        f"SELECT (SELECT MIN(t.{column}) FROM {whole} AS t WHERE t.{column} > {step}.{_VALUE}) "
        f"FROM {step} WHERE {step}.{_VALUE} IS NOT NULL) "
        f"SELECT {listed} FROM {step} JOIN {whole} AS {row} "
        f"ON {same}{row}.{spelled(name)} = ({first}) WHERE {step}.{_VALUE} IS NOT NULL",
        dialect="sqlite",
    )
    assert isinstance(made, exp.Select)
    return made, f"{found.group.key} is NOT NULL: each of its values is met once, in order"


def _looked_up(found: Firsts, key: str, value: str) -> exp.Select:
    """The key of the first row of one group, or the value that all its first rows have."""
    inner = found.block.node.copy()
    assert isinstance(inner, exp.Select)
    for part in ("distinct", "order", "with_"):
        inner.set(part, None)
    alias = spelling(found.group.source)
    own = exp.Column(this=tree.identifier(found.group.column.name), table=alias.copy())
    inner.where(exp.EQ(this=own, expression=sqlglot.parse_one(value)), copy=False)
    if found.ties:
        reference, down = found.keys[0]
        most = exp.Column(this=tree.identifier(reference.column.name), table=alias.copy())
        inner.set("expressions", [exp.Max(this=most) if down else exp.Min(this=most)])
        return inner
    inner.set("expressions", [exp.Column(this=tree.identifier(key), table=alias.copy())])
    inner.set("order", exp.Order(expressions=[each.copy() for each in found.order]))
    inner.set("limit", exp.Limit(expression=exp.Literal.number(1)))
    return inner


def _of(kept: exp.Expr, found: Firsts, row: str) -> exp.Expr:
    """A column of the result, its table under the name that the joined row has."""
    node = kept.copy()
    if isinstance(node, exp.Star):
        return exp.Column(this=exp.Star(), table=exp.to_identifier(row))
    for each in list(node.find_all(exp.Column)):
        each.set("table", exp.to_identifier(row))
    return node

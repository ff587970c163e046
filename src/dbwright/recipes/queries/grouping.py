"""The first rows of each group, found group by group."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sqlglot
from sqlglot import exp

from dbwright.core.identifiers import spelled
from dbwright.core.query import Query
from dbwright.recipes.queries import keys, tree
from dbwright.recipes.queries.output import is_locking
from dbwright.recipes.queries.reading import Block, Reading, Reference
from dbwright.recipes.queries.remedies import table_name
from dbwright.recipes.queries.rewrites import free_alias, spelling

_FEW = 0.2
"""Groups among so many rows are not few."""
_WITHOUT_ORDER = ("boolean", "json", "xml", "point", "box")


@dataclass(frozen=True, slots=True)
class Groups:
    """A FROM that gives each value of a column once: its SQL, the value's name, and why it may."""

    with_: str
    source: str
    value: str
    where: str
    title: str
    conditions: tuple[str, ...]
    type: str = ""


@dataclass(frozen=True, slots=True)
class Firsts:
    """The first `count` rows of each group of a block's one table, in an order.

    `order` are the keys after the group's own; `total` says that no two rows of a group tie.
    `select` are the rows of one group but for the condition that tells which.
    """

    block: Block
    group: Reference
    order: tuple[exp.Expr, ...]
    keys: tuple[tuple[Reference, bool], ...]
    total: bool
    count: int = 1
    ties: bool = False


def firsts(
    reading: Reading,
    block: Block,
    group: exp.Expr,
    order: list[exp.Expr],
    count: int = 1,
    *,
    ties: bool = False,
    by: list[exp.Expr] | None = None,
) -> Firsts | None:
    """Gives the first rows of each group; None where the group is no column that is NOT NULL of
    the block's only table, or the order is not by columns of it. `by` are the columns as they stand
    in the statement, where the order does not.
    """
    sources = list(block.sources.values())
    found = reading.reference(group)
    if len(sources) != 1 or sources[0].table is None or found is None or is_locking(block):
        return None
    columns = by if by is not None else [each.this for each in order]
    downs = [bool(each.args.get("desc")) for each in order]
    named = [(reading.reference(each), down) for each, down in zip(columns, downs, strict=True)]
    known = tuple((each, down) for each, down in named if each is not None)
    own = found.source is sources[0] and all(each.source is sources[0] for each, _ in known)
    if not own or len(known) != len(order) or not order or found.column.nullable:
        return None
    if not are_few(reading.query, found) or found.column.type in _WITHOUT_ORDER:
        return None
    names = {found.column.name, *(each.column.name for each, _ in known)}
    sets = keys.unique_sets(reading.query.schema, sources[0].table)
    total = ties or any(set(each) <= names for each in sets)
    return Firsts(block, found, tuple(order), known, total, count, ties)


def are_few(query: Query, group: Reference) -> bool:
    """Whether a column has few values for its rows, as far as the statistics tell."""
    rows = query.rows_of(group.table.key)
    found = query.column_statistics(group.table.key, group.column.name)
    if found is None or not rows:
        return True
    distinct = found.distinct if found.distinct >= 0 else -found.distinct * rows
    return distinct <= rows * _FEW


def groups(reading: Reading, group: Reference) -> Iterator[Groups]:
    """Gives the ways to have each value of a column once without reading all of its rows."""
    table, name = group.table, group.column.name
    for key, parent in keys.parents(reading.query.schema, table):
        if key.columns == (name,) and parent.kind in ("table", "partitioned", "partition"):
            alias = free_alias(reading, "parent")
            source = f"{table_name(parent)} AS {alias}"
            condition = (
                f"{group.key} is NOT NULL and a validated foreign key to {parent.key}, not "
                "deferrable: each group is a row there"
            )
            value = f"{alias}.{spelled(key.referred_columns[0])}"
            referred = parent.column(key.referred_columns[0])
            yield Groups(
                "",
                source,
                value,
                "",
                f"one look-up for each row of {parent.key}",
                (condition,),
                referred.type if referred is not None else "",
            )
    alias = free_alias(reading, "step")
    column, whole = spelled(name), table_name(table)
    with_ = (
        f"WITH RECURSIVE {alias} AS ("
        f"(SELECT {column} AS value FROM {whole} ORDER BY {column} LIMIT 1) UNION ALL "
        f"SELECT (SELECT t.{column} FROM {whole} AS t WHERE t.{column} > {alias}.value "
        f"ORDER BY t.{column} LIMIT 1) FROM {alias} WHERE {alias}.value IS NOT NULL) "
    )
    yield Groups(
        with_,
        alias,
        f"{alias}.value",
        f" WHERE {alias}.value IS NOT NULL",
        f"go from one {name} to the next by the index",
        (f"{group.key} is NOT NULL: each of its values is met once, in order",),
    )


def one_by_one(reading: Reading, found: Firsts, ways: Groups, kept: list[exp.Expr]) -> exp.Select:
    """Gives a SELECT of the first rows of each group; `kept` are the columns that it gives.

    Its rows come in the order of the groups where the way goes through them in order.
    """
    query = reading.query
    inner = found.block.node.copy()
    assert isinstance(inner, exp.Select)
    for part in ("distinct", "order", "with_"):
        inner.set(part, None)
    inner.set("expressions", [each.copy() for each in kept])
    dialect = tree.GLOT[query.target.dialect]
    mine = exp.Column(
        this=tree.identifier(found.group.column.name), table=spelling(found.group.source)
    )
    value = sqlglot.parse_one(ways.value, dialect=dialect)
    inner.where(exp.EQ(this=mine, expression=value), copy=False)
    inner.set("order", exp.Order(expressions=[each.copy() for each in found.order]))
    if found.ties:
        ending = exp.LimitOptions(percent=False, rows=True, with_ties=True)
        first = exp.Fetch(direction="FIRST", count=exp.Literal.number(1), limit_options=ending)
        inner.set("limit", first)
    else:
        inner.set("limit", exp.Limit(expression=exp.Literal.number(found.count)))
    alias = free_alias(reading, "first_row")
    text = (
        f"{ways.with_}SELECT {alias}.* FROM {ways.source} CROSS JOIN LATERAL "
        f"({tree.text(query, inner)}) AS {alias}{ways.where}"
    )
    made = sqlglot.parse_one(text, dialect=dialect)
    assert isinstance(made, exp.Select)
    return made

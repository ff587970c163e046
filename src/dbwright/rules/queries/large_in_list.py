"""A list of hundreds of tuples is one OR that every row is held against.

## What it does

Looks for `(a, b) IN ((1, 2), (3, 4), …)` with a hundred tuples and more, as `tuple_().in_()` writes
it, and for the same as ORs of ANDs.

## Why is this bad?

A list of tuples becomes `a = 1 AND b = 2 OR a = 3 AND b = 4 …`, which is planned arm by arm, and
tried arm by arm on each row. The same tuples as VALUES are a table: they are hashed or looked up,
each once. (A list of single values needs no such help: PostgreSQL hashes it.)

## When to leave it

When the list is short.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from dbwright.core.finding import Advice, Finding
from dbwright.core.query import Query
from dbwright.core.rule import Applies, QueryExample
from dbwright.recipes.queries import remedies, tree
from dbwright.recipes.queries.comparisons import family, integer, string
from dbwright.recipes.queries.reading import Reading, Reference

APPLIES = Applies(("postgresql",))
SEVERITY = "warning"
MANY = 100
TABLE = """
create table items (
    order_id bigint not null, line_no integer not null, code varchar(9), quantity integer,
    primary key (order_id, line_no)
);
"""
DATA = (
    "insert into items select i / 3, i % 3, 'c' || i % 70, i % 9 from generate_series(1, 20000) i",
)
PAIRS = ", ".join(f"({i * 13}, {i % 3})" for i in range(500))
BAD = QueryExample(
    schema=TABLE,
    sql=f"select i.order_id, i.quantity from items i where (i.order_id, i.line_no) in ({PAIRS})",
    claims=("same_rows", "cheaper_plan"),
    data=DATA,
)
BAD_TEXTS = QueryExample(
    schema=TABLE,
    sql="select quantity from items where "
    + " or ".join(f"(code = 'c{i % 80}' and order_id = {i * 13})" for i in range(300)),
    claims=("same_rows", "cheaper_plan"),
    data=DATA,
)
GOOD = QueryExample(
    schema=TABLE,
    sql="select quantity from items where (order_id, line_no) in ((13, 1), (26, 2))",
    data=DATA,
)
GOOD_SINGLE = QueryExample(
    schema=TABLE,
    sql=f"select quantity from items where order_id in ({', '.join(map(str, range(400)))})",
    data=DATA,
)
Rows = list[tuple[exp.Expr, ...]]


def check(query: Query) -> Iterator[Finding]:
    """Yields a finding for each long list of tuples."""
    reading = Reading(query)
    for block in reading.blocks:
        for condition in block.conditions():
            columns, rows = _tuples(condition)
            found = [reading.reference(each) for each in columns]
            known = [each for each in found if each is not None]
            if len(rows) < MANY or len(known) != len(columns):
                continue
            values = _values(query, known, rows)
            if values is None:
                continue
            other = exp.In(
                this=exp.Tuple(expressions=[each.copy() for each in columns]), query=values
            )
            remedy = remedies.rewrite(
                query,
                tree.replaced(condition.root(), (condition, other)),
                "give the tuples as VALUES",
                sqlalchemy="tuple_(…).in_(select(values(…).data(pairs)))",
                conditions=("each value is of its column's type", "IN asks for each row once"),
                table=known[0].table.key,
            )
            yield remedies.finding(
                query,
                f"each row is held against {len(rows):,} tuples, one after the other",
                known[0].table.key,
                [remedy],
            )


def _tuples(condition: exp.Expr) -> tuple[list[exp.Expr], Rows]:
    """The columns of a list of tuples and its rows, in either form; none where it is no such."""
    if isinstance(condition, exp.In) and isinstance(condition.this, exp.Tuple):
        rows = [tuple(each.expressions) for each in condition.expressions]
        return list(condition.this.expressions), rows
    arms = list(tree.disjuncts(condition)) if isinstance(condition, exp.Or) else []
    if len(arms) < MANY:
        return [], []
    first = [each.this for each in tree.conjuncts(arms[0])]
    names = [each.sql() for each in first]
    rows = []
    for arm in arms:
        parts = list(tree.conjuncts(arm))
        if not all(isinstance(each, exp.EQ) for each in parts):
            return [], []
        held = {each.this.sql(): each.expression for each in parts}
        if len(held) != len(parts) or set(held) != set(names):
            return [], []
        rows.append(tuple(held[name] for name in names))
    return first, rows


def _values(query: Query, columns: list[Reference], rows: Rows) -> exp.Expr | None:
    """The tuples as VALUES, each once; the first row has the types of the columns."""
    kinds = [family(query, each) for each in columns]
    plain = {"integer": integer, "text": string, "varchar": string, "uuid": string, "date": string}
    if len(columns) < 2 or not all(kind in plain for kind in kinds):
        return None
    each_once: dict[tuple[object, ...], tuple[exp.Expr, ...]] = {}
    for row in rows:
        known = tuple(plain[kind](value) for kind, value in zip(kinds, row, strict=False))
        if len(row) != len(columns) or None in known:
            return None
        each_once.setdefault(known, row)
    first, *others = each_once.values()
    typed = [_typed(value, kind) for value, kind in zip(first, kinds, strict=True)]
    listed = [exp.Tuple(expressions=[value.copy() for value in row]) for row in others]
    return exp.Subquery(this=exp.Values(expressions=[exp.Tuple(expressions=typed), *listed]))


def _typed(value: exp.Expr, kind: str) -> exp.Expr:
    """A value as VALUES must have it: a string alone would be a text, also for a date."""
    if kind == "integer":
        return value.copy()
    return exp.cast(value.copy(), "text" if kind == "varchar" else kind)


def advise(finding: Finding, query: Query) -> Advice:
    """Gives the tuples as VALUES."""
    reason = "VALUES are a table that is joined; a list of tuples is a condition of many arms"
    return remedies.advice(finding, query, reason)

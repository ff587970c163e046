"""A value of another type makes the database cast the column for every row.

## What it does

Looks for an integer column that is compared with a numeric or a float (a Decimal is bound as
numeric), for `id::text = '42'`, and for a text column that is cast to a number.

## Why is this bad?

When the two sides differ in type, the wider one wins: the column is cast for every row, and its
index holds the values of the narrower type.

## When to leave it

On a small table, or behind another condition that leaves few rows.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from dbwright.core.finding import Advice, Finding, Remedy
from dbwright.core.query import Query
from dbwright.core.rule import Applies, QueryExample
from dbwright.recipes.queries import bare_column, remedies, values, wrapped
from dbwright.recipes.queries.comparisons import LARGEST, family, integer, string
from dbwright.recipes.queries.reading import Block, Reading, Reference

APPLIES = Applies(("postgresql",))
SEVERITY = "warning"
TABLE = """
create table orders (
    id bigint primary key, customer_id bigint not null, number text not null
);
create index ix_orders_customer_id on orders (customer_id);
create index ix_orders_number on orders (number);
"""
DATA = ("insert into orders select i, i % 5000, i::text from generate_series(1, 20000) i",)
BAD = QueryExample(
    schema=TABLE,
    sql="select orders.id from orders where orders.customer_id = '4123'::numeric",
    claims=("same_rows", "cheaper_plan"),
    data=DATA,
)
BAD_RANGE = QueryExample(
    schema=TABLE,
    sql="select count(*) from orders o where o.customer_id < 2.5 and o.customer_id >= 0.5",
    claims=("same_rows", "cheaper_plan"),
    data=DATA,
)
BAD_KEY_AS_TEXT = QueryExample(
    schema=TABLE,
    sql="select o.number from orders o where o.id::text = '4123'",
    claims=("same_rows", "cheaper_plan"),
    data=DATA,
)
BAD_TEXT_AS_NUMBER = QueryExample(
    schema=TABLE,
    sql="select id from orders where cast(number as integer) = 4123",
    claims=("cheaper_plan",),
    data=DATA,
)
GOOD = QueryExample(schema=TABLE, sql="select id from orders where customer_id = 4123", data=DATA)
GOOD_CAST_VALUE = QueryExample(
    schema=TABLE, sql="select id from orders where customer_id = '4123'::bigint", data=DATA
)
GOOD_NEVER_TRUE = QueryExample(
    schema=TABLE, sql="select id from orders where id = 41 and customer_id = 4.5", data=DATA
)


def check(query: Query) -> Iterator[Finding]:
    """Yields a finding for each column that a value's type has cast."""
    reading = Reading(query)
    for block in reading.blocks:
        for change in bare_column.by_column(_changes(query, reading, block)):
            casts = isinstance(change.side, exp.Cast)
            message = "the cast to text hides the column" if casts else "the value's type casts it"
            yield _finding(query, change.found, message, _ways(query, change, casts))
        for comparison in wrapped.comparisons(block):
            yield from _text_as_number(query, reading, comparison)


def _finding(query: Query, found: Reference, message: str, ways: list[Remedy]) -> Finding:
    return remedies.finding(query, f"{message}, so its index is not used", found.key, ways)


def _ways(query: Query, change: bare_column.Change, casts: bool) -> list[Remedy]:
    if casts:
        return [bare_column.compared(query, change)]
    name = change.found.column.name
    bound = f'bindparam("{name}", type_=BigInteger), and an int in place of the Decimal'
    title = "send the value as the column's type"
    return [bare_column.compared(query, change, title=title, sqlalchemy=bound)]


def _changes(query: Query, reading: Reading, block: Block) -> Iterator[bare_column.Change]:
    for comparison in wrapped.comparisons(block):
        side = comparison.side
        found = reading.reference(side)
        if found is not None and family(query, found) == "integer":
            parts = _whole(comparison, found)
            why = f"{found.key} is {found.column.type}, and the bound a whole number of it"
        elif isinstance(side, exp.Cast) and _is_wider(side):
            found = reading.reference(side.this.unnest())
            small = found is not None and family(query, found) == "integer"
            parts = _narrowed(comparison, found) if found is not None and small else []
            why = "a whole number of the column's type is the same as a wider one"
        elif isinstance(side, exp.Cast) and _is_text(side):
            found = reading.reference(side.this.unnest())
            bare = _as_value(comparison, family(query, found)) if found is not None else None
            parts = [bare] if bare is not None else []
            why = "the text is as the column's type prints it"
        else:
            continue
        if found is not None and parts:
            yield bare_column.change(comparison, found, parts, why)


def _is_text(side: exp.Cast) -> bool:
    return bool(side.to.is_type(*exp.DataType.TEXT_TYPES)) and not side.to.expressions


def _is_wider(side: exp.Cast) -> bool:
    """Whether it is a cast to a number of any size, which a whole number keeps its value in."""
    return bool(side.to.is_type("decimal", "bigint")) and not side.to.expressions


def _narrowed(comparison: wrapped.Comparison, found: Reference) -> list[exp.Expr]:
    """The same comparison of the bare column, where it is with whole numbers in its range."""
    largest = LARGEST.get(found.column.type, 0)
    node = comparison.node
    if isinstance(node, exp.In):
        listed = [integer(each) for each in node.expressions]
        if any(each is None or abs(each) > largest for each in listed):
            return []
        return [exp.In(this=found.node.copy(), expressions=[e.copy() for e in node.expressions])]
    numbers = [integer(value) for _, value in comparison.bounds]
    if not numbers or any(each is None or abs(each) > largest for each in numbers):
        return []
    return [
        kind(this=found.node.copy(), expression=value.copy()) for kind, value in comparison.bounds
    ]


def _whole(comparison: wrapped.Comparison, found: Reference) -> list[exp.Expr]:
    """The same condition with whole numbers."""
    largest = LARGEST.get(found.column.type, 0)
    parts: list[exp.Expr] = []
    if isinstance(comparison.node, exp.In):
        return _whole_list(comparison.node, found, largest)
    for kind, value in comparison.bounds:
        known = values.broken(value)
        bound = values.whole_bound(kind, known[0], largest) if known is not None else None
        if bound is None:
            return []
        parts.append(kind(this=found.node.copy(), expression=bound))
    return parts


def _whole_list(node: exp.In, found: Reference, largest: int) -> list[exp.Expr]:
    """The same list as whole numbers; a broken one is never found."""
    listed = [values.broken(each) for each in node.expressions]
    known = [each[0] for each in listed if each is not None]
    bounds = [values.whole_bound(exp.EQ, each, largest) for each in known]
    whole = [each for each in bounds if each is not None]
    if len(known) != len(listed) or not whole:
        return []
    return [exp.In(this=found.node.copy(), expressions=whole)]


def _text_as_number(
    query: Query, reading: Reading, comparison: wrapped.Comparison
) -> Iterator[Finding]:
    side = comparison.side
    if not isinstance(side, exp.Cast) or not side.to.is_type("int", "bigint", "decimal"):
        return
    found = reading.reference(side.this.unnest())
    if found is None or family(query, found) not in ("text", "varchar"):
        return
    if not wrapped.has_expression_index(query, found.table, side):
        ways = list(bare_column.indexed(query, reading, found, side))
        yield _finding(query, found, "the cast to a number hides the text", ways)


def _as_value(comparison: wrapped.Comparison, kind: str) -> exp.Expr | None:
    node, column = comparison.node, comparison.side.this.unnest().copy()
    several = node.expressions if isinstance(node, exp.In) else None
    if several is None and not comparison.is_equality:
        return None
    texts = [string(each) for each in several or [comparison.bounds[0][1]]]
    found = [values.as_printed(text, kind) for text in texts if text is not None]
    known = [each for each in found if each is not None]
    if len(known) != len(texts):
        return None
    if several is not None:
        return exp.In(this=column, expressions=known)
    return exp.EQ(this=column, expression=known[0])


def advise(finding: Finding, query: Query) -> Advice:
    """Gives the value as the column's type."""
    reason = "an index holds values of the column's type, and finds no others"
    return remedies.advice(finding, query, reason)

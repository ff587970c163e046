"""An enum column is compared as text, so that its index cannot be used.

## What it does

Looks for `CAST(status AS VARCHAR) = 'new'` and `status::text IN (…)` where `status` is of an enum
type, as a column that the model declares as String is compared.

## Why is this bad?

The index holds the labels as the type has them, in its order. The cast is computed for every row,
and PostgreSQL refuses an index of it, since a label may be renamed.

## When to leave it

On a small table, or behind another condition that leaves few rows.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from dbwright.core.finding import Advice, Finding
from dbwright.core.query import Query
from dbwright.core.rule import Applies, QueryExample
from dbwright.core.schema import EnumType
from dbwright.recipes.queries import bare_column, remedies, tree, wrapped
from dbwright.recipes.queries.comparisons import string
from dbwright.recipes.queries.labels import passes
from dbwright.recipes.queries.reading import Block, Reading, Reference

APPLIES = Applies(("postgresql",))
SEVERITY = "warning"
SCHEMA = """
create type order_status as enum ('new', 'paid', 'done');
create table orders (
    id integer primary key, status order_status not null, note text not null
);
create index ix_orders_status on orders (status);
"""
DATA = (
    "insert into orders select i, (case when i % 500 = 0 then 'new' else 'done' end)::order_status,"
    " repeat('x', 60) from generate_series(1, 20000) i",
)
BAD = QueryExample(
    schema=SCHEMA,
    sql="select orders.id, orders.note from orders where cast(orders.status as varchar) = 'new'",
    claims=("same_rows", "cheaper_plan"),
    data=DATA,
)
BAD_LIST = QueryExample(
    schema=SCHEMA.replace("create index ix_orders_status on orders (status);", ""),
    sql="select o.id, o.note from orders as o where o.status::text in ('new', 'paid')",
    claims=("same_rows", "cheaper_plan"),
    data=DATA,
)
GOOD = QueryExample(
    schema=SCHEMA, sql="select id, note from orders where status = 'new'", data=DATA
)
GOOD_FEW_BEFORE = QueryExample(
    schema=SCHEMA, sql="select note from orders where id = 7 and status::text = 'done'", data=DATA
)
GOOD_NO_LABEL = QueryExample(
    schema=SCHEMA, sql="select id, note from orders where status::text = 'NEW'", data=DATA
)
_LENGTHLESS = (exp.DataType.Type.TEXT, exp.DataType.Type.VARCHAR)


def check(query: Query) -> Iterator[Finding]:
    """Yields a finding for each enum column that is compared with a label as text."""
    reading = Reading(query)
    for block in reading.blocks:
        for change in bare_column.by_column(_changes(query, reading, block)):
            name = change.found.column.type
            remedy = bare_column.compared(
                query, change, title="compare the enum itself", sqlalchemy=_declared(query, change)
            )
            yield remedies.finding(
                query,
                f"{tree.text(query, change.side)} hides the enum {name} from its index",
                change.found.key,
                [remedy],
            )


def _declared(query: Query, change: bare_column.Change) -> str:
    written = ", ".join(tree.text(query, part) for part in change.parts)
    return (
        f'.where({written}), with the column declared as Enum(…, name="{change.found.column.type}")'
    )


def _changes(query: Query, reading: Reading, block: Block) -> Iterator[bare_column.Change]:
    for comparison in wrapped.comparisons(block):
        found = _as_text(reading, comparison.side)
        enum = _enum(query, found) if found is not None else None
        bare = _bare(comparison, enum) if enum is not None else None
        if found is not None and bare is not None:
            why = f"each value is a label of {found.column.type}"
            yield bare_column.change(comparison, found, [bare], why)
    done = {id(each.node) for each in wrapped.comparisons(block) if _as_text(reading, each.side)}
    for condition in block.conditions():
        change = _by_labels(query, reading, condition) if id(condition) not in done else None
        if change is not None:
            yield change


def _by_labels(query: Query, reading: Reading, condition: exp.Expr) -> bare_column.Change | None:
    """A condition on the text of an enum as the list of the labels that pass it."""
    casts = [each for each in condition.find_all(exp.Cast) if _as_text(reading, each) is not None]
    columns = list(condition.find_all(exp.Column))
    if len(casts) != 1 or len(columns) != 1 or condition.find(exp.Query):
        return None
    found = _as_text(reading, casts[0])
    enum = _enum(query, found) if found is not None else None
    if found is None or enum is None:
        return None
    answers = {label: passes(condition, casts[0], label) for label in enum.values}
    passing = [label for label, answer in answers.items() if answer]
    if None in answers.values() or not passing or len(passing) == len(enum.values):
        return None
    labels = [exp.Literal.string(each) for each in passing]
    column = casts[0].this.unnest().copy()
    made: exp.Expr = exp.In(this=column, expressions=labels)
    if len(labels) == 1:
        made = exp.EQ(this=column, expression=labels[0])
    why = f"of the labels of {found.column.type} these alone pass"
    return bare_column.Change(found, casts[0], ((condition, made),), (made,), (why,))


def _as_text(reading: Reading, side: exp.Expr) -> Reference | None:
    if not isinstance(side, exp.Cast) or side.to.expressions:
        return None
    return reading.reference(side.this.unnest()) if side.to.this in _LENGTHLESS else None


def _enum(query: Query, found: Reference) -> EnumType | None:
    """The enum type of a column: a name in two schemas is told apart by neither."""
    name = found.column.type.rpartition(".")[2].strip('"')
    same = [each for each in query.schema.enums if each.name == name]
    return same[0] if len(same) == 1 else None


def _bare(comparison: wrapped.Comparison, enum: EnumType) -> exp.Expr | None:
    node, column = comparison.node, comparison.side.this.unnest().copy()
    if isinstance(node, exp.In):
        if not all(string(each) in enum.values for each in node.expressions):
            return None
        labels = [exp.Literal.string(str(string(each))) for each in node.expressions]
        return exp.In(this=column, expressions=labels)
    label = string(comparison.bounds[0][1]) if comparison.is_equality else None
    if label not in enum.values:
        return None
    return exp.EQ(this=column, expression=exp.Literal.string(str(label)))


def advise(finding: Finding, query: Query) -> Advice:
    """Gives the comparison of the enum itself."""
    reason = "the cast is computed for each row, and no index can hold it"
    return remedies.advice(finding, query, reason)

"""A DELETE or UPDATE reads a whole table that refers to the rows.

## What it does

Looks for a DELETE, or an UPDATE of the referred columns, on a table that a foreign key without an
index points at; in a plan alone, for constraints that took most of the time.

## Why is this bad?

For each row the server looks for rows that refer to it, and without an index it reads the whole
referencing table for that. No node of the plan shows it: only the times of the triggers do.

## When to leave it

When rows of the referred table are never deleted but by hand, once.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from dbwright.core.finding import Advice, Finding, Remedy, Risk
from dbwright.core.plan_parts import Trigger
from dbwright.core.query import Query
from dbwright.core.rule import Applies, QueryExample
from dbwright.core.schema import ForeignKey, Table
from dbwright.recipes.queries import estimates, reading, remedies, tree

APPLIES = Applies(("postgresql",))
SEVERITY = "warning"
FEW = 1000
"""Rows of a referencing table that are read in no time."""
TABLES = """
create table orders (id integer primary key, note text not null);
create table refunds (
    id integer primary key, order_id integer not null references orders (id) on delete cascade,
    reason text not null
);
"""
DATA = (
    "insert into orders select i, 'note ' || i from generate_series(1, 2000) i",
    "insert into refunds select i, 1 + i % 1000, 'reason ' || i from generate_series(1, 20000) i",
)
BAD = QueryExample(
    schema=TABLES,
    sql="delete from orders where id between 1500 and 1540",
    claims=("cheaper_plan",),
    data=DATA,
)
BAD_RAN = QueryExample(
    schema=TABLES.replace(" on delete cascade", " on update cascade"),
    sql="update orders set id = id + 10000 where id > 1970",
    claims=("cheaper_plan",),
    data=DATA,
    ran=True,
)
GOOD = QueryExample(
    schema=TABLES + "create index ix_refunds_order_id on refunds (order_id);",
    sql="delete from orders where id between 1500 and 1540",
    data=DATA,
)
GOOD_OTHER_COLUMN = QueryExample(
    schema=TABLES,
    sql="update orders set note = 'seen' where id between 1500 and 1540",
    data=DATA,
)
GOOD_SMALL = QueryExample(
    schema=TABLES,
    sql="delete from orders where id between 1500 and 1540",
    data=(DATA[0], "insert into refunds select i, i, 'none' from generate_series(1, 20) i"),
)
GOOD_SELECT = QueryExample(
    schema=TABLES,
    sql="select note from orders where id between 1500 and 1540",
    data=DATA,
)
# as dagster empties its storage: no row may refer any more, or the DELETE fails
GOOD_EMPTIED = QueryExample(
    schema=TABLES.replace(" on delete cascade", ""),
    sql="delete from orders",
    data=(DATA[0],),
)


def check(query: Query) -> Iterator[Finding]:
    """Yields a finding for each foreign key that a write has to look through a table for."""
    for parent, written, whole in _written(query):
        for child, foreign_key in query.schema.referring(parent.key):
            if written is not None and not written & set(foreign_key.referred_columns):
                continue
            if whole and foreign_key.on_delete in (None, "NO ACTION", "RESTRICT"):
                continue
            if child.info.get("partition_of"):
                continue  # the index of the whole table is one on each partition
            if any(reading.leading(child, foreign_key.columns)) or _is_small(query, child):
                continue
            yield _finding(query, parent, child, foreign_key)
    if query.schema.tables:
        return
    for trigger in _costly(query):
        yield _unknown(query, trigger)


def _written(query: Query) -> Iterator[tuple[Table, set[str] | None, bool]]:
    """The tables whose rows are deleted, or updated: then with the columns that are set.

    At last whether all rows are deleted.
    """
    root = tree.tree(query)
    for node in root.find_all(exp.Delete, exp.Update) if root is not None else ():
        target = node.this
        if not isinstance(target, exp.Table):
            continue
        schema = target.db if target.db != "public" else ""
        table = query.schema.table(f"{schema}.{target.name}" if schema else target.name)
        if table is None:
            continue
        sets = node.args.get("expressions") or ()
        names = {name.name for each in sets for name in [each.this] if isinstance(each, exp.EQ)}
        deletes = isinstance(node, exp.Delete)
        whole = deletes and not node.args.get("where") and not node.args.get("using")
        yield table, None if deletes else names, whole


def _is_small(query: Query, child: Table) -> bool:
    rows = query.rows_of(child.key)
    size = query.size_of(child.key)
    return (rows is not None and rows < FEW) or (rows is None and estimates.is_small(size))


def _finding(query: Query, parent: Table, child: Table, foreign_key: ForeignKey) -> Finding:
    columns = ", ".join(foreign_key.columns)
    made = remedies.index(
        query,
        child,
        [remedies.column(each) for each in foreign_key.columns],
        tradeoff="each write of these columns keeps one more index; joins by them gain as well",
    )
    name = foreign_key.name
    seen = [
        f"the trigger of {name} took {each.time:,.1f} ms in {each.calls:,} calls"
        for each in (query.explained.triggers if query.explained else ())
        if each.constraint == name and each.time
    ]
    return remedies.finding(
        query,
        f"for each row of {parent.key} all of {child.key} is read: {columns} has no index",
        f"{child.key}.{columns}",
        [remedies.without(made, in_plan=False, tests=_TEST)],
        evidence=seen,
        child=child.key,
        columns=columns,
    )


_TEST = "EXPLAIN ANALYZE in a transaction that is rolled back: the trigger's time is gone"


def _costly(query: Query) -> Iterator[Trigger]:
    """The constraints' triggers that took half of the time of a plan without a schema."""
    found = query.explained
    if found is None or not found.execution_time:
        return
    for each in found.triggers:
        name = each.constraint or each.name or ""
        is_key = each.constraint is not None or name.startswith("RI_ConstraintTrigger_a")
        if is_key and (each.time or 0.0) * 2 >= found.execution_time:
            yield each


def _unknown(query: Query, trigger: Trigger) -> Finding:
    name = trigger.constraint or trigger.name or "a constraint"
    assert query.explained is not None
    share = (trigger.time or 0.0) / max(query.explained.execution_time or 0.0, 1e-6)
    remedy: Remedy = remedies.in_code(
        f"an index on the columns of the constraint {name}",
        f"-- the table and columns that need an index:\nselect conrelid::regclass,"
        f" pg_get_constraintdef(oid) from pg_constraint where conname = '{name}'",
        tradeoff="each write of these columns keeps one more index",
        risk=Risk(
            "the plan alone does not tell whether the index is missing, or the trigger does more",
            "look at the table's indexes first, or give the review the schema: --db, --twin",
        ),
    )
    return remedies.finding(
        query,
        f"{share:.0%} of the time goes into the constraint {name}, which no node shows",
        trigger.relation,
        [remedy],
        evidence=[f"{trigger.time:,.1f} ms in {trigger.calls:,} calls"],
    )


def advise(finding: Finding, query: Query) -> Advice:
    """Gives the index on the referencing columns."""
    reason = "the server asks the referencing table for each row that is deleted or changes its key"
    return remedies.advice(finding, query, reason)

"""A filter reads the whole table because no index leads with its columns.

## What it does

Looks in the plan for a table that is read whole, in the query for conditions on its columns
(equality, ranges, IN, an ORDER BY with a LIMIT), and in the schema for an index that leads with
them. The index is advised only when a run shows that the server then chooses it.

## Why is this bad?

The time of the query grows with the table instead of with its answer.

## When to leave it

On a small table, for a query that runs once a night, or when the condition keeps most of the
rows: reading the table is then the cheaper way, and the rule stays silent.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from dbwright.core.claim import Claim, QueryProbe
from dbwright.core.finding import Advice, Alternative, Finding, Fix, Location, Risk, Step, Undo
from dbwright.core.plan import Plan
from dbwright.core.rule import Applies, QueryExample
from dbwright.core.schema import Table
from dbwright.recipes import models, queries

APPLIES = Applies(("postgresql", "sqlite"))
SEVERITY = "warning"
TABLE = """
create table orders (
    id integer primary key, customer_id integer not null, total numeric(10, 2) not null
);
"""
BAD = QueryExample(
    schema=TABLE,
    sql="select id, total from orders where customer_id = 42",
    claims=("cheaper_plan",),
    rows=(("orders", 3000),),
)
GOOD = QueryExample(
    schema=TABLE + "create index ix_orders_customer_id on orders (customer_id);",
    sql="select id, total from orders where customer_id = 42",
    rows=(("orders", 3000),),
)
GOOD_KEEPS_MOST = QueryExample(
    schema=TABLE,
    sql="select id, total from orders where total is not null",
    rows=(("orders", 3000),),
)


def check(plan: Plan) -> Iterator[Finding]:
    """Yields a finding for each table of the query that a new index would serve."""
    node = queries.tree(plan)
    if node is None or plan.root is None:
        return
    whole = {step.relation for step in plan.root.walk() if step.relation and not step.index}
    equal, ranged = _wanted(plan, node)
    for key in sorted(equal.keys() | ranged.keys()):
        table = plan.schema.table(key)
        columns = (*equal.get(key, ()), *ranged.get(key, ())[:1])
        if table is None or not columns or table.name not in whole | {table.key for _ in whole}:
            continue
        if not _served(table, equal.get(key, ()), columns):
            yield _finding(plan, table, columns)


def _wanted(
    plan: Plan, node: exp.Expr
) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    equal: dict[str, tuple[str, ...]] = {}
    ranged: dict[str, tuple[str, ...]] = {}
    for condition in queries.conditions(node):
        into = _kind(condition, equal, ranged)
        found = queries.reference(plan, condition.this) if into is not None else None
        if into is None or found is None:
            continue
        names = into.get(found.table.key, ())
        into[found.table.key] = tuple(dict.fromkeys((*names, found.column.name)))
    return equal, ranged


def _kind(
    condition: exp.Expr,
    equal: dict[str, tuple[str, ...]],
    ranged: dict[str, tuple[str, ...]],
) -> dict[str, tuple[str, ...]] | None:
    constant = (exp.Literal, exp.Placeholder, exp.Parameter, exp.Boolean, exp.Neg, exp.Cast)
    if isinstance(condition, exp.EQ) and isinstance(condition.expression, constant):
        return equal
    if isinstance(condition, exp.In) and condition.expressions:
        return equal
    ranges = (exp.GT, exp.GTE, exp.LT, exp.LTE)
    if isinstance(condition, ranges) and isinstance(condition.expression, constant):
        return ranged
    return ranged if isinstance(condition, exp.Between) else None


def _served(table: Table, equal: tuple[str, ...], columns: tuple[str, ...]) -> bool:
    leading = [index.columns[0] for index in table.indexes if index.valid and index.columns]
    leading += [names[0] for names in table.unique_sets()]
    return any(name in (equal or columns) for name in leading if name)


def _finding(plan: Plan, table: Table, columns: tuple[str, ...]) -> Finding:
    listed = ", ".join(columns)
    name = f"ix_{table.key.replace('.', '_')}_{'_'.join(columns)}"
    create = f"create index {name} on {table.key} ({listed})"
    probe = QueryProbe(plan.sql, "index_used", setup=(create,), table=table.key)
    return Finding(
        message="this query reads the whole table to find few rows",
        location=Location.at(plan.place, f"{table.key}.{listed}"),
        claims=(Claim("cheaper_plan", table.key, column=listed, probe=probe),),
        details={"table": table.key, "columns": list(columns), "name": name},
    )


def advise(finding: Finding, plan: Plan) -> Advice:
    """Gives the index as a model's line, a migration and SQL."""
    table, columns, name = (finding.details[part] for part in ("table", "columns", "name"))
    listed = ", ".join(columns)
    concurrently = plan.target.dialect == "postgresql"
    sql = f"create index {'concurrently ' if concurrently else ''}{name} on {table} ({listed})"
    quoted = ", ".join(f'"{column}"' for column in columns)
    code = models.with_migration(
        f'Index("{name}", {quoted})', models.index_migration(name, table, columns)
    )
    return Advice(
        reason=f"no index of {table} leads with {listed}",
        fix=Fix(f"index {listed}", code, steps=(Step(sql, autocommit=concurrently),)),
        alternatives=(Alternative("leave it", "no cost on writes; the time grows with the table"),),
        risk=Risk(
            "each INSERT and each UPDATE of these columns keeps one more index",
            "look at the share of writes on the table before many such indexes are added",
        ),
        undo=Undo(f"drop index {'concurrently ' if concurrently else ''}{name}"),
        tests="EXPLAIN of the query names the index",
        backup="none needed: no row changes",
    )

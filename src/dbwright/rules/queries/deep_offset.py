"""A deep OFFSET reads and throws away every row before the page.

## What it does

Looks for an OFFSET of 1,000 rows and more.

## Why is this bad?

The server produces all skipped rows in order and discards them: page 1,000 costs a thousand
times page 1, and rows that are inserted meanwhile shift the pages.

## When to leave it

When people never leave the first pages, or when they must jump to a page by its number.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from dbwright.core.claim import Claim, QueryProbe
from dbwright.core.finding import Advice, Alternative, Finding, Fix, Location, Risk
from dbwright.core.plan import Plan
from dbwright.core.rule import Applies, QueryExample
from dbwright.recipes import queries

APPLIES = Applies(("postgresql",))
SEVERITY = "warning"
DEEP = 1_000
TABLE = "create table events (id integer primary key, name text not null);"
BAD = QueryExample(
    schema=TABLE,
    sql="select id, name from events order by id limit 20 offset 2000",
    claims=("reads_skipped_rows",),
    rows=(("events", 3000),),
)
GOOD = QueryExample(
    schema=TABLE,
    sql="select id, name from events where id > 2000 order by id limit 20",
    rows=(("events", 3000),),
)


def check(plan: Plan) -> Iterator[Finding]:
    """Yields a finding for each deep OFFSET."""
    node = queries.tree(plan)
    for offset in node.find_all(exp.Offset) if node is not None else ():
        value = offset.expression
        if not isinstance(value, exp.Literal) or not value.is_number or int(value.this) < DEEP:
            continue
        select = offset.find_ancestor(exp.Select)
        order = select.args.get("order") if select is not None else None
        keys = [queries.text(plan, key) for key in order.expressions] if order else []
        count = int(value.this)
        probe = QueryProbe(plan.sql, "reads_skipped_rows", count=count)
        yield Finding(
            message=f"OFFSET reads and throws away {count:,} rows before the page",
            location=Location.at(plan.place, _table(plan, select)),
            claims=(Claim("reads_skipped_rows", probe=probe),),
            details={"keys": keys, "offset": count},
        )


def _table(plan: Plan, select: exp.Expr | None) -> str | None:
    if select is None:
        return None
    return next((table.key for _, table in queries.sources(plan, select)), None)


def advise(finding: Finding, plan: Plan) -> Advice:
    """Gives paging by the last row seen."""
    keys = finding.details["keys"] or ["id"]
    columns = [key.split()[0] for key in keys]
    down = any(key.lower().endswith("desc") for key in keys)
    sign = "<" if down else ">"
    left = columns[0] if len(columns) == 1 else f"({', '.join(columns)})"
    places = [f"${number}" for number in range(1, len(columns) + 1)]  # the last row seen
    right = places[0] if len(places) == 1 else f"({', '.join(places)})"
    node = queries.tree(plan)
    assert node is not None
    for offset in list(node.find_all(exp.Offset)):
        select = offset.find_ancestor(exp.Select)
        offset.pop()
        if isinstance(select, exp.Select):
            select.where(f"{left} {sign} {right}", copy=False, dialect="postgres")
    edits = queries.rewritten(plan, node)
    code = (
        f"{queries.text(plan, node)}\n"
        f"# SQLAlchemy: .where(tuple_({', '.join(columns)}) {sign} last_seen).limit(…)"
    )
    return Advice(
        reason="rows must be produced in order before they can be skipped",
        fix=Fix("page by the last row seen (keyset)", code, edits=edits),
        alternatives=(
            Alternative(
                "keep OFFSET and refuse deep pages",
                "no change of the interface; what lies deep is then not reachable",
            ),
        ),
        risk=Risk(
            "there is no jump to page N, and ties need a unique last key",
            "end the order with the primary key",
        ),
        undo=queries.undo(plan, "put OFFSET back", edits),
        tests="read all pages both ways on a copy: the same rows, each once",
        backup="none needed: the query only reads",
    )

"""A LIKE pattern begins with a wildcard, so no b-tree index can serve it.

## What it does

Looks for LIKE and ILIKE with a literal that begins with `%` or `_`, where no trigram index is.

## Why is this bad?

A b-tree is ordered by the beginning of the text; a search for what stands inside or at the end
reads every row.

## When to leave it

On a small table, or behind another condition that leaves few rows.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from dbwright.core.claim import Claim, QueryProbe
from dbwright.core.finding import Advice, Alternative, Finding, Fix, Location, Risk, Step, Undo
from dbwright.core.plan import Plan
from dbwright.core.rule import Applies, QueryExample
from dbwright.recipes import queries

APPLIES = Applies(("postgresql",))
SEVERITY = "warning"
TABLE = "create table products (id integer primary key, name text not null);"
BAD = QueryExample(
    schema=TABLE,
    sql="select id from products where name ilike '%kettle%'",
    claims=("reads_whole_table",),
    rows=(("products", 3000),),
)
GOOD = QueryExample(
    schema=TABLE + "create index ix_products_name on products (name text_pattern_ops);",
    sql="select id from products where name like 'kettle%'",
    rows=(("products", 3000),),
)


def check(plan: Plan) -> Iterator[Finding]:
    """Yields a finding for each pattern that begins with a wildcard."""
    node = queries.tree(plan)
    for like in node.find_all(exp.Like, exp.ILike) if node is not None else ():
        pattern = like.expression
        if not isinstance(pattern, exp.Literal) or not str(pattern.this).startswith(("%", "_")):
            continue
        found = queries.reference(plan, like.this)
        if found is None or any(
            "gin" in i.method or "gist" in i.method for i in found.table.indexes
        ):
            continue
        table, column = found.table.key, found.column.name
        index = f"create index dbwright_probe on {table} ({column} text_pattern_ops)"
        probe = QueryProbe(plan.sql, "no_index_used", setup=(index,), table=table)
        yield Finding(
            message="a pattern that begins with a wildcard reads every row",
            location=Location.at(plan.place, f"{table}.{column}"),
            claims=(Claim("reads_whole_table", table, column=column, probe=probe),),
            details={"table": table, "column": column},
        )


def advise(finding: Finding, plan: Plan) -> Advice:
    """Gives a trigram index."""
    table, column = finding.details["table"], finding.details["column"]
    name = f"ix_{table.replace('.', '_')}_{column}_trgm"
    extension = "create extension if not exists pg_trgm"
    sql = f"create index concurrently {name} on {table} using gin ({column} gin_trgm_ops)"
    code = (
        f'Index("{name}", "{column}", postgresql_using="gin",\n'
        f'      postgresql_ops={{"{column}": "gin_trgm_ops"}})\n'
        "# and in a revision of its own:\n"
        f'op.execute("{extension}")\n'
        "with op.get_context().autocommit_block():\n"
        f'    op.create_index("{name}", "{table}", ["{column}"], postgresql_using="gin",\n'
        f'                    postgresql_ops={{"{column}": "gin_trgm_ops"}},\n'
        "                    postgresql_concurrently=True)"
    )
    steps = (Step(extension), Step(sql, autocommit=True))
    return Advice(
        reason="a b-tree finds texts by their beginning only",
        fix=Fix("a trigram index, which returns the same rows", code, steps=steps),
        alternatives=(
            Alternative(
                "full text search",
                "faster and ranked, but it finds words, not pieces of words: other rows",
            ),
        ),
        risk=Risk(
            "a GIN index is large and slows writes of the column; patterns under three letters "
            "still read the table",
            "measure the share of writes; refuse shorter patterns",
        ),
        undo=Undo(f"drop index concurrently {name}"),
        tests="EXPLAIN of the query names the index",
        backup="none needed: no row changes",
    )

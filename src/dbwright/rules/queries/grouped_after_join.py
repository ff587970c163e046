"""Rows are joined to the row that they are then grouped by.

## What it does

Looks for a grouped query whose groups are the rows of one table, by its key, and whose aggregates
are of the tables joined to it: groups those by the column that they are joined on, and joins each
group to its one row.

## Why is this bad?

The join looks the same row up for each row of a group, and the grouping carries its columns; HAVING
throws groups away only behind all of that.

## When to leave it

When the query keeps a few rows of the one table: grouping the others whole would then read more,
and the rule says nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.finding import Advice, Finding
from dbwright.core.query import Query
from dbwright.core.rule import Applies, QueryExample
from dbwright.recipes.queries import remedies
from dbwright.recipes.queries.calls import is_steady
from dbwright.recipes.queries.grouped_first import grouped_first, grouped_late
from dbwright.recipes.queries.reading import Reading

APPLIES = Applies(("postgresql",))
SEVERITY = "warning"
TABLES = """
create table variants (id integer primary key, name text not null, shelf integer not null);
create table levels (
    place integer not null, variant_id integer not null references variants (id),
    held integer not null, kept integer, primary key (place, variant_id)
);
"""
DATA = (
    "insert into variants select i, repeat('variant ', 20) || i, i % 9"
    " from generate_series(1, 20000) i",
    "insert into levels select p, i, i % 300, p from generate_series(1, 20000) i,"
    " generate_series(1, 3) p",
)
BAD = QueryExample(
    schema=TABLES,
    sql="select v.id, v.name, sum(l.held - l.kept) as free from variants v"
    " join levels l on l.variant_id = v.id group by v.id having sum(l.held - l.kept) < 10"
    " order by free",
    claims=("same_rows", "cheaper_plan"),
    data=DATA,
)
GOOD = QueryExample(
    schema=TABLES + "create index ix_levels_variant_id on levels (variant_id);",
    sql="select v.id, v.name, sum(l.held) as held from variants v"
    " join levels l on l.variant_id = v.id where v.id in (3, 7, 11) group by v.id",
    data=DATA,
)
GOOD_OTHER_GROUPS = QueryExample(
    schema=TABLES,
    sql="select v.shelf, sum(l.held) as held from variants v"
    " join levels l on l.variant_id = v.id group by v.shelf",
    data=DATA,
)
GOOD_BOTH = QueryExample(
    schema=TABLES,
    sql="select v.id, sum(l.held * v.shelf) as held from variants v"
    " join levels l on l.variant_id = v.id group by v.id",
    data=DATA,
)


def check(query: Query) -> Iterator[Finding]:
    """Yields a finding for each block that groups behind a join what could be grouped before."""
    reading = Reading(query)
    for block in reading.blocks:
        found = grouped_late(reading, block)
        if found is None or not is_steady(query, block.node):
            continue
        key = ", ".join(found.key)
        remedy = remedies.rewrite(
            query,
            grouped_first(reading, found),
            "group before the join",
            sqlalchemy="totals = select(Child.parent_id, func.sum(…)).group_by(…).subquery();"
            " .join(totals, …)",
            conditions=(
                f"each group is one row of {found.table.key}, by {key}",
                "the join is inner, and on that row's key",
            ),
            table=found.table.key,
        )
        yield remedies.finding(
            query,
            "its row is looked up for each row of a group, before they are grouped",
            found.table.key,
            [remedy],
        )


def advise(finding: Finding, query: Query) -> Advice:
    """Gives the grouping before the join."""
    return remedies.advice(finding, query, "a group needs its one row once")

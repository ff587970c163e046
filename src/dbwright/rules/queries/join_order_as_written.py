"""More tables are joined than the planner puts in order.

## What it does

Looks for a SELECT with more JOINs than join_collapse_limit (8, where nobody set it).

## Why is this bad?

Up to the limit the planner tries every order; beyond it the tables stay in groups as they are
written. Where the condition that keeps few rows is on the last of them, all others are joined
first.

## When to leave it

When the statement starts with the table that keeps few rows: then nothing is gained, and the rule
is silent.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.finding import Advice, Finding, Risk
from dbwright.core.query import Query
from dbwright.core.rule import Applies, QueryExample
from dbwright.recipes.queries import remedies
from dbwright.recipes.queries.reading import Block, Reading

APPLIES = Applies(("postgresql",))
SEVERITY = "warning"
LIMIT, GENETIC, MOST = 8, 12, 14
"""The server's join_collapse_limit and geqo_threshold by default; beyond 14 planning takes longer
than most statements."""
TABLE = """
create table parts (id integer primary key, parent_id integer not null, code text not null);
create index ix_parts_parent_id on parts (parent_id);
create index ix_parts_code on parts (code);
"""
DATA = (
    "insert into parts select i, 1 + i * 7919 % 30000, 'code ' || i"
    " from generate_series(1, 30000) i",
)
JOINS = " ".join(f"join parts p{i} on p{i}.id = p{i - 1}.parent_id" for i in range(2, 10))
BAD = QueryExample(
    schema=TABLE,
    sql=f"select p1.id, p9.code from parts p1 {JOINS} where p9.code = 'code 4711'",
    claims=("cheaper_plan",),
    data=DATA,
)
GOOD = QueryExample(
    schema=TABLE,
    sql=f"select p1.id, p9.code from parts p1 {JOINS} where p1.code = 'code 4711'",
    data=DATA,
)
GOOD_FEW = QueryExample(
    schema=TABLE,
    sql="select p1.id from parts p1 join parts p2 on p2.id = p1.parent_id"
    " where p2.code = 'code 4711'",
    data=DATA,
)


def check(query: Query) -> Iterator[Finding]:
    """Yields a finding for a SELECT with too many joins to be put in order."""
    if query.root is None:
        return
    for block in Reading(query).blocks:
        count, limit = _joined(block), _limit(query, "join_collapse_limit", LIMIT)
        if not limit < count <= MOST:
            continue
        pairs = [("join_collapse_limit", str(count)), ("from_collapse_limit", str(count))]
        if count >= _limit(query, "geqo_threshold", GENETIC):
            pairs.append(("geqo_threshold", str(count + 1)))
        yield _finding(query, block, count, limit, pairs)


def _joined(block: Block) -> int:
    """How many tables are joined by JOIN; an outer join of any kind is one of them."""
    joins = [each for each in block.sources.values() if each.join is not None]
    written = [each for each in joins if each.join is not None and each.join.args.get("on")]
    return len(written) + 1


def _limit(query: Query, name: str, default: int) -> int:
    text = query.explained.settings.get(name, "") if query.explained else ""
    return int(text) if text.isdigit() else default


def _finding(
    query: Query, block: Block, count: int, limit: int, pairs: list[tuple[str, str]]
) -> Finding:
    remedy = remedies.settings(
        f"join_collapse_limit of {count}, so that the planner puts all in order",
        pairs,
        tradeoff="planning takes some milliseconds longer, of this statement alone",
        risk=Risk(
            "the time to plan grows fast with the number of tables",
            "EXPLAIN (SUMMARY) shows it; set it by SET LOCAL for this statement alone",
        ),
    )
    first = next((each.table for each in block.sources.values() if each.table), None)
    return remedies.finding(
        query,
        f"{count} tables are joined, and the planner puts only {limit} at a time in order",
        first.key if first else None,
        [remedy],
    )


def advise(finding: Finding, query: Query) -> Advice:
    """Gives the settings, or the order."""
    reason = "beyond join_collapse_limit tables are joined in the order in which they are written"
    return remedies.also(
        remedies.advice(finding, query, reason),
        "write the table that keeps few rows first, by select_from()",
        "no setting; right for these conditions alone, and outer joins must stay where they are",
    )

"""A join whose condition is an OR can neither hash nor merge.

## What it does

Looks for an inner join ON `a.x = b.id OR a.y = b.id`.

## Why is this bad?

To hash or to merge, a join needs a column that is equal on both sides. With an OR the database asks
for every row of one table anew: by two index lookups at best, by reading the other table at worst.

## When to leave it

When one side has few rows, and the other an index for each arm.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from dbwright.core.finding import Advice, Finding
from dbwright.core.query import Query
from dbwright.core.rule import Applies, QueryExample
from dbwright.recipes.queries import disjoint, remedies, tree
from dbwright.recipes.queries.calls import is_steady
from dbwright.recipes.queries.reading import Block, Reading

APPLIES = Applies(("postgresql",))
SEVERITY = "warning"
SCHEMA = """
create table people (id integer primary key, boss_id integer, team integer not null);
create table tasks (id integer primary key, person_id integer, hours integer not null);
create index ix_tasks_person_id on tasks (person_id);
"""
DATA = (
    "insert into people select i, nullif(i % 4000, 0), i % 50 from generate_series(1, 4000) i",
    "insert into tasks select i, nullif(i % 4500, 0), i % 8 from generate_series(1, 12000) i",
)
BAD = QueryExample(
    schema=SCHEMA,
    sql="select p.team, count(*) as n from people p"
    " join tasks t on t.person_id = p.id or t.person_id = p.boss_id group by p.team",
    claims=("same_rows", "cheaper_plan"),
    data=DATA,
)
BAD_COMMA = QueryExample(
    schema=SCHEMA.replace("create index ix_tasks_person_id on tasks (person_id);", ""),
    sql="select people_1.id, tasks_1.hours from people as people_1, tasks as tasks_1"
    " where (tasks_1.person_id = people_1.id or tasks_1.person_id = people_1.boss_id)"
    " and tasks_1.hours = 7 and people_1.team < 10",
    claims=("same_rows", "cheaper_plan"),
    data=DATA,
)
GOOD = QueryExample(
    schema=SCHEMA,
    sql="select p.team, t.id from people p"
    " join tasks t on t.person_id = p.id or t.person_id = p.boss_id where p.id = 77",
    data=DATA,
)
GOOD_LEFT = QueryExample(
    schema=SCHEMA,
    sql="select p.team, t.id from people p"
    " left join tasks t on t.person_id = p.id or t.person_id = p.boss_id where p.id < 9",
    data=DATA,
)


def check(query: Query) -> Iterator[Finding]:
    """Yields a finding for each inner join on an OR of equalities."""
    reading = Reading(query)
    for block in reading.blocks:
        if any(each.join is not None and each.join.side for each in block.sources.values()):
            continue
        for condition in block.conditions():
            arms = list(tree.disjuncts(condition)) if isinstance(condition, exp.Or) else []
            exists = _in_exists(query, reading, block, condition, arms)
            if exists is not None:
                yield exists
                return
            if len(arms) < 2 or not all(_joins(reading, block, arm) for arm in arms):
                continue
            other = disjoint.split(reading, block, condition, arms)
            if other is None:
                continue
            found = reading.references(condition) or []
            remedy = remedies.rewrite(
                query,
                other,
                "one join for each arm, put together by UNION ALL",
                sqlalchemy="union_all(select(…).join(first), select(…).join(second).where("
                "first.is_not(True)))",
                conditions=("each part leaves out the pairs of those before it, NULL or not",),
            )
            yield remedies.finding(
                query,
                "a join on an OR can neither hash nor merge",
                found[0].table.key if found else None,
                [remedy],
            )
            return


def _in_exists(
    query: Query, reading: Reading, block: Block, condition: exp.Expr, arms: list[exp.Expr]
) -> Finding | None:
    """EXISTS whose OR ties it to the outer row, as one EXISTS for each arm."""
    exists, outer = block.node.parent, block.outer
    if not isinstance(exists, exp.Exists) or outer is None or len(arms) < 2:
        return None
    if block.limited or block.grouped or not is_steady(query, block.node):
        return None
    if not all(_ties(reading, block, arm) for arm in arms):
        return None
    parts = [
        exp.Exists(this=tree.replaced(block.node, (condition, exp.paren(arm.copy()))))
        for arm in arms
    ]
    made = exp.paren(exp.or_(*parts, copy=False), copy=False)
    table = next((each.table.key for each in block.sources.values() if each.table), None)
    remedy = remedies.rewrite(
        query,
        tree.replaced(exists.root(), (exists, made)),
        "one EXISTS for each arm",
        sqlalchemy="or_(exists().where(first), exists().where(second))",
        conditions=("a row is found for one of the arms or for none",),
        table=table,
    )
    message = "an EXISTS that is tied by an OR is asked anew for each row"
    return remedies.finding(query, message, table, [remedy])


def _ties(reading: Reading, block: Block, arm: exp.Expr) -> bool:
    """Whether an arm holds a column of the block equal to one of an outer row."""
    mine = {id(source) for source in block.sources.values()}
    for condition in tree.conjuncts(arm):
        if isinstance(condition, exp.EQ):
            sides = [reading.reference(each) for each in (condition.this, condition.expression)]
            inside = {id(each.source) in mine for each in sides if each is not None}
            if inside == {True, False}:
                return True
    return False


def _joins(reading: Reading, block: Block, arm: exp.Expr) -> bool:
    """Whether an arm holds columns of two of the block's tables equal."""
    for condition in tree.conjuncts(arm):
        if not isinstance(condition, exp.EQ):
            continue
        sides = [reading.reference(each) for each in (condition.this, condition.expression)]
        sources = {id(each.source) for each in sides if each is not None}
        mine = {id(source) for source in block.sources.values()}
        if len(sources) == 2 and sources <= mine:
            return True
    return False


def advise(finding: Finding, query: Query) -> Advice:
    """Gives a join for each arm."""
    reason = "a join on one equality can hash; a join on an OR asks anew for each row"
    return remedies.advice(finding, query, reason)

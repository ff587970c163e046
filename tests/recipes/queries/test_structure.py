"""Which rules about a query's structure speak on which statement, and where a condition holds them.

The schema is `trial.sql` as PostgreSQL's catalog has it. A statement after which no rule is named
is a look-alike: something in the catalog or in the statement makes another form give other rows.
"""

from __future__ import annotations

import contextlib
import functools
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from dbwright import dialects
from dbwright.core.codec import from_json
from dbwright.core.query import Query
from dbwright.core.schema import Schema
from dbwright.core.target import Target
from dbwright.rules.registry import rules_for
from dbwright.testing import Laboratory, laboratory
from dbwright.verify.same_rows import same_rows

HERE = Path(__file__).parent
TARGET = Target("postgresql", (15,))
NUMBERED = "select m, v, row_number() over (partition by m order by t desc) as rn from readings"
BEFORE = "select max(p.t) from readings p where p.m = r.m and p.t"
INVOICES = "billing.invoices i"
CASES: list[tuple[str, str | None]] = [
    # a key is among what is given
    ('select distinct U."Id", U."order" from "Users" U', "redundant-distinct"),
    ("select distinct i.* from billing.invoices i", "redundant-distinct"),
    (
        "select distinct e.id, n.v from edges e join nodes n on n.a = e.a and n.b = e.b",
        "redundant-distinct",
    ),
    (
        "select distinct user_id, count(*) from billing.invoices group by user_id",
        "redundant-distinct",
    ),
    ('select distinct handle from "Users"', None),
    ("select distinct id, name from kids", None),
    ("select distinct place, name from slots", None),
    ("select distinct id from rich", None),
    ("select distinct e.id, n.v from edges e join nodes n on n.a = e.a", None),
    ("select distinct e.id from nodes n right join edges e on n.a = e.a and n.b = e.b", None),
    ("select distinct e.id from nodes n full join edges e on n.a = e.a and n.b = e.b", None),
    ("select distinct count(*) from billing.invoices group by user_id", None),
    # arms that share no row
    (
        "select id, 'p' as k from parents union select id, 't' from toys",
        "union-instead-of-union-all",
    ),
    (
        "select id, amount from billing.invoices where amount < 10 union "
        "select id, amount from billing.invoices where amount >= 10",
        "union-instead-of-union-all",
    ),
    ("select id, 1 as k from parents union select id, 1.0 from kids", None),
    (
        "select id from billing.invoices where amount <= 10 union "
        "select id from billing.invoices where amount >= 10",
        None,
    ),
    (
        "select user_id from billing.invoices where code = 'abc' union "
        "select user_id from billing.invoices where code = 'xyz'",
        None,
    ),
    (
        "select id, code from billing.invoices where code = 'a' union "
        "select id, code from billing.invoices where code = 'a '",
        None,
    ),
    (
        "with recursive r as (select a, b from nodes union select n.a, n.b from nodes n "
        "join r on n.a = r.b) select * from r",
        None,
    ),
    # an order that is only counted
    (
        "select count(*) from (select t.id from toys t left join parents p on p.id = t.parent_id "
        "where p.name <> 'x' order by p.name) s",
        "count-of-sorted-subquery",
    ),
    ("select count(*) from (select id from toys order by price limit 3) s", None),
    ("select count(*) from (select id, unnest(array[1, 2]) from toys order by id) s", None),
    # joins over a foreign key that holds
    ("select e.x from edges e join nodes n on n.b = e.b and e.a = n.a", "unused-join"),
    (
        "select sum(t.price) from toys t join parents p on p.id = t.parent_id "
        "where t.parent_id is not null",
        "unused-join",
    ),
    ("select sum(t.price) from toys t join parents p on p.id = t.parent_id", None),
    ("select e.x from edges e join nodes n on n.a = e.b and n.b = e.a", None),
    ("select sum(u.v) from uses_hidden u join hidden h on h.id = u.hidden_id", None),
    ("select count(*) from toys t join kids k on k.id = t.kid_id", None),
    ("select count(*) from later l join parents p on p.id = l.parent_id", None),
    ('select u from billing.invoices i join "Users" u on u."Id" = i.user_id', None),
    # neither side of NOT IN may be NULL
    ("select id from kids where id not in (select kid_id from toys)", "not-in-subquery"),
    (
        "select name from parents where id not in (select id from parents where name like 'a%')",
        "not-in-subquery",
    ),
    ("select id from toys where parent_id not in (select id from parents)", None),
    ("select name from parents where id not in (select kid_id from toys limit 2)", None),
    # a range goes through an equality, not against an outer join
    (
        "select t.id, p.name from toys t left join parents p on p.id = t.parent_id "
        "where t.parent_id between 2 and 4",
        "range-on-one-side",
    ),
    (
        "select i.id, l.qty from billing.lines l left join billing.invoices i "
        "on i.id = l.invoice_id where i.id > 3",
        None,
    ),
    # sub-queries for each row
    (
        'select u."Email", (select coalesce(sum(i.amount), 0) + count(*) from billing.invoices i '
        'where i.user_id = u."Id" and i.amount > 3) as w from "Users" u order by w',
        "correlated-subquery",
    ),
    (
        'select i.id, (select "Email" from "Users" where "Id" = i.user_id) from billing.invoices i',
        "correlated-subquery",
    ),
    (
        'select u."Id", (select sum(i.weight) from billing.invoices i where i.user_id = u."Id") '
        'from "Users" u',
        None,
    ),
    ("select *, (select count(*) from toys where parent_id = parents.id) as n from parents", None),
    (
        "select l.qty, (select count(*) from billing.invoices i where i.code = l.sku) as n "
        "from billing.lines l",
        None,
    ),
    (
        "select n.a, (select max(e.x) from edges e where e.a = n.a and e.b < n.b) from nodes n",
        None,
    ),
    # the first of each group
    (f"select s.m, s.v, s.rn from ({NUMBERED}) s where s.rn = 1", "latest-per-group"),
    ("select distinct on (m) m, v from readings order by m, t desc", "latest-per-group"),
    ("select distinct on (m) m, v from readings order by m desc, t", "latest-per-group"),
    ("select distinct on (parent_id) parent_id from toys order by parent_id, id", None),
    (f"select u.name, s.v from parents u left join ({NUMBERED}) s on s.m = u.id", None),
    (
        "select r.id from loose r join (select m, max(t) as newest from loose group by m) x "
        "on x.m = r.m and r.t = x.newest",
        None,
    ),
    (
        "select count(*) from (select row_number() over (partition by parent_id order by price) rn "
        "from toys) s where rn = 1",
        "counted-first-rows",
    ),
    # the row before
    (f"select r.id, ({BEFORE} < r.t) as b from readings r", "self-join-for-previous-row"),
    (
        f"select r.id, ({BEFORE} < r.t) as b from readings r where r.m = 3",
        "self-join-for-previous-row",
    ),
    (f"select r.id, ({BEFORE} <= r.t) as b from readings r", None),
    (f"select r.id, ({BEFORE} < r.t) as b from readings r where r.v > 3", None),
    (
        "select r.id, (select max(p.t) from loose p where p.m = r.m and p.t < r.t) as b "
        "from loose r",
        None,
    ),
    # joins that multiply each other
    (
        'select u."Id", count(distinct i.id) as a, max(t.price) as b from "Users" u '
        'left join billing.invoices i on i.user_id = u."Id" '
        'left join toys t on t.kid_id = u."Id" and t.price > 1 group by u."Id"',
        "multiplied-joins",
    ),
    (
        'select u."Id", sum(i.amount) as a, count(distinct t.id) as b from "Users" u '
        'left join billing.invoices i on i.user_id = u."Id" '
        'left join toys t on t.kid_id = u."Id" group by u."Id"',
        None,
    ),
    (
        'select u."order", count(distinct i.id) as a, count(distinct t.id) as b from "Users" u '
        'left join billing.invoices i on i.user_id = u."Id" '
        'left join toys t on t.kid_id = u."Id" group by u."order"',
        None,
    ),
    # groups of one row each
    (
        'select u."Email", sum(i.amount) as a, count(*) filter (where i.amount > 3) as n '
        'from "Users" u, billing.invoices i where i.user_id = u."Id" and i.note is not null '
        'group by u."Id" having min(i.amount) < 5 order by a, count(*) desc limit 3',
        "grouped-after-join",
    ),
    (
        'select t.id, sum(u."order") as s from toys t join "Users" u on u."Id" = t.id '
        "group by t.id",
        "grouped-after-join",
    ),
    (
        'select u."order", sum(i.amount) as a from "Users" u '
        'join billing.invoices i on i.user_id = u."Id" group by u."order"',
        None,
    ),
    (
        'select u."Id", sum(i.amount) as a from "Users" u '
        'left join billing.invoices i on i.user_id = u."Id" group by u."Id"',
        None,
    ),
    (
        'select u."Id", sum(i.amount) as a, max(u."order") as b from "Users" u '
        'join billing.invoices i on i.user_id = u."Id" group by u."Id"',
        None,
    ),
    (
        'select u."Id", sum(i.amount) as a from "Users" u '
        'join billing.invoices i on i.user_id = u."Id" where u."order" > 3 group by u."Id"',
        None,
    ),
    # values and counts
    ("select distinct kid_id from toys order by kid_id desc", "distinct-of-few"),
    ("select distinct parent_id from toys", None),
    ("select distinct amount from billing.invoices", None),
    (
        'select u."order", count(distinct u."Id") from "Users" u group by u."order"',
        "count-distinct",
    ),
    (f'select count(distinct u."Id") from "Users" u join {INVOICES} on i.user_id = u."Id"', None),
    # once, or for each reader
    (
        "with b as (select user_id, count(*) n from billing.invoices group by user_id) "
        "select x.n from b x join b y on y.user_id = x.user_id + 1 where x.user_id = 2",
        "cte-computed-whole",
    ),
    ("with b as (select id from toys limit 3) select x.id from b x join b y on y.id = x.id", None),
    ("with b as (select random() r) select x.r from b x join b y on y.r = x.r", None),
    # NULL on the outer side
    (
        'select u."Email" from "Users" u left join billing.invoices i on i.user_id = u."Id" '
        "and i.amount > 5 where i.id is null",
        "filter-over-outer-join",
    ),
    (
        'select u."Email" from "Users" u left join billing.invoices i on i.user_id = u."Id" '
        "where i.note is null",
        None,
    ),
    ("select id from toys where parent_id is not distinct from null", None),
    # there is one, or none
    ("select (select count(*) from toys) >= 1", "count-for-existence"),
    ("select (select count(*) from toys) > 1", None),
]
SPOKEN = [(sql, name) for sql, name in CASES if name is not None]


@functools.cache
def schema() -> Schema:
    """The schema of `trial.sql`."""
    return from_json(Schema, json.loads((HERE / "trial.json").read_text()))


def findings(sql: str) -> list[str]:
    query = Query(sql, schema(), TARGET)
    rules = [r for r in rules_for("queries") if r.fact is Query and r.applies.to(TARGET)]
    return [
        rule.name
        for rule in rules
        for finding in rule.check(query)
        if any(remedy.query and remedy.same for remedy in finding.remedies)
    ]


@pytest.mark.parametrize(("sql", "name"), CASES)
def test_a_form_is_offered_only_where_the_catalog_meets_its_conditions(
    sql: str, name: str | None
) -> None:
    assert findings(sql) == ([name] if name else [])


@pytest.fixture(scope="module")
def lab() -> Iterator[Laboratory]:
    with laboratory() as opened:
        yield opened


@pytest.mark.database
def test_no_generated_database_tells_the_forms_apart(lab: Laboratory) -> None:
    dialect = dialects.get("postgresql")
    with (
        lab.sandbox("postgresql").clone(None) as database,
        contextlib.closing(database.connect()) as connection,
    ):
        for statement in dialect.statements.split((HERE / "trial.sql").read_text()):
            connection.cursor().execute(statement)
        connection.commit()
        told = dialect.catalog.read_schema(connection)
        connection.rollback()
        assert [each.columns for each in told.tables] == [each.columns for each in schema().tables]
        rules = [rule for rule in rules_for("queries") if rule.applies.to(TARGET)]
        for sql, name in SPOKEN:
            query = Query(sql, told, TARGET)
            (rule,) = (rule for rule in rules if rule.name == name)
            for remedy in (each for found in rule.check(query) for each in found.remedies):
                if remedy.query and remedy.same:
                    verdict = same_rows(connection, told, sql, remedy.query, databases=60)
                    connection.rollback()
                    assert type(verdict).__name__ == "SameRows", (remedy.query, verdict)

"""Statements in their plain form give the rows that they gave: held against SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dbwright.core.query import Query
from dbwright.core.schema import Column, EnumType, Index, IndexKey, PrimaryKey, Schema, Table
from dbwright.core.target import Target
from dbwright.recipes.queries import tree
from dbwright.recipes.queries.labels import passes
from dbwright.recipes.queries.plain_conditions import plain
from dbwright.recipes.queries.plain_cures import cured
from dbwright.recipes.queries.seen_through import seen_through

SMALL = [None, -1, 0, 1, 2]
T = Table(
    "t",
    (Column("id", "integer", nullable=False), Column("a", "integer"), Column("b", "integer")),
    primary_key=PrimaryKey(("id",)),
)
U = Table("u", (Column("id", "integer", nullable=False), Column("t_id", "integer")))
V = Table(
    "v",
    (Column("key", "integer"), Column("total", "integer")),
    kind="view",
    definition="SELECT t.id AS key, t.a + t.b AS total FROM t",
)
R = Table(
    "r",
    (
        Column("g", "integer", nullable=False),
        Column("at", "integer", nullable=False),
        Column("n", "integer"),
    ),
    indexes=(Index("ux", (IndexKey(column="g"), IndexKey(column="at")), unique=True),),
)
SCHEMA = Schema("postgresql", (T, U, V, R))


@pytest.fixture(scope="module")
def rows() -> Iterator[sqlite3.Connection]:
    """Gives a database with each pair of small values."""
    made = sqlite3.connect(":memory:")
    made.executescript(
        """
        create table t (id integer primary key, a integer, b integer);
        create table u (id integer primary key, t_id integer);
        create view v as select t.id as key, t.a + t.b as total from t;
        create table r (g integer not null, at integer not null, n integer, unique (g, at));
        """
    )
    pairs = [(a, b) for a in SMALL for b in SMALL]
    made.executemany("insert into t (a, b) values (?, ?)", pairs)
    made.executemany("insert into u (t_id) values (?)", [(i,) for i in (1, 1, 3, None, 7, 99)])
    made.executemany(
        "insert into r values (?, ?, ?)", [(g, at, g * at) for g in (1, 2, 3) for at in (1, 2, 5)]
    )
    yield made
    made.close()


def conditions() -> st.SearchStrategy[str]:
    """Gives conditions on two columns, NULL among their values."""
    column, value = st.sampled_from(["a", "b"]), st.sampled_from(["-1", "0", "1", "2"])
    sign = st.sampled_from(["=", "<>", "<", "<=", ">", ">="])
    leaf = st.one_of(
        st.builds("{} {} {}".format, column, sign, value),
        st.builds("{} {} {}".format, value, sign, column),
        st.builds("{} in ({}, {})".format, column, value, value),
        st.builds("{} in (a, b)".format, value),
        st.builds("{} not in ({}, {})".format, column, value, value),
        st.builds("{} between {} and {}".format, column, value, value),
        st.builds("{} not between {} and {}".format, column, value, value),
        st.builds("{} between a and b".format, value),
        st.builds("{} is null".format, column),
        st.builds("{} is not null".format, column),
        st.builds("coalesce({}, {}) {} {}".format, column, value, sign, value),
        st.builds("case when {0} is null then {1} else {0} end {2} {3}".format,
                  column, value, sign, value),
        st.builds("case when {} {} {} then 1 else 0 end = 1".format, column, sign, value),
        st.builds("case when {} {} {} then true else false end".format, column, sign, value),
    )  # fmt: skip
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.builds("({} and {})".format, inner, inner),
            st.builds("({} or {})".format, inner, inner),
            st.builds("not ({})".format, inner),
            st.builds("({}) is true".format, inner),
        ),
        max_leaves=6,
    )


def kept(rows: sqlite3.Connection, condition: str) -> list[object]:
    return rows.execute(f"select id from t where {condition} order by id").fetchall()


@settings(max_examples=300)
@given(conditions())
def test_a_plain_condition_keeps_the_same_rows(rows: sqlite3.Connection, text: str) -> None:
    parsed = tree.loose(f"select id from t where {text}", "sqlite")
    assert parsed is not None
    condition = parsed.args["where"].this
    wanted = kept(rows, text)
    assert kept(rows, plain(condition).sql(dialect="sqlite")) == wanted
    for part in tree.conjuncts(condition):
        other = cured(part)
        if other is not None:
            assert kept(rows, other.sql(dialect="sqlite")) == kept(rows, part.sql("sqlite"))


SAME = [
    "with x as (select id as key, a as one from t) select x.key from x where x.one = 1",
    "select d.k from (select id as k, a + b as s from t where a > 0) d where d.s * 2 > 2",
    "select t.id, d.k from t join (select id as k, t_id from u where t_id > 1) d on d.t_id = t.id",
    "select t.id, d.k from t left join (select id as k, t_id from u where id > 1) d"
    " on d.t_id = t.id",
    "select total from v where total > 1",
    "select x.id from (select * from t) x join u on u.t_id = x.id",
    "select id from (select id, row_number() over (order by id) as n from t) p"
    " where n between 3 and 5 order by n",
    "select s.k, s.v from (select id as k, a + 1 as v from t union all select id, t_id from u) s"
    " where s.v > 1 and s.k < 9",
    "select s.v from (select a as v from t union select t_id from u) s where s.v > 1",
    "select g.a, g.n from (select a, count(*) as n from t group by a) g where g.a = 1 and g.n > 1",
    "select n > 3 as many from (select count(*) as n from t where a = 1) c",
    "select a, b from t group by a, b",
    "select id from t where id <> all (select t_id from u where t_id is not null)",
    "select t.id from t join u using (id) where t.a = 1",
    "select x.a from (select t.a, t.id from t) x, (select t.b, t.id from t) y where x.id = y.id",
]


@pytest.mark.parametrize("sql", SAME)
def test_a_statement_that_is_seen_through_gives_the_same_rows(
    rows: sqlite3.Connection, sql: str
) -> None:
    found = seen_through(Query(sql, SCHEMA, Target("postgresql", (18,))))
    assert found is not None
    assert found.written == sql
    if "all (" not in sql:  # SQLite has no ALL
        other = rows.execute(found.sql)
        mine = rows.execute(sql)
        assert [each[0] for each in other.description] == [each[0] for each in mine.description]
        assert sorted(map(repr, other.fetchall())) == sorted(map(repr, mine.fetchall()))


def seen(sql: str) -> str | None:
    found = seen_through(Query(sql, SCHEMA, Target("postgresql", (18,))))
    return found.sql if found is not None else None


def test_what_is_computed_once_stays_apart() -> None:
    """A CTE that is read twice, LIMIT, a function that varies, DISTINCT and the outer side."""
    twice = "with x as (select id, a from t) select 1 from x, x as y where x.id = y.id"
    assert seen(twice) is None
    limited = seen("with x as (select id, a from t limit 3) select id from x where a = 1")
    assert limited is not None
    assert "(SELECT id, a FROM t LIMIT 3)" in limited
    assert seen("select r from (select random() as r from t) x where r > 0.5") is None
    assert seen("select x.a + 1 from (select distinct a from t) x") is None
    outer = "select u.id from u left join (select id, coalesce(a, 0) as z from t) x"
    assert seen(f"{outer} on x.id = u.t_id where x.z = 0") is None


def test_a_condition_goes_below_a_union_and_a_grouping() -> None:
    united = "select s.v from (select a as v from t union all select t_id from u) s where s.v = 1"
    assert seen(united) == (
        "SELECT s.v FROM (SELECT a AS v FROM t WHERE t.a = 1 UNION ALL"
        " SELECT t_id FROM u WHERE u.t_id = 1) AS s"
    )
    counted = "select g.n from (select a, count(*) as n from t group by a) g where g.n = 1"
    assert seen(counted) is None
    first = "select s.v from (select a as v from t union all select t_id from u limit 3) s"
    assert seen(f"{first} where s.v = 1") is None


def test_the_newest_of_a_group_is_one_form() -> None:
    wanted = "SELECT DISTINCT ON (r.g) r.n FROM r ORDER BY r.g, r.at DESC"
    for sql in (
        "select r.n from r where (r.g, r.at) in (select x.g, max(x.at) from r x group by x.g)",
        "select r.n from r where r.at = (select max(x.at) from r x where x.g = r.g)",
        "select r.n from r where not exists (select 1 from r x where x.g = r.g and x.at > r.at)",
        "select r.n from r left join r x on x.g = r.g and x.at > r.at where x.g is null",
        "select r.n from r join (select g, max(at) as m from r group by g) x"
        " on x.g = r.g and x.m = r.at",
    ):
        assert seen(sql) == wanted
    ties = "select t.id from t where t.b = (select max(x.b) from t x where x.a = t.a)"
    assert seen(ties) is None


def test_labels_are_tried_by_the_condition() -> None:
    enum = EnumType("mood", ("good", "bad"))
    for text, wanted in (
        ("lower(m::text) like 'g%'", ["good"]),
        ("m::text not in ('good', 'x')", ["bad"]),
        ("m::text || '' = 'bad'", ["bad"]),
    ):
        parsed = tree.loose(f"select 1 from t where {text}", "postgresql")
        assert parsed is not None
        condition = parsed.args["where"].this
        place = next(each for each in condition.find_all(tree.exp.Cast))
        assert [each for each in enum.values if passes(condition, place, each)] == wanted

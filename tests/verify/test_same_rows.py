"""Two queries on many small databases: what is refused, what is survived, what is left behind."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dbwright.core.claim import Claim, QueryProbe
from dbwright.core.same_rows import Different, NotTestable, SameRows, Verdict
from dbwright.core.schema import Schema
from dbwright.core.target import Target
from dbwright.dialects.postgresql import catalog, grammar
from dbwright.dialects.sqlite import catalog as sqlite_catalog
from dbwright.scratch.sandbox import Sandbox
from dbwright.verify.queries.postgresql import Rows
from dbwright.verify.queries.prover import QueryProver
from dbwright.verify.same_rows import same_rows

from .conftest import clone_of

ODD = """
create schema billing;
create domain positive as integer check (value > 0);
create type pair as (a integer, b text);
create type mood as enum ('sad', 'ok', 'O''Hara');
create table "order" (
    id bigint generated always as identity primary key,
    "User" text not null default 'x', doubled bigint generated always as (id * 2) stored,
    amount positive not null, p pair, moods mood[], mood mood not null, uid uuid, bin bytea,
    tv tsvector, iv interval, tm time, ip inet, bt bit(3), jb jsonb, nr numrange, n numeric, f real
);
create table billing.invoices (
    id serial primary key, order_id bigint not null references "order",
    no varchar(3) not null unique, paid boolean default false,
    valid daterange not null, exclude using gist (valid with &&)
);
create unique index on billing.invoices (lower(no)) where paid;
create table parts (id integer not null, day date not null, v integer, primary key (id, day))
    partition by range (day);
create table parts_a partition of parts for values from ('2024-01-01') to ('2024-02-01');
create table parts_b partition of parts for values from ('2024-02-01') to ('2024-04-01');
create table animals (id integer primary key, name text);
create table dogs (barks boolean) inherits (animals);
create table hen (id integer primary key, egg_id integer not null);
create table egg (
    id integer primary key,
    hen_id integer not null references hen deferrable initially deferred
);
alter table hen add foreign key (egg_id) references egg deferrable initially deferred;
create table two (a integer, b integer, primary key (a, b));
create table three (
    a integer, b integer, c integer not null,
    foreign key (a, b) references two, check ((a is null) = (b is null))
);
create function vat(integer) returns integer language sql stable as 'select $1 + 1';
create function dice() returns integer language sql volatile as 'select 4';
create view big as select id, amount from "order" where amount > 10;
create view bigger as select * from big where amount > 20;
create materialized view totals as select mood, sum(amount) as s from "order" group by mood;
create view diced as select id, dice() as d from animals;
create function no_three() returns trigger language plpgsql as $$
    begin if new.v = 3 then raise exception 'no three'; end if; return new; end $$;
create trigger no_three before insert on parts for each row execute function no_three();
create table locked (id integer primary key, v integer);
alter table locked enable row level security;
alter table locked force row level security;
create table moments (id integer primary key, at timestamptz not null, s text, n integer);
create table homes (
    id integer primary key, land varchar(2) not null check (land ~ '^[A-Z]{2}$'),
    since date not null, until date not null, check (until > since)
);
create table guests (id integer primary key, home_id integer not null references homes, n integer);
"""
TABLES = """
create table t (id integer primary key, a integer, b text, c real);
create table u (id integer primary key, t_id integer references t (id), d integer not null);
"""
Compare = Callable[..., Verdict]


@pytest.fixture(scope="module")
def odd(sandbox: Sandbox) -> Iterator[tuple[Any, Schema]]:
    with clone_of(sandbox, ODD) as database, closing(database.connect()) as connection:
        schema = catalog.read_schema(connection)
        connection.rollback()
        yield connection, schema


@pytest.fixture
def compare(odd: tuple[Any, Schema]) -> Compare:
    def compared(first: str, second: str, databases: int = 60, seed: int = 0) -> Verdict:
        return same_rows(*odd, first, second, databases=databases, seed=seed)

    return compared


@pytest.fixture
def lite() -> Iterator[tuple[sqlite3.Connection, Schema]]:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(TABLES)
        yield connection, sqlite_catalog.read_schema(connection)


@pytest.mark.database
@pytest.mark.parametrize(
    ("first", "second"),
    [
        ('select * from "order"', 'select * from "order"'),
        ("select id from bigger", 'select id from "order" where amount > 20'),
        ("select * from totals", 'select mood, sum(amount) as s from "order" group by mood'),
        (
            'select i.no from billing.invoices i join "order" o on o.id = i.order_id',
            "select no from billing.invoices",
        ),
        ("select id, day from parts where v > 2", "select id, day from parts where v > 3"),
        ("select id, name from animals", "select id, name from animals"),
        (
            "select h.id from hen h join egg e on e.id = h.egg_id",
            "select id from hen",
        ),
        (
            "select c from three join two using (a, b)",
            "select c from three where b is not null",
        ),
        ("select vat(n) as v from moments", "select n + 1 as v from moments"),
        (  # the parent's checks ask for a pattern and for two dates apart
            "select g.id from guests g join homes h on h.id = g.home_id where g.n > 2",
            "select id from guests where n > 2",
        ),
        ("select now() as n", "select current_timestamp as n"),
        (
            "select id from moments where at::date = '2024-03-10'",
            "select id from moments where at >= '2024-03-10'::date and at < '2024-03-11'::date",
        ),
        (
            "select id from moments where n = $1 and s = $2",
            "select id from moments where s = $2 and n = $1",
        ),
        (
            "select id from \"order\" where tv @@ to_tsquery('simple', 'fox & dog')"
            " and iv > interval '1 day' and jb @> '{\"a\": {\"b\": [1, 2]}}'",
            'select id from "order" where jb @> \'{"a": {"b": [1, 2]}}\''
            " and iv > interval '1 day' and tv @@ to_tsquery('simple', 'fox & dog')",
        ),
    ],
)
def test_equal_queries_survive_and_most_databases_have_rows(
    compare: Compare, first: str, second: str
) -> None:
    verdict = compare(first, second)
    assert isinstance(verdict, SameRows), verdict.words
    assert verdict.databases == 60
    assert verdict.filled >= 15, verdict.words


@pytest.mark.database
@pytest.mark.parametrize(
    ("first", "second", "rows"),
    [
        ("select id from bigger", 'select id from "order" where amount > 10', 1),
        (
            "select * from totals",
            'select mood, sum(amount) as s from "order" where amount <> 5 group by mood',
            1,
        ),
        ("select id, name from animals", "select id, name from only animals", 1),
        (
            "select id, day from parts where day >= '2024-02-01'",
            "select id, day from parts where day > '2024-02-01'",
            1,
        ),
        ("select id from moments where n = $1", "select id from moments where n >= $1", 1),
        (
            "select id from moments where n is not distinct from $1",
            "select id from moments where n = $1",
            1,
        ),
        ("select id from moments where at > now()", "select id from moments where at >= now()", 1),
        ("select id from moments order by n, id", "select id from moments order by id", 2),
        ("select n from moments limit 1", "select n from moments limit 2", 2),
    ],
)
def test_difference_is_shown_on_the_fewest_rows(
    compare: Compare, first: str, second: str, rows: int
) -> None:
    verdict = compare(first, second, databases=200)
    assert isinstance(verdict, Different), verdict.words
    assert verdict.example.rows == rows, verdict.words


@pytest.mark.database
def test_counter_example_reads_well_and_can_be_made_again(
    compare: Compare, odd: tuple[Any, Schema]
) -> None:
    first = "select count(n) as n from moments"
    second = "select count(*) as n from moments"
    verdict = compare(first, second)
    assert isinstance(verdict, Different)
    assert verdict.words == (
        "With moments (id, n) = (1, NULL): the first returns (0); the second returns (1)."
    )
    connection, _ = odd
    with connection.cursor() as cursor:
        for statement in verdict.example.statements:
            cursor.execute(statement)
        answers = [cursor.execute(sql).fetchall() for sql in (first, second)]
    connection.rollback()
    assert answers == [[(0,)], [(1,)]]


@pytest.mark.database
def test_session_in_another_time_zone_is_named(compare: Compare) -> None:
    verdict = compare(
        "select id from moments where at::date = '2024-03-10'",
        "select id from moments where (at at time zone 'UTC')::date = '2024-03-10'",
    )
    assert isinstance(verdict, Different)
    assert set(verdict.example.settings) == {"timezone"}
    assert "timezone A" in verdict.words or "timezone E" in verdict.words


@pytest.mark.database
def test_types_sizes_and_names_of_columns_are_compared(compare: Compare) -> None:
    wider = compare("select sum(n) as s from moments", "select sum(n::bigint) as s from moments")
    assert wider.words == ("The column s is bigint in the first and numeric in the second.")
    sized = compare("select s::varchar(5) as s from moments", "select s::varchar as s from moments")
    assert "character varying(5)" in sized.words
    named = compare("select n as a from moments", "select n as b from moments")
    assert isinstance(named, Different)
    assert named.example.kind == "names"


@pytest.mark.database
def test_one_that_raises_alone_differs_and_both_are_counted(compare: Compare) -> None:
    guarded = "select id, case when n <> 0 then 1 / n end as q from moments"
    verdict = compare(guarded, "select id, 1 / n as q from moments")
    assert isinstance(verdict, Different)
    assert verdict.example.kind == "error"
    assert "raises: division by zero" in verdict.words
    both = compare("select id, 1 / n as q from moments", "select id, 1 / (n + 0) as q from moments")
    assert isinstance(both, SameRows)
    assert both.raised > 0


@pytest.mark.database
def test_choice_that_the_first_leaves_open_is_the_second_s_too(compare: Compare) -> None:
    verdict = compare(
        "select id, n from moments order by n limit 2",
        "select id, n from moments order by n, id desc limit 2",
        databases=200,
    )
    assert isinstance(verdict, SameRows), verdict.words
    assert verdict.open > 0
    assert "leaves open" in verdict.words


@pytest.mark.database
def test_ties_may_come_in_any_order_and_others_not(compare: Compare) -> None:
    tied = compare(
        "select id, n from moments order by n", "select id, n from moments order by n, id"
    )
    assert isinstance(tied, SameRows), tied.words
    hidden = "select s.id from (select id, n from moments) s order by s.n"
    assert isinstance(compare("select id from moments order by n", hidden), SameRows)
    assert isinstance(compare(hidden, "select id from moments"), Different)
    union = "select id from moments union select n from moments order by id desc"
    assert isinstance(compare(union, union + " nulls first"), SameRows)
    assert isinstance(compare(union, union.removesuffix(" desc")), Different)


@pytest.mark.database
@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("select random() as r", "random() is volatile"),
        ("select clock_timestamp() as r", "clock_timestamp() is volatile"),
        ("select statement_timestamp() as r", "statement_timestamp() is volatile"),
        ("select d from diced", "dice() is volatile"),
        ("select id from animals tablesample system (10)", "TABLESAMPLE"),
        ("select * from nowhere", 'relation "nowhere" does not exist'),
        ("select count(*) from pg_class", "pg_class is no table of the schema"),
        ("delete from animals", "it is no SELECT"),
        ("select 1; select 2", "it holds 2 statements"),
        ("with x as (delete from animals returning id) select * from x", "it writes"),
        ("select id into other from animals", "it is no SELECT"),
        ("select 1 from animals where", "syntax error"),
        ("select '\0'", "NUL"),
    ],
)
def test_what_cannot_be_tested_says_why(compare: Compare, query: str, why: str) -> None:
    for verdict in (compare(query, "select 1 as r"), compare("select 1 as r", query)):
        assert isinstance(verdict, NotTestable)
        assert why in verdict.words


@pytest.mark.database
def test_table_that_takes_no_row_proves_nothing(compare: Compare) -> None:
    verdict = compare("select v from locked", "select v from locked where v > 5")
    assert isinstance(verdict, SameRows)
    assert not verdict.proves
    assert "locked (new row violates row-level security" in verdict.words
    assert verdict.words.endswith("that proves nothing")


@pytest.mark.database
def test_rows_and_the_open_transaction_stay_as_they_were(odd: tuple[Any, Schema]) -> None:
    connection, schema = odd
    connection.execute("insert into animals values (77, 'kept')")
    queries = ("select id from animals", "select id from animals where name <> 'x'")
    assert isinstance(same_rows(connection, schema, *queries), Different)
    assert connection.execute("select id from animals").fetchall() == [(77,)]
    assert connection.execute("show timezone").fetchone() != ("Asia/Kolkata",)
    connection.rollback()
    assert connection.execute("select id from animals").fetchall() == []
    connection.rollback()


@pytest.mark.database
def test_lost_connection_and_failed_transaction_are_no_verdict(sandbox: Sandbox) -> None:
    with clone_of(sandbox, ODD) as database, closing(database.connect()) as connection:
        schema = catalog.read_schema(connection)
        queries = ("select id from moments", "select id from moments")
        connection.pgconn.exec_(b"select 1 / 0")
        assert "failed" in same_rows(connection, schema, *queries).words
        connection.rollback()
        with closing(database.superuser()) as admin:
            admin.execute("select pg_terminate_backend(%s)", [connection.info.backend_pid])
        assert "lost" in same_rows(connection, schema, *queries).words


@pytest.mark.database
def test_same_seed_gives_the_same_verdict(compare: Compare) -> None:
    queries = ("select s from moments where s like 'ab%'", "select s from moments where s > 'ab'")
    one, other = compare(*queries, seed=3), compare(*queries, seed=3)
    assert one == other
    assert isinstance(one, Different)


@pytest.mark.database
def test_prover_observes_refutes_and_says_what_proves_nothing(odd: tuple[Any, Schema]) -> None:
    connection, _ = odd
    ground = Rows(connection, "PostgreSQL", disposable=True)
    prover = QueryProver(ground, Target("postgresql"), "PostgreSQL", scratch=lambda: connection)

    def proved(first: str, second: str) -> tuple[str, str]:
        probe = QueryProbe(first, "same_rows", other=second)
        proof = prover.prove(Claim("same_rows", probe=probe), "same rows")
        return proof.level, proof.witness + proof.why

    level, seen = proved("select n from moments where n > 1", "select n from moments where 1 < n")
    assert level == "observed"
    assert seen.startswith("same rows on 200 generated databases, 1")
    level, seen = proved("select n from moments where n > 1", "select n from moments where n > 2")
    assert (level, "n) = (" in seen) == ("refuted", True)
    assert proved("select v from locked", "select id from locked as v")[0] == "refuted"
    assert proved("select v from locked", "select v from locked where v > 5")[0] == "reasoned"
    assert proved("select random() as r", "select 1 as r")[0] == "reasoned"


COLUMN = st.sampled_from(["id", "n", "s"])
NUMBER = st.integers(-3, 12)
CONDITION = st.one_of(
    st.tuples(st.sampled_from(["id", "n"]), st.sampled_from(["<", "=", ">=", "<>"]), NUMBER).map(
        lambda parts: f"{parts[0]} {parts[1]} {parts[2]}"
    ),
    st.sampled_from(
        ["s like 'a%'", "s is null", "n / 2 = 1", "at >= '2024-03-10'", "s in ('a', '')"]
    ),
)
QUERY = st.tuples(
    st.lists(COLUMN, min_size=1, max_size=3, unique=True),
    st.lists(CONDITION, max_size=3),
    st.sampled_from([" and ", " or "]),
    st.sampled_from(["", " order by n", " order by s desc, id", " limit 2", " order by n limit 1"]),
    st.booleans(),
)


def _sql(parts: tuple[list[str], list[str], str, str, bool]) -> str:
    columns, conditions, junction, end, distinct = parts
    where = f" where {junction.join(conditions)}" if conditions else ""
    select = "select distinct" if distinct and "order" not in end else "select"
    return f"{select} {', '.join(columns)} from moments{where}{end}"


@pytest.mark.database
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=QUERY)
def test_query_equals_itself_and_its_own_text_printed_anew(
    compare: Compare, parts: tuple[list[str], list[str], str, str, bool]
) -> None:
    sql = _sql(parts)
    (tree,) = grammar.parse(sql)
    printed = grammar.text_of_statement(tree.select_stmt, "select_stmt")
    for other in (sql, printed, f"select * from ({sql}) q" if "order" not in sql else sql):
        verdict = compare(sql, other, databases=20)
        assert isinstance(verdict, SameRows), f"{other}: {verdict.words}"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("select id from t where a not in (select d from u)",
         "select id from t where not exists (select 1 from u where u.d = t.a)"),
        ("select t.id, u.id as u from t left join u on u.t_id = t.id",
         "select t.id, u.id as u from t join u on u.t_id = t.id"),
        ("select a from t order by a, id", "select a from t order by id"),
        ("select b from t where b = 'x'", "select b from t where b = 'x' collate nocase"),
        ("select sum(a) as s from t", "select total(a) as s from t"),
    ],
)  # fmt: skip
def test_sqlite_differences_are_found(
    lite: tuple[sqlite3.Connection, Schema], first: str, second: str
) -> None:
    verdict = same_rows(*lite, first, second)
    assert isinstance(verdict, Different), verdict.words
    assert verdict.example.rows <= 2


def test_sqlite_equal_queries_survive_and_rows_stay(
    lite: tuple[sqlite3.Connection, Schema],
) -> None:
    connection, _ = lite
    connection.execute("insert into t values (77, 1, 'kept', 0.5)")
    connection.execute("insert into u values (1, 77, 2)")
    connection.commit()
    verdict = same_rows(
        *lite,
        "select t.b, count(u.id) as n from t left join u on u.t_id = t.id group by t.id, t.b",
        "select b, (select count(*) from u where u.t_id = t.id) as n from t",
    )
    assert isinstance(verdict, SameRows), verdict.words
    assert verdict.filled > 150
    assert connection.execute("select id from t").fetchall() == [(77,)]
    assert connection.execute("select id from u").fetchall() == [(1,)]
    assert not connection.in_transaction


def test_sqlite_volatile_and_unreadable_queries_are_not_tested(
    lite: tuple[sqlite3.Connection, Schema],
) -> None:
    for query, why in (
        ("select random() as r", "random() is volatile"),
        ("select a from t where a = ?", "parameters have no values"),
        ("update t set a = 1", "it is no SELECT"),
        ("select missing from t", "no such column"),
    ):
        verdict = same_rows(*lite, query, "select 1 as r")
        assert isinstance(verdict, NotTestable)
        assert why in verdict.words


def test_other_databases_are_named_as_not_tested_yet() -> None:
    verdict = same_rows(None, Schema("mariadb"), "select 1", "select 1")
    assert verdict.words == "not tested: the tester has no way into mariadb yet"

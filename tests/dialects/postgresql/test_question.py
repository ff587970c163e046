"""Many statements in one message do what they do one by one."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dbwright.dialects.postgresql import explain
from dbwright.dialects.postgresql.question import TOGETHER, rows_of_each, run_each
from dbwright.scratch.sandbox import Database

pytestmark = pytest.mark.database


@pytest.fixture
def alone(database: Database) -> Iterator[psycopg.Connection]:
    """A connection in autocommit."""
    with database.connect() as found:
        found.autocommit = True
        yield found
        found.execute("drop table if exists a, b, c")


def test_what_fails_takes_nothing_else_with_it(alone: psycopg.Connection) -> None:
    several = [f"create table {name} (x int)" for name in "abac"]
    refused = run_each(alone, [*several[:2], "insert into a values (1); selec", *several[2:]])
    assert [type(each) for each in refused] == [
        type(None),
        type(None),
        psycopg.errors.SyntaxError,
        psycopg.errors.DuplicateTable,
        type(None),
    ]
    assert rows_of_each(alone, ["select count(*) from a", "table c"]) == [[(0,)], []]


TEXTS = ("select 1", "select 2 -- ;", "select 'a;' /* ; */;", "selec", "select 3; select 4", "';")


@given(st.lists(st.sampled_from(TEXTS), max_size=9))
@settings(max_examples=40)
def test_each_has_the_answer_that_it_has_alone(database: Database, several: list[str]) -> None:
    with database.connect() as connection:
        connection.autocommit = True
        by_itself = [rows_of_each(connection, [each])[0] for each in several]
        together = rows_of_each(connection, several)
    assert [str(each) for each in together] == [str(each) for each in by_itself]


def test_what_does_not_end_is_waited_for_once_more(alone: psycopg.Connection) -> None:
    alone.execute("set statement_timeout = 100")
    asked = ["select 1"] * (TOGETHER - 1) + ["select pg_sleep(60)"]
    answers = rows_of_each(alone, asked)
    assert answers[:-1] == [[(1,)]] * (TOGETHER - 1)
    assert isinstance(answers[-1], psycopg.errors.QueryCanceled)


def test_plans_asked_together_are_those_asked_alone(alone: psycopg.Connection) -> None:
    alone.execute("create table a (x int primary key)")
    asked = ["select * from a where x = 1", "selec", "select * from a where x > $1", "table a"]
    good, bad, generic, whole = explain.plans(alone, asked)
    assert isinstance(bad, psycopg.errors.SyntaxError)
    assert [good, generic, whole] == [explain.plan(alone, asked[each]) for each in (0, 2, 3)]

"""The session that looks at a database between the runs of a revision."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest

from dbwright.scratch.sandbox import Database, Sandbox
from dbwright.verify.reader import Reader

pytestmark = pytest.mark.database
MADE = "create table t (id int primary key, a int); insert into t select i, i from generate_series"
COUNTED = "select pg_stat_get_tuples_returned('t'::regclass)"


@pytest.fixture
def database(sandbox: Sandbox) -> Iterator[Database]:
    """A database with a table of 20 rows."""
    with sandbox.clone(None) as found:
        with found.connect(autocommit=True) as connection:
            connection.execute(f"{MADE}(1, 20) i".encode())
        yield found


def test_each_look_is_by_one_session_that_holds_nothing_between(database: Database) -> None:
    reader, seen = Reader(), set()
    with closing(database.superuser()) as superuser:
        for _ in range(2):
            with reader.on(database) as connection:
                seen.add(connection.info.backend_pid)
                connection.execute("select * from t")
            held = "select count(*) from pg_locks where pid = any(%s)"
            assert superuser.execute(held, [list(seen)]).fetchone() == (0,)
        assert len(seen) == 1
        reader.leave(database)
        gone = "select count(*) from pg_stat_activity where pid = any(%s) and state is not null"
        for _ in range(2_000):  # a session takes its time to end
            if superuser.execute(gone, [list(seen)]).fetchone() == (0,):
                break
        else:
            pytest.fail("the session stays")


def test_what_a_look_reads_is_counted_before_the_revision_runs_on(database: Database) -> None:
    reader = Reader()
    with closing(database.superuser()) as superuser:
        before = superuser.execute(COUNTED).fetchone()
        with reader.on(database) as connection:
            assert len(connection.execute("select * from t").fetchall()) == 20
        after = superuser.execute(COUNTED).fetchone()
    reader.leave(database)
    assert before
    assert after == (before[0] + 20,)


def test_a_session_that_the_revision_ended_is_replaced(database: Database) -> None:
    reader = Reader()
    with reader.on(database) as connection:
        first = connection.info.backend_pid
    with closing(database.superuser()) as superuser:
        superuser.execute("select pg_terminate_backend(%s, 5000)", [first])
    with reader.on(database) as connection:
        assert connection.info.backend_pid != first
    reader.leave(database)


def test_a_look_that_fails_leaves_the_next_whole(database: Database) -> None:
    reader = Reader()
    with pytest.raises(psycopg.errors.UndefinedTable), reader.on(database) as connection:
        connection.execute("select * from nothing")
    with reader.on(database) as connection:
        assert connection.execute("select count(*) from t").fetchone() == (20,)
    reader.leave(database)


def test_a_look_sees_a_column_of_another_type_however_often_it_came(database: Database) -> None:
    reader = Reader()
    for kind in ("bigint", "text", "numeric", "text", "bigint", "text", "numeric", "text"):
        with database.connect(autocommit=True) as owner:
            owner.execute(f"alter table t alter a type {kind} using a::text::{kind}".encode())
        with reader.on(database) as connection:
            assert len(connection.execute("select * from t").fetchall()) == 20
    reader.leave(database)

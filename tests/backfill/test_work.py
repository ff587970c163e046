"""What a backfill does about rows that fail, workers that die, and people who change their mind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from dbwright.backfill import (
    Backfill,
    Batch,
    Settings,
    Worker,
    cancel,
    failures,
    forget,
    list_all,
    pause,
    resume,
    run,
    start,
    status,
    work,
)
from dbwright.core.errors import BackfillError, UsageError

from .conftest import ask, numbers, send

pytestmark = pytest.mark.database
SMALL = Settings(first_size=10, max_size=10, lease_seconds=1.0)
ADD = Backfill("add", "t", set="done = done + 1")


@pytest.fixture
def table(engine: Engine) -> Engine:
    """A database with a table of 300 rows."""
    fill(engine, 300)
    return engine


def fill(engine: Engine, count: int) -> None:
    send(
        engine,
        "CREATE TABLE t (k int PRIMARY KEY, done int NOT NULL DEFAULT 0, note int)",
        f"INSERT INTO t (k) SELECT n FROM ({numbers(engine, count)}) s",
    )


def done(engine: Engine) -> list[tuple[object, ...]]:
    return ask(engine, "SELECT min(done), max(done), count(*) FROM t")


def test_a_row_that_fails_is_named_and_the_rest_goes_on(engine: Engine) -> None:
    checked = "CHECK (note IS NULL OR k NOT IN (17, 18, 250))"
    send(
        engine,
        f"CREATE TABLE t (k int PRIMARY KEY, done int DEFAULT 0, note int, {checked})",
        f"INSERT INTO t (k) SELECT n FROM ({numbers(engine, 300)}) s",
    )
    backfill = Backfill("it", "t", set="note = k", where="note IS NULL")
    ended = run(engine, backfill, replace(SMALL, first_size=100, max_size=100))
    assert (ended.state, ended.rows, ended.failures) == ("failed", 297, 3)
    assert ended.message == "3 rows could not be written"
    found = failures(engine, "it")
    assert [int(each.key[0]) for each in found] == [17, 18, 250]
    assert all("constraint" in each.error.lower() for each in found)
    send(engine, "UPDATE t SET k = k + 1000 WHERE k IN (17, 18, 250)")
    again = run(engine, backfill, SMALL)
    assert (again.state, again.rows, again.failures) == ("done", 300, 0)


def test_too_many_rows_that_fail_end_it(table: Engine) -> None:
    backfill = Backfill("it", "t", set="done = NULL")
    ended = run(table, backfill, replace(SMALL, max_failures=5))
    assert ended.state == "failed"
    assert ended.message.startswith("more than 5 rows failed, last: ")
    assert done(table) == [(0, 0, 300)]


def test_rows_that_come_behind_the_workers_are_found_at_the_end(table: Engine) -> None:
    """The trigger of the test: a row before the first one, in its third batch."""
    seen: list[int] = []

    def add_rows(connection: Connection, batch: Batch) -> int:
        if len(seen) == 2:
            connection.execute(text("INSERT INTO t (k) VALUES (-5)"))
        seen.append(1)
        sql = f"UPDATE t SET note = 1 WHERE {batch.where}"
        return connection.execute(text(sql), batch.parameters).rowcount

    sys.modules[__name__].__dict__["add_rows"] = add_rows
    call = f"{__name__}:add_rows"
    ended = run(table, Backfill("it", "t", call=call, where="note IS NULL"), SMALL)
    assert (ended.state, ended.rows, ended.sweep) == ("done", 301, 2)
    assert ask(table, "SELECT count(*) FROM t WHERE note IS NULL") == [(0,)]


def test_a_condition_that_never_ends_is_told(table: Engine) -> None:
    ended = run(table, Backfill("it", "t", set="note = 1", where="k > 290"), SMALL)
    assert (ended.state, ended.sweep) == ("failed", 5)
    assert "after 5 sweeps rows are left that `k > 290` finds, " in ended.message


def test_rows_are_deleted_in_batches(table: Engine) -> None:
    ended = run(table, Backfill("it", "t", delete=True, where="k % 3 = 0"), SMALL)
    assert (ended.state, ended.rows) == ("done", 100)
    assert ask(table, "SELECT count(*) FROM t") == [(200,)]


def test_an_empty_table_is_done_at_once(table: Engine) -> None:
    send(table, "DELETE FROM t")
    assert run(table, ADD, SMALL).state == "done"


def test_pause_resume_cancel_and_forget(table: Engine) -> None:
    start(table, ADD, SMALL)
    first = work(table, "add", seconds=0.0)
    assert first.outcome == "more"
    pause(table, "add")
    assert work(table, "add").outcome == "paused"
    resume(table, "add")
    assert status(table, "add").state == "running"
    cancel(table, "add")
    assert work(table, "add").outcome == "cancelled"
    with pytest.raises(BackfillError, match="the backfill add is cancelled"):
        resume(table, "add")
    forget(table, "add")
    assert list_all(table) == ()
    assert run(table, ADD, SMALL).state == "done"
    assert run(table, ADD, SMALL).state == "done"
    assert done(table) == [(1, 1, 300)]


def test_another_step_of_the_same_name_is_refused(table: Engine) -> None:
    start(table, ADD, SMALL)
    with pytest.raises(UsageError, match="a backfill add of t is there already"):
        start(table, replace(ADD, set="done = done + 2"), SMALL)


def test_a_name_that_is_not_there_is_told(table: Engine) -> None:
    start(table, ADD, SMALL)
    with pytest.raises(UsageError, match="there is no backfill other in this database"):
        work(table, "other")


def test_a_range_that_was_left_is_gone_on_with(table: Engine) -> None:
    """A worker that died holds its range until its lease ends, and its batches are there."""
    start(table, replace(ADD), SMALL)
    from dbwright.backfill import leases, tables
    from dbwright.backfill.servers import prepare, transaction
    from dbwright.backfill.statements import Statements
    from dbwright.backfill.step import step

    with table.connect() as plain:
        connection = prepare(plain, 2.0, 30.0)
        with transaction(connection):
            statements = Statements(ADD, tables.find(connection, ADD))
        lease = leases.claim(connection, statements, SMALL, "first")
        assert isinstance(lease, leases.Lease)
        for _ in range(2):
            step(connection, statements, SMALL, lease, 10)
        assert leases.claim(connection, statements, SMALL, "second") == "waiting"
        with transaction(connection):
            leases.keep(connection, lease, -1.0)
        taken = leases.claim(connection, statements, SMALL, "second")
        assert isinstance(taken, leases.Lease)
        assert (taken.number, taken.token == lease.token) == (lease.number, False)
        with pytest.raises(leases.LeaseLost):
            step(connection, statements, SMALL, lease, 10)
        leases.release(connection, taken)
    assert run(table, ADD, SMALL).rows == 300
    assert done(table) == [(1, 1, 300)]


def test_a_connection_that_is_cut_is_made_anew(postgresql: Engine) -> None:
    fill(postgresql, 2000)
    start(postgresql, ADD, replace(SMALL, first_size=5, max_size=5))
    said: list[str] = []

    def cut() -> None:
        for number in range(1, 6):
            while (found := status(postgresql, "add")).rows < 200 * number:
                if found.state != "running":
                    return
            send(
                postgresql,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND datname = current_database()",
            )

    thread = threading.Thread(target=cut)
    thread.start()
    worked = work(postgresql, "add", Worker(tell=said.append))
    thread.join()
    assert worked.outcome == "done"
    assert done(postgresql) == [(1, 1, 2000)]
    assert any(words.startswith("waits for the database: ") for words in said)


def test_a_replica_is_refused(postgresql: Engine) -> None:
    fill(postgresql, 10)
    send(
        postgresql,
        f'ALTER DATABASE "{postgresql.url.database}" SET default_transaction_read_only = on',
    )
    with pytest.raises(BackfillError, match="this server only reads") as caught:
        run(postgresql, ADD, SMALL)
    assert caught.value.way_out == "Name the primary."


SLEEPERS = """FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(600)' AND state = 'active'
    AND datname = current_database()"""


def test_it_waits_while_the_server_is_busy(postgresql: Engine) -> None:
    fill(postgresql, 300)

    def sleep() -> None:
        with pytest.raises(DBAPIError):
            send(postgresql, "SELECT pg_sleep(600)")

    threads = [threading.Thread(target=sleep) for _ in range(2)]
    for thread in threads:
        thread.start()
    while ask(postgresql, f"SELECT count(*) {SLEEPERS}") != [(2,)]:
        pass
    said: list[str] = []

    def heard(words: str) -> None:
        if not said:
            send(postgresql, f"SELECT pg_cancel_backend(pid) {SLEEPERS}")
        said.append(words)

    start(postgresql, ADD, replace(SMALL, max_active=1))
    worked = work(postgresql, "add", Worker(tell=heard))
    for thread in threads:
        thread.join()
    assert worked.outcome == "done"
    assert said[0] == "2 queries are running (limit 1)"
    assert done(postgresql) == [(1, 1, 300)]


KILLED = """
import sys
from dbwright.backfill import engine_of, work, Worker
work(engine_of(sys.argv[1]), "add")
"""


def test_kill_9_loses_nothing_and_doubles_nothing(table: Engine) -> None:
    """Processes are killed at whatever they do; the test of fifty kills is benchmarks/scale."""
    start(table, ADD, replace(SMALL, first_size=1, max_size=1, lease_seconds=0.3))
    url = table.url.render_as_string(hide_password=False)
    source = str(Path(__file__).parents[2] / "src")
    for _ in range(3):
        before = status(table, "add").batches
        process = subprocess.Popen(
            [sys.executable, "-c", KILLED, url], env=os.environ | {"PYTHONPATH": source}
        )
        while status(table, "add").batches < before + 10 and process.poll() is None:
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert work(table, "add").outcome == "done"
    assert done(table) == [(1, 1, 300)]
    assert status(table, "add").rows == 300

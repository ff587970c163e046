"""What befalls a backfill: servers and brokers that go away, clocks, deadlocks, full disks."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Connection, Engine, text

from dbwright.backfill import (
    Backfill,
    Batch,
    Settings,
    Worker,
    cancel,
    chains,
    engine_of,
    forget,
    leases,
    run,
    settings_of,
    start,
    status,
    tables,
    work,
)
from dbwright.backfill.run import Progress
from dbwright.backfill.servers import prepare, server_of, transaction
from dbwright.backfill.statements import Statements
from dbwright.core.errors import BackfillError, BrokerError, UsageError
from dbwright.frontends.cli.commands.migrations.backfill import command

from .conftest import ask, numbers, send

pytestmark = pytest.mark.database
SMALL = Settings(first_size=10, max_size=10, lease_seconds=1.0)
ADD = Backfill("add", "t", set="done = done + 1")
Harm = Callable[[Connection, int], None]
harms: list[Harm] = []
calls: list[int] = []


@pytest.fixture(autouse=True)
def no_harm() -> Iterator[None]:
    yield
    harms.clear()
    calls.clear()


def add(connection: Connection, batch: Batch) -> int:
    """A step that does some harm before its rows are written."""
    calls.append(1)
    for each in harms:
        each(connection, len(calls))
    sql = f"UPDATE t SET done = done + 1 WHERE {batch.where}"
    return connection.execute(text(sql), batch.parameters).rowcount


CALL = Backfill("add", "t", call=f"{__name__}:add")


@pytest.fixture
def table(engine: Engine) -> Engine:
    """A database with a table of 300 rows."""
    return filled(engine)


@pytest.fixture
def rows(postgresql: Engine) -> Engine:
    """The same on PostgreSQL alone."""
    return filled(postgresql)


def filled(engine: Engine, count: int = 300) -> Engine:
    send(
        engine,
        "CREATE TABLE t (k int PRIMARY KEY, done int NOT NULL DEFAULT 0, note int)",
        f"INSERT INTO t (k) SELECT n FROM ({numbers(engine, count)}) s",
    )
    return engine


def each_row_once(engine: Engine) -> bool:
    return ask(engine, "SELECT min(done), max(done), count(*) FROM t") == [(1, 1, 300)]


def test_a_server_that_goes_away_twice_in_a_range_is_called_again(
    rows: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its patience is counted from the last batch that went well, not from the first loss."""
    monkeypatch.setattr(sys.modules["dbwright.backfill.work"], "PATIENCE", 0.0)

    def cut(connection: Connection, call: int) -> None:
        if call in (5, 10, 15):
            connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    harms.append(cut)
    assert run(rows, CALL, SMALL).state == "done"
    assert each_row_once(rows)


def test_a_server_that_only_reads_for_a_while_is_waited_for(rows: Engine) -> None:
    """As the old primary, or a standby before its promotion, in a failover."""
    turned, said = f'ALTER DATABASE "{rows.url.database}" SET default_transaction_read_only', []

    def fail_over(connection: Connection, call: int) -> None:
        if call == 5:
            send(rows, f"{turned} = on")
            connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
        if call == 12:
            connection.execute(text("SET TRANSACTION READ ONLY"))

    def heard(words: str) -> None:
        said.append(words)
        if "this server only reads" in words:
            with rows.begin() as connection:
                connection.exec_driver_sql("SET TRANSACTION READ WRITE")
                connection.exec_driver_sql(f"{turned} = off")

    harms.append(fail_over)
    start(rows, CALL, SMALL)
    assert work(rows, "add", Worker(tell=heard)).outcome == "done"
    assert any("this server only reads" in words for words in said)
    assert any("read-only transaction" in words for words in said)
    assert each_row_once(rows)


def lease_of(connection: Connection, worker: str) -> object:
    with transaction(connection):
        statements = Statements(ADD, tables.find(connection, ADD))
    return leases.claim(connection, statements, SMALL, worker)


def test_a_lease_from_before_the_clock_was_set_back_has_ended(table: Engine) -> None:
    start(table, ADD, SMALL)
    with table.connect() as plain:
        connection = prepare(plain, 2.0, 30.0)
        lease = lease_of(connection, "first")
        assert isinstance(lease, leases.Lease)
        assert status(table, "add").workers == 1
        with transaction(connection):
            leases.keep(connection, lease, 3600.0)
        assert status(table, "add").workers == 0
        taken = lease_of(connection, "second")
        assert isinstance(taken, leases.Lease)
        assert taken.number == lease.number


def test_the_clock_is_that_of_the_server_in_universal_time(engine: Engine) -> None:
    zones = {"postgresql": "SET timezone = '{}'", "mysql": "SET time_zone = '{}'"}
    with engine.connect() as connection:
        server = server_of(connection)
        found = []
        for zone in ("+02:00", "-11:00"):
            if server.name in zones:
                connection.exec_driver_sql(zones[server.name].format(zone))
            found.append(float(connection.scalar(text(f"SELECT {server.now}")) or 0))
    assert found[0] == pytest.approx(found[1], abs=60)
    assert found[0] == pytest.approx(os.times().elapsed + boot(), abs=3600)


def boot() -> float:
    import time

    return time.time() - os.times().elapsed


def test_a_step_whose_function_was_changed_is_another_one(
    rows: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    source = "def it(connection, batch):\n    return {}\n"

    def deployed(number: int) -> None:
        sys.modules.pop("deployed", None)
        path = tmp_path / f"v{number}"
        path.mkdir()
        (path / "deployed.py").write_text(source.format(number))
        monkeypatch.syspath_prepend(str(path))

    deployed(1)
    backfill = Backfill("it", "t", call="deployed:it")
    start(rows, backfill, SMALL)
    start(rows, backfill, SMALL)
    deployed(2)
    with pytest.raises(BackfillError, match="another version of deployed:it than this worker has"):
        work(rows, "it")
    with pytest.raises(UsageError, match="something else: another version of deployed:it"):
        start(rows, backfill, SMALL)
    cancel(rows, "it")
    forget(rows, "it")
    start(rows, backfill, SMALL)
    assert work(rows, "it").outcome == "done"


@pytest.mark.parametrize("set_", ["k = k + 1000", "(note, k) = (1, k + 1)", '"k" = 1 + k'])
def test_rows_that_the_step_moves_along_its_key_need_a_condition(rows: Engine, set_: str) -> None:
    with pytest.raises(UsageError, match="sets k, by which t is walked"):
        run(rows, Backfill("it", "t", set=set_), SMALL)
    ended = run(rows, Backfill("it", "t", set="k = k + 1000", where="k <= 300"), SMALL)
    assert (ended.state, ended.rows) == ("done", 300)


def test_keys_that_others_change_meanwhile_lose_no_row(table: Engine) -> None:
    """Rows move from before the workers to behind them, and the other way."""

    def move(connection: Connection, call: int) -> None:
        connection.execute(text("UPDATE t SET k = -k WHERE k = :k"), {"k": 300 - call})
        connection.execute(text("UPDATE t SET k = k + 2000 WHERE k = :k"), {"k": 10 * call - 5})

    harms.append(move)
    ended = run(table, replace(CALL, where="done = 0"), SMALL)
    # SQLite's is walked by its rowid, which does not change with a key that is no integer
    sweeps = 1 if table.dialect.name == "sqlite" else 2
    assert (ended.state, ended.rows, ended.sweep) == ("done", 300, sweeps)
    assert each_row_once(table)
    assert ask(table, "SELECT count(*) FROM t WHERE k BETWEEN 1 AND 300")[0][0] < 250


@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
def test_a_deadlock_is_survived(made: Callable[[str], Engine], kind: str) -> None:
    """The other one holds row 15 and wants row 11, which the batch holds by then."""
    engine = filled(made(kind))
    others: list[threading.Thread] = []
    said: list[str] = []
    if kind == "postgresql":
        # the worker is to be the victim: it looks for deadlocks first
        send(engine, f"ALTER DATABASE \"{engine.url.database}\" SET deadlock_timeout = '3s'")
    held = threading.Event()

    def other() -> None:
        with engine.begin() as connection:
            connection.execute(text("UPDATE t SET note = 1 WHERE k BETWEEN 14 AND 300"))
            held.set()
            connection.execute(text("UPDATE t SET note = 1 WHERE k = 11"))

    def meet(connection: Connection, call: int) -> None:
        if call != 2:
            return
        if kind == "postgresql":
            connection.execute(text("SET LOCAL deadlock_timeout = '20ms'"))
        connection.execute(text("UPDATE t SET note = 2 WHERE k = 11"))
        others.append(threading.Thread(target=other))
        others[0].start()
        held.wait()
        waits = {
            "postgresql": "SELECT count(*) FROM pg_locks WHERE NOT granted AND database ="
            " (SELECT oid FROM pg_database WHERE datname = current_database())"
            " OR NOT granted AND locktype = 'transactionid'",
            "mariadb": "SELECT count(*) FROM information_schema.innodb_trx"
            " WHERE trx_state = 'LOCK WAIT'",
        }[kind]
        while ask(engine, waits) == [(0,)]:
            pass

    harms.append(meet)
    start(engine, CALL, replace(SMALL, max_waiting=0))
    worked = work(engine, "add", Worker(tell=said.append))
    others[0].join()
    assert worked.outcome == "done"
    assert any("eadlock" in words for words in said)
    assert each_row_once(engine)


def test_serialization_failures_are_tried_again(rows: Engine) -> None:
    """At REPEATABLE READ, which the step asks for, a row that others wrote meanwhile is refused."""
    said: list[str] = []

    def at_repeatable_read(connection: Connection, call: int) -> None:
        if call != 2:
            return
        # the transaction has read already: another one stands for it, with its error
        with rows.connect().execution_options(isolation_level="REPEATABLE READ") as other:
            other.execute(text("SELECT count(*) FROM t"))
            send(rows, "UPDATE t SET note = 1 WHERE k = 15")
            other.execute(text("UPDATE t SET note = 2 WHERE k = 15"))

    harms.append(at_repeatable_read)
    start(rows, CALL, SMALL)
    assert work(rows, "add", Worker(tell=said.append)).outcome == "done"
    assert said == ["tried again: could not serialize access due to concurrent update"]
    assert each_row_once(rows)


def test_the_check_at_the_end_may_take_longer_than_a_batch(made: Callable[[str], Engine]) -> None:
    engine = filled(made("mariadb"), 30)
    where = "done = 0 OR sleep(0.05)"
    ended = run(engine, replace(ADD, where=where), replace(SMALL, batch_seconds=1.0))
    assert (ended.state, ended.rows) == ("done", 30)


def test_a_message_that_comes_again_is_kept_until_the_dead_worker_s_lease_ends(
    rows: Engine,
) -> None:
    """RabbitMQ delivers it at once, when the range is still the dead one's."""
    sent: list[tuple[str, int, float]] = []
    start(rows, ADD, SMALL)
    with rows.connect() as plain:
        assert isinstance(lease_of(prepare(plain, 2.0, 30.0), "dead"), leases.Lease)
    for again in (False, True):
        chains.turn(rows, "add", 1, lambda *each: sent.append(each), is_redelivered=again)
    assert sent == [("add", 1, 1.0)]


def test_a_broker_that_is_away_is_told(rows: Engine) -> None:
    from celery import Celery

    from dbwright.backfill.celery import on_celery

    app = Celery("it", broker="amqp://127.0.0.1:1//")
    app.conf.task_publish_retry = False
    backfills = on_celery(app, lambda: rows)
    with pytest.raises(BrokerError, match="the broker takes no message of the backfill add") as it:
        backfills.start(ADD, SMALL)
    assert it.value.way_out
    assert status(rows, "add").state == "running"


def test_waiting_outlives_a_broker_and_a_database_that_are_away(
    rows: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chains, "SECONDS", 0.0)
    monkeypatch.setattr(chains, "LATER", 0.0)
    said: list[str] = []
    tries: list[int] = []
    admin = engine_of(rows.url.set(database="postgres"))
    allowed = f'ALTER DATABASE "{rows.url.database}" ALLOW_CONNECTIONS'

    def sent(name: str, workers: int, seconds: float) -> None:
        tries.append(1)
        if len(tries) == 1:
            raise BrokerError("the broker is away")
        if len(tries) == 2:
            send_alone(admin, f"{allowed} false")
            return
        work(rows, name)

    def watch(at: Progress) -> None:
        said.append(at.waits_for)
        if "not currently accepting connections" in at.waits_for:
            send_alone(admin, f"{allowed} true")

    start(rows, ADD, SMALL)
    ended = chains.Chains(lambda: rows, sent).wait("add", watch=watch, every=0.0)
    assert ended.state == "done"
    assert "the broker is away" in said
    assert any(words.startswith("waits for the database: ") for words in said)
    assert each_row_once(rows)


def test_waiting_sends_for_a_worker_that_is_missing_beside_others(
    postgresql: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While there are ranges to give out; behind that a worker may well have nothing to do."""
    monkeypatch.setattr(chains, "SECONDS", 0.0)
    monkeypatch.setattr(chains, "LATER", 0.0)
    rows = filled(postgresql, 1300)
    start(rows, ADD, replace(SMALL, lease_seconds=30.0))
    held: list[leases.Lease] = []
    polls: list[Progress] = []
    with rows.connect() as plain:
        connection = prepare(plain, 2.0, 30.0)
        lease = lease_of(connection, "first")
        assert isinstance(lease, leases.Lease)
        held.append(lease)

        def sent(name: str, workers: int, seconds: float) -> None:
            leases.release(connection, held.pop())
            work(rows, name)

        def watch(at: Progress) -> None:
            polls.append(at)
            assert len(polls) < 20, "nothing was sent"

        ended = chains.Chains(lambda: rows, sent).wait("add", 2, watch=watch, every=0.0)
    assert ended.state == "done"
    assert ended.rows == 1300


def send_alone(engine: Engine, sql: str) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(sql)


def test_a_full_disk_ends_it_with_the_words_of_the_database(made: Callable[[str], Engine]) -> None:
    engine = filled(made("sqlite"))

    def fill(connection: Connection, call: int) -> None:
        if call == 3:
            pages = connection.scalar(text("PRAGMA page_count"))
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
            connection.exec_driver_sql("CREATE TABLE big AS SELECT zeroblob(100000) AS b")

    harms.append(fill)
    with pytest.raises(BackfillError, match="database or disk is full") as caught:
        run(engine, CALL, SMALL)
    assert "Make room" in (caught.value.way_out or "")
    harms.clear()
    assert run(engine, CALL, SMALL).state == "done"
    assert each_row_once(engine)


def test_ctrl_c_gives_the_range_back_and_says_what_there_is(postgresql: Engine) -> None:
    table = filled(postgresql, 30_000)
    url = table.url.render_as_string(hide_password=False)
    # each batch takes long, so Ctrl-C meets one that runs
    slow = replace(ADD, set=f"{ADD.set}, note = (SELECT 1 FROM pg_sleep(0.2))")
    start(table, slow, replace(SMALL, first_size=1, max_size=1, lease_seconds=60.0))
    script = "import sys; from dbwright.frontends.cli import main; sys.argv[0] = 'dbwright'; main()"
    words = ["migrations", "backfill", "add", "--db", url, "--resume", "--yes"]
    words += ["--target-seconds", "0.00001"]
    process = subprocess.Popen(
        [sys.executable, "-c", script, *words], stderr=subprocess.PIPE, text=True
    )
    before = status(table, "add").batches
    while status(table, "add").batches < before + 3:
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, said = process.communicate()
    assert process.returncode == 130, said
    assert "Stopped. add: running." in said
    assert "The same command again goes on from there." in said
    assert "nothing was changed" not in said
    assert status(table, "add").workers == 0, "the batch that ran was not waited for"


def test_a_resume_keeps_the_limits_that_it_was_started_with(rows: Engine) -> None:
    start(rows, ADD, replace(SMALL, max_lag_seconds=3.0))
    url = rows.url.render_as_string(hide_password=False)
    words = ["add", "--db", url, "--resume", "--yes", "-q", "--max-waiting", "9"]
    found = CliRunner().invoke(command, words)
    assert found.exit_code == 0, found.output
    assert settings_of(rows, "add") == replace(SMALL, max_lag_seconds=3.0, max_waiting=9)


def test_a_database_that_does_not_answer_is_told() -> None:
    script = "import sys; from dbwright.frontends.cli import main; sys.argv[0] = 'dbwright'; main()"
    words = ["migrations", "backfill", "--status", "--db", "postgresql://x@127.0.0.1:1/x"]
    found = subprocess.run(
        [sys.executable, "-c", script, *words], capture_output=True, text=True, check=False
    )
    assert found.returncode == 2
    assert "Connection refused" in found.stderr
    assert "Traceback" not in found.stderr

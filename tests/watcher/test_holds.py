"""What a watcher sees of engines, transactions and errors; what it follows is put back."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, event, select, text
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.exc import IntegrityError, InvalidRequestError, PendingRollbackError
from sqlalchemy.orm import Session
from tests.watcher.conftest import Author
from tests.watcher.test_watcher import seen

from dbwright.watcher.holds import delayed
from dbwright.watcher.hook import Watcher


def test_what_is_followed_is_put_back() -> None:
    before, raising = Engine.__init__, vars(InvalidRequestError).get("__init__")
    behind = DefaultExecutionContext.post_exec
    watcher, other = Watcher(), Watcher()
    watcher.start()
    other.start()
    assert Engine.__init__ is not before
    assert DefaultExecutionContext.post_exec is not behind
    other.stop()
    assert DefaultExecutionContext.post_exec is not behind
    watcher.stop()
    assert Engine.__init__ is before
    assert DefaultExecutionContext.post_exec is behind
    assert vars(InvalidRequestError).get("__init__") is raising


def test_an_engine_is_told_without_its_password(tmp_path: Path) -> None:
    watcher = Watcher()
    watcher.start()
    for _ in range(3):
        made = create_engine(f"sqlite:///{tmp_path}/a.db")
        with made.connect() as connection:
            connection.execute(text("select 1"))
    create_engine("postgresql+psycopg://app:hidden-word@db.example.com/shop", pool_size=7)
    watcher.stop()
    found = seen(watcher)
    lite, server = found.engines
    assert (lite.times, lite.alike, lite.connects) == (3, 3, 3)
    assert (server.host, server.size, server.overflow, server.connects) == (
        "db.example.com",
        7,
        10,
        0,
    )
    assert server.place is not None
    assert "create_engine" in server.place.code
    assert server.password is not None  # the line, which the source has


def test_engines_that_are_there_together_are_no_engine_anew(tmp_path: Path) -> None:
    watcher = Watcher()
    watcher.start()
    shards = [create_engine(f"sqlite:///{tmp_path}/a.db") for _ in range(4)]
    for shard in shards:
        with shard.connect() as connection:
            connection.execute(text("select 1"))
        shard.dispose()
    watcher.stop()
    found = seen(watcher).engines[0]
    assert (found.times, found.alike, found.connects) == (4, 1, 4)


def busy() -> float:
    """The seconds that this thread computed, or could have and had no processor."""
    return time.thread_time() + delayed()


def wait(before: float) -> None:
    """Waits, however busy the machine is since `before`."""
    began = time.monotonic()
    while time.monotonic() - began - (busy() - before) < 0.6:
        time.sleep(0.4)


def test_a_method_behind_statements_that_does_something_is_left_alone(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a later SQLAlchemy or another tool may have it: it is called once for each statement."""
    called = []

    def post_exec(context: Any) -> None:
        called.append(context)

    monkeypatch.setattr(DefaultExecutionContext, "post_exec", post_exec)
    watcher = Watcher(engine)
    watcher.start()
    assert DefaultExecutionContext.post_exec is post_exec
    with engine.connect() as connection:
        for _ in range(20):
            connection.execute(select(Author))
            (held,) = watcher.holds.open.values()
            assert held.last > 0
    watcher.stop()
    assert len(called) == 20
    assert watcher.missed == 0, watcher.why


def test_the_end_of_each_statement_is_noted(engine: Engine, watcher: Watcher) -> None:
    ends = []
    with engine.connect() as connection:
        for _ in range(20):
            connection.execute(select(Author))
            (held,) = watcher.holds.open.values()
            ends.append(held.last)
    assert ends == sorted(set(ends))
    assert ends[0] > 0


def test_a_wait_within_a_transaction_is_told(engine: Engine, watcher: Watcher) -> None:
    before = busy()
    with Session(engine) as session:
        author = session.get(Author, 1)
        assert author is not None
        author.name = "Grace"
        session.flush()
        wait(before)
        session.commit()
        time.sleep(0.4)
    (pause,) = seen(watcher).pauses
    assert pause.wrote
    assert pause.ended == "commit"
    assert pause.seconds >= 0.4
    assert pause.at is not None
    assert pause.at.code == "wait(before)"


STARVED = """
import os, signal, time
from sqlalchemy import create_engine, text
from dbwright.watcher.hook import Watcher

os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
hog = os.fork()
if not hog:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        pass
    os._exit(0)
try:
    watcher = Watcher()
    watcher.start()
    with create_engine("sqlite://").begin() as connection:
        connection.execute(text("create table a (b)"))
        connection.execute(text("insert into a values (1)"))
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
        computed, began = time.thread_time(), time.monotonic()
        while time.monotonic() < began + 2:
            pass
        computed = time.thread_time() - computed
    print(time.monotonic() - began - computed, len(watcher.holds.pauses))
finally:
    os.kill(hog, signal.SIGKILL)
"""


@pytest.mark.skipif(not Path("/proc/thread-self/schedstat").exists(), reason="Linux tells it")
def test_a_thread_that_gets_no_processor_does_not_wait() -> None:
    done = subprocess.run(
        [sys.executable, "-c", STARVED], capture_output=True, text=True, check=True, timeout=120
    )
    starved, pauses = done.stdout.split()
    assert float(starved) > 0.5
    assert int(pauses) == 0


def test_an_autocommit_has_no_transaction(engine: Engine, watcher: Watcher) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("select 1"))
        time.sleep(0.4)
        connection.execute(text("select 1"))
    assert seen(watcher).pauses == ()


def test_an_error_that_is_caught_is_told_with_the_first_one(
    engine: Engine, watcher: Watcher
) -> None:
    with Session(engine) as session:
        session.add(Author(id=1))
        try:
            session.flush()
        except IntegrityError:  # as a program does that goes on
            session.expunge_all()
        with pytest.raises(PendingRollbackError):
            session.scalars(select(Author)).all()
    (error,) = seen(watcher).errors
    assert error.kind == "PendingRollbackError"
    assert error.first[0].code == "session.flush()"
    assert error.handler is not None
    assert error.handler.code.startswith("except IntegrityError:")
    assert "[SQL" not in error.message


def test_what_ctrl_c_leaves_is_none_of_the_programs(engine: Engine, watcher: Watcher) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with Session(engine) as session:
        event.listen(session, "after_flush", stop)
        session.add(Author(id=100))
        with pytest.raises(KeyboardInterrupt):
            session.flush()
        with pytest.raises(PendingRollbackError):
            session.scalars(select(Author)).all()
    assert seen(watcher).errors == ()


def test_two_threads_in_one_transaction_are_told(engine: Engine, watcher: Watcher) -> None:
    turn = threading.Barrier(2)

    def ask(session: Session, place: int) -> None:
        turn.wait()
        if place:
            turn.wait()
        session.execute(text("select 1"))
        if not place:
            turn.wait()
        turn.wait()

    with Session(engine) as session:
        threads = [threading.Thread(target=ask, args=(session, each)) for each in range(2)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
    (shared,) = seen(watcher).shared
    assert shared.kind == "thread"


def test_a_session_that_is_handed_on_is_not_shared(engine: Engine, watcher: Watcher) -> None:
    session = Session(engine)
    for _ in range(3):
        thread = threading.Thread(target=lambda: session.execute(text("select 1")))
        thread.start()
        thread.join()
    session.close()
    assert seen(watcher).shared == ()


def test_engines_take_what_they_took() -> None:
    """create_engine() reads the arguments of Engine from its code; they are all still there."""
    watcher = Watcher()
    watcher.start()
    made = create_engine("sqlite://", echo=False, hide_parameters=True, query_cache_size=7)
    watcher.stop()
    assert made.hide_parameters
    assert watcher.missed == 0, watcher.why
    made.dispose()

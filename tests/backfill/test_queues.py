"""Two worker processes on a real broker, one of them killed: each row is written once."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from dbwright.backfill import Backfill, Settings, chains, engine_of, status
from dbwright.core.errors import BackfillError

from .conftest import ask, send

pytestmark = pytest.mark.database
REDIS = os.environ.get("DBWRIGHT_REDIS_URL", "redis://127.0.0.1:6379/0")
ADD = Backfill("add", "t", set="done = done + 1")
SLOW = Settings(first_size=2, max_size=2, lease_seconds=0.5)
HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def redis() -> str:
    """The URL of a Redis; DBWRIGHT_REQUIRE=redis forbids to skip."""
    import redis as client

    try:
        client.Redis.from_url(REDIS).ping()
    except client.ConnectionError:
        if "redis" in os.environ.get("DBWRIGHT_REQUIRE", ""):
            pytest.fail(f"Redis is required, and none answers at {REDIS}")
        pytest.skip(f"needs a Redis at {REDIS}: set DBWRIGHT_REDIS_URL")
    return REDIS


@pytest.fixture
def table(postgresql: Engine) -> Engine:
    send(
        postgresql,
        "CREATE TABLE t (k int PRIMARY KEY, done int NOT NULL DEFAULT 0)",
        "INSERT INTO t SELECT n FROM generate_series(1, 600) n",
    )
    return postgresql


def url_of(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


@contextlib.contextmanager
def processes(
    command: list[str], variables: dict[str, str], place: Path = HERE
) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Two worker processes that import an application from a place, ended with the block."""
    source = str(HERE.parents[1] / "src")
    environment = os.environ | variables | {"PYTHONPATH": f"{source}{os.pathsep}{place}"}
    found = [
        subprocess.Popen(
            [part.replace("NUMBER", str(number)) for part in command],
            env=environment,
            cwd=place,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for number in range(2)
    ]
    try:
        yield found
    finally:
        for process in found:
            process.kill()
            process.wait()


def through(
    engine: Engine, backfills: chains.Chains, command: list[str], variables: dict[str, str]
) -> None:
    """Runs the backfill over two workers, kills one in the middle, and looks at every row."""
    backfills.start(ADD, SLOW, workers=2)
    with processes(command, variables) as workers:
        while status(engine, "add").batches < 30:
            time.sleep(0.01)
        workers[0].send_signal(signal.SIGKILL)
        ended = backfills.wait("add", workers=2, every=0.05)
    assert (ended.state, ended.rows) == ("done", 600)
    assert ask(engine, "SELECT min(done), max(done), count(*) FROM t") == [(1, 1, 600)]


def test_celery(table: Engine, redis: str, monkeypatch: pytest.MonkeyPatch) -> None:
    variables = {"BACKFILL_URL": url_of(table), "BROKER": redis, "QUEUE": f"bf{uuid.uuid4().hex}"}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    sys.modules.pop("queue_app", None)
    monkeypatch.syspath_prepend(str(HERE))
    monkeypatch.setattr(chains, "SECONDS", chains.SECONDS)
    monkeypatch.setattr(chains, "LATER", chains.LATER)
    import queue_app

    command = [sys.executable, "-m", "celery", "-A", "queue_app", "worker", "-P", "solo"]
    command += ["-n", f"w{variables['QUEUE']}NUMBER", "--without-gossip", "--without-mingle"]
    try:
        through(table, queue_app.backfills, command, variables)
    finally:
        with queue_app.app.connection_for_write() as connection:
            connection.default_channel.queue_delete(variables["QUEUE"])


def test_procrastinate(table: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = url_of(table).replace("+psycopg", "")
    variables = {"BACKFILL_URL": url_of(table), "JOBS": jobs}
    monkeypatch.delenv("BROKER", raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    sys.modules.pop("queue_app", None)
    monkeypatch.syspath_prepend(str(HERE))
    monkeypatch.setattr(chains, "SECONDS", chains.SECONDS)
    monkeypatch.setattr(chains, "LATER", chains.LATER)
    import queue_app

    command = [sys.executable, "-m", "procrastinate", "--app", "queue_app.jobs", "worker"]
    command += ["--fetch-job-polling-interval", "0.2"]
    with queue_app.jobs.open():
        queue_app.jobs.schema_manager.apply_schema()
        through(table, queue_app.backfills, command, variables)


def test_a_second_message_does_no_harm(table: Engine) -> None:
    """Where enough workers are there, a message ends; one of a backfill that is done does too."""
    sent: list[tuple[str, int, float]] = []
    made = chains.Chains(lambda: table, lambda *message: sent.append(message))
    made.start(ADD, replace(SLOW, max_size=500, first_size=500), workers=2)
    assert sent == [("add", 2, 0.0)] * 2
    worked = chains.turn(table, "add", 2, made.send)
    assert worked is not None
    assert worked.outcome == "done"
    assert chains.turn(table, "add", 2, made.send) is None
    assert made.ensure("add", 2) == 0
    assert len(sent) == 2
    with pytest.raises(BackfillError, match="there is no backfill other"):
        chains.turn(engine_of(table.url), "other", 1, made.send)

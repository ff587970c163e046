"""Fleets over queues: two worker processes on a real broker, one of them killed."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from tests.backfill.test_queues import processes, redis
from tests.deploy.project import COLUMN, TABLE, write

from dbwright import fleet_station
from dbwright.core.fleet import FleetReport, TargetRun
from dbwright.core.options import Options
from dbwright.deploy.run import Settings
from dbwright.deploy.target import Target
from dbwright.dialects.drivers import url_of, with_ours
from dbwright.fleet import queues
from dbwright.fleet.inventory import Member
from dbwright.fleet.queues import Message, Queued
from dbwright.fleet.state import opened
from dbwright.fleet.waves import Plan
from dbwright.fleet.work import Task
from dbwright.jobs import fleet
from dbwright.jobs.fleet import Source, Wanted

from .test_fleet import SOURCE, files, poison, states

__all__ = ["redis"]
HERE = Path(__file__).parent
SLOW = f"import time; time.sleep(0.3)\n{COLUMN}"


def app_of(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> ModuleType:
    """The application with these variables, as its workers import it."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    sys.modules.pop("fleet_app", None)
    monkeypatch.syspath_prepend(str(HERE))
    monkeypatch.setattr(queues, "BEAT", queues.BEAT)
    monkeypatch.setattr(queues, "PATIENCE", queues.PATIENCE)
    import fleet_app

    return fleet_app


def through(root: Path, command: list[str], variables: dict[str, str]) -> None:
    """Upgrades a fleet with a poisoned database over two workers, one of which is killed."""
    write(root, TABLE, SLOW)
    paths = files(root, 8)
    poison(paths[5])
    place = variables["FLEET_STATE"]
    source = Source(file=str(root / "fleet.txt"))
    killed = threading.Event()

    def say(words: str) -> None:
        if "2 of 8" in words and not killed.is_set():
            workers[0].send_signal(signal.SIGKILL)
            killed.set()

    def run(plan: Plan) -> FleetReport:
        wanted = Wanted(plan, at_once=3, per_host=3, state=place, on="fleet_app:fleet")
        return fleet.upgrade(root, source, "head", wanted, Options(), say, lambda *_: True)

    with processes(command, variables, HERE) as workers:
        report = run(Plan(stop_at=0.5))
        expected = {path.name: "done" for path in paths} | {"t06.db": "failed"}
        assert killed.is_set()
        assert states(report) == expected
        assert "orders already exists" in report.targets[5].error
        with sqlite3.connect(paths[5]) as connection:
            connection.execute("drop table orders")
        touched = {path: path.stat().st_mtime_ns for path in paths}
        again = run(Plan(resume=True))
    assert (again.state, again.passed_over) == ("done", 7)
    changed = [path.name for path in paths if path.stat().st_mtime_ns != touched[path]]
    assert changed == ["t06.db"]


def after_a_killed_coordinator(root: Path, command: list[str], variables: dict[str, str]) -> None:
    """Kills what sends the messages, has the workers end what is out, and goes on in another."""
    write(root, TABLE, SLOW)
    paths = files(root, 8)
    place = variables["FLEET_STATE"]
    upgrade = [sys.executable, "-m", "dbwright", "fleet", "upgrade", "--yes", "-q", "--resume"]
    upgrade += ["--inventory", str(root / "fleet.txt"), "--path", str(root), "--state", place]
    upgrade += ["--on", "fleet_app:fleet", "--at-once", "3", "--format", "json"]
    with processes(command, variables, HERE):
        sender = subprocess.Popen(
            upgrade, env=os.environ | variables | {"PYTHONPATH": f"{SOURCE}{os.pathsep}{HERE}"}
        )
        until(lambda: stands(place)["done"] >= 2)
        assert sender.poll() is None
        sender.kill()
        sender.wait()
        until(lambda: not stands(place).keys() & {"sent", "running"})
        done = stands(place)["done"]
        assert 2 <= done < 8, "what was out has ended, and nothing more was begun"
        touched = {path: path.stat().st_mtime_ns for path in paths}
        source = Source(file=str(root / "fleet.txt"))
        wanted = Wanted(Plan(resume=True), at_once=3, per_host=3, state=place, on="fleet_app:fleet")
        again = fleet.upgrade(
            root, source, "head", wanted, Options(), lambda words: None, lambda *_: True
        )
    assert (again.state, again.passed_over) == ("done", done)
    assert sum(path.stat().st_mtime_ns == touched[path] for path in paths) == done


def until(holds: Callable[[], bool]) -> None:
    """Waits until something holds."""
    end = time.monotonic() + 120
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def stands(place: str) -> Counter[str]:
    """How many databases stand how."""
    with opened(place) as state:
        return Counter(run.state for run in state.rows().values())


@pytest.mark.database
def test_celery(tmp_path: Path, redis: str, monkeypatch: pytest.MonkeyPatch) -> None:
    variables = {"BROKER": redis, "QUEUE": f"fl{uuid.uuid4().hex}", "FLEET_ROOT": str(tmp_path)}
    variables["FLEET_STATE"] = str(tmp_path / "state.db")
    write(tmp_path, TABLE)
    app = app_of(monkeypatch, variables)
    command = [sys.executable, "-m", "celery", "-A", "fleet_app", "worker", "-P", "solo"]
    command += ["-n", f"w{variables['QUEUE']}NUMBER", "--without-gossip", "--without-mingle"]
    try:
        through(tmp_path, command, variables)
        (root := tmp_path / "again").mkdir()
        variables |= {"FLEET_ROOT": str(root), "FLEET_STATE": str(root / "state.db")}
        app_of(monkeypatch, variables)
        after_a_killed_coordinator(root, command, variables)
    finally:
        with app.app.connection_for_write() as connection:
            connection.default_channel.queue_delete(variables["QUEUE"])


@pytest.mark.database
def test_procrastinate(postgresql: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The state is in the same PostgreSQL as the jobs."""
    url = with_ours(url_of(postgresql.url)).render_as_string(hide_password=False)
    variables = {"JOBS": url.replace("+psycopg", ""), "FLEET_STATE": url}
    variables["FLEET_ROOT"] = str(tmp_path)
    monkeypatch.delenv("BROKER", raising=False)
    write(tmp_path, TABLE)
    app = app_of(monkeypatch, variables)
    with app.jobs.open():
        app.jobs.schema_manager.apply_schema()
    command = [sys.executable, "-m", "procrastinate", "--app", "fleet_app.jobs", "worker"]
    through(tmp_path, [*command, "--fetch-job-polling-interval", "0.2"], variables)


def test_a_message_that_comes_twice_or_late_does_nothing(tmp_path: Path) -> None:
    write(tmp_path, TABLE)
    paths = files(tmp_path, 3)
    place = str(tmp_path / "state.db")
    source = Source(file=str(tmp_path / "fleet.txt"))
    station = fleet_station(tmp_path, source, state=place)
    members = station.inventory().members
    sent: list[Message] = []
    task = Task(station.code, "head", Settings(), "r1")
    with opened(place) as state:
        state.enter([TargetRun(member.name, "files") for member in members])
        events = Queued(sent.append, place, at_once=2, every=0)(members, task, threading.Event())
        worker = threading.Thread(target=_turns, args=(station, sent, 1))
        worker.start()
        ended = next(iter(events))
        worker.join()
        assert ended.result is not None
        assert (ended.result.state, ended.result.revision) == ("done", "r1")
        assert station.turn(sent[0]) is None
        events.close()  # type: ignore[attr-defined]
        # the second was sent, and called back when the upgrade ended
        assert [run.state for run in state.rows().values()] == ["done", "waiting", "waiting"]
        assert station.turn(sent[1]) is None
        assert paths[1].stat().st_size < paths[0].stat().st_size
        # a worker with other code
        state.note(members[2].name, "sent")
        other = station.turn({**sent[1], "target": members[2].name, "stands_at": "r9"})
        assert other is not None
        assert "not r9: the worker has other code" in other.error
    station.close()


def _turns(station: queues.Station, sent: list[Message], count: int) -> None:
    end = time.monotonic() + 60
    while len(sent) < count:
        assert time.monotonic() < end
    for message in sent[:count]:
        station.turn(message)


def test_no_host_gets_more_messages_than_its_share(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is out is counted, and ended, where the fan-out has sent all that it may."""
    place = str(tmp_path / "state.db")
    members = [Member(Target(f"mysql://h{n % 3}/d{n}")) for n in range(18)]
    hosts = {member.name: member.target.host for member in members}
    out: list[str] = []
    seen: list[Counter[str]] = []
    task = Task(None, "head", Settings())  # type: ignore[arg-type]
    with opened(place) as state:
        state.enter([TargetRun(member.name, member.target.host) for member in members])

        def end_all(seconds: float) -> None:
            seen.append(Counter(hosts[name] for name in out))
            for name in out:
                state.put(TargetRun(name, hosts[name], state="done"))
            out.clear()

        monkeypatch.setattr(queues.time, "sleep", end_all)
        fan_out = Queued(lambda message: out.append(message["target"]), place, 8, 2)
        events = list(fan_out(members, task, threading.Event()))
    assert sorted(e.result.target for e in events if e.result) == sorted(hosts)
    assert seen == [Counter(dict.fromkeys(set(hosts.values()), 2))] * 3


def test_a_dead_worker_is_followed_by_another_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queues, "PATIENCE", 0.05)
    place = str(tmp_path / "state.db")
    member = Member(Target("mysql://h/d"))
    sent: list[Message] = []

    def send(message: Message) -> None:
        with opened(place) as state:
            assert state.take(member.name)
            if sent:  # the first one dies with it
                state.put(TargetRun(member.name, "h", state="done"))
        sent.append(message)

    with opened(place) as state:
        state.enter([TargetRun(member.name, "h")])
    task = Task(None, "head", Settings())  # type: ignore[arg-type]
    events = list(Queued(send, place, every=0)([member], task, threading.Event()))
    assert [event.result.state for event in events if event.result] == ["done"]
    assert len(sent) == 2

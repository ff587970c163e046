"""Fleets with a poisoned database, killed in the middle, stopped behind the first wave."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from sqlalchemy import Connection, Table, create_engine, event
from sqlalchemy.schema import CreateTable
from tests.deploy.conftest import ask
from tests.deploy.project import COLUMN, INDEX, TABLE, write

from dbwright.core.errors import UsageError, UserCodeError
from dbwright.core.fleet import FleetReport
from dbwright.core.options import Options
from dbwright.deploy.run import Settings
from dbwright.deploy.target import Target
from dbwright.fleet.digest import lines_of
from dbwright.fleet.fan_out import Event, Threads
from dbwright.fleet.health import Health
from dbwright.fleet.inventory import Member, from_file, from_items
from dbwright.fleet.state import ROWS, opened
from dbwright.fleet.waves import Plan, waves_of
from dbwright.jobs import fleet
from dbwright.jobs.fleet import Source, Wanted

SOURCE = Path(__file__).parents[2] / "src"
QUICK = Settings(lock_seconds=0.3, retries=1, pause_seconds=0.1)


def silent(text: str) -> None:
    pass


def files(folder: Path, count: int) -> list[Path]:
    """Makes empty SQLite databases and an inventory of them."""
    found = [folder / f"t{number:02}.db" for number in range(1, count + 1)]
    for path in found:
        sqlite3.connect(path).execute("vacuum").connection.close()
    lines = [f"sqlite:///{path}" for path in found]
    (folder / "fleet.txt").write_text("# tenants\n" + "\n".join(lines) + "\n")
    return found


def upgraded(root: Path, source: Source, plan: Plan | None = None) -> FleetReport:
    """Upgrades a fleet whose state stands beside its project."""
    wanted = Wanted(plan or Plan(), QUICK, 2, 2, str(root / "state.db"))
    return fleet.upgrade(root, source, "head", wanted, Options(), silent, lambda *_: True)


def states(report: FleetReport) -> dict[str, str]:
    return {run.target.rpartition("/")[2]: run.state for run in report.targets}


def poison(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("create table orders (other)")


def test_the_others_finish_and_resume_touches_only_the_failed(tmp_path: Path) -> None:
    write(tmp_path, TABLE, COLUMN, INDEX)
    paths = files(tmp_path, 12)
    poison(paths[6])
    with (tmp_path / "fleet.txt").open("a") as file:
        file.write(f"sqlite:///{paths[2]}\nsqlite:///{tmp_path}/missing.db\n")
    source = Source(file=str(tmp_path / "fleet.txt"))
    report = upgraded(tmp_path, source, Plan(stop_at=0.5))
    expected = dict.fromkeys((path.name for path in paths), "done")
    assert states(report) == {**expected, "t07.db": "failed", "missing.db": "unreachable"}
    assert report.duplicates == (f"sqlite:///{paths[2]}",)
    assert "r1: " in report.targets[6].error
    assert "orders already exists" in report.targets[6].error
    assert len({run.digest for run in report.targets if run.state == "done"}) == 1
    assert report.exit_status == 1

    drifts = fleet.drift(tmp_path, source, "majority", Wanted(), Options(), silent)
    assert [len(group.targets) for group in drifts.groups] == [11, 1]
    assert "- column orders.note VARCHAR(40)" in drifts.groups[1].differences
    checked = fleet.check(tmp_path, source, "head", Wanted(), Options(), silent)
    assert {run.state for run in checked.targets} == {"done", "behind", "unreachable"}

    with sqlite3.connect(paths[6]) as connection:
        connection.execute("drop table orders")
    touched = {path: path.stat().st_mtime_ns for path in paths}
    sqlite3.connect(tmp_path / "missing.db").execute("vacuum").connection.close()
    again = upgraded(tmp_path, source, Plan(resume=True))
    assert (again.state, again.passed_over, again.exit_status) == ("done", 11, 0)
    changed = [path.name for path in paths if path.stat().st_mtime_ns != touched[path]]
    assert changed == ["t07.db"]
    assert not list(tmp_path.glob("*.dbwright-*"))


def test_a_failure_in_the_first_wave_or_an_ill_one_stops_all(tmp_path: Path) -> None:
    write(tmp_path, TABLE)
    paths = files(tmp_path, 3)
    source = Source(file=str(tmp_path / "fleet.txt"))
    ill = Plan(health=Health(sql="select count(*) > 0 from orders"))
    report = upgraded(tmp_path, source, ill)
    assert states(report) == {"t01.db": "done", "t02.db": "waiting", "t03.db": "waiting"}
    assert "the health check said 0" in report.stopped
    # what was done before is not done again, and is asked again how it is
    assert upgraded(tmp_path, source, Plan(health=ill.health, resume=True)).stopped
    command = f'test -n "$DBWRIGHT_TARGET_URL" && test -e {paths[0]}'
    well = Plan(health=Health(command=command), resume=True)
    assert upgraded(tmp_path, source, well).state == "done"

    paths[0].unlink()
    poison(paths[0])
    assert "a database of the first wave failed" in upgraded(tmp_path, source).stopped


def test_too_many_failures_stop_the_fleet(tmp_path: Path) -> None:
    write(tmp_path, TABLE)
    paths = files(tmp_path, 12)
    for path in paths[2:]:
        poison(path)
    source = Source(file=str(tmp_path / "fleet.txt"))
    report = upgraded(tmp_path, source, Plan(wave=4, stop_at=0.2))
    assert "databases failed, more than 2 of 12" in report.stopped
    assert [run.state for run in report.targets][8:] == ["waiting"] * 4


def test_a_killed_fleet_goes_on_where_it_was(tmp_path: Path) -> None:
    write(tmp_path, TABLE, f"import time; time.sleep(0.15)\n{COLUMN}")
    paths = files(tmp_path, 10)
    state = tmp_path / "state.db"
    command = [sys.executable, "-m", "dbwright", "fleet", "upgrade", "--yes", "-q"]
    command += ["--inventory", "fleet.txt", "--state", str(state), "--at-once", "2"]
    process = subprocess.Popen(
        command,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(SOURCE)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    end = time.monotonic() + 180
    while _done(state) < 3:
        assert process.poll() is None
        assert time.monotonic() < end
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    before = fleet.status(str(state))
    done = [run.target for run in before.targets if run.state == "done"]
    assert 3 <= len(done) < 10
    time.sleep(0.5)  # its children end with it
    touched = {str(path): path.stat().st_mtime_ns for path in paths}
    report = upgraded(tmp_path, Source(file=str(tmp_path / "fleet.txt")), Plan(resume=True))
    assert [run.error for run in report.targets if run.error] == []
    assert (report.state, report.passed_over) == ("done", len(done))
    for run in done:
        path = run.removeprefix("sqlite:///")
        assert Path(path).stat().st_mtime_ns == touched[path]


def test_a_state_that_another_makes_first_is_used(tmp_path: Path) -> None:
    place = tmp_path / "state.db"

    def first(_: Table, __: Connection, **___: object) -> None:
        made = create_engine(f"sqlite:///{place}")
        with made.begin() as other:
            other.execute(CreateTable(ROWS))
        made.dispose()

    event.listen(ROWS, "before_create", first, once=True)
    with opened(str(place)) as state:
        assert state.rows() == {}


def test_ctrl_c_ends_a_fleet_behind_what_runs(tmp_path: Path) -> None:
    write(tmp_path, TABLE, f"import time; time.sleep(0.15)\n{COLUMN}")
    paths = files(tmp_path, 10)
    state = tmp_path / "state.db"
    command = [sys.executable, "-m", "dbwright", "fleet", "upgrade", "--yes", "-q"]
    command += ["--inventory", "fleet.txt", "--state", str(state), "--at-once", "2"]
    process = subprocess.Popen(
        command,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(SOURCE)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    end = time.monotonic() + 180
    while _done(state) < 3:
        assert process.poll() is None
        assert time.monotonic() < end
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate()
    assert process.returncode not in (0, -signal.SIGKILL)
    assert b"Traceback" not in said
    before = fleet.status(str(state))
    done = {run.target.rpartition("/")[2] for run in before.targets if run.state == "done"}
    assert 3 <= len(done) < 10
    # what ran is whole: its database stands at the head, though its row says that it runs
    running = {run.target.rpartition("/")[2] for run in before.targets if run.state == "running"}
    assert len(running) <= 2
    touched = {path.name: path.stat().st_mtime_ns for path in paths}
    report = upgraded(tmp_path, Source(file=str(tmp_path / "fleet.txt")), Plan(resume=True))
    assert (report.state, report.passed_over) == ("done", len(done))
    same = {path.name for path in paths if path.stat().st_mtime_ns == touched[path.name]}
    assert done <= same <= done | running


def _done(state: Path) -> int:
    if not state.exists():
        return 0
    with opened(str(state)) as found:
        return sum(run.state == "done" for run in found.rows().values())


@pytest.mark.database
def test_schemas_of_one_database_are_a_fleet(postgresql: Target, tmp_path: Path) -> None:
    names = [f"tenant_{number}" for number in range(1, 5)]
    for name in names:
        ask(postgresql, f"create schema {name}")
    ask(postgresql, "create table tenant_3.orders (other int)")
    write(tmp_path, TABLE, COLUMN, INDEX)
    query = "select nspname from pg_namespace where nspname like 'tenant_%' order by 1"
    source = Source(query=query, db=postgresql.url, arguments=("t={schema}",))
    report = upgraded(tmp_path, source, Plan(stop_at=0.5))
    assert [run.state for run in report.targets] == ["done", "done", "failed", "done"]
    versions = [ask(postgresql, f"select version_num from {name}.alembic_version") for name in
                ("tenant_1", "tenant_2", "tenant_4")]  # fmt: skip
    assert versions == [[("r3",)]] * 3
    assert ask(postgresql, "select to_regclass('public.orders')") == [(None,)]
    assert len({run.digest for run in report.targets if run.state == "done"}) == 1
    ask(postgresql, "drop table tenant_3.orders")
    again = upgraded(tmp_path, source, Plan(resume=True))
    assert (again.state, again.passed_over) == ("done", 3)


@pytest.mark.database
@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
def test_the_state_is_kept_in_a_database(
    made: Callable[[str], Target], tmp_path: Path, kind: str
) -> None:
    write(tmp_path, TABLE)
    paths = files(tmp_path, 4)
    poison(paths[2])
    place = made(kind).url
    source = Source(file=str(tmp_path / "fleet.txt"))

    def run(plan: Plan) -> FleetReport:
        wanted = Wanted(plan, QUICK, 2, 2, place)
        return fleet.upgrade(tmp_path, source, "head", wanted, Options(), silent, lambda *_: True)

    expected = {"t01.db": "done", "t02.db": "done", "t03.db": "failed", "t04.db": "done"}
    assert states(run(Plan(stop_at=0.5))) == expected
    assert states(fleet.status(place)) == expected
    with sqlite3.connect(paths[2]) as connection:
        connection.execute("drop table orders")
    again = run(Plan(resume=True))
    assert (again.state, again.passed_over) == ("done", 3)


@pytest.mark.database
def test_a_function_of_the_project_lists_the_fleet(postgresql: Target, tmp_path: Path) -> None:
    """URLs, schemas, pairs and tables; what a function prints or reads does not matter."""
    for name in ("one", "two", "three"):
        ask(postgresql, f"create schema {name}")
    write(tmp_path, TABLE)
    [path] = files(tmp_path, 1)
    (tmp_path / "tenants.py").write_text(
        "from sqlalchemy.engine import make_url\n"
        f"URL = {postgresql.url!r}\n"
        "def all_of_them():\n"
        "    print('looking')\n"
        f"    yield make_url('sqlite:///{path}')\n"
        "    yield 'one'\n"
        "    yield (URL, 'two')\n"
        "    yield {'url': URL, 'schema': 'three', 'x': ['t=3'], 'canary': True}\n"
        "    yield (URL, 'two')\n"
    )
    report = upgraded(tmp_path, Source(entry="tenants:all_of_them", db=postgresql.url))
    assert [run.state for run in report.targets] == ["done"] * 4
    assert [run.wave for run in report.targets] == [1, 1, 1, 0]
    assert [name.rpartition(" ")[2] for name in report.duplicates] == ["two"]
    found = "select count(*) from information_schema.tables where table_name = 'orders'"
    assert ask(postgresql, found) == [(3,)]
    with pytest.raises(UserCodeError, match="nothing_there"):
        upgraded(tmp_path, Source(entry="tenants:nothing_there"))


@pytest.mark.database
def test_nothing_is_kept_of_a_database_that_was_read(postgresql: Target) -> None:
    """SQLAlchemy would keep the dialects of 128, with all that they made."""
    with postgresql.engine().connect() as connection:
        lines_of(connection)
        classes = type(connection.dialect).__mro__
    caches = [found for each in classes for found in vars(each).values()]
    sizes = [found.cache_info().currsize for found in caches if hasattr(found, "cache_info")]
    assert sizes
    assert not any(sizes)


# inventories and waves


def test_inventories_in_toml_json_and_lines_are_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET", "x")
    url = "postgresql://me:${SECRET}@db/shop"
    (tmp_path / "a.toml").write_text(f'[[target]]\nurl = "{url}"\nschema = "one"\n')
    (tmp_path / "a.json").write_text(f'{{"targets": [{{"url": "{url}", "schema": "one"}}]}}')
    (tmp_path / "a.txt").write_text(f"{url} one\n")
    found = [from_file(tmp_path / name).members for name in ("a.toml", "a.json", "a.txt")]
    assert found == [(Member(Target("postgresql://me:x@db/shop", "one")),)] * 3
    assert found[0][0].name == "postgresql://me@db/shop schema one"


@pytest.mark.parametrize("items", [[], ["shop"], ["oracle://a/b"], [{"uri": "sqlite:///a"}]])
def test_an_inventory_that_cannot_be_meant_is_refused(items: list[object]) -> None:
    with pytest.raises(UsageError):
        from_items(items, None, where="it")


def test_each_member_is_in_one_wave() -> None:
    members = [Member(Target(f"sqlite:///{n}.db"), is_canary=n == 3) for n in range(7)]
    waves = waves_of(members, Plan(canaries=2, wave=4))
    assert [len(wave) for wave in waves] == [1, 4, 2]
    assert waves[0] == [members[3]]
    assert sorted(m.name for wave in waves for m in wave) == sorted(m.name for m in members)


def test_no_host_has_more_than_its_share() -> None:
    from threading import Event as Flag
    from threading import Lock

    lock, busy, most = Lock(), {}, {}
    members = [Member(Target(f"mysql://h{n % 3}/d{n}")) for n in range(18)]

    def do(hand: object, member: Member) -> object:
        host = member.target.host
        with lock:
            busy[host] = busy.get(host, 0) + 1
            most[host] = max(most.get(host, 0), busy[host])
        time.sleep(0.01)
        with lock:
            busy[host] -= 1
        return member.name

    engine = Threads(lambda: Hands(), at_once=8, per_host=2)  # type: ignore[arg-type, return-value]
    events: Sequence[Event] = list(engine(members, do, Flag()))  # type: ignore[arg-type]
    assert sorted(e.result for e in events if e.result) == sorted(m.name for m in members)  # type: ignore[type-var]
    assert set(most.values()) <= {1, 2}


class Hands:
    """A hand that holds nothing."""

    def close(self) -> None:
        pass

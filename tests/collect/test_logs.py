"""Logs that real servers wrote, read back and compared with what ran."""

from __future__ import annotations

import gzip
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from dbwright.collect.workload import read_workload
from dbwright.dialects.postgresql import server as postgresql
from dbwright.dialects.postgresql.log_entries import READERS
from dbwright.dialects.postgresql.log_statements import Execution, executions, with_values
from dbwright.scratch.server import Server, ServerChoice, server, stop

FORMATS = {"stderr": "log", "csvlog": "csv", "jsonlog": "json"}
QUIET = """
    set log_min_duration_statement = -1; set log_statement = none; set log_duration = off;
    set auto_explain.log_min_duration = -1;
"""
WAYS = {
    "ended": "set log_min_duration_statement = 0",
    "begun": "set log_duration = on; set log_statement = 'all'",
    "planned": "set auto_explain.log_min_duration = 0",
    "planned json": "set auto_explain.log_min_duration = 0; set auto_explain.log_format = json",
    "twice": "set log_min_duration_statement = 0; set auto_explain.log_min_duration = 0",
    "begun and planned": "set log_duration = on; set log_statement = 'all';"
    "set auto_explain.log_min_duration = 0",
}
VALUES = [
    ("select * from t where a = %b and b = %b", [7, "it's"]),
    ("select * from t where b = %b", ["two\nlines\twith \"quotes\", a \\ and $1 = 'x'"]),
    ("select * from t\n\twhere b = %b\n  and a < %b", ["\u00fc \U0001f600", 3]),
    ("select * from t where b = %b or b is null", [None]),
    ("insert into t values (%b, %b)", [1, "LOG:  duration: 1.0 ms  statement: select 2"]),
    ("update t set b = %b where a = %b", ['2026-01-01 00:00:00.000 UTC,"u","d"', 5]),
]
PLAIN = [
    "select count(*) from t where b = 'x''y'",
    "select 'Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)\nSeq Scan on t  (cost=0.00..1.00"
    " rows=1 width=4)' from t",
    "delete from t where b = 'a\n2026-01-01 00:00:00.000 UTC [1] LOG:  statement: select 1'",
]


@dataclass(frozen=True)
class Logged:
    """A server that logs, the folder of its logs and its major version."""

    server: Server
    folder: Path
    major: int

    def run(self, way: str) -> None:
        """Runs the statements with a way of logging; the session's marks say which they are."""
        with self.server.connect("shop") as connection:
            connection.execute(QUIET)
            connection.execute("set log_min_duration_statement = 0")
            connection.execute(f"select 'mark {way}'")
            connection.execute(QUIET)
            connection.execute(f"set application_name = '{way}'")
            connection.execute(WAYS[way])
            for sql, values in VALUES:
                connection.execute(sql, values, binary=False)
            for sql in PLAIN:
                connection.execute(sql)
            connection.execute(QUIET)
            connection.execute("set log_min_duration_statement = 0")  # is told itself

    def file(self, holds: str) -> Path:
        """Gives the log in a format."""
        return self.folder / f"server.{FORMATS[holds]}"


@pytest.fixture(scope="module", params=["18", "15"])
def logged(request: pytest.FixtureRequest) -> Iterator[Logged]:
    """A server that has logged the statements in each way, in all of its formats."""
    programs = request.getfixturevalue("postgresql_15") if request.param == "15" else None
    folder = Path(tempfile.mkdtemp(prefix="dbwt-"))
    folder.chmod(0o755)
    logs = folder / "logs"
    logs.mkdir()
    logs.chmod(0o777)
    choice = ServerChoice(cache_dir=folder / "cache", pg_bin=programs, idle_seconds=30)
    settings = {
        "logging_collector": "on",
        "log_destination": ", ".join(FORMATS),
        "log_directory": str(logs),
        "log_filename": "server.log",
        "log_line_prefix": "%m [%p] %q%u@%d %a ",
        "session_preload_libraries": "auto_explain",
    }
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(postgresql, "SETTINGS", {**postgresql.SETTINGS, **settings})
            with server(choice) as running:
                yield _shop(running, logs)
    finally:
        stop(choice)
        shutil.rmtree(folder, ignore_errors=True)


def _shop(running: Server, logs: Path) -> Logged:
    with running.connect() as admin:
        admin.execute("create database shop")
    with running.connect("shop") as connection:
        connection.execute("create table t (a bigint, b text)")
    found = Logged(running, logs, running.major)
    for way in WAYS:
        found.run(way)
    return found


def literal(value: object) -> str:
    return "null" if value is None else "'" + str(value).replace("'", "''") + "'"


def ran(values: bool) -> list[str]:
    """What ran, with each value as a literal; else with the numbers of its parameters."""
    found = []
    for sql, given in VALUES:
        for number, value in enumerate(given, start=1):
            sql = sql.replace("%b", literal(value) if values else f"${number}", 1)
        found.append(sql)
    return found + PLAIN


def told(logged: Logged, holds: str) -> dict[str, list[Execution]]:
    """What the log tells of each way, between its marks."""
    found: dict[str, list[Execution]] = {}
    way: list[Execution] = []
    with logged.file(holds).open("rb") as lines:
        for each in executions(READERS[holds](lines, Counter()), Counter()):
            if each.sql.startswith("select 'mark "):
                way = found.setdefault(each.sql[13:-1], [])
            elif not each.sql.startswith(("set ", "\n    set ")):
                way.append(each)
    return found


@pytest.mark.database
@pytest.mark.parametrize("holds", FORMATS)
def test_what_a_server_logs_is_what_ran(logged: Logged, holds: str) -> None:
    """Each way of logging tells each statement once, in order, with its values and time."""
    found = told(logged, holds)
    assert list(found) == list(WAYS)
    for way, several in found.items():
        # auto_explain tells no values before 16
        with_them = logged.major >= 16 or not way.startswith("planned")
        assert [with_values(each) for each in several] == ran(with_them), way
        assert all(each.milliseconds is not None for each in several), way


@pytest.mark.database
def test_a_folder_of_logs_is_a_workload(logged: Logged) -> None:
    """One format is read, every statement counted and plannable with its values."""
    lines: list[str] = []
    found = read_workload(str(logged.folder), "postgresql", Path(), lines.append)
    assert sum(each.calls for each in found.statements) == len(WAYS) * len(ran(True)) + len(WAYS)
    assert all(each.milliseconds for each in found.statements)
    assert "1 file of stderr: the same log is read as csvlog" in found.left_out
    with logged.server.connect("shop") as connection:
        for each in found.statements:
            if "$" not in each.sql.replace("$1 =", ""):
                connection.execute(f"explain {each.sql}".encode())


@pytest.mark.database
@pytest.mark.parametrize("holds", FORMATS)
def test_packed_and_cut_logs_are_read_as_far_as_they_go(
    logged: Logged, holds: str, tmp_path: Path
) -> None:
    """A log that begins and ends within an entry; one that is packed, whatever it is called."""
    whole = logged.file(holds).read_bytes()
    (tmp_path / "a.txt").write_bytes(whole[200:-40])
    read = read_workload("a.txt", "postgresql", tmp_path)
    (tmp_path / "b.log").write_bytes(gzip.compress(whole.replace(b"\n", b"\r\n")))
    packed = read_workload("b.log", "postgresql", tmp_path)
    calls = len(WAYS) * len(ran(True)) + len(WAYS)
    assert sum(each.calls for each in packed.statements) == calls
    assert sum(each.calls for each in read.statements) in (calls, calls - 1)
    small = gzip.compress(whole)
    (tmp_path / "c.gz").write_bytes(small[: len(small) * 3 // 4])
    part = read_workload("c.gz", "postgresql", tmp_path)
    assert part.statements
    assert any(each.startswith("the rest of c.gz from line") for each in part.left_out)

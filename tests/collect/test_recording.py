"""Statements recorded from a running program, on databases that need no server."""

from __future__ import annotations

import asyncio
import datetime
import decimal
import json
import logging
import os
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Engine
from sqlalchemy.ext.asyncio import create_async_engine

import dbwright
from dbwright.collect.recording_text import Literals, Texts
from dbwright.core.errors import CollectError, UsageError

THING = sa.Table("thing", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True),
                 sa.Column("name", sa.String))  # fmt: skip


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def engine() -> Engine:
    engine = sa.create_engine("sqlite://")
    THING.metadata.create_all(engine)
    return engine


def test_what_an_engine_sends_is_recorded_and_unchanged(engine: Engine, tmp_path: Path) -> None:
    """Values stand in the text, executemany is one line; those of other engines are not."""
    path = tmp_path / "run.jsonl"
    other = sa.create_engine("sqlite://")
    with dbwright.record(path, engine) as recorder, engine.begin() as connection:
        rows = [{"id": n, "name": f"it's {n}"} for n in range(3)]
        connection.execute(THING.insert(), rows)
        asked = sa.select(THING).where(THING.c.name == "it's 1", THING.c.id.in_([1, -2]))
        assert connection.execute(asked).all() == [(1, "it's 1")]
        with other.connect() as elsewhere:
            elsewhere.execute(sa.text("select 5"))
    assert not sa.event.contains(engine, "before_cursor_execute", recorder._before)
    assert not sa.event.contains(engine, "after_cursor_execute", recorder._after)
    found = lines(path)
    assert [" ".join(each["sql"].split()) for each in found] == [
        "INSERT INTO thing (id, name) VALUES (0, 'it''s 0')",
        "SELECT thing.id, thing.name FROM thing WHERE thing.name = 'it''s 1' AND thing.id IN "
        "(1, (-2))",
    ]
    assert [each["calls"] for each in found] == [3, 1]
    assert all(each["milliseconds"] > 0 and each["dialect"] == "sqlite" for each in found)
    assert (recorder.statements, recorder.missed) == (2, 0)
    assert path.stat().st_mode & 0o077 == 0


def test_without_an_engine_all_are_recorded(engine: Engine, tmp_path: Path) -> None:
    """Those that are there already too, and async ones; an existing file is added to on request."""
    path = tmp_path / "run.jsonl"
    asynchronous = create_async_engine("sqlite+aiosqlite://")

    async def ask() -> None:
        async with asynchronous.connect() as connection:
            await connection.execute(sa.text("select :a"), {"a": 2})
        await asynchronous.dispose()

    with dbwright.record(path), engine.connect() as connection:
        connection.execute(sa.text("select :a"), {"a": 1})
    with dbwright.record(path, asynchronous, append=True):
        asyncio.run(ask())
    assert [each["sql"] for each in lines(path)] == ["select 1", "select 2"]
    with dbwright.record(path):
        pass
    assert lines(path) == []


def test_it_never_raises_into_the_program(
    engine: Engine, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A file that is gone, a value that cannot be shown: the program goes on and is told so."""
    path = tmp_path / "run.jsonl"

    class Hostile(str):
        def replace(self, *_: Any) -> str:
            raise RuntimeError("no")

    caplog.set_level(logging.WARNING)
    with dbwright.record(path, engine) as recorder, engine.connect() as connection:
        assert connection.exec_driver_sql("select ?", (Hostile("x"),)).scalar() == "x"
        assert recorder._file is not None
        os.close(recorder._file)
        assert connection.execute(sa.text("select 1")).scalar() == 1
        recorder._file = os.open(path, os.O_WRONLY)
        with pytest.raises(sa.exc.OperationalError):
            connection.execute(sa.text("select nothing"))
    assert recorder.missed == 1
    assert f"{recorder.missed} statements could not be recorded" in caplog.text


def test_what_cannot_be_meant_is_said_at_the_beginning(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="str is none"):
        dbwright.record(tmp_path / "a", "sqlite://")  # type: ignore[arg-type]
    with pytest.raises(CollectError, match="cannot write the recording"):
        dbwright.record(tmp_path / "no" / "a").__enter__()


# texts of each driver's style


def dialect(style: str) -> Any:
    return postgresql.dialect(paramstyle=style)


@pytest.mark.parametrize(
    ("style", "statement", "parameters", "expected"),
    [
        ("pyformat", "a = %(x)s::INTEGER and b like '%%s' and c %% 2 = %(y)s",
         {"x": 1, "y": "%"}, "a = 1::INTEGER and b like '%s' and c % 2 = '%'"),
        ("format", "a = %s and b = '%s' -- %s\nand c = %s", (1, None),
         "a = 1 and b = '%s' -- %s\nand c = null"),
        ("qmark", "a = ? and \"b?\" = ? /* ? */", ("x'y", 2.5),
         "a = 'x''y' and \"b?\" = 2.5 /* ? */"),
        ("named", "a = :x::text and b = ':y' and c = :x", {"x": True},
         "a = true::text and b = ':y' and c = true"),
        ("numeric", "a = :2 and b = :1", (1, 2), "a = 2 and b = 1"),
        ("numeric_dollar", "a = $2 and b = $1 and c = $$ $1 $$ and d = E'\\'$1'", (1, 2),
         "a = 2 and b = 1 and c = $$ $1 $$ and d = E'\\'$1'"),
        ("qmark", "a = ? and b = ?", (object(), 5), "a = $1 and b = 5"),
        ("qmark", "a = ?", (), "a = $1"),
    ],
)  # fmt: skip
def test_placeholders_of_each_style_become_literals(
    style: str, statement: str, parameters: Any, expected: str
) -> None:
    assert Texts(values=True).text(dialect(style), statement, parameters, True) == expected


def test_without_values_no_constant_is_left() -> None:
    """Parameters are numbered, constants too; what has no plan may hold a password."""
    bare = Texts(values=False)
    sql = "select * from t where a = %(x)s and b = 'secret' and c = %(y)s and d = %(x)s limit 5"
    assert bare.text(dialect("pyformat"), sql, {"x": 1, "y": 2}, True) == (
        "select * from t where a = $1 and b = $3 and c = $2 and d = $1 limit $4"
    )
    for other in ("create role a password 'secret'", "selec 'secret'", "select 1; select 'secret'"):
        assert bare.text(dialect("pyformat"), other, {}, True) is None
    assert bare.text(sa.create_engine("sqlite://").dialect, "select 'secret'", (), True) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (-5, "(-5)"),
        (float("nan"), "'nan'"),
        (decimal.Decimal("1.50"), "1.50"),
        (b"\x00\xff", "'\\x00ff'"),
        ([1, None, "a"], "array[1, null, 'a']"),
        ([], "'{}'"),
        ([[1, 2]], "array[array[1, 2]]"),
        (datetime.date(2026, 1, 2), "'2026-01-02'"),
        (uuid.UUID(int=1), "'00000000-0000-0000-0000-000000000001'"),
        ("100%", "'100%'"),
        ("x" * 30_000, None),
        (object(), None),
    ],
)  # fmt: skip
def test_values_are_literals_where_they_have_one(value: object, expected: str | None) -> None:
    assert Literals(dialect("pyformat")).of(value) == expected


# in pytest


TESTS = """
import sqlalchemy as sa, pytest
ENGINE = sa.create_engine("sqlite://")
@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_one(n):
    with ENGINE.connect() as connection:
        assert connection.execute(sa.text("select :n"), {"n": n}).scalar() == n
"""


def test_a_run_of_pytest_is_recorded(tmp_path: Path) -> None:
    """Of all its processes, into one file that begins anew."""
    (tmp_path / "test_some.py").write_text(TESTS)
    (tmp_path / "run.jsonl").write_text("old\n")
    plugin = ["-p", "dbwright.frontends.pytest_plugin", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            *plugin,
            "-p",
            "xdist",
            "-n2",
            "--dbwright-record",
            "run.jsonl",
        ],
        cwd=tmp_path,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "queries tune --workload run.jsonl" in done.stdout
    assert sorted(each["sql"] for each in lines(tmp_path / "run.jsonl")) == [
        f"select {n}" for n in (1, 2, 3, 4)
    ]

"""Recordings as statements to review: where each is called, each once, most time first."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import Session

import dbwright
from dbwright.collect.recorded import is_recording, read_recording
from dbwright.core.errors import CollectError
from dbwright.core.options import Options
from dbwright.core.place import Place


def written(path: Path, *lines: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def test_the_line_that_sends_a_statement_is_recorded(tmp_path: Path) -> None:
    engine, path = sa.create_engine("sqlite://"), tmp_path / "run.jsonl"
    with dbwright.record(path, engine), Session(engine) as session:
        session.execute(sa.text("select 1"))
    line = test_the_line_that_sends_a_statement_is_recorded.__code__.co_firstlineno + 3
    (data,) = [json.loads(each) for each in path.read_text().splitlines()]
    assert data["file"].endswith("test_recorded.py")
    assert data["line"] == line


def test_what_awaits_a_statement_is_its_place(tmp_path: Path) -> None:
    engine, path = create_async_engine("sqlite+aiosqlite://"), tmp_path / "run.jsonl"

    async def ask() -> None:
        async with engine.connect() as connection:
            await connection.execute(sa.text("select 1"))
        await engine.dispose()

    with dbwright.record(path, engine):
        asyncio.run(ask())
    (data,) = [json.loads(each) for each in path.read_text().splitlines()]
    assert data["file"].endswith("test_recorded.py")
    assert data["line"] == ask.__code__.co_firstlineno + 2


def test_executions_are_one_statement_and_most_time_is_first(tmp_path: Path) -> None:
    written(
        tmp_path / "r",
        {"sql": "select a from t where b = 1", "milliseconds": 2, "file": "x.py", "line": 3},
        {"sql": "select a from t where b = 2", "milliseconds": 5, "file": "y.py", "line": 4},
        {"sql": "select a from t where b = 3", "milliseconds": 1, "file": "x.py", "line": 3},
        {"sql": "select a from u", "milliseconds": 100, "calls": 2},
        {"sql": "begin"},
        {"sql": "select 1", "dialect": "sqlite"},
    )
    found = read_recording("r", "postgresql", tmp_path)
    first, second = found.statements
    assert (first.sql, first.milliseconds, first.calls) == ("select a from u", 100, 2)
    assert (second.sql, second.milliseconds) == ("select a from t where b = 2", 8)
    assert (second.calls, second.place) == (3, Place("y.py", 4))
    assert found.left_out == (
        "1 statements were recorded on another database",
        "1 recorded statements have no plan",
    )


def test_values_make_no_other_statement_on_sqlite(tmp_path: Path) -> None:
    one = {"sql": "select a from t where b = 'x' and c = 1", "dialect": "sqlite"}
    written(tmp_path / "r", one, {**one, "sql": one["sql"].replace("'x'", "'y'")})
    assert len(read_recording("r", "sqlite", tmp_path).statements) == 1


def test_what_is_no_recording_is_told(tmp_path: Path) -> None:
    written(tmp_path / "plan.json", {"Plan": {}})
    assert not is_recording("plan.json", tmp_path)
    assert not is_recording("select 1", tmp_path)
    path = written(tmp_path / "r", {"sql": "select 1"})
    assert is_recording("r", tmp_path)
    path.write_text(path.read_text() + '{"sq')
    assert len(read_recording("r", "postgresql", tmp_path).statements) == 1
    path.write_text(path.read_text() + "\n")
    with pytest.raises(CollectError, match="no recorded statement"):
        read_recording("r", "postgresql", tmp_path)


def test_findings_of_a_recording_say_their_line(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute("create table orders (id integer primary key, status text)")
        connection.executemany(
            "insert into orders (status) values (?)", [("done",) for _ in range(5000)]
        )
    sql = "select (select count(*) from orders where status <> '{}') > 0 as any_order"
    written(
        tmp_path / "run.jsonl",
        *({"sql": sql.format(s), "dialect": "sqlite", "file": "shop/pages.py", "line": 12,
           "milliseconds": 3} for s in ("a", "b")),
    )  # fmt: skip
    report = dbwright.review_query(
        "run.jsonl", tmp_path, Options(db=f"sqlite:///{tmp_path / 'shop.db'}")
    )
    found = [each for each in report.recommendations if each.rule == "count-for-existence"]
    assert [(each.location.file, each.location.line) for each in found] == [("shop/pages.py", 12)]

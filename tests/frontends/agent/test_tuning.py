"""A model has indexes tuned: on a twin of the user's database, from the project's own files."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from pydantic_ai.messages import ModelMessage, ModelResponse
from pydantic_ai.models.function import AgentInfo, FunctionModel

from dbwright.core.options import Options
from dbwright.core.report import Report
from dbwright.frontends.agent.answering import opened
from dbwright.frontends.agent.talk import Talk, talk
from dbwright.frontends.agent.wanted import Wanted

from .conftest import Script, answer, call, results

DONE = answer({"text": "Done.", "cites": []})
SQL = "select id from books where isbn = 'marzipan';\n"


@pytest.fixture
def books(tmp_path: Path) -> Path:
    """A database in which a query reads all of a table for one row."""
    file = tmp_path / "live.db"
    with contextlib.closing(sqlite3.connect(file)) as made:
        made.execute("create table books (id integer primary key, isbn text, rest text)")
        rows = ((f"isbn {number}", "x" * 200) for number in range(20_000))
        made.executemany("insert into books (isbn, rest) values (?, ?)", rows)
        made.execute("analyze")
        made.commit()
    return file


def talked(script: Script, path: Path, url: str) -> Talk:
    options = Options(db=url)
    tools, request, told = opened("tune it", path, options, Report(), lambda text: None)
    return talk(request, told, tools, Wanted("scripted", seconds=120), FunctionModel(script))


def test_index_that_a_model_finds_can_be_cited(books: Path, shelf: Path) -> None:
    (shelf / "slow.sql").write_text(SQL)
    seen: list[Any] = []

    def function(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        seen[:] = results(messages)[1:]  # the first is dbwright's own answer
        if not seen:
            return call("tune_indexes", workload="slow.sql")
        told = seen[-1]
        return answer(
            {"text": f"An index is worth it: {told['indexes'][0]['sql']}", "cites": [told["id"]]},
            {"text": "It saves 99.99 % of everything.", "cites": [told["id"]]},
        )

    found = talked(function, shelf, f"sqlite:///{books}")
    (told,) = seen
    assert "isbn" in told["indexes"][0]["sql"]
    assert [each.traced for each in found.judged] == [True, False]
    assert "marzipan" not in json.dumps(found.sent), "a value of a statement is no one else's"
    with contextlib.closing(sqlite3.connect(books)) as connection:
        count = connection.execute("select count(*) from sqlite_schema where type = 'index'")
        assert count.fetchone() == (0,), "nothing is built"


def test_workload_is_a_file_of_the_project(books: Path, shelf: Path, tmp_path: Path) -> None:
    outside = tmp_path.with_name(f"{tmp_path.name}.sql")
    outside.write_text(SQL)
    seen: list[Any] = []

    def function(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        seen[:] = results(messages)[1:]  # the first is dbwright's own answer
        turns = [str(outside), f"../{outside.name}", "/etc/passwd"][len(seen) :]
        return call("tune_indexes", workload=turns[0]) if turns else DONE

    talked(function, shelf, f"sqlite:///{books}")
    assert ["in the project" in each["error"]["message"] for each in seen] == [True] * 3


def test_without_a_database_there_is_nothing_to_tune(shelf: Path) -> None:
    names: list[str] = []

    def function(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        names[:] = [tool.name for tool in info.function_tools]
        return DONE

    options = Options()
    tools, request, told = opened("tune it", shelf, options, Report(), lambda text: None)
    talk(request, told, tools, Wanted("scripted", seconds=60), FunctionModel(function))
    assert "review" in names
    assert "tune_indexes" not in names

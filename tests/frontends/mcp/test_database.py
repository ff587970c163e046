"""The tools that look at a database: what is in it is data, and the role has to be a small one."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from dbwright.frontends.mcp_server.pages import MOST, tokens
from dbwright.scratch.server import ServerChoice, server

from .clients import HOSTILE, call, project, talk, text


@pytest.fixture
def shop(tmp_path: Path) -> tuple[Path, str]:
    """A project, and a SQLite file whose rows and names are hostile."""
    file = tmp_path / "shop.db"
    with sqlite3.connect(file) as connection:
        connection.execute(f'create table notes (id integer primary key, "{HOSTILE}" text)')
        rows = [(number, f"{HOSTILE} {number} " + "x" * 60) for number in range(600)]
        connection.executemany("insert into notes values (?, ?)", rows)
    return project(tmp_path / "project"), f"sqlite:///{file}"


def test_rows_come_in_pages_and_are_data(shop: tuple[Path, str]) -> None:
    folder, url = shop

    async def said(client: Any) -> list[Any]:
        pages = [await client.call_tool("read", {"sql": "select * from notes order by id"})]
        while cursor := pages[-1].structured_content.get("next_cursor"):
            pages.append(await client.call_tool("read", {"cursor": cursor}))
        return pages

    pages = talk(folder, said, db=url)
    rows = [row for page in pages for row in page.structured_content["rows"]]
    assert [row[0] for row in rows] == list(range(600))
    assert len(pages) > 2
    for page in pages:
        assert tokens(text(page)) <= MOST
        assert set(json.loads(text(page))) <= {
            "columns", "rows", "truncated", "cut", "redacted", "seconds", "next_cursor",
        }  # fmt: skip
        assert page.structured_content["columns"][1]["name"].startswith("x\\x1b[31m\\u202e")
        assert "\x1b" not in text(page)
        assert "\u202e" not in text(page)


def test_read_takes_parameters_and_refuses_what_writes(shop: tuple[Path, str]) -> None:
    folder, url = shop
    one = call_on(folder, url, "read", sql="select id from notes where id = ?", parameters=[7])
    assert one.structured_content["rows"] == [[7]]
    for sql in ("delete from notes", "select 1; delete from notes", "attach 'x' as y"):
        found = call_on(folder, url, "read", sql=sql)
        assert found.is_error
        assert json.loads(text(found))["error"]["message"]
    with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
        assert connection.execute("select count(*) from notes").fetchone() == (600,)


def test_write_is_planned_and_the_user_is_given_the_command(
    shop: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    folder, url = shop
    found = call_on(folder, url, "plan_write", sql="delete from notes where id < 10")
    plan = found.structured_content
    assert plan["statements"][0]["kind"].startswith("DELETE")
    assert plan["command"] == f'dbwright apply {plan["hash"]} --db "$DBWRIGHT_DB"'
    assert call_on(folder, url, "plan_write", sql="select 1").is_error
    with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
        assert connection.execute("select count(*) from notes").fetchone() == (600,)


def test_tables_of_the_database_are_shown_with_their_controls(shop: tuple[Path, str]) -> None:
    folder, url = shop
    found = call_on(folder, url, "schema", source="database", table="notes")
    assert found.structured_content["table"]["columns"][1]["name"].startswith("x\\x1b[31m\\u202e")
    assert found.structured_content["server"].startswith("SQLite")


def call_on(folder: Path, url: str, tool: str, **arguments: Any) -> Any:
    async def said(client: Any) -> Any:
        return await client.call_tool(tool, arguments)

    return talk(folder, said, db=url)


@pytest.mark.database
def test_superuser_is_refused_unless_the_server_was_started_for_it(tmp_path: Path) -> None:
    folder = project(tmp_path / "project")
    (folder / "pyproject.toml").write_text("[tool.dbwright]\nallow-superuser = true\n")
    asked = {"sql": "select current_setting('is_superuser')"}

    async def said(client: Any) -> Any:
        return await client.call_tool("read", asked)

    with server(ServerChoice()) as running:
        url = running.url("postgres", user=None).replace("+psycopg", "")
        refused = talk(folder, said, db=url)
        assert refused.is_error, "a file that an agent may edit does not allow it"
        error = json.loads(text(refused))["error"]
        assert "may do anything there" in error["message"]
        assert "grant-role" in error["way_out"]
        allowed = talk(folder, said, db=url, allow_superuser=True)
        assert allowed.structured_content["rows"] == [["on"]]


def test_call_without_a_database_says_how_to_start_with_one(tmp_path: Path) -> None:
    folder = project(tmp_path / "project")
    for tool in ("read", "plan_write"):
        found = call(folder, tool, sql="select 1")
        assert "DBWRIGHT_DB" in json.loads(text(found))["error"]["way_out"]

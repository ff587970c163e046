"""What a model is sent: schema and shapes of statements, no values; rows where the user says so."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_ai.messages import ModelMessage, ModelResponse
from pydantic_ai.models.function import AgentInfo

from dbwright.core.errors import SettingsError, UsageError
from dbwright.frontends.agent.hiding import Hiding
from dbwright.frontends.agent.wanted import Wanted, wanted

from ..conftest import Run
from .conftest import Script, answer, call, results

SLOW = "select id from books where shelf_id = 4711 and id in (select 99 from shelves) limit 55"


def test_statement_goes_without_its_values(
    shelf: Path, run: Run, script: Callable[[Script], None]
) -> None:
    turns = [
        call("review_query", statement="s1"),
        call("review_query", sql="select id from books where shelf_id = :v1"),
    ]
    got: list[Any] = []

    def function(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        got[:] = results(messages)
        return turns.pop(0) if turns else answer({"text": "Look at :v1.", "cites": []})

    script(function)
    request = f"why is this slow, says bob@shop.example? {SLOW}"
    done = run("ask", request, "--model", "scripted", "--show-sent")
    sent = json.loads(done.stderr[done.stderr.index("[\n") : done.stderr.rindex("]") + 1])
    text = json.dumps(sent)
    for value in ("4711", "bob@shop", "limit 55"):
        assert value not in text
    assert "limit :v3" in text
    assert "error" not in got[1], got[1]
    assert "error" not in got[2], got[2]
    assert "Look at 4711." in done.stdout, "the user's own value comes back to the user"


@given(st.text("abcdefghij", min_size=4, max_size=9), st.integers(10_000, 10**9))
def test_no_literal_of_a_statement_is_sent(word: str, number: int) -> None:
    hiding = Hiding()
    sql = f"select id from t where a = 'x{word}' and b = {number} -- by {word}@x.org"
    hiding.learn(sql)
    shown = hiding.statement(sql)
    assert f"x{word}" not in shown
    assert str(number) not in shown
    assert f"{word}@" not in shown
    assert hiding.restored(shown).split(" and ")[0] == sql.split(" and ")[0]
    told = hiding.text(f"the row with {number} was x{word}, see 'x{word}'")
    assert str(number) not in told
    assert f"x{word}" not in told


HIDDEN = {
    "a password in a URL": ("postgresql://me:pw123@h/x", "pw123"),
    "a mail address": ("duplicate for ann.lee@example.org", "ann.lee"),
    "a row of an error": ("Key (phone)=(+49 170) already exists", "170"),
    "a failing row": ("Failing row contains (1, Ann, 42).", "Ann"),
    "a quoted value": ("no such value 'secret plan'", "secret plan"),
    "a card": ("paid by 4111 1111 1111 1111 today", "1111"),
    "a key": ("key sk-abcdefghijklmnopqrst was used", "abcdefgh"),
    "a token": ("token=abc.def.ghi", "abc.def"),
    "a UUID": ("row 123e4567-e89b-12d3-a456-426614174000", "123e4567"),
    "an address": ("from 10.20.30.40", "10.20"),
}


@pytest.mark.parametrize(("text", "secret"), HIDDEN.values(), ids=HIDDEN)
def test_values_in_prose_are_hidden(text: str, secret: str) -> None:
    assert secret not in Hiding().text(text)


def test_names_and_figures_of_the_schema_are_shown() -> None:
    hiding = Hiding(names={"orders", "status"})
    text = "'orders' has 8,200,000 rows on PostgreSQL 18.6; 'status' is read in 5.1 s"
    assert hiding.text(text) == text


@pytest.fixture
def database(shelf: Path) -> str:
    """A database with a row in each of two tables."""
    with sqlite3.connect(shelf / "live.db") as made:
        made.execute("create table shelves (id integer primary key, labels text)")
        made.execute("create table books (id integer primary key, shelf_id integer)")
        made.execute("insert into shelves values (1, 'marzipan')")
        made.execute("insert into books values (7, 1)")
    made.close()
    return f"sqlite:///{shelf / 'live.db'}"


def test_rows_are_read_where_the_user_names_the_table(
    shelf: Path, database: str, run: Run, script: Callable[[Script], None]
) -> None:
    turns = [
        call("read_rows", sql="select labels from shelves"),
        call("read_rows", sql="select id from books"),
        call("read_rows", sql="with shelves as (select id from books) select * from shelves"),
        call("read_rows", sql="select labels from shelves where exists (select 1 from books)"),
        call("read_rows", sql="delete from shelves"),
    ]
    seen: list[Any] = []

    def function(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        seen[:] = results(messages)
        return turns.pop(0) if turns else answer({"text": "Read.", "cites": []})

    script(function)
    command = ["ask", "list the models", "--model", "m", "--db", database]
    run(*command, "--share-rows", "shelves")
    assert "marzipan" in json.dumps(seen[1])
    assert all("error" in each for each in seen[2:]), seen[2:]
    assert len(seen) == 6


def test_rows_are_no_tool_unless_the_user_says_so(
    shelf: Path, database: str, run: Run, script: Callable[[Script], None]
) -> None:
    names: list[str] = []

    def function(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        names[:] = [tool.name for tool in info.function_tools]
        return answer({"text": "Hm.", "cites": []})

    script(function)
    run("ask", "list the models", "--model", "m", "--db", database)
    assert "review" in names
    assert "read_rows" not in names


# which model, where, for how much


def test_model_comes_from_the_command_the_environment_or_the_settings(tmp_path: Path) -> None:
    file = tmp_path / "pyproject.toml"
    file.write_text('[tool.dbwright]\nmodel = "openai:x"\nmodel-requests = 3\n')
    assert wanted(tmp_path, environment={}) == Wanted("openai:x", requests=3)
    both = {"DBWRIGHT_MODEL": "openai:y", "DBWRIGHT_MODEL_SECONDS": "9"}
    assert wanted(tmp_path, environment=both) == Wanted("openai:y", requests=3, seconds=9)
    assert wanted(tmp_path, "openai:z", environment=both) == Wanted(
        "openai:z", requests=3, seconds=9
    )
    assert wanted(tmp_path, "none", environment=both) is None


def test_url_is_never_the_projects_to_say(tmp_path: Path) -> None:
    file = tmp_path / "pyproject.toml"
    file.write_text('[tool.dbwright]\nmodel-url = "http://evil.example/v1"\n')
    with pytest.raises(SettingsError, match="has no key 'model-url'"):
        wanted(tmp_path, environment={})


@pytest.mark.parametrize("url", ["ftp://x/", "localhost:8080", "file:///etc/passwd", "http://"])
def test_url_that_is_none_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(UsageError, match="is none of http or https"):
        wanted(tmp_path, "x", url, environment={})


def test_limit_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is no positive number"):
        wanted(tmp_path, "x", environment={"DBWRIGHT_MODEL_TOKENS": "-1"})


def test_without_a_model_nothing_of_one_is_imported(shelf: Path) -> None:
    code = (
        "import sys\n"
        "from dbwright.frontends.cli import cli\n"
        "for words in (['--help'], ['ask', 'list the models']):\n"
        "    try:\n"
        "        cli(words, prog_name='dbwright', standalone_mode=False)\n"
        "    except SystemExit:\n"
        "        pass\n"
        "heavy = {'pydantic', 'pydantic_ai', 'openai', 'anthropic', 'httpx', 'httpx2', 'mcp'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=shelf, capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines()[-1] == "[]", done.stdout + done.stderr

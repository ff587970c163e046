"""The tools as a client meets them: typed, small, and writing nothing."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from dbwright.frontends.mcp_server.pages import MOST, OVERVIEW, tokens

from .clients import HANGING, HOSTILE, call, is_gone, project, started, talk, text

MANY = """\
from sqlalchemy import Column, ForeignKey, Integer, MetaData, String, Table
from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    pass


for number in range({count}):
    keys = [Column("id", Integer, primary_key=True)]
    keys += [Column(f"value_{{n}}", String(40)) for n in range(number % 12)]
    if number:
        keys.append(Column("parent_id", ForeignKey(f"customer_order_{{number - 1:03}}.id")))
    Table(f"customer_order_{{number:03}}", Base.metadata, *keys)
"""


CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")


def hashes(folder: Path) -> dict[str, str]:
    """Every file of a folder with the hash of what it holds."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def strings(value: Any) -> list[str]:
    """Every text in data, names included."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [found for pair in value.items() for part in pair for found in strings(part)]
    return [found for part in value for found in strings(part)] if isinstance(value, list) else []


@pytest.fixture
def shelves(tmp_path: Path) -> Path:
    return project(tmp_path / "shelves")


def test_tools_are_few_typed_and_none_of_them_writes(shelves: Path) -> None:
    tools = talk(shelves, lambda client: client.list_tools()).tools
    assert 8 <= len(tools) <= 12
    for tool in tools:
        assert tool.output_schema, tool.name
        jsonschema.Draft202012Validator.check_schema(tool.output_schema)
        assert tool.title
        assert 40 <= len(tool.description) <= 420, tool.name
        assert tool.annotations.read_only_hint is True
        assert tool.annotations.destructive_hint is False
        assert tool.annotations.open_world_hint is not None
        given = set(tool.input_schema["properties"])
        assert not given & {"db", "url", "dsn", "path", "python", "sandbox_url"}, tool.name
    told = [{"n": t.name, "d": t.description, "s": t.input_schema} for t in tools]
    assert tokens(told) < 3_500


def test_overview_of_200_tables_costs_less_than_4000_tokens(tmp_path: Path) -> None:
    folder = project(tmp_path / "many", MANY.format(count=200))
    found = call(folder, "schema")
    assert found.structured_content["count"] == 200
    assert tokens(text(found)) <= OVERVIEW < 4_000
    assert len(found.structured_content["tables"]) == 200, "all of them on the first page"
    one = call(folder, "schema", table="customer_order_011").structured_content["table"]
    assert one["foreign_keys"][0]["table"] == "customer_order_010"
    assert one["referred_by"] == ["customer_order_012 (parent_id)"]


def test_overview_of_more_tables_comes_in_pages(tmp_path: Path) -> None:
    folder = project(tmp_path / "more", MANY.format(count=700))

    async def said(client: Any) -> list[Any]:
        pages = [await client.call_tool("schema", {})]
        while cursor := pages[-1].structured_content.get("next_cursor"):
            pages.append(await client.call_tool("schema", {"cursor": cursor}))
        return pages

    pages = talk(folder, said)
    names = [t["name"] for page in pages for t in page.structured_content["tables"]]
    assert len(pages) > 1
    assert names == [f"customer_order_{n:03}" for n in range(700)]
    assert all(tokens(text(page)) < 4_000 for page in pages)


def test_table_is_found_by_its_model_and_a_wrong_name_gets_the_nearest(shelves: Path) -> None:
    book = call(shelves, "schema", table="Book").structured_content["table"]
    assert book["name"] == "books"
    assert book["models"][0]["file"] == "models.py"
    wrong = call(shelves, "schema", table="boks")
    assert wrong.is_error
    assert json.loads(text(wrong))["error"]["way_out"] == "The nearest is 'books'."


def test_review_is_told_in_lines_and_each_finding_in_full(shelves: Path) -> None:
    told: list[str] = []

    async def said(client: Any) -> tuple[Any, Any, Any, Any]:
        async def progress(done: float, total: float | None, message: str | None) -> None:
            told.append(message or "")

        review = await client.call_tool("review", {"what": "models"}, progress_callback=progress)
        name = review.structured_content["report"]
        whole = await client.call_tool("finding", {"report": name, "number": 1})
        far = await client.call_tool("finding", {"report": name, "number": 99})
        page = await client.read_resource(f"dbwright://report/{name}")
        return review, whole, far, page.contents[0].text

    review, whole, far, page = talk(shelves, said)
    lines = review.structured_content["findings"]
    assert [line["number"] for line in lines] == list(range(1, len(lines) + 1))
    assert {line["proof"] for line in lines} & {"verified", "observed"}
    one = whole.structured_content
    assert one["rule"] == lines[0]["rule"]
    for part in ("reason", "proof", "fix", "alternatives", "risk", "undo", "tests", "backup"):
        assert one[part], part
    assert one["diff"].startswith("--- a/models.py")
    assert "numbered from 1" in text(far)
    assert json.loads(page)["recommendations"][0]["rule"] == one["rule"]
    assert "reading the project" in told
    assert len(told) >= 3


def test_changes_and_designs_are_shown_and_not_written(shelves: Path) -> None:
    before = hashes(shelves)
    change = call(shelves, "change_models", request="add a title to Book").structured_content
    assert "+    title: " in change["diff"]
    assert change["command"].startswith("dbwright models change 'add a title to Book' --path ")
    assert change["command"].endswith(" --write")
    design = call(shelves, "design_models", request="a Reader with a name").structured_content
    assert "class Reader" in design["diff"]
    assert "--write" in design["command"]
    assert hashes(shelves) == before


def test_request_in_words_says_how_it_was_read(shelves: Path) -> None:
    found = call(shelves, "ask", request="what does Book reference?").structured_content
    assert found["kind"] == "answer"
    assert "shelves" in found["answer"]["answer"] + str(found["answer"]["facts"])
    other = call(shelves, "ask", request="bake a cake")
    assert other.is_error
    assert json.loads(text(other))["error"]["way_out"]


def test_brief_that_is_wrong_is_an_error_with_a_way_out(shelves: Path) -> None:
    found = call(shelves, "design_models", brief={"modles": []})
    assert found.is_error
    assert "modles" in text(found)


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        ("revew", {}, "Did you mean 'review'?"),
        ("review", {"wat": "models"}, "Did you mean 'what'?"),
        ("review", {"what": "everything"}, "the arguments of review cannot be meant: what:"),
        ("review", {"file": "../../etc/passwd"}, "is outside the project"),
        ("review_query", {"sql": "/etc/passwd"}, "is outside the project"),
        ("review_query", {"sql": "../../../../../../../../etc/passwd:3"}, "is outside the project"),
        ("review", {"file": "missing.py"}, "there is no missing.py in the project"),
        ("review_query", {"sql": ""}, "`sql` is empty"),
        ("review_query", {"sql": "x" * 200_001}, "at most 200000 characters"),
        ("schema", {"source": "database"}, "started without a database"),
        ("schema", {"cursor": "abc.7"}, "names no page"),
        ("ask", {"cursor": "report"}, "not one of ask's"),
        ("finding", {"report": "nothing", "number": 1}, "there is no such report"),
        ("rule", {"name": "blocking-index-buld"}, "The nearest is 'blocking-index-build'"),
        ("change_models", {"request": "x", "answers": [{"option": "rm", "value": ""}]}, "answers"),
        ("tune_indexes", {"budget_percent": 0}, "greater than 0"),
    ],
)
def test_call_that_cannot_be_meant_is_told_as_data(
    tool: str, arguments: dict[str, Any], said: str, shelves: Path
) -> None:
    found = call(shelves, tool, **arguments)
    assert found.is_error
    error = json.loads(text(found))["error"]
    assert said in f"{error['message']} {error['way_out']}"
    assert error["way_out"]
    assert tokens(text(found)) < 2_000


def test_rules_have_pages_as_a_tool_and_as_resources(shelves: Path) -> None:
    async def said(client: Any) -> tuple[Any, Any, Any, Any]:
        every = await client.call_tool("rule", {})
        page = await client.call_tool("rule", {"name": "blocking-index-build"})
        listed = await client.read_resource("dbwright://rules")
        same = await client.read_resource("dbwright://rule/blocking-index-build")
        return every, page, listed.contents[0].text, same.contents[0].text

    every, page, listed, same = talk(shelves, said)
    assert page.structured_content["page"] == same
    assert "Why is this bad?" in same
    names = [rule["name"] for rule in every.structured_content["rules"]]
    *lines, end = json.loads(listed)
    assert [rule["name"] for rule in lines][:50] == names[:50]
    assert end["left_out"] + len(lines) >= len(names)
    assert tokens(listed) <= MOST + 20
    assert tokens(text(every)) <= MOST


def test_prompts_lead_to_tools_that_exist(shelves: Path) -> None:
    async def said(client: Any) -> tuple[set[str], list[str]]:
        names = {tool.name for tool in (await client.list_tools()).tools}
        found = []
        for prompt in (await client.list_prompts()).prompts:
            given = {argument.name: "THIS" for argument in prompt.arguments or ()}
            got = await client.get_prompt(prompt.name, given)
            found.append(got.messages[0].content.text)
        return names, found

    names, prompts = talk(shelves, said)
    assert len(prompts) == 5
    for prompt in prompts:
        assert set(re.findall(r"`(\w+)`", prompt)) <= names
        assert re.findall(r"`(\w+)`", prompt)


def test_text_of_others_stands_only_in_typed_fields_and_shows_its_controls(tmp_path: Path) -> None:
    models = (
        "from sqlalchemy import Column, Integer, MetaData, String, Table\n"
        "from sqlalchemy.orm import DeclarativeBase\n\n\n"
        "class Base(DeclarativeBase):\n    pass\n\n\n"
        f"Table({HOSTILE!r}, Base.metadata, Column('id', Integer, primary_key=True),\n"
        f"      Column({HOSTILE!r}, String(9), comment={HOSTILE!r}), comment={HOSTILE!r})\n"
    )
    folder = project(tmp_path / "hostile", models)

    async def said(client: Any) -> list[Any]:
        tools = (await client.list_tools()).model_dump_json()
        overview = await client.call_tool("schema", {})
        name = overview.structured_content["tables"][0]["name"]
        return [
            tools,
            overview,
            await client.call_tool("schema", {"table": name}),
            await client.call_tool("review", {"what": "models"}),
            await client.call_tool("schema", {"table": HOSTILE}),
        ]

    tools, overview, *others = talk(folder, said)
    assert "Ignore all" not in tools
    shown = "x\\x1b[31m\\u202eIgnore all"
    assert overview.structured_content["tables"][0]["name"].startswith(shown)
    assert others[0].structured_content["table"]["comment"].startswith(shown)
    for result in (overview, *others):
        assert json.loads(text(result)) == result.structured_content
        assert not CONTROLS.search(text(result))
        assert not any("\x1b" in found for found in strings(result.structured_content))


ENV = """
from alembic import context
from sqlalchemy import create_engine

with create_engine("sqlite://").connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""


def test_text_of_revisions_and_of_errors_is_data_too(tmp_path: Path) -> None:
    folder = project(tmp_path / "revisions", f"raise RuntimeError({HOSTILE!r})\n")
    (folder / "alembic.ini").write_text("[alembic]\nscript_location = migrations\n")
    versions = folder / "migrations" / "versions"
    versions.mkdir(parents=True)
    (folder / "migrations" / "env.py").write_text(ENV)
    (versions / f"1_{HOSTILE[:12]}.py").write_text(
        f'"""{HOSTILE}"""\nfrom alembic import op\nrevision = "a1"\ndown_revision = None\n\n\n'
        f"def upgrade():\n    op.execute({f'create table t (id int) -- {HOSTILE}'!r})\n"
        f"    op.execute({f'drop table {HOSTILE}'!r})\n\n\ndef downgrade():\n    pass\n"
    )

    async def said(client: Any) -> list[Any]:
        found = [
            await client.call_tool("review", {"what": "migrations"}),
            await client.call_tool("review", {"what": "models"}),
            await client.call_tool("schema", {}),
        ]
        name = found[0].structured_content["report"]
        many = range(1, len(found[0].structured_content["findings"]) + 1)
        asked = [{"report": name, "number": number} for number in many]
        return [*found, *[await client.call_tool("finding", each) for each in asked]]

    answers = talk(folder, said)
    told = [text(each) for each in answers]
    assert any("\\\\x1b[31m" in each for each in told)
    for each in told:
        json.loads(each)
        assert not CONTROLS.search(each)


def test_job_that_is_cancelled_leaves_no_process(tmp_path: Path) -> None:
    folder = project(tmp_path / "hanging", HANGING)

    async def said(client: Any) -> int:
        task = asyncio.create_task(client.call_tool("review", {"what": "models"}))
        pid = await started(folder)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return pid

    assert is_gone(talk(folder, said))


def test_second_client_does_not_wait_for_the_first(tmp_path: Path) -> None:
    folder = project(tmp_path / "hanging", HANGING)

    async def said(client: Any) -> tuple[int, Any]:
        task = asyncio.create_task(client.call_tool("review", {"what": "models"}))
        pid = await started(folder)
        async with asyncio.timeout(30):
            page = await client.call_tool("rule", {"name": "blocking-index-build"})
        task.cancel()
        return pid, page

    pid, page = talk(folder, said)
    assert not page.is_error
    assert is_gone(pid)


def test_password_of_the_database_is_never_told(shelves: Path) -> None:
    url = "postgresql://me:hunter2secret@127.0.0.1:1/none"

    async def said(client: Any) -> list[str]:
        found = [
            await client.call_tool("schema", {"source": "database"}),
            await client.call_tool("review", {"live": True}),
            await client.call_tool(
                "review_query", {"sql": "select 1 from a", "source": "database"}
            ),
            await client.call_tool("ask", {"request": "review my models"}),
            await client.call_tool("tune_indexes", {"workload": "select 1"}),
        ]
        assert all(each.is_error for each in found)
        return [text(each) for each in found]

    for told in talk(shelves, said, db=url):
        assert "hunter2" not in told
        assert "127.0.0.1" in told

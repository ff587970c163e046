"""The plugin for Claude Code that comes with the package: its files are what its makers ask for."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from dbwright.frontends.agent.pieces import plugin

from .conftest import Run

ROOT = Path(__file__).parents[2]
TEXT = {"type": "string", "minLength": 1}
MANIFEST = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$"},
        "version": TEXT,
        "description": TEXT,
        "author": {"type": "object", "required": ["name"]},
        "keywords": {"type": "array", "items": TEXT},
        "userConfig": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "required": ["type", "title", "description"],
                "properties": {"sensitive": {"type": "boolean"}},
            },
        },
    },
}
AGENT = {
    "type": "object",
    "required": ["name", "description"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "pattern": "^[a-z]+(-[a-z]+)*$"},
        "description": TEXT,
        "tools": TEXT,
        "model": {"enum": ["sonnet", "opus", "haiku", "fable", "inherit"]},
    },
}
SKILL = {
    "type": "object",
    "required": ["name", "description"],
    "additionalProperties": False,
    "properties": {"name": AGENT["properties"]["name"], "description": TEXT},  # type: ignore[index]
}
COMMAND = {
    "type": "object",
    "required": ["description"],
    "additionalProperties": False,
    "properties": {"description": TEXT, "argument-hint": TEXT},
}


def head(file: Path) -> Any:
    """The header of a page of Markdown."""
    begin, written, body = file.read_text(encoding="utf-8").split("---\n", 2)
    assert begin == ""
    assert body.strip()
    return yaml.safe_load(written)


def test_command_prints_the_folder(run: Run) -> None:
    done = run("claude-plugin-path")
    folder = Path(done.stdout.strip())
    assert folder == plugin()
    assert (folder / ".claude-plugin" / "plugin.json").is_file()
    assert done.stdout.count("\n") == 1


def test_manifest_is_of_the_same_version_and_asks_for_the_database_in_secret() -> None:
    data = json.loads((plugin() / ".claude-plugin" / "plugin.json").read_text())
    jsonschema.validate(data, MANIFEST)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert data["version"] == project["version"]
    assert data["userConfig"]["database_url"]["sensitive"] is True
    server = json.loads((plugin() / ".mcp.json").read_text())["mcpServers"]["dbwright"]
    assert server["env"] == {"DBWRIGHT_DB": "${user_config.database_url}"}
    assert [server["command"], *server["args"]] == ["dbwright", "mcp"]


@pytest.mark.parametrize(
    ("pattern", "schema", "count"),
    [("agents/*.md", AGENT, 1), ("skills/*/SKILL.md", SKILL, 3), ("commands/*.md", COMMAND, 3)],
)
def test_headers_have_what_is_asked_for_and_nothing_else(
    pattern: str, schema: dict[str, Any], count: int
) -> None:
    files = list(plugin().glob(pattern))
    assert len(files) == count
    for file in files:
        found = head(file)
        jsonschema.validate(found, schema)
        assert len(found["description"]) <= 1024
        if "name" in found:
            assert found["name"] in (file.stem, file.parent.name)


def test_agent_may_use_each_tool_of_the_server_and_no_other() -> None:
    pytest.importorskip("mcp")
    from dbwright.frontends.mcp_server.server import TITLES

    tools = [
        word.strip() for word in head(plugin() / "agents" / "db-specialist.md")["tools"].split(",")
    ]
    prefix = "mcp__plugin_dbwright_dbwright__"
    assert [t.removeprefix(prefix) for t in tools if t.startswith(prefix)] == list(TITLES)
    assert [t for t in tools if not t.startswith(prefix)] == [
        "Bash",
        "Read",
        "Grep",
        "Glob",
        "Edit",
    ]
    for file in plugin().rglob("*.md"):
        for word in re.findall(r"`([a-z]+_[a-z_]+)`", file.read_text()):
            assert word in TITLES, f"{file.name}: {word}"


def test_marketplace_of_the_docs_runs_the_command() -> None:
    page = (ROOT / "docs" / "agents.md").read_text(encoding="utf-8")
    [text] = re.findall(r"```json marketplace\n(.*?)```", page, re.DOTALL)
    found = json.loads(text)
    [entry] = found["plugins"]
    assert entry["name"] == "dbwright"
    assert entry["source"] == {"source": "command", "command": "dbwright claude-plugin-path"}

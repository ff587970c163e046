"""What each client is given: agent, skills, the entry of the server, each in its place."""

from __future__ import annotations

import importlib.resources
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import yaml  # type: ignore[import-untyped]

from dbwright.core.errors import UsageError
from dbwright.frontends.agent.blocks import Block
from dbwright.frontends.agent.json_entry import JsonEntry
from dbwright.frontends.agent.marks import Made
from dbwright.frontends.agent.whole_files import WholeFile

SERVER = "dbwright"
AGENT = "db-specialist"
_PLUGIN_TOOLS = "mcp__plugin_dbwright_dbwright__"


class Content(Protocol):
    """What is written into one file, and taken out of it."""

    def installed(self, text: str | None, made: Made, where: str) -> str:
        """Gives the file with it."""

    def removed(self, text: str, where: str) -> tuple[str | None, Made]:
        """Gives the file without it, and what was made for it."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A file below the project or the home, and what is written into it."""

    name: str
    content: Content


def plugin() -> Path:
    """Gives the folder that is Claude Code's plugin, as it is installed with dbwright."""
    return Path(str(importlib.resources.files(__package__))) / "plugin"


def clients() -> Sequence[str]:
    """Gives the clients that there is something for."""
    return sorted(_CLIENTS)


def pieces(client: str, command: Sequence[str], *, user: bool) -> Sequence[Piece]:
    """Gives what a client gets; `command` starts the server."""
    return _CLIENTS[client](command, user)


def _claude(command: Sequence[str], user: bool) -> list[Piece]:
    found = [Piece(f".claude/agents/{AGENT}.md", WholeFile(_agent()))]
    found += [
        Piece(f".claude/skills/{folder.name}/SKILL.md", WholeFile(_text(folder / "SKILL.md")))
        for folder in sorted((plugin() / "skills").iterdir())
    ]
    if not user:  # for all projects `claude mcp add` keeps it in a file of its own
        found.append(Piece(".mcp.json", JsonEntry("mcpServers", SERVER, _started(command))))
    return found


def _cursor(command: Sequence[str], user: bool) -> list[Piece]:
    entry = JsonEntry("mcpServers", SERVER, {"type": "stdio", **_started(command)})
    rules = [] if user else [Piece("AGENTS.md", Block("markdown", _short(), "cursor"))]
    return [Piece(".cursor/mcp.json", entry), *rules]


def _vscode(command: Sequence[str], user: bool) -> list[Piece]:
    if user:
        raise UsageError(
            "VS Code keeps the servers of all projects in its profile",
            way_out="Install it in the project, or add it in VS Code: MCP: Add Server.",
        )
    entry = JsonEntry("servers", SERVER, {"type": "stdio", **_started(command)})
    return [
        Piece(".vscode/mcp.json", entry),
        Piece(f".github/agents/{AGENT}.agent.md", WholeFile(_vscode_agent())),
    ]


def _codex(command: Sequence[str], user: bool) -> list[Piece]:
    first, *rest = command
    body = (
        f"[mcp_servers.{SERVER}]\n"
        f"command = {json.dumps(first)}\n"
        f"args = {json.dumps(rest)}\n"
        "tool_timeout_sec = 600"
    )
    agents = ".codex/AGENTS.md" if user else "AGENTS.md"
    return [
        Piece(".codex/config.toml", Block("toml", body, "codex")),
        Piece(agents, Block("markdown", _short(), "codex")),
    ]


_CLIENTS: dict[str, Callable[[Sequence[str], bool], list[Piece]]] = {
    "claude": _claude,
    "cursor": _cursor,
    "vscode": _vscode,
    "codex": _codex,
}


def _started(command: Sequence[str]) -> dict[str, Any]:
    first, *rest = command
    return {"command": first, "args": rest}


def _agent() -> str:
    """The plugin's agent; a plugin's tools have other names than a project's."""
    page = _text(plugin() / "agents" / f"{AGENT}.md")
    return page.replace(_PLUGIN_TOOLS, f"mcp__{SERVER}__")


def _vscode_agent() -> str:
    head, body = _parts(_agent())
    kept = {
        "name": AGENT,
        "description": head["description"],
        "tools": ["read", "search", "edit", "execute", f"{SERVER}/*"],
    }
    return f"---\n{yaml.safe_dump(kept, sort_keys=False, width=100)}---\n{body}"


def _short() -> str:
    """The section of AGENTS.md: the agent's rules without a header of its own."""
    head, body = _parts(_agent())
    return f"## Databases: SQLAlchemy models, Alembic migrations, SQL\n\n{head['summary']}\n{body}"


def _parts(page: str) -> tuple[dict[str, str], str]:
    """The header of an agent's page and its text; `summary` is the first sentences of it."""
    _, head, body = page.split("---\n", 2)
    found = yaml.safe_load(head)
    summary = found["description"].partition(" Examples of when")[0]
    return {**found, "summary": summary}, body


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")

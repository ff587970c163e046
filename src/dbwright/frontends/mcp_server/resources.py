"""Resources: the rules, and the last reports of this server."""

from __future__ import annotations

from typing import Any

import anyio.to_thread
from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ResourceNotFoundError

from dbwright.core.errors import UsageError
from dbwright.frontends.mcp_server.desk import Desk
from dbwright.frontends.mcp_server.pages import MOST, Document, compact, squeezed, tokens
from dbwright.frontends.mcp_server.reports import rule_lines, rule_text

JSON = "application/json"


def add(server: MCPServer[Any], desk: Desk) -> None:
    """Adds the resources to a server."""

    async def rules() -> str:
        found = await anyio.to_thread.run_sync(rule_lines)
        return compact(_within(found))

    async def rule(name: str) -> str:
        try:
            return await anyio.to_thread.run_sync(rule_text, name, [])
        except (UsageError, IndexError):
            raise ResourceNotFoundError(f"there is no rule {name!r}") from None

    async def reports() -> str:
        return compact([_line(name, report) for name, report in desk.reports.items()])

    async def report(name: str) -> str:
        try:
            return compact(squeezed(desk.report(name)))
        except UsageError as error:
            raise ResourceNotFoundError(error.message) from None

    async def brief_schema() -> str:
        from dbwright.render.brief_schema import brief_schema as schema

        return compact(schema())

    for uri, function, what, kind in (
        ("dbwright://rules", rules, "Every rule in a line", JSON),
        ("dbwright://rule/{name}", rule, "A rule's page", "text/markdown"),
        ("dbwright://reports", reports, "The last reports of this server", JSON),
        ("dbwright://report/{name}", report, "A report, long parts cut", JSON),
        ("dbwright://brief-schema", brief_schema, "The JSON schema of a brief", JSON),
    ):
        name = uri.removeprefix("dbwright://").partition("/")[0]
        server.resource(uri, name=name, title=what, description=what, mime_type=kind)(function)


def _within(lines: list[dict[str, str]]) -> list[Any]:
    """As many whole lines as an answer may have; where some are missing it says how many."""
    kept: list[Any] = list(lines)
    while tokens(kept) > MOST:
        kept.pop()
    left = len(lines) - len(kept)
    return [*kept, {"left_out": left}] if left else kept


def _line(name: str, report: Document) -> Document:
    summary = report["summary"]
    return {
        "report": name,
        "errors": summary["errors"],
        "warnings": summary["warnings"],
        "remarks": summary["remarks"],
        "server": summary["server"],
        "uri": f"dbwright://report/{name}",
    }

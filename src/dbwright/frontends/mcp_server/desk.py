"""The desk: errands run for a client, their answers kept small and made safe to show."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from typing import Any

import anyio
from mcp.server.mcpserver import Context
from mcp_types import CallToolResult, TextContent

from dbwright.core.errors import DbwrightError, UsageError
from dbwright.frontends.mcp_server.errands import ErrandError, Errands, told_error
from dbwright.frontends.mcp_server.pages import Document, Pages, compact, squeezed
from dbwright.frontends.mcp_server.start import Start
from dbwright.render.parts import printable

REPORTS = 20
"""So many reports are kept for `finding` and the resources."""
UNITS = 500
GONE = "dbwright.gone"
"""Under this name a request's scope has an event that is set when its client has left."""


class Desk:
    """What the tools share: the start, the errands, the pages, the last reports."""

    def __init__(self, start: Start) -> None:
        self.start = start
        self.errands = Errands(start)
        self.pages = Pages()
        self.reports: OrderedDict[str, Document] = OrderedDict()

    async def run(self, context: Context, errand: str, **arguments: Any) -> Any:
        """Gives what an errand gives; its progress goes to the client."""
        count = 0

        async def told(text: str) -> None:
            nonlocal count
            count += 1
            await context.report_progress(count, None, printable(text)[:UNITS])

        gone = _gone(context)
        if gone is None:
            return clean(await self.errands.run(errand, arguments, told))
        outcome: list[Any] = []
        async with anyio.create_task_group() as group:
            group.start_soon(_cancel_when, gone, group.cancel_scope)
            try:
                outcome.append(await self.errands.run(errand, arguments, told))
            except ErrandError as error:
                outcome.append(error)
            group.cancel_scope.cancel()
        if not outcome:
            raise UsageError("the client has gone: the job was stopped")
        if isinstance(outcome[0], ErrandError):
            raise outcome[0]
        return clean(outcome[0])

    def keep(self, report: Document) -> str:
        """Keeps a report; gives its name."""
        name = secrets.token_urlsafe(6)
        self.reports[name] = report
        while len(self.reports) > REPORTS:
            self.reports.popitem(last=False)
        return name

    def report(self, name: str) -> Document:
        """Gives a kept report; UsageError where there is none of that name."""
        if name not in self.reports:
            raise UsageError(
                "there is no such report: it is of another run of the server, or too old",
                way_out="Run the review again; its answer names the report.",
            )
        return self.reports[name]


def _gone(context: Context) -> anyio.Event | None:
    """What is set once the client has left the request, on HTTP; pipes end the server instead."""
    scope = getattr(context.request_context.request, "scope", None) or {}
    found: anyio.Event | None = scope.get(GONE)
    return found


async def _cancel_when(gone: anyio.Event, job: anyio.CancelScope) -> None:
    await gone.wait()
    job.cancel()


def clean(value: Any) -> Any:
    """Gives data with each control, format and bidirectional character as a visible escape."""
    if isinstance(value, str):
        return printable(value.replace("\r\n", "\n"))
    if isinstance(value, dict):
        return {printable(str(name)): clean(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [clean(item) for item in value]
    return value


def answer(document: Document) -> CallToolResult:
    """Gives an answer: its JSON as structured content, and the same as text."""
    small = squeezed(document)
    return CallToolResult(
        content=[TextContent(type="text", text=compact(small))], structured_content=small
    )


def refusal(error: Exception) -> CallToolResult:
    """Gives an error as data: what happened, where, and the way out."""
    if isinstance(error, ErrandError):
        document = error.document
    elif isinstance(error, DbwrightError):
        document = told_error(error)
    else:
        document = {"kind": "usage", "message": str(error), "way_out": ""}
    found = squeezed({"error": clean(document)}, 2_000)
    return CallToolResult(
        content=[TextContent(type="text", text=compact(found))],
        structured_content=found,
        is_error=True,
    )

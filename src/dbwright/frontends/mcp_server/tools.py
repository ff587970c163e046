"""The tools. None of them writes anything; each gives data of a stated shape."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import anyio.to_thread
from mcp.server.mcpserver import Context
from mcp_types import CallToolResult
from pydantic import Field

from dbwright.core.errors import UsageError
from dbwright.frontends.mcp_server import answers as shapes
from dbwright.frontends.mcp_server import tables
from dbwright.frontends.mcp_server.desk import Desk, answer
from dbwright.frontends.mcp_server.pages import OVERVIEW, Document, tokens
from dbwright.frontends.mcp_server.reports import (
    finding_document,
    review_document,
    rule_document,
)

Text = Annotated[str, Field(max_length=20_000)]
Name = Annotated[str, Field(max_length=500)]
Sql = Annotated[str, Field(max_length=200_000)]
Workload = Annotated[str, Field(max_length=1_000_000)]
Answers = Annotated[list[shapes.Given], Field(max_length=50)]
Parameters = Annotated[list[str | int | float | bool | None], Field(max_length=200)]
Source = Literal["models", "database"]


class Tools:
    """The methods are the tools; their docstrings are what a client reads."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def schema(
        self,
        context: Context,
        table: Name = "",
        like: Name = "",
        source: Source = "models",
        cursor: Name = "",
    ) -> Annotated[CallToolResult, shapes.Schema]:
        """Tables of the project's SQLAlchemy models, or of the database; `table` (or a model's
        name) gives one in full: columns, keys, constraints, indexes, relationships. `like`
        keeps names that contain it."""
        if cursor:
            return answer(self.desk.pages.more(cursor))
        found = await self.desk.run(context, "schema", live=source == "database")
        if table:
            return answer(_one(found, table, source))
        return answer(self._overview(found, like, source))

    def _overview(self, found: Document, like: str, source: Source) -> Document:
        kept = [each for each in found["tables"] if like.lower() in each["name"].lower()]
        head = {
            "source": source,
            "dialect": found["dialect"],
            "server": found["server"],
            "count": len(kept),
            "unverified": found["unverified"],
        }
        document = {**head, "tables": tables.lines(kept, 0)}
        for detail in (2, 1):
            fuller = {**head, "tables": tables.lines(kept, detail)}
            if tokens(fuller) <= OVERVIEW:
                document = fuller
                break
        return self.desk.pages.first(document, "tables", ("source", "count"), OVERVIEW)

    async def review(
        self,
        context: Context,
        what: Literal["project", "models", "migrations", "queries"] = "project",
        file: Name = "",
        everything: bool = False,
        since: Name = "",
        live: bool = False,
        cursor: Name = "",
    ) -> Annotated[CallToolResult, shapes.Review]:
        """Reviews SQLAlchemy models and Alembic migrations, and proves each finding on a scratch
        database: locks, lost rows, failing upgrades, missing constraints, drift. `file`: one file
        of models or one revision. `everything`: deployed revisions too. `live`: beside the
        database. Takes seconds to minutes."""
        if cursor:
            return answer(self.desk.pages.more(cursor))
        found = await self.desk.run(
            context, "review", what=what, file=file, everything=everything, since=since, live=live
        )
        return answer(review_document(self.desk, found))

    async def finding(
        self, report: Name, number: int, cursor: Name = ""
    ) -> Annotated[CallToolResult, shapes.Finding]:
        """One recommendation of a report in full: reason, evidence, proof, fix as a diff,
        alternatives, risk, undo, tests, backup."""
        if cursor:
            return answer(self.desk.pages.more(cursor))
        return answer(finding_document(self.desk, report, number))

    async def rule(
        self, name: Name = "", cursor: Name = ""
    ) -> Annotated[CallToolResult, shapes.Rule]:
        """A rule's page: what it checks, why that is bad, when to leave it, examples. Without a
        name, all rules."""
        if cursor:
            return answer(self.desk.pages.more(cursor))
        return answer(await anyio.to_thread.run_sync(rule_document, self.desk, name))

    async def review_query(
        self,
        context: Context,
        sql: Sql = "",
        source: Literal["project", "database"] = "project",
        run: bool = False,
        cursor: Name = "",
    ) -> Annotated[CallToolResult, shapes.Review]:
        """Why a query is slow or wrong, and rewrites and indexes that were seen to help, with
        equal rows. `sql`: the statement, a pasted EXPLAIN, or `file.py:function`. It runs on the
        project's schema with made-up rows, or is planned on the database; `run` executes it
        there for its figures."""
        if cursor:
            return answer(self.desk.pages.more(cursor))
        _needed("sql", sql)
        found = await self.desk.run(
            context, "review_query", sql=sql, run=run, live=source == "database"
        )
        return answer(review_document(self.desk, found))

    async def tune_indexes(
        self,
        context: Context,
        workload: Workload = "",
        budget_percent: Annotated[float, Field(gt=0, le=1000)] = 20,
        most: Annotated[int, Field(ge=1, le=200)] = 30,
        cursor: Name = "",
    ) -> Annotated[CallToolResult, shapes.Tuned]:
        """Indexes that a workload is worth, and those to drop, found on a copy of the database's
        schema and statistics. `workload`: SQL statements; without it those that the server has
        counted."""
        if cursor:
            return answer(self.desk.pages.more(cursor))
        found = await self.desk.run(
            context, "tune", workload=workload, budget=budget_percent / 100, most=most
        )
        return answer(self.desk.pages.first(found, "statements", ("server",)))

    async def ask(
        self,
        context: Context,
        request: Text = "",
        answers: Answers = [],  # noqa: B006 (pydantic copies it)
        choose: Name = "",
        cursor: Name = "",
    ) -> Annotated[CallToolResult, shapes.Asked]:
        """A request in plain words, routed to the right job: a review, a slow query, a question
        about the models, a change or a design. Says how it read the request; nothing is
        written."""
        if cursor:
            kind, _, inner = cursor.partition(":")
            if kind in _KINDS and inner:
                return answer({"kind": kind, kind: self.desk.pages.more(inner)})
            raise UsageError("this cursor is not one of ask's", way_out="Call it without.")
        _needed("request", request)
        found = await self.desk.run(
            context, "ask", request=request, answers=_pairs(answers), choose=choose
        )
        return answer(self._asked(found))

    def _asked(self, found: Document) -> Document:
        kind = found["kind"]
        if kind == "report":
            document = review_document(self.desk, found["document"])
        else:
            field, keep = _KINDS[kind]
            document = self.desk.pages.first(found["document"], field, keep)
        if document.get("next_cursor"):
            document["next_cursor"] = f"{kind}:{document['next_cursor']}"
        return {"reading": found["reading"], "kind": kind, kind: document}

    async def design_models(
        self,
        context: Context,
        request: Text = "",
        brief: dict[str, Any] | None = None,
        into: Name = "",
        cursor: Name = "",
    ) -> Annotated[CallToolResult, shapes.Design]:
        """New SQLAlchemy models with their first migration, for words or a brief (its schema:
        resource dbwright://brief-schema), run on a database first. Gives a diff; nothing is
        written."""
        if cursor:
            return answer(self.desk.pages.more(cursor))
        if brief is None:
            _needed("request", request)
        found = await self.desk.run(context, "design", request=request, brief=brief, into=into)
        return answer(self.desk.pages.first(found, *_KINDS["design"]))

    async def change_models(
        self,
        context: Context,
        request: Text = "",
        answers: Answers = [],  # noqa: B006 (pydantic copies it)
        choose: Name = "",
        cursor: Name = "",
    ) -> Annotated[CallToolResult, shapes.Change]:
        """Existing models changed by words ("add a phone to User"), with the safe migration, run
        with rows first. `choose` takes another way of `decisions`. Gives a diff; nothing is
        written."""
        if cursor:
            return answer(self.desk.pages.more(cursor))
        _needed("request", request)
        found = await self.desk.run(
            context, "change", request=request, answers=_pairs(answers), choose=choose
        )
        return answer(self.desk.pages.first(found, *_KINDS["change"]))

    async def new_migration(
        self,
        context: Context,
        message: Name = "",
        answers: Answers = [],  # noqa: B006 (pydantic copies it)
        cursor: Name = "",
    ) -> Annotated[CallToolResult, shapes.Change]:
        """The Alembic revisions for models that were edited: autogenerate made safe, run up, down
        and up with rows. Where a guess could lose rows it asks. Gives a diff; nothing is
        written."""
        if cursor:
            return answer(self.desk.pages.more(cursor))
        found = await self.desk.run(
            context, "new_migration", message=message, answers=_pairs(answers)
        )
        return answer(self.desk.pages.first(found, *_KINDS["change"]))

    async def read(
        self,
        context: Context,
        sql: Sql = "",
        parameters: Parameters = [],  # noqa: B006 (pydantic copies it)
        cursor: Name = "",
    ) -> Annotated[CallToolResult, shapes.Rows]:
        """Rows of one SELECT (or EXPLAIN of one) on the database, read-only, with limits of time
        and size; whatever it calls is checked first. Values by `parameters`: $1 on PostgreSQL,
        %s on MySQL, ? on SQLite."""
        if cursor:
            return answer(self.desk.pages.more(cursor))
        _needed("sql", sql)
        found = await self.desk.run(context, "read", sql=sql, parameters=parameters)
        return answer(self.desk.pages.first(found, "rows", ("columns", "truncated")))

    async def plan_write(
        self, context: Context, sql: Sql
    ) -> Annotated[CallToolResult, shapes.Planned]:
        """A write to the database, planned and not run: its statements, estimated rows, a hash.
        The user sees exactly that and runs it with `command`; no tool does."""
        _needed("sql", sql)
        return answer(await self.desk.run(context, "plan_write", sql=sql))


_KINDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "report": ("findings", ("report",)),
    "change": ("diff", ("command",)),
    "design": ("diff", ("command",)),
    "answer": ("facts", ()),
}
"""What of each kind of answer is given page by page, and what stands on each page."""


def _one(found: Document, name: str, source: Source) -> Document:
    """The table of that name, or of the model of that name."""
    every = {each["name"]: each for each in found["tables"]}
    models = {model["name"]: each for each in found["tables"] for model in each["models"]}
    table = every.get(name) or models.get(name)
    if table is None:
        import difflib

        near = difflib.get_close_matches(name, [*every, *models], n=1, cutoff=0)
        raise UsageError(
            f"there is no table or model {name!r}",
            way_out=f"The nearest is {near[0]!r}." if near else "There are no tables.",
        )
    used = [e for e in found["enums"] if any(e["name"] in c["type"] for c in table["columns"])]
    return {
        "source": source,
        "dialect": found["dialect"],
        "server": found["server"],
        "count": 1,
        "table": {**table, "enums": used},
        "unverified": found["unverified"],
    }


def _needed(name: str, value: str) -> None:
    if not value.strip():
        raise UsageError(f"`{name}` is empty", way_out=f"Give `{name}`, or a `cursor`.")


def _pairs(answers: list[shapes.Given]) -> list[list[str]]:
    return [[given.option, given.value] for given in answers]

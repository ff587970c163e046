"""Prompts: the usual requests, in words that lead a model through the tools."""

from __future__ import annotations

from typing import Any

from mcp.server import MCPServer

ORDER = (
    "Answer in this order: what to do, as code with my names; what was seen, with its proof; the "
    "alternative and its price; risk and undo; what could not be verified. Change no file before "
    "I have seen the diff and agreed."
)


def review_my_project() -> str:
    """Review models and migrations, worst first."""
    return (
        "Review the models and migrations of this project with the tool `review`. Take the worst "
        f"three findings, get each in full with `finding`, and explain them. {ORDER}"
    )


def is_this_migration_safe(file: str, rows: str = "") -> str:
    """Whether a revision can run on a busy table. FILE is the revision's path."""
    big = f" The largest table has about {rows} rows." if rows else ""
    return (
        f"Is the Alembic revision in {file} safe to run on a busy database?{big} Run `review` "
        "with what='migrations' and this file; say what it locks, for how long, what it loses "
        f"and whether its downgrade works. {ORDER}"
    )


def slow_query(sql: str) -> str:
    """Why a query is slow, and what was seen to make it fast."""
    return (
        "This query is slow. Review it with `review_query`; offer only rewrites and indexes that "
        f"it has seen to help, with the factor and the proof of equal rows. {ORDER}\n\n{sql}"
    )


def add_a_column(what: str) -> str:
    """A new column in an existing model, with its safe migration."""
    return (
        f"Change the models of this project: {what}. Use `change_models`; show its decisions with "
        f"their prices, ask me its questions if it has any, then show the diff. {ORDER}"
    )


def design_models(what: str) -> str:
    """New models for a feature."""
    return (
        f"Design SQLAlchemy models: {what}. Use `design_models`; say which of my words it did not "
        f"use, and why it decided as it did. {ORDER}"
    )


def add(server: MCPServer[Any]) -> None:
    """Adds the prompts to a server."""
    for function in (
        review_my_project,
        is_this_migration_safe,
        slow_query,
        add_a_column,
        design_models,
    ):
        title = function.__name__.replace("_", " ").capitalize()
        server.prompt(title=title)(function)

"""Options of the fleet's commands, and what they mean."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from dbwright.core.options import Options
    from dbwright.jobs.fleet import Source

F = TypeVar("F", bound=Callable[..., Any])
INVENTORY = [
    click.option("--inventory", "file", metavar="FILE", help="Its databases: TOML, JSON or lines."),
    click.option("--query", metavar="SQL", help="Or what gives URLs or schemas, asked at --db."),
    click.option("--entry", metavar="MODULE:FUNCTION", help="Or the project's own function."),
    click.option("--db", metavar="URL", help="Where --query is asked, and what schemas are of."),
    click.option(
        "-x",
        "arguments",
        multiple=True,
        metavar="KEY=VALUE",
        help="As for alembic -x; {schema} and {database} are filled in.",
    ),
    click.option("--path", default=".", metavar="DIR", help="The project's folder.  [.]"),
    click.option("--config", metavar="FILE", help="The alembic.ini or pyproject.toml to use."),
    click.option("--section", metavar="NAME", help="Its section, when there are several."),
    click.option("--python", metavar="PATH", help="The project's interpreter."),
    click.option(
        "--at-once", type=click.IntRange(1, 256), default=4, help="How many at once.  [4]"
    ),
]
OUTPUT = [
    click.option(
        "--format",
        type=click.Choice(("text", "json")),
        default="text",
        show_default=True,
        help="Format.",
    ),
    click.option("-q", "--quiet", is_flag=True, help="No progress."),
]


def with_options(*groups: list[Any]) -> Callable[[F], F]:
    """Gives a decorator that adds options to a command, in their order."""

    def decorated(command: F) -> F:
        for option in reversed([each for group in groups for each in group]):
            command = option(command)
        return command

    return decorated


def source_of(values: dict[str, Any]) -> Source:
    """Gives where the inventory comes from."""
    from dbwright.jobs.fleet import Source as Chosen

    return Chosen(
        values["file"], values["query"], values["entry"], values["db"], values["arguments"]
    )


def options_of(values: dict[str, Any]) -> Options:
    """Gives the options that name the project."""
    from dbwright.core.options import Options as Chosen

    return Chosen(
        config=values["config"],
        section=values["section"],
        python=values["python"],
        timeout=values.get("timeout"),
    )


def tell(report: Any, text: str, format: str) -> None:
    """Writes a report to standard output."""
    from dbwright.core.codec import to_json

    if format == "json":
        click.echo(json.dumps(to_json(report), indent=2))
    else:
        click.echo(text)

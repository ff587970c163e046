"""`dbwright queries tune`."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from dbwright.frontends.cli.output import Progress, quiet_driver

if TYPE_CHECKING:
    from dbwright.core.advice import Tuned
    from dbwright.core.placed import Placed

PROJECT = ("config", "section", "models", "python", "target", "timeout")


def _project_options(command: Any) -> Any:
    """The options of a project whose models get the indexes."""
    number = click.IntRange(1)
    for option in reversed(
        (
            click.option("--path", metavar="DIR", type=click.Path(exists=True),
                         help="The project whose models get the indexes."),
            click.option("--no-drops", is_flag=True, help="Needless indexes stay in the models."),
            click.option("--write", is_flag=True, help="Write models and revisions."),
            click.option("--diff", is_flag=True, help="Show it and ask nothing."),
            click.option("--config", metavar="FILE", help="The alembic.ini or pyproject.toml."),
            click.option("--section", metavar="NAME", help="Its section, when there are several."),
            click.option("--models", metavar="MODULE:BASE", help="The models, if env.py has none."),
            click.option("--python", metavar="PATH", help="The project's interpreter."),
            click.option("--target", metavar="DB", help="The database written for."),
            click.option("--timeout", type=number, help="Seconds for the project's own code."),
        )
    ):  # fmt: skip
        command = option(command)
    return command


@click.command()
@click.option("--twin", metavar="FILE", help="The twin of the database.")
@click.option("--db", "url", metavar="URL", help="The database itself; it is only read.")
@click.option(
    "--workload",
    metavar="FILE",
    help="Logs of the server (a file, a folder or a pattern), recorded statements or a file of "
    "SQL; unasked what the server counted.",
)
@click.option(
    "--budget",
    type=click.FloatRange(0, 500),
    default=20,
    show_default=True,
    help="Bytes of new indexes at most, in per cent of the tables'.",
)
@click.option("--most", type=click.IntRange(1), default=30, show_default=True, help="New indexes.")
@click.option(
    "--max-write-cost",
    metavar="PERCENT",
    type=click.FloatRange(0),
    help="What new indexes may add to the writes of the workload; unasked 150, and only where "
    "that is over a hundredth of what the workload costs.",
)
@click.option(
    "--copy",
    type=click.IntRange(1),
    default=64,
    show_default=True,
    metavar="MB",
    help="SQLite: how much of the file is copied, for the statements to run on.",
)
@_project_options
@click.option("--prove", is_flag=True, help="Run the advice on made-up rows in a sandbox.")
@click.option(
    "--prove-on",
    metavar="URL",
    help="A clone to build the advice on, run the workload there and roll all back.",
)
@click.option("-y", "--yes", is_flag=True, help="Write to the clone without a question.")
@click.option("--pg-bin", metavar="DIR", help="The server binaries for the twin.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json", "html", "markdown"]),
    default="text",
    show_default=True,
    help="How the advice is printed.",
)
@click.option("--full", is_flag=True, help="All of it, not what fits a screen.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
def command(path: str | None, format_: str, quiet: bool, **values: Any) -> None:
    """Find the indexes that a workload is worth, on a twin of its database or a copy of its file.

    With --path the models of that project get them, and revisions that were run.

    \b
    dbwright queries tune --twin prod.twin
    dbwright queries tune --db postgresql://me@host/shop --workload slow.sql --budget 10
    dbwright queries tune --twin prod.twin --workload '/var/log/postgresql/*.csv*'
    dbwright queries tune --twin prod.twin --path . --write
    dbwright queries tune --twin prod.twin --prove-on postgresql://me@host/shop_clone
    dbwright queries tune --db sqlite:///app.db --workload slow.sql

    With a clone the advice is built there and the workload run without and with it, in one
    transaction that is rolled back; what does not hold is left out, and what would take its place
    is chosen and proved as well. Without one, --prove does the same on rows that are drawn from
    the statistics, and only says what it saw.
    """
    from dbwright.frontends.tuning import check_asked

    check_asked(path, values)
    quiet_driver()
    _require_word(values["prove_on"], values["yes"])
    progress = Progress(quiet)
    try:
        found, placed = _worked(path, values, progress)
    finally:
        progress.end()
    if values["prove_on"] and found.proof is None and (found.indexes or found.drops):
        click.echo("Nothing was run on the clone.", err=True)
    _tell(found, placed, path, format_, values)
    sys.exit(1 if found.indexes or found.drops else 0)


def _worked(
    path: str | None, values: dict[str, Any], progress: Progress
) -> tuple[Tuned, Placed | None]:
    from dbwright.api import Options, place_indexes, tune

    found = tune(
        values["twin"],
        values["url"],
        values["workload"],
        Options(pg_bin=values["pg_bin"]),
        progress,
        budget=values["budget"] / 100,
        most=values["most"],
        copy=values["copy"],
        max_write_cost=None if values["max_write_cost"] is None else values["max_write_cost"] / 100,
        prove=values["prove"],
        prove_on=values["prove_on"],
        agree=lambda place, steps: values["yes"] or _agreed(place, steps, progress),
    )
    if path is None:
        return found, None
    given = {name: values[name] for name in PROJECT if values[name] is not None}
    options = Options(**given)
    return found, place_indexes(found, path, options, progress, drops=not values["no_drops"])


def _agreed(place: str, steps: Sequence[str], progress: Progress) -> bool:
    """Asks whether the clone may be written to, with all that changes it."""
    progress.end()
    for each in steps:
        click.echo(f"  {each};", err=True)
    click.echo(
        "Then the workload runs, its writes too; all is one transaction that is rolled back.\n"
        "Others wait for its locks meanwhile.",
        err=True,
    )
    return click.confirm(f"Run this on {place}?", default=False, err=True)


def _require_word(prove_on: str | None, yes: bool) -> None:
    from dbwright.core.errors import UsageError
    from dbwright.frontends.asking import is_terminal

    if prove_on is not None and not yes and not is_terminal():
        raise UsageError(
            "--prove-on builds indexes on the clone and runs the workload's writes there, and "
            "nobody can be asked whether it may",
            way_out="Say so:  --yes   All of it is one transaction that is rolled back.",
        )


def _tell(
    found: Tuned, placed: Placed | None, path: str | None, format_: str, values: dict[str, Any]
) -> None:
    """Prints the advice; in another format than text it is written first, where that was asked."""
    from dbwright.frontends import tuning
    from dbwright.render import tuned, tuned_html, tuned_markdown

    if format_ == "text":
        click.echo(tuned.as_text(found, placed, full=values["full"]), nl=False)
        if placed is not None and path is not None:
            tuning.offer(placed, path, values)
        return
    if placed is not None and path is not None and values["write"]:
        tuning.write(placed, path, values, machine=True)
    if format_ == "json":
        click.echo(json.dumps(tuned.as_json(found, placed), indent=2, ensure_ascii=False))
        return
    written = tuned_html.as_html if format_ == "html" else tuned_markdown.as_markdown
    click.echo(written(found, placed), nl=False)

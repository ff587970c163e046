"""`dbwright queries tune`."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from dbwright.frontends.cli.output import Progress, quiet_driver

if TYPE_CHECKING:
    from dbwright.core.advice import Tuned


@click.command()
@click.option("--twin", metavar="FILE", help="The twin of the database.")
@click.option("--db", "url", metavar="URL", help="The database itself; it is only read.")
@click.option("--workload", metavar="FILE", help="A file of SQL; unasked what the server counted.")
@click.option(
    "--budget",
    type=click.FloatRange(0, 500),
    default=20,
    show_default=True,
    help="Bytes of new indexes at most, in per cent of the tables'.",
)
@click.option("--most", type=click.IntRange(1), default=30, show_default=True, help="New indexes.")
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
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How the advice is printed.",
)
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
def command(
    twin: str | None,
    url: str | None,
    workload: str | None,
    budget: float,
    most: int,
    prove: bool,
    prove_on: str | None,
    yes: bool,
    pg_bin: str | None,
    format_: str,
    quiet: bool,
) -> None:
    """Find the indexes that a workload is worth, on a twin of its database.

    \b
    dbwright queries tune --twin prod.twin
    dbwright queries tune --db postgresql://me@host/shop --workload slow.sql --budget 10
    dbwright queries tune --twin prod.twin --prove-on postgresql://me@host/shop_clone

    With a clone the advice is built there and the workload run without and with it, in one
    transaction that is rolled back; what does not hold is left out. Without one, --prove does
    the same on rows that are drawn from the statistics, and only says what it saw.
    """
    from dbwright.api import Options, tune

    quiet_driver()
    _require_word(prove_on, yes)
    progress = Progress(quiet)
    try:
        found = tune(
            twin,
            url,
            workload,
            Options(pg_bin=pg_bin),
            progress,
            budget=budget / 100,
            most=most,
            prove=prove,
            prove_on=prove_on,
            agree=lambda place, steps: yes or _agreed(place, steps, progress),
        )
    finally:
        progress.end()
    if prove_on is not None and found.proof is None and (found.indexes or found.drops):
        click.echo("Nothing was run on the clone.", err=True)
    _print(found, format_)
    sys.exit(1 if found.indexes or found.drops else 0)


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


def _print(found: Tuned, format_: str) -> None:
    from dbwright.render.tuned import as_json, as_text

    if format_ == "json":
        click.echo(json.dumps(as_json(found), indent=2, ensure_ascii=False))
    else:
        click.echo(as_text(found), nl=False)

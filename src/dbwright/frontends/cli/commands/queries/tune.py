"""`dbwright queries tune`."""

from __future__ import annotations

import json
import sys

import click

from dbwright.frontends.cli.output import Progress, quiet_driver


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
@click.option(
    "--copy",
    type=click.IntRange(1),
    default=64,
    show_default=True,
    metavar="MB",
    help="SQLite: how much of the file is copied, for the statements to run on.",
)
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
    copy: int,
    pg_bin: str | None,
    format_: str,
    quiet: bool,
) -> None:
    """Find the indexes that a workload is worth, on a twin of its database or a copy of its file.

    \b
    dbwright queries tune --twin prod.twin
    dbwright queries tune --db postgresql://me@host/shop --workload slow.sql --budget 10
    dbwright queries tune --db sqlite:///app.db --workload slow.sql
    """
    from dbwright.api import Options, tune
    from dbwright.render.tuned import as_json, as_text

    quiet_driver()
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
            copy=copy,
        )
    finally:
        progress.end()
    if format_ == "json":
        click.echo(json.dumps(as_json(found), indent=2, ensure_ascii=False))
    else:
        click.echo(as_text(found), nl=False)
    sys.exit(1 if found.indexes or found.drops else 0)

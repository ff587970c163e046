"""`dbwright twin explain`."""

from __future__ import annotations

import json
import sys

import click

from dbwright.frontends.cli.output import Progress, quiet_driver


@click.command()
@click.argument("file", metavar="TWIN")
@click.argument("sql")
@click.option("--pg-bin", metavar="DIR", help="The server binaries for the twin.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "server", "json"]),
    default="text",
    show_default=True,
    help="As a tree, in the server's own words (as EXPLAIN prints it), or as data.",
)
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
def command(file: str, sql: str, pg_bin: str | None, format_: str, quiet: bool) -> None:
    """Show the plans that production would make, on a twin; SQL is text, a file, or -.

    Nothing is executed and production is not reached. Statements with $1 get the generic plan.
    """
    from dbwright.api import Options, explain_twin
    from dbwright.render.twin import as_json, explained

    if sql == "-":
        sql = sys.stdin.read()
    quiet_driver()
    progress = Progress(quiet)
    try:
        found = explain_twin(file, sql, Options(pg_bin=pg_bin), progress)
    finally:
        progress.end()
    if format_ == "json":
        click.echo(json.dumps(as_json(found), indent=2, ensure_ascii=False))
    else:
        click.echo(explained(found, raw=format_ == "server"), nl=False)
    sys.exit(1 if any(each.error for each in found.plans) else 0)

"""`dbwright queries review`."""

from __future__ import annotations

import sys
from typing import Any

import click

from dbwright.frontends.cli.options import report_options, run_job
from dbwright.frontends.cli.output import emit


@click.command()
@click.argument("sql")
@click.option("--path", default=".", type=click.Path(exists=True), help="The project's folder.")
@click.option("--target", metavar="DB", help="The database advised for: postgresql-15.")
@report_options
def command(sql: str, path: str, target: str | None, **values: Any) -> None:
    """Review a query on the project's schema; SQL is the statement, a file, or - for input."""
    from dbwright.api import Options, review_query

    if sql == "-":
        sql = sys.stdin.read()
    report = run_job(
        lambda progress: review_query(sql, path, Options(target=target), progress), values
    )
    command = f"{click.get_current_context().command_path} …"
    emit(
        report,
        values["format"],
        values["output"],
        full=values["full"],
        command=command,
        fixes=False,
    )
    sys.exit(report.exit_status)

"""`dbwright queries review`."""

from __future__ import annotations

import sys
from typing import Any

import click

from dbwright.api import Options, review_query
from dbwright.core.errors import DbwrightError
from dbwright.frontends.cli.options import fail, report_options
from dbwright.frontends.cli.output import Progress, emit


@click.command()
@click.argument("sql")
@click.option("--path", default=".", type=click.Path(exists=True), help="The project's folder.")
@click.option("--target", metavar="DB", help="The database advised for: postgresql-15.")
@report_options
def command(sql: str, path: str, target: str | None, **values: Any) -> None:
    """Review a query on the project's schema; SQL is the statement, a file, or - for input."""
    if sql == "-":
        sql = sys.stdin.read()
    progress = Progress(values["quiet"])
    try:
        report = review_query(sql, path, Options(target=target), progress)
    except DbwrightError as error:
        progress.end()
        fail(error, values)
        return
    progress.end()
    emit(report, values["format"], values["output"], values["full"])
    sys.exit(report.exit_status)

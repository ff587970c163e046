"""`dbwright ask`."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dbwright.frontends.cli.options import report_options, run_job
from dbwright.frontends.cli.output import Progress, emit

if TYPE_CHECKING:
    from dbwright.core.report import Report


@click.command()
@click.argument("request")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False))
@click.option("--path", default=".", type=click.Path(exists=True), help="The project's folder.")
@report_options
def command(request: str, file: str | None, path: str, **values: Any) -> None:
    """Say what you need in words; FILE is a query or a file that the request is about.

    \b
    dbwright ask "review my models"
    dbwright ask "is revision 9f2c safe?"
    dbwright ask "why is this slow?" slow.sql
    """
    from dbwright.api import ask

    if file and file.endswith(".py"):
        request = f"{request} {file}"
    elif file:
        request = f"{request}\n{Path(file).read_text(encoding='utf-8', errors='replace')}"
    words = ""

    def job(progress: Progress) -> Report:
        nonlocal words
        words, report = ask(request, path, progress=progress)
        return report

    report = run_job(job, values)
    machine = values["format"] != "text"
    for line in textwrap.wrap(f"Read as: {words}.", 80):
        click.echo(line, err=machine)
    click.echo("", err=machine)
    again = "dbwright ask …"
    emit(
        report, values["format"], values["output"], full=values["full"], command=again, fixes=False
    )
    sys.exit(report.exit_status)

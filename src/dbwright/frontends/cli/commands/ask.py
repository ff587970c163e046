"""`dbwright ask`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from dbwright.frontends.cli.output import Progress, emit


@click.command()
@click.argument("request")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False))
@click.option("--path", default=".", type=click.Path(exists=True), help="The project's folder.")
@click.option("--full", is_flag=True, help="Every part of every recommendation.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
def command(request: str, file: str | None, **values: Any) -> None:
    """Say what you need in words; FILE is a query or a file that the request is about.

    dbwright ask "review my models"
    dbwright ask "is revision 9f2c safe?"
    dbwright ask "why is this slow: select … from …"
    """
    from dbwright.api import ask

    if file and file.endswith(".py"):
        request = f"{request} {file}"
    elif file:
        request = f"{request}\n{Path(file).read_text(encoding='utf-8', errors='replace')}"
    progress = Progress(values["quiet"])
    try:
        words, report = ask(request, values["path"], progress=progress)
    finally:
        progress.end()
    click.echo(f"Read as: {words}.\n")
    emit(report, "text", (), values["full"])
    sys.exit(report.exit_status)

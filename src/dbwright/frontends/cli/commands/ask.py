"""`dbwright ask`."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dbwright.frontends.asking import quoted
from dbwright.frontends.cli.options import report_options, run_job
from dbwright.frontends.cli.output import Progress, emit

if TYPE_CHECKING:
    from dbwright.core.design import Designed
    from dbwright.core.model_change import ModelsChanged
    from dbwright.frontends.asking import Pairs


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
    dbwright ask "I need to add a new column to track user preferences"
    """
    from dbwright.api import ask
    from dbwright.core.model_change import ModelsChanged
    from dbwright.core.report import Report

    if file and file.endswith(".py"):
        request = f"{request} {file}"
    elif file:
        request = f"{request}\n{Path(file).read_text(encoding='utf-8', errors='replace')}"
    words, change = "", None

    def job(progress: Progress) -> Report:
        nonlocal words, change
        words, answer = ask(request, path, progress=progress)
        if not isinstance(answer, Report):
            change = answer
            return Report()
        return answer

    report = run_job(job, values)
    if isinstance(change, ModelsChanged):
        _change(change, request, path)
        return
    if change is not None:
        _design(change, request)
        return
    machine = values["format"] != "text"
    for line in textwrap.wrap(f"Read as: {words}.", 80):
        click.echo(line, err=machine)
    click.echo("", err=machine)
    again = "dbwright ask …"
    emit(
        report, values["format"], values["output"], full=values["full"], command=again, fixes=False
    )
    sys.exit(report.exit_status)


def _design(found: Designed, request: str) -> None:
    """Shows designed models, as `models design` does."""
    from dbwright.render.design import as_text

    click.echo(as_text(found), nl=False)
    click.echo(f"\nNext: dbwright models design {quoted(request)} --write")


def _change(found: ModelsChanged, request: str, path: str) -> None:
    """Shows a change of models; what the migration asks is asked here, or refused."""
    from dbwright.api import ask
    from dbwright.core.model_change import ModelsChanged
    from dbwright.frontends.models_changing import changed, offer, tell

    first = [found]

    def author(given: Pairs) -> ModelsChanged:
        if first and not given:
            return first.pop()
        _, answer = ask(request, path, meant=given)
        assert isinstance(answer, ModelsChanged)
        return answer

    found = changed(author, request, ())
    tell(found, request)
    offer(found, Path(path), {"path": path}, request)

"""`dbwright ask`."""

from __future__ import annotations

import json
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dbwright.core.errors import UsageError
from dbwright.frontends.asking import quoted
from dbwright.frontends.cli.options import report_options, run_job
from dbwright.frontends.cli.output import WAY_OUT, Progress, emit, split_output
from dbwright.frontends.writing import write_whole

if TYPE_CHECKING:
    from dbwright.core.answered import Answered
    from dbwright.core.design import Designed
    from dbwright.core.model_change import ModelsChanged
    from dbwright.frontends.asking import Pairs

SHORT = 40
"""A request up to this length is written out in the command to run next."""


@click.command()
@click.argument("request")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False))
@click.option("--path", default=".", type=click.Path(exists=True), help="The project's folder.")
@click.option(
    "--choose", default="", metavar="NAME", help="Another way than a change of models takes."
)
@report_options
def command(request: str, file: str | None, path: str, choose: str, **values: Any) -> None:
    """Say what you need in words; FILE is a query or a file that the request is about.

    A question about models is answered; a change or a design of them is shown and proved, and
    nothing is written without a yes.

    \b
    dbwright ask "review my models"
    dbwright ask "is revision 9f2c safe?"
    dbwright ask "which foreign keys have no index?"
    dbwright ask "why is this slow?" slow.sql
    dbwright ask "I need to add a new column to track user preferences"
    dbwright ask "create a User model with authentication fields and a Profile"
    """
    from dbwright.api import ask
    from dbwright.core.answered import Answered
    from dbwright.core.design import Designed
    from dbwright.core.report import Report

    if file and file.endswith(".py"):
        request = f"{request} {file}"
    elif file:
        request = f"{request}\n{Path(file).read_text(encoding='utf-8', errors='replace')}"
    words, other = "", None

    def job(progress: Progress) -> Report:
        nonlocal words, other
        words, answer = ask(request, path, progress=progress, choose=choose)
        if not isinstance(answer, Report):
            other = answer
            return Report()
        return answer

    report = run_job(job, values)
    if isinstance(other, Designed):
        _design(other, request, path, values)
    elif isinstance(other, Answered):
        _answer(other, values)
    elif other is not None:
        _change(other, request, path, choose, values)
    else:
        _report(report, words, request, values)


def _report(report: Any, words: str, request: str, values: dict[str, Any]) -> None:
    """Shows a review, after how the request was read; leaves with its status."""
    machine = values["format"] != "text"
    for line in textwrap.wrap(f"Read as: {words}.", 80):
        click.echo(line, err=machine)
    click.echo("", err=machine)
    again = f"dbwright ask {quoted(request)}" if len(request) <= SHORT else "dbwright ask …"
    again = again if "\n" not in request else "dbwright ask …"
    emit(
        report, values["format"], values["output"], full=values["full"], command=again, fixes=False
    )
    sys.exit(report.exit_status)


def _answer(found: Answered, values: dict[str, Any]) -> None:
    """Shows what a question about models is answered with."""
    from dbwright.render.answered import as_json, as_text

    if not _as_data(as_json(found), values):
        click.echo(as_text(found, full=bool(values["full"])), nl=False)


def _design(found: Designed, request: str, path: str, values: dict[str, Any]) -> None:
    """Shows designed models, as `models design` does."""
    from dbwright.render.design import as_json, as_text

    if _as_data(as_json(found), values):
        return
    click.echo(as_text(found, code=True), nl=False)
    place = "" if path == "." else f"cd {quoted(path)} && "
    click.echo("\nNothing is written yet. This writes it:")
    click.echo(f"  {place}dbwright models design {quoted(request)} --write")


def _change(
    found: ModelsChanged, request: str, path: str, choose: str, values: dict[str, Any]
) -> None:
    """Shows a change of models; what the migration asks is asked here, or refused."""
    from dbwright.api import ask
    from dbwright.core.model_change import ModelsChanged
    from dbwright.frontends.models_changing import changed, offer, tell
    from dbwright.render.models_changed import as_json

    first = [found]

    def author(given: Pairs) -> ModelsChanged:
        if first and not given:
            return first.pop()
        _, answer = ask(request, path, meant=given, choose=choose)
        assert isinstance(answer, ModelsChanged)
        return answer

    found = changed(author, request, ())
    if _as_data(as_json(found), values):
        return
    tell(found, request)
    offer(found, Path(path), {"path": path, "choose": choose}, request)


def _as_data(data: dict[str, Any], values: dict[str, Any]) -> bool:
    """Whether the answer was asked for as JSON and is printed so; it has no other formats."""
    text = json.dumps(data, indent=2) + "\n"
    for output in values["output"]:
        name, file = split_output(output)
        _only_json(name)
        write_whole(Path(file), text, WAY_OUT)
    if values["format"] == "text":
        return False
    _only_json(values["format"])
    click.echo(text, nl=False)
    return True


def _only_json(name: str) -> None:
    if name != "json":
        raise UsageError(
            f"this answer is no report, so it has no format {name}",
            way_out="It is printed as text, or with --format json.",
        )

"""`dbwright ask`."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dbwright.core.errors import DbwrightError, UsageError
from dbwright.frontends.agent.beside import beside, companion, model_options
from dbwright.frontends.asking import allow_clone, is_terminal, quoted
from dbwright.frontends.cli.options import report_options, run_job
from dbwright.frontends.cli.output import WAY_OUT, Progress, emit, split_output
from dbwright.frontends.writing import write_whole

if TYPE_CHECKING:
    from dbwright.core.report import Report
    from dbwright.frontends.answering import Exchange

SHORT = 40
"""A request up to this length is written out in the command to run next."""
LARGEST = 20_000_000


@click.command()
@click.argument("request", required=False)
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False))
@click.option("--path", default=".", type=click.Path(exists=True), help="The project's folder.")
@click.option(
    "--choose", default="", metavar="NAME", help="Another way than a change of models takes."
)
@click.option("--yes", is_flag=True, help="Write the files; the diff is shown first.")
@click.option("--db", metavar="URL", help="The database that a query runs on; only read.")
@click.option("--twin", metavar="FILE", help="A twin of that database.")
@click.option("--run", is_flag=True, help="Run the query there for its figures.")
@click.option(
    "--prove-on", metavar="URL", help="A clone to make indexes on, measure, and roll back."
)
@model_options
@report_options
def command(
    request: str | None, file: str | None, path: str, choose: str, yes: bool, **values: Any
) -> None:
    """Say what you need in words; FILE is a query or a file that the request is about.

    Paste what you have: a query, a plan, a traceback, a revision. A change or a design is shown
    and proved, and nothing is written without a yes. Without a request, on a terminal, it opens a
    session.

    \b
    dbwright ask "review my models"
    dbwright ask "is revision 9f2c safe on 200 million rows?"
    dbwright ask "which foreign keys have no index?"
    dbwright ask "why is this slow?" slow.sql --db postgresql://me@host/shop --run
    dbwright ask "I need to add a new column to track user preferences"
    dbwright ask "create a User model with authentication fields and a Profile"
    dbwright ask "rename users.name to full_name without downtime"
    dbwright ask "what does this error mean?" traceback.txt
    """
    from dbwright.api import Options

    allow_clone(values["prove_on"], yes=yes)
    options = Options(**{name: values[name] for name in ("db", "twin", "run", "prove_on")})
    if request is None:
        _session(Path(path), options, values)
        return
    request = _with_file(request, file)
    with beside(request, Path(path), values) as told:
        _answer(request, Path(path), options, choose, yes, values, told)


def _session(path: Path, options: Any, values: dict[str, Any]) -> None:
    if not is_terminal():
        raise UsageError("there is no request", way_out='Say it: dbwright ask "review my project"')
    from dbwright.frontends.session import run as run_session

    run_session(path, options, full=bool(values["full"]), model=companion(path, values))


def _with_file(request: str, file: str | None) -> str:
    if file is None:
        return request
    if file.endswith(".py"):
        return f"{request} {file}"
    if Path(file).stat().st_size > LARGEST:
        raise UsageError(
            f"{file} is larger than {LARGEST // 1_000_000} MB and was not read",
            way_out="Give the part that matters in a smaller file.",
        )
    return f"{request}\n{Path(file).read_text(encoding='utf-8', errors='replace')}"


def _answer(
    request: str,
    path: Path,
    options: Any,
    choose: str,
    yes: bool,
    values: dict[str, Any],
    told: Callable[[Any], None],
) -> None:
    """Answers one request, writes what was asked for, leaves with a report's status.

    `told` is given the answer, for a model to look at.
    """
    from dbwright.core.report import Report
    from dbwright.frontends import answering

    found: list[Exchange] = []

    def job(progress: Progress) -> Report:
        found.append(answering.asked(request, path, options, progress, choose))
        answer = found[0].answer
        told(answer)
        return answer if isinstance(answer, Report) else Report()

    try:
        report = run_job(job, values)
    except DbwrightError as error:
        other = _chosen(error)
        if other is None:
            raise
        _answer(other, path, options, choose, yes, values, told)
        return
    exchange = found[0]
    if exchange.is_report:
        _report(report, exchange.words, request, values)
    else:
        _tell(exchange, yes, values)


def _tell(exchange: Exchange, yes: bool, values: dict[str, Any]) -> None:
    """Shows an answer that is no report, and writes what was asked for."""
    from dbwright.frontends import answering

    for output in values["output"]:
        name, file = split_output(output)
        write_whole(Path(file), answering.rendered(exchange, name, full=True), WAY_OUT)
    text = answering.rendered(exchange, values["format"], full=bool(values["full"]))
    click.echo(text, nl=False)
    machine = values["format"] != "text"

    def say(line: str, nl: bool = True) -> None:
        click.echo(line, nl=nl, err=machine)

    shown = bool(values["full"]) and not machine and bool(answering.edits(exchange))
    if shown:
        say(f"\n{answering.diff(exchange)}", nl=False)
    if yes or not machine:
        answering.offer(exchange, yes=yes, shown=shown, say=say)


def _chosen(error: DbwrightError) -> str | None:
    """Gives the request that somebody at the terminal takes of those that an error offers."""
    from dbwright.frontends.asking import choices_of
    from dbwright.frontends.session import replace_way_out

    choices = choices_of(error) if is_terminal() else []
    if not choices:
        return None
    click.echo(replace_way_out(error), err=True)
    for number, choice in enumerate(choices, 1):
        click.echo(f"  {number}  {choice}", err=True)
    wanted = click.prompt("Which one (0 for none)", type=click.IntRange(0, len(choices)), err=True)
    return choices[wanted - 1] if wanted else None


def _report(report: Report, words: str, request: str, values: dict[str, Any]) -> None:
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

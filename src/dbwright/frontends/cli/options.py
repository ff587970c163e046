"""The options that the reviews share, and what they do with a report."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from dbwright.core.errors import DbwrightError
from dbwright.frontends.cli.output import (
    Progress,
    emit,
    format_names,
    quiet_driver,
    split_output,
    write_outputs,
)

if TYPE_CHECKING:
    from dbwright.core.options import Options
    from dbwright.core.report import Report

Command = TypeVar("Command", bound=Callable[..., Any])


def _names(text: str | None) -> tuple[str, ...]:
    return tuple(name.strip() for name in (text or "").split(",") if name.strip())


def review_options(command: Command) -> Command:
    """Adds PATH and the options of a review to a command."""
    for option in reversed([*OPTIONS, *REPORT]):
        command = option(command)
    return command


def report_options(command: Command) -> Command:
    """Adds the options of how a report is written."""
    for option in reversed(REPORT):
        command = option(command)
    return command


class _Formats(click.ParamType[str]):
    name = "format"

    def convert(self, value: Any, param: Any, context: Any) -> str:
        if value not in format_names():
            self.fail(f"{value!r} is not one of {', '.join(format_names())}", param, context)
        return str(value)

    def shell_complete(self, context: Any, param: Any, incomplete: str) -> list[Any]:
        from click.shell_completion import CompletionItem

        return [CompletionItem(name) for name in format_names() if name.startswith(incomplete)]


class _RuleNames(click.ParamType[str]):
    name = "rules"

    def shell_complete(self, context: Any, param: Any, incomplete: str) -> list[Any]:
        from click.shell_completion import CompletionItem

        from dbwright.api import rules

        before, _, last = incomplete.rpartition(",")
        start = f"{before}," if before else ""
        names = [rule.name for rule in rules() if rule.name.startswith(last)]
        return [CompletionItem(start + name) for name in names]


OPTIONS = [
    click.argument("path", default=".", type=click.Path()),
    click.option("--all", is_flag=True, help="Report on every revision, deployed ones too."),
    click.option("--since", metavar="REF", help="New is what this git ref does not have."),
    click.option("--select", type=_RuleNames(), help="Only these rules, separated by commas."),
    click.option("--ignore", type=_RuleNames(), help="Leave these rules out."),
    click.option("--target", metavar="DB", help="The database advised for: postgresql-15."),
    click.option("--config", metavar="FILE", help="The alembic.ini or pyproject.toml to use."),
    click.option("--section", metavar="NAME", help="Its section, when there are several."),
    click.option("--models", metavar="MODULE:BASE", help="The models, when env.py has none."),
    click.option("--python", metavar="PATH", help="The project's interpreter."),
    click.option("--sizes", metavar="FILE", help="Rows per table of production, as JSON."),
    click.option("--db", metavar="URL", help="A live database to look at; it is only read."),
    click.option("--baseline", metavar="FILE", help="Findings accepted earlier."),
    click.option("--sandbox-url", metavar="URL", help="A throw-away server for the proofs."),
    click.option("--pg-bin", metavar="DIR", help="The server binaries for the proofs."),
    click.option(
        "--sandbox/--no-sandbox", default=True, help="Run nothing on a database; all is reasoned."
    ),
    click.option(
        "--trials/--no-trials", default=True, help="Print fixes without trying them on a copy."
    ),
    click.option("--timeout", type=click.IntRange(1), help="Seconds for the project's own code."),
]
REPORT = [
    click.option("--format", type=_Formats(), default="text", show_default=True, help="Format."),
    click.option(
        "-o", "--output", multiple=True, metavar="FORMAT:PATH", help="Also write this; repeatable."
    ),
    click.option("--full", is_flag=True, help="Every part of every recommendation."),
    click.option("-q", "--quiet", is_flag=True, help="No progress."),
]


def run_review(jobs: tuple[str, ...], **values: Any) -> None:
    """Runs `api.check` as the options say, writes the report, leaves with its status."""
    from dbwright.api import check

    report = run_job(
        lambda progress: check(values["path"], _options(jobs, values), progress), values
    )
    if values.get("write_baseline"):
        _write_baseline(report, values)
    fixes = "fix" in values and not values["fix"]
    emit(
        report,
        values["format"],
        values["output"],
        full=values["full"],
        command=_command(values),
        fixes=fixes,
    )
    if values.get("fix") or values.get("diff"):
        from dbwright.frontends.cli.fixes import offer

        offer(report, values, write=bool(values.get("fix")))
    sys.exit(report.exit_status)


def run_job(job: Callable[[Progress], Report], values: dict[str, Any]) -> Report:
    """Runs a job with its progress shown; an error is also written to each FORMAT:PATH."""
    for output in values["output"]:
        split_output(output)
    quiet_driver()
    progress = Progress(values["quiet"])
    try:
        return job(progress)
    except DbwrightError as error:
        from dbwright.core.report import Report

        write_outputs(Report(errors=(str(error),)), values["output"])
        raise
    finally:
        progress.end()


def _command(values: dict[str, Any]) -> str:
    """The command as the user would type it again, for the report's last line."""
    context = click.get_current_context(silent=True)
    words = [context.command_path if context else "dbwright check"]
    if values["path"] != ".":
        words.append(shlex.quote(values["path"]))
    return " ".join([*words, *(["--all"] if values["all"] else [])])


def _options(jobs: tuple[str, ...], values: dict[str, Any]) -> Options:
    from dataclasses import fields

    from dbwright.core.options import Options

    known = {field.name for field in fields(Options)}
    given = {key: value for key, value in values.items() if key in known and value is not None}
    given |= {"jobs": jobs, "select": _names(values["select"]), "ignore": _names(values["ignore"])}
    return Options(**given)


def _write_baseline(report: Report, values: dict[str, Any]) -> None:
    from dbwright.frontends.undoing import write_named
    from dbwright.jobs.baseline import DEFAULT, accepting
    from dbwright.jobs.fix import root_of

    path = values["baseline"] or DEFAULT
    root = root_of(Path(values["path"]), values["config"], values["section"])
    edit, count = accepting(root, path, report)
    write_named(root, edit, "--write-baseline")
    noun = "finding is" if count == 1 else "findings are"
    click.echo(f"Wrote {path}: {count} {noun} accepted.", err=True)

"""`dbwright migrations rehearse`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from dbwright.core.errors import DbwrightError, UsageError
from dbwright.frontends.cli import wanted_format
from dbwright.frontends.cli.options import OPTIONS, Command
from dbwright.frontends.cli.output import WAY_OUT, Progress, quiet_driver, terminal_options
from dbwright.frontends.writing import write_whole

if TYPE_CHECKING:
    from dbwright.core.rehearsed import RehearsalReport

FORMATS = ("text", "json", "html")
LEFT_OUT = ("path", "select", "ignore", "baseline", "sandbox")


class RehearseCommand(click.Command):
    """A command whose JSON is a rehearsal, also where its arguments cannot be meant."""

    def make_context(self, *arguments: Any, **more: Any) -> click.Context:
        """Parses the arguments; what cannot be meant is a rehearsal with an error, too."""
        words = list(arguments[1] if len(arguments) > 1 else more.get("args", ()))
        try:
            return super().make_context(*arguments, **more)
        except click.UsageError as error:
            if wanted_format(words) == "json":
                _fail(f"{error.format_message()}\nSee: dbwright migrations rehearse --help")
            raise


def _options(command: Command) -> Command:
    """Adds the options of a review that a rehearsal has as well."""
    for option in reversed(OPTIONS):
        probe: Any = option(lambda: None)
        if probe.__click_params__[0].name not in LEFT_OUT:
            command = option(command)
    return command


@click.command(cls=RehearseCommand)
@click.argument("range", required=False)
@click.argument("path", required=False, type=click.Path())
@_options
@click.option(
    "--format", type=click.Choice(FORMATS), default="text", show_default=True, help="Format."
)
@click.option(
    "-o", "--output", multiple=True, metavar="FORMAT:PATH", help="Also write this; repeatable."
)
@click.option("--full", is_flag=True, help="Every statement of every revision, both ways.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
def command(**values: Any) -> None:
    """Run revisions up, down and up again with rows, and tell all that was seen.

    RANGE is written as for `alembic history -r`: REV, REV:REV (both ends taken), REV:, :REV,
    head, or +N for the first N that can still be changed; without it all that can be changed.
    PATH is the project's folder, or a file of a revision.

    For each statement: the time, the WAL, locks by relation, rewrites, scans under a lock and who
    had to wait. For each revision: lost rows and values, the downgrade, the deployed code after
    it and the new code before it. With --sizes how long each lock would be held in production.
    Exit status: 0 nothing dangerous or lost, 1 something was, 2 usage, 3 not all was verified.
    """
    from dbwright.api import rehearse

    range, path = _named(values["range"], values["path"])
    outputs = [_split(item) for item in values["output"]]
    quiet_driver()
    progress = Progress(values["quiet"])
    try:
        report = rehearse(range, path, _given(values), progress)
    except DbwrightError as error:
        progress.end()
        _write(_failed(str(error)), outputs)
        if values["format"] != "json":
            raise
        _fail(str(error))
    finally:
        progress.end()
    _write(report, outputs)
    options: dict[str, object] = {"full": values["full"], "command": _again(range, path)}
    if values["format"] == "text":
        options |= terminal_options()
    _show(report, values["format"], **options)
    sys.exit(report.exit_status)


def _named(range: str | None, path: str | None) -> tuple[str | None, str]:
    """The range and the path; a single argument that exists as a file or folder is the path."""
    if path is None and range is not None and Path(range).exists():
        return None, range
    return range, path or "."


def _given(values: dict[str, Any]) -> Any:
    from dataclasses import fields

    from dbwright.core.options import Options

    known = {field.name for field in fields(Options)} - {"range"}
    return Options(**{k: v for k, v in values.items() if k in known and v is not None})


def _again(range: str | None, path: str) -> str:
    """The command as the user would type it again."""
    import shlex

    words = [range] if range else []
    words += [path] if path != "." else []
    return " ".join(["dbwright migrations rehearse", *map(shlex.quote, words)])


def _split(output: str) -> tuple[str, str]:
    name, colon, path = output.partition(":")
    if not colon or not path or name not in FORMATS:
        raise UsageError(
            f"-o {output!r} is not FORMAT:PATH", way_out=f"The formats are: {', '.join(FORMATS)}"
        )
    return name, path


def _write(report: RehearsalReport, outputs: list[tuple[str, str]]) -> None:
    for name, path in outputs:
        write_whole(Path(path), _rendered(report, name, full=True), WAY_OUT)


def _show(report: RehearsalReport, name: str, **options: object) -> None:
    sys.stdout.write(_rendered(report, name, **options))
    sys.stdout.flush()


def _rendered(report: RehearsalReport, name: str, **options: object) -> str:
    from dbwright.render.rehearsal import render_rehearsal

    return render_rehearsal(report, "terminal" if name == "text" else name, **options)


def _failed(message: str) -> RehearsalReport:
    from dbwright.core.rehearsed import RehearsalReport

    return RehearsalReport(errors=(message,))


def _fail(message: str) -> NoReturn:
    """Leaves with status 2; standard output is a rehearsal with the error in it."""
    _show(_failed(message), "json")
    click.echo(f"dbwright: {message}", err=True)
    sys.exit(2)

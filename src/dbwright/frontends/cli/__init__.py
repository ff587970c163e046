"""The command line. Commands are the modules of `commands`, found by walking, loaded when used."""

from __future__ import annotations

import gc
import importlib
import os
import pkgutil
import sys
from collections.abc import Sequence
from types import ModuleType

import click

from dbwright.core.errors import DbwrightError

SHORT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
MACHINES = ("json", "sarif", "github", "markdown", "html")


class Folder(click.Group):
    """A group whose commands are the modules of a package, each holding `command`."""

    def __init__(self, package: str, **attributes: object) -> None:
        super().__init__(**attributes)  # type: ignore[arg-type]
        self.package = package

    def list_commands(self, context: click.Context) -> list[str]:
        """Gives the modules' names."""
        folder = importlib.import_module(self.package)
        names = [info.name for info in pkgutil.iter_modules(folder.__path__)]
        return sorted(name.replace("_", "-") for name in names)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """Gives the command of a module, or the group of a package."""
        module = _import(f"{self.package}.{name.replace('-', '_')}")
        if module is None:
            return None
        if hasattr(module, "__path__"):
            return Folder(module.__name__, name=name, help=module.__doc__, context_settings=SHORT)
        command: click.Command = module.command
        return command

    def resolve_command(
        self, context: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Gives the command that the arguments begin with; an unknown one names the nearest."""
        if args and self.get_command(context, args[0]) is None and not context.resilient_parsing:
            names = self.list_commands(context)
            import difflib

            near = difflib.get_close_matches(args[0], names, n=1, cutoff=0)
            context.fail(f"there is no command {args[0]!r}; the nearest is {near[0]!r}")
        return super().resolve_command(context, args)


def _import(name: str) -> ModuleType | None:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name == name:
            return None
        raise


def _version(context: click.Context, parameter: click.Parameter, value: bool) -> None:
    if not value or context.resilient_parsing:
        return
    from importlib.metadata import version

    click.echo(f"dbwright {version('dbwright')}")
    context.exit()


cli = Folder(
    f"{__name__}.commands",
    name="dbwright",
    context_settings=SHORT,
    help="""The database specialist of teams that use SQLAlchemy 2 and Alembic.

    It reviews models, migrations and queries, and proves what it says on a real database.
    Start with:  dbwright check""",
    params=[
        click.Option(
            ["--version"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_version,
            help="Show the version and leave.",
        )
    ],
)


def main() -> None:
    """Runs the command line; every error becomes one message and a status."""
    # what a review builds lives to its end: looking for garbage in it is a quarter of a long one
    gc.set_threshold(50_000, 20, 100)
    try:
        cli(prog_name="dbwright", standalone_mode=False)
    except click.exceptions.Exit as leave:
        _leave(leave.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("dbwright: stopped; nothing was changed.", err=True)
        sys.stdout.flush()
        # Python sends itself the signal again at its end where the interrupt met an exec() of
        # text, as every dataclass has (run_eval_code_obj in pythonrun.c), whoever caught it
        os._exit(130)
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        where = f"\nSee: {context.command_path} --help" if context else ""
        _fail(f"{error.format_message()}{where}")
    except DbwrightError as error:
        _fail(str(error))
    except Exception as error:
        import traceback

        traceback.print_exc()
        _fail(
            f"this is a fault of dbwright: {type(error).__name__}: {error}\n"
            "Report it with the lines above; --ignore and --no-sandbox may get around it."
        )


def _fail(message: str) -> None:
    """Leaves with status 2; where a machine reads, standard output is a report all the same."""
    format = wanted_format(sys.argv[1:])
    if format != "text":
        from dbwright.core.report import Report
        from dbwright.render import render

        sys.stdout.write(render(Report(errors=(message,)), format))
        sys.stdout.flush()
    click.echo(_fitting(f"dbwright: {message}"), err=True)
    _leave(2)


def _fitting(message: str) -> str:
    """Gives a message for a terminal: sentences are wrapped, what is indented is code and stays."""
    if not sys.stderr.isatty():
        return message
    import shutil
    import textwrap

    width = max(40, min(100, shutil.get_terminal_size((80, 24)).columns))
    found: list[str] = []
    for line in message.splitlines():
        code = line[:1].isspace() or "  " in line or len(line) <= width
        found += (
            [line]
            if code
            else textwrap.wrap(line, width, break_long_words=False, break_on_hyphens=False)
        )
    return "\n".join(found)


def wanted_format(arguments: Sequence[str]) -> str:
    """Gives the format that the arguments ask for, also when they cannot be parsed."""
    found = "text"
    for name, value in zip(arguments, [*arguments[1:], ""], strict=True):
        if name == "--format":
            found = value
        elif name.startswith("--format="):
            found = name.partition("=")[2]
    return found if found in MACHINES else "text"


def _leave(status: int) -> None:
    sys.exit(status)

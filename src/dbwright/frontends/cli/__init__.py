"""The command line. Commands are the modules of `commands`, found by walking, loaded when used."""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
from types import ModuleType

import click

from dbwright.core.errors import DbwrightError

SHORT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


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
    """Runs the command line; errors of ours become one message and exit status 2."""
    try:
        cli(standalone_mode=False)
    except click.exceptions.Exit as leave:
        _leave(leave.exit_code)
    except click.ClickException as error:
        error.show()
        _leave(2)
    except (click.Abort, KeyboardInterrupt):
        click.echo("dbwright: stopped; nothing was changed.", err=True)
        _leave(130)
    except DbwrightError as error:
        click.echo(f"dbwright: {error}", err=True)
        _leave(2)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        _leave(0)


def _leave(status: int) -> None:
    sys.exit(status)

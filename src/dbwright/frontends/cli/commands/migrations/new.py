"""`dbwright migrations new`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dbwright.core.authoring import WORDS
from dbwright.frontends.asking import Pairs, answered, left_alone, option_words, quoted
from dbwright.frontends.cli.output import Progress, quiet_driver
from dbwright.frontends.offering import write_option

if TYPE_CHECKING:
    from dbwright.core.authoring import Authored

MEANINGS = {
    "rename": "A column or label got another name.",
    "rename-table": "A table got another name.",
    "drop": "This table, column or label goes with its values.",
    "keep": "This stays, though no model has it.",
    "fill": "SQL for the rows of a column that becomes NOT NULL.",
    "fill-back": "SQL for a dropped column when it is added again.",
    "no-nulls": "No row has NULL there.",
    "replace": "What rows with a removed label get.",
}
"""Each option of what is meant, in a sentence."""
PROJECT = ("config", "section", "models", "python", "target", "sandbox_url", "pg_bin", "timeout")


def _meant_options(command: Any) -> Any:
    for name in reversed(WORDS):
        example = WORDS[name].partition(" ")[2].strip('"')
        command = click.option(
            f"--{name}",
            multiple=True,
            metavar="NAME:VALUE" if ":" in example else "NAME",
            help=MEANINGS[name],
        )(command)
    return command


@click.command()
@click.argument("path", default=".", type=click.Path(exists=True))
@click.option("-m", "--message", default="", metavar="TEXT", help="What the revision is for.")
@_meant_options
@write_option
@click.option("--diff", is_flag=True, help="Show the revisions and ask nothing.")
@click.option("--config", metavar="FILE", help="The alembic.ini or pyproject.toml to use.")
@click.option("--section", metavar="NAME", help="Its section, when there are several.")
@click.option("--models", metavar="MODULE:BASE", help="The models, when env.py has none.")
@click.option("--python", metavar="PATH", help="The project's interpreter.")
@click.option("--target", metavar="DB", help="The database written for: postgresql-15.")
@click.option("--sandbox-url", metavar="URL", help="A throw-away server to run them on.")
@click.option("--pg-bin", metavar="DIR", help="The server binaries to run them with.")
@click.option("--timeout", type=click.IntRange(1), help="Seconds for the project's own code.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
def command(path: str, message: str, quiet: bool, **values: Any) -> None:
    """Write the revisions for changed models; they are run with rows first.

    They are shown as a diff, and written after a yes.

    \b
    dbwright migrations new -m "orders get a customer"
    dbwright migrations new -m "full name" --rename users.name:full_name --write
    """
    from dbwright.api import Options, autogenerate

    given: Pairs = tuple(
        (name, text) for name in WORDS for text in values.pop(name.replace("-", "_"))
    )
    options = Options(**{name: values[name] for name in PROJECT if values[name] is not None})

    def spell(option: str, value: str) -> str:
        return option_words(option, value) if option else f"dbwright migrations new {value}"

    quiet_driver()
    progress = Progress(quiet)
    try:
        found = answered(
            lambda pairs: autogenerate(path, message, pairs, options, progress), given, spell
        )
    finally:
        progress.end()
    _tell(found, Path(path), values, _again(path, message, given, values))


def _again(path: str, message: str, given: Pairs, values: dict[str, Any]) -> str:
    """Gives the command that writes what was shown."""
    words = ["dbwright migrations new"]
    words += [quoted(path)] if path != "." else []
    words += ["-m", quoted(message)] if message else []
    words += [option_words(*pair) for pair in given]
    words += [f"--{name.replace('_', '-')} {quoted(str(values[name]))}"
              for name in PROJECT if values[name] is not None]  # fmt: skip
    return " ".join([*words, "--write"])


def _tell(found: Authored, path: Path, values: dict[str, Any], again: str) -> None:
    from dbwright.frontends import offering
    from dbwright.jobs.fix import root_of

    if found.left_alone:
        click.echo(f"No model declares {left_alone(found)}: left alone.", err=True)
    if not found.revisions:
        click.echo("The revisions make what the models declare: nothing to write.")
        return
    click.echo(offering.shown(found.edits), nl=False)
    for written in found.revisions:
        click.echo(f"{written.path}: {written.title}")
    if found.proof is not None:
        click.echo(f"Proved on {found.proof.scope}: {found.proof.witness}.")
    if offering.agreed(found.edits, write=values["write"], ask=not values["diff"], again=again):
        root = root_of(path, values["config"], values["section"])
        offering.save(root, found.edits, again)
        click.echo("Next: read them, then alembic upgrade head")
    sys.stdout.flush()

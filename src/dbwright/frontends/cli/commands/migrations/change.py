"""`dbwright migrations change`."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dbwright.frontends.asking import quoted
from dbwright.frontends.cli.output import Progress, quiet_driver
from dbwright.frontends.offering import write_option

if TYPE_CHECKING:
    from dbwright.core.authoring import Authored

LIST = "list"
PROJECT = ("config", "section", "python", "target", "sandbox_url", "pg_bin", "timeout")


@click.command()
@click.argument("kind")
@click.argument("table", required=False)
@click.option("--column", "columns", multiple=True, metavar="NAME", help="A column that changes.")
@click.option("--to", multiple=True, metavar="TEXT", help="What it becomes.")
@click.option("--back", multiple=True, metavar="TEXT", help="How the old is made of the new.")
@click.option("--path", default=".", type=click.Path(exists=True), help="The project's folder.")
@write_option
@click.option("--diff", is_flag=True, help="Show the revisions and ask nothing.")
@click.option("--config", metavar="FILE", help="The alembic.ini or pyproject.toml to use.")
@click.option("--section", metavar="NAME", help="Its section, when there are several.")
@click.option("--python", metavar="PATH", help="The project's interpreter.")
@click.option("--target", metavar="DB", help="The database written for: postgresql-15.")
@click.option("--sandbox-url", metavar="URL", help="A throw-away PostgreSQL to run them on.")
@click.option("--pg-bin", metavar="DIR", help="The server binaries to run them with.")
@click.option("--timeout", type=click.IntRange(1), help="Seconds for the project's own code.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
def command(kind: str, table: str | None, path: str, quiet: bool, **values: Any) -> None:
    """Write the revisions of a hard change of a live table, run with rows first.

    They are shown as a diff, and written after a yes.

    \b
    dbwright migrations change list
    dbwright migrations change key-type orders --to bigint
    dbwright migrations change split-table users --column bio --to 'user_profiles (user_id)'
    """
    from dbwright.api import Options, change, changes

    if kind == LIST:
        _list(changes())
        return
    if table is None:
        raise click.UsageError("Name the table, or list the kinds: dbwright migrations change list")
    given = {name: values.pop(name) for name in ("columns", "to", "back")}
    options = Options(**{name: values[name] for name in PROJECT if values[name] is not None})
    quiet_driver()
    progress = Progress(quiet)
    try:
        found = change(kind, table, path, **given, options=options, progress=progress)
    finally:
        progress.end()
    _tell(found, path, values, _again(kind, table, path, given, values))


def _again(
    kind: str, table: str, path: str, given: dict[str, Sequence[str]], values: dict[str, Any]
) -> str:
    """Gives the command that writes what was shown."""
    words = ["dbwright migrations change", kind, quoted(table)]
    words += [f"--{name.removesuffix('s')} {quoted(text)}" for name, texts in given.items()
              for text in texts]  # fmt: skip
    words += [f"--path {quoted(path)}"] if path != "." else []
    words += [f"--{name.replace('_', '-')} {quoted(str(values[name]))}"
              for name in PROJECT if values[name] is not None]  # fmt: skip
    return " ".join([*words, "--write"])


def _list(known: dict[str, tuple[str, str]]) -> None:
    for name, (what, usage) in known.items():
        click.echo(f"{name}\n    {what}\n    dbwright migrations change {name} {usage}\n")


def _tell(found: Authored, path: str, values: dict[str, Any], again: str) -> None:
    from dbwright.frontends import offering
    from dbwright.jobs.fix import root_of

    click.echo(offering.shown(found.edits), nl=False)
    for line in _lines(found):
        click.echo(line)
    if offering.agreed(found.edits, write=values["write"], ask=not values["diff"], again=again):
        root = root_of(Path(path), values["config"], values["section"])
        offering.save(root, found.edits, again)
        click.echo("Next: read them, then run them one deploy after the other")


def _lines(found: Authored) -> Iterator[str]:
    assert found.change is not None
    told = found.change
    yield f"{told.title}, in {len(found.revisions)} revisions:"
    for number, written in enumerate(found.revisions):
        if number == told.contract:
            yield _wrapped(f"deploy the new code here: {told.models}", "  -- ")
        yield f"  {written.revision}  {written.title}"
    if told.contract >= len(found.revisions):
        yield _wrapped(f"{told.models}.", "In the models: ")
    if found.proof is not None:
        yield _wrapped(f"{found.proof.scope}: {found.proof.witness}.", "Proved on ")
    for other in told.alternatives:
        yield _wrapped(f"{other.title}: {other.tradeoff}.", "Or: ")


def _wrapped(text: str, start: str) -> str:
    indent = " " * min(len(start), 5)
    return textwrap.fill(
        text, 80, initial_indent=start, subsequent_indent=indent, break_on_hyphens=False
    )

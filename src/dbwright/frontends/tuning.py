"""Index advice carried out in a project: shown, and written when somebody says so."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from dbwright.core.errors import UsageError
from dbwright.frontends.asking import quoted

if TYPE_CHECKING:
    from dbwright.core.placed import Placed

COMMAND = "dbwright queries tune"
REPEATED = ("twin", "url", "workload", "path", "config", "section", "models", "python", "target")


def write(placed: Placed, path: str, values: dict[str, object], *, machine: bool = False) -> None:
    """Writes the models and the revisions, all or none, and says which.

    For a `machine` that reads standard output it is said beside it.
    """
    from dbwright.frontends.offering import save
    from dbwright.jobs.fix import root_of

    config, section = values.get("config"), values.get("section")
    root = root_of(Path(path), str(config) if config else None, str(section) if section else None)
    save(root, placed.edits, again(path, values), lambda line: click.echo(line, err=machine))


def offer(placed: Placed, path: str, values: dict[str, object]) -> None:
    """Shows the edits, and writes them when told to or when somebody at the terminal says yes."""
    from dbwright.frontends import offering
    from dbwright.render import placed_words

    if placed.edits:
        click.echo("")
        click.echo(offering.shown(placed.edits), nl=False)
    click.echo("")
    for line in placed_words.told(placed):
        click.echo(line)
    yes, asks = bool(values.get("write")), not values.get("diff")
    writing = f"{again(path, values)} --write"
    if not offering.agreed(placed.edits, write=yes, ask=asks, again=writing):
        return
    write(placed, path, values)
    for line in placed_words.next_steps(placed):
        click.echo(line)


def again(path: str, values: dict[str, object]) -> str:
    """Gives the command with its options, as it is said again; a password is left out."""
    from dbwright.collect.database import without_password

    words = COMMAND
    for name in REPEATED:
        value = path if name == "path" else values.get(name)
        value = without_password(str(value)) if name == "url" and value else value
        option = "db" if name == "url" else name
        words += f" --{option} {quoted(str(value))}" if value else ""
    words += f" --budget {values['budget']:g}" if values.get("budget") != 20.0 else ""
    words += f" --most {values['most']}" if values.get("most") != 30 else ""
    limit = values.get("max_write_cost")
    words += f" --max-write-cost {limit:g}" if limit is not None else ""
    return words + (" --no-drops" if values.get("no_drops") else "")


def check_asked(path: str | None, values: dict[str, object]) -> None:
    """Raises UsageError for options that need a project where none is named."""
    if path is None and (values.get("write") or values.get("diff")):
        raise UsageError(
            "there is no project to write to",
            way_out="Name its folder: --path .",
        )

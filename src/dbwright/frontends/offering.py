"""Files offered to be written: the diff first, then a yes, then how it is undone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dbwright.frontends import undoing
from dbwright.frontends.asking import is_terminal

if TYPE_CHECKING:
    from dbwright.core.finding import Edit


def write_option(command: Any) -> Any:
    """Adds the option that says yes to what is shown."""
    return click.option(
        "--write", "--yes", "-y", "write", is_flag=True,
        help="Write it; without it the diff is shown, and on a terminal asked.",
    )(command)  # fmt: skip


def shown(edits: Sequence[Edit]) -> str:
    """Gives the edits as a diff that a terminal may show."""
    from dbwright.jobs.fix import diff
    from dbwright.render.parts import printable

    return printable(diff(edits))


def agreed(edits: Sequence[Edit], *, write: bool, ask: bool = True, again: str) -> bool:
    """Gives whether the edits may be written: it was said, or somebody at the terminal says it.

    `ask` is off where only the diff was wanted; `again` is the command that writes.
    """
    if not edits:
        return False
    if not write and ask and is_terminal():
        write = click.confirm("Write this?", default=False, err=True)
    if not write:
        click.echo(f"Nothing is written yet. This writes it:\n  {again}")
    return write


def save(
    root: Path, edits: Sequence[Edit], request: str, say: Callable[[str], object] = click.echo
) -> None:
    """Writes the files, all or none, and says which, and how that is undone."""
    kept = undoing.write(root, edits, request)
    for edit in edits:
        say(f"{'Removed' if edit.after is None else 'Wrote'} {edit.path}")
    say(f"Undo: {undoing.words(root)}" if kept else "It cannot be undone by dbwright undo.")

"""`dbwright undo`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dbwright.frontends.asking import is_terminal

if TYPE_CHECKING:
    from dbwright.core.finding import Edit
    from dbwright.frontends.undoing import Write


@click.command()
@click.option("--path", default=".", type=click.Path(exists=True), help="The project's folder.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@click.option("--diff", is_flag=True, help="Show what would be put back, and end.")
@click.option("--list", "listed", is_flag=True, help="List the writes that can be undone, and end.")
@click.option("--merge", is_flag=True, help="Keep what was changed since, where in other lines.")
@click.option("--forget", is_flag=True, help="Leave the last write; the one before is next.")
def command(path: str, yes: bool, diff: bool, listed: bool, merge: bool, forget: bool) -> None:
    """Put back what the last write of dbwright replaced in this project.

    Whatever wrote it: ask, check --fix, migrations new, models design and the others. Again, it
    puts back the write before, 20 of them at most. Where a file changed since, nothing is undone
    unless --merge is given. A write that was killed in the middle is put back as well.

    \b
    dbwright undo
    dbwright undo --list
    dbwright undo --merge
    """
    from dbwright.frontends import undoing
    from dbwright.frontends.offering import shown

    folder = Path(path)
    if listed:
        _list(folder)
        return
    if forget:
        left = undoing.forget(folder)
        click.echo(f"Left as it is: {_line(left)}" if left else "There is nothing to forget.")
        return
    found = undoing.last(folder)
    if found is not None and (diff or (not yes and is_terminal())):
        click.echo(shown(_back(found, diff, merge)), nl=False)
        if diff:
            return
        if not click.confirm("Put this back?", default=False, err=True):
            click.echo("Nothing is undone.")
            return
    found = undoing.undo(folder, merge=merge)
    for edit in found.edits:
        click.echo(f"{'Removed' if edit.before is None else 'Restored'} {edit.path}")


def _back(found: Write, diff: bool, merge: bool) -> list[Edit]:
    """What is put back; the plain reverse where a diff was asked for, whatever changed since."""
    from dbwright.core.finding import Edit
    from dbwright.frontends import undoing

    if diff and not merge:
        return [Edit(edit.path, edit.after, edit.before) for edit in found.edits]
    return undoing.back(found, merge=merge)


def _list(folder: Path) -> None:
    from dbwright.frontends import undoing

    found = sorted(
        (write for root in {folder.resolve(), undoing.home(folder)}
         for write in undoing.writes(root)),
        key=lambda each: -each.when,
    )  # fmt: skip
    for each in found:
        click.echo(_line(each))
    if not found:
        click.echo("There is nothing to undo.")


def _line(found: Write) -> str:
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(found.when))
    files = found.edits[0].path if len(found.edits) == 1 else f"{len(found.edits)} files"
    broken = "" if found.whole else ", broken off in the middle"
    return f"{when}  {files}{broken}: {' '.join(found.request.split())[:50]}"

"""`dbwright undo`."""

from __future__ import annotations

from pathlib import Path

import click

from dbwright.frontends.asking import is_terminal


@click.command()
@click.option("--path", default=".", type=click.Path(exists=True), help="The project's folder.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def command(path: str, yes: bool) -> None:
    """Put back what the last write of dbwright replaced in this folder.

    Only files that are as it left them: where one changed since, nothing is undone.
    """
    from dbwright.frontends import undoing
    from dbwright.jobs.fix import diff
    from dbwright.jobs.fix import root_of as root_of_project
    from dbwright.render.parts import printable

    root = root_of_project(Path(path), None, None)
    found = undoing.last(root)
    if found is not None and not yes and is_terminal():
        from dbwright.core.finding import Edit

        back = [Edit(e.path, e.after, e.before) for e in found.edits]
        click.echo(printable(diff(back)), nl=False)
        if not click.confirm("Put this back?", default=False, err=True):
            click.echo("Nothing is undone.")
            return
    found = undoing.undo(root)
    for edit in found.edits:
        click.echo(f"{'Removed' if edit.before is None else 'Restored'} {edit.path}")

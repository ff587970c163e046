"""`dbwright demo`."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from dbwright.core.report import Report


@click.command()
def command() -> None:
    """Take the whole tour on a bundled shop, on a scratch PostgreSQL of its own.

    Nothing of yours is read or changed; it takes about a minute.
    """
    from dbwright.frontends import tour

    with tour.progress() as progress:

        def say(text: str) -> None:
            progress.end()
            lines = (
                [text] if text.startswith("$ ") else textwrap.wrap(text, 80, break_on_hyphens=False)
            )
            click.echo("\n".join(click.style(line, bold=True) for line in lines) + "\n")

        def show(report: Report, command: str) -> None:
            from dbwright.frontends.cli.output import emit

            progress.end()
            emit(report, "text", (), command=command, fixes=command == "dbwright check")
            click.echo()

        tour.lead(tour.Guide(say, show, _offer, progress))


def _offer(report: Report, folder: Path) -> bool:
    from dbwright.api import apply_edits
    from dbwright.jobs.fix import diff, safe_edits

    edits, _ = safe_edits(report)
    if not edits:
        click.echo("There is no safe fix to apply.\n")
        return False
    click.echo(diff(edits))
    apply_edits(folder, edits)
    return True

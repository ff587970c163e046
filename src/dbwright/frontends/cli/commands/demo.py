"""`dbwright demo`."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from dbwright.core.report import Report
    from dbwright.frontends.answering import Exchange


SHOWN = 40
"""So many lines of the fixes are shown: the tour is to be read to its end."""


@click.command()
def command() -> None:
    """Take the tour: three requests in words, then the review of a bundled shop.

    It runs on a scratch PostgreSQL of its own. Nothing of yours is read or changed; it takes about
    a minute, and leaves the page of the report in the folder for temporary files.
    """
    from dbwright.frontends import tour

    with tour.progress() as progress:

        def say(text: str) -> None:
            progress.end()
            lines = _lines(text)
            click.echo("\n".join(click.style(line, bold=True) for line in lines) + "\n")

        def show(report: Report, command: str) -> None:
            from dbwright.frontends.cli.output import emit

            progress.end()
            emit(report, "text", (), command=command, fixes=command == "dbwright check")
            click.echo()

        def tell(found: Exchange) -> None:
            from dbwright.core.report import Report
            from dbwright.frontends.answering import rendered

            progress.end()
            click.echo(f"Read as: {found.words}.\n" if found.is_report else "", nl=False)
            if isinstance(found.answer, Report):
                show(found.answer, "dbwright ask …")
            else:
                click.echo(rendered(found, "text", full=False, session=True))

        tour.lead(tour.Guide(say, show, tell, _offer, progress))


def _lines(text: str) -> list[str]:
    """A sentence in lines of a terminal; a command goes on behind a backslash, as it is typed."""
    if text.startswith("file:"):
        return [text]
    if not text.startswith("$ "):
        return textwrap.wrap(text, 80, break_on_hyphens=False)
    lines = textwrap.wrap(text, 78, subsequent_indent="  ", break_on_hyphens=False)
    return [*(f"{line} \\" for line in lines[:-1]), lines[-1]]


def _offer(report: Report, folder: Path) -> bool:
    """Shows the first of the safe fixes, the shortest, and applies all."""
    from dbwright.api import apply_edits
    from dbwright.jobs.fix import diff, safe_edits

    edits, _ = safe_edits(report)
    if not edits:
        click.echo("There is no safe fix to apply.\n")
        return False
    diffs = sorted((diff([edit]) for edit in edits), key=lambda text: text.count("\n"))
    shown, room = 0, SHOWN
    while shown < len(diffs) and (room := room - diffs[shown].count("\n")) >= 0:
        click.echo(diffs[shown], nl=False)
        shown += 1
    lines = sum(text.count("\n") for text in diffs[shown:])
    if lines:
        click.echo(f"… and {lines} lines in {len(diffs) - shown} more files.")
    click.echo()
    apply_edits(folder, edits)
    return True

"""`--fix` and `--diff`: the safe fixes, shown before they are written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dbwright.frontends import offering
from dbwright.jobs.fix import root_of, safe_edits

if TYPE_CHECKING:
    from dbwright.core.report import Report


def offer(report: Report, values: dict[str, Any], write: bool) -> None:
    """Shows the safe fixes as a diff on standard error, and writes them when told to."""
    edits, left = safe_edits(report)
    if not edits:
        click.echo("No safe fix to apply; --full shows the code of the others.", err=True)
        return
    click.echo(offering.shown(edits), err=True, nl=False)
    if not write:
        return
    root = root_of(Path(values["path"]), values["config"], values["section"])
    offering.save(root, edits, "dbwright check --fix", lambda line: click.echo(line, err=True))
    if left:
        click.echo(f"{len(left)} more touch the same files: run it again.", err=True)

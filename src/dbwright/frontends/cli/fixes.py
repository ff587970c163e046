"""`--fix` and `--diff`: the safe fixes, shown before they are written."""

from __future__ import annotations

from pathlib import Path

import click

from dbwright.api import apply_edits
from dbwright.core.report import Report
from dbwright.jobs.fix import diff, safe_edits


def offer(report: Report, path: str, write: bool) -> None:
    """Shows the safe fixes as a diff on standard error, and writes them when told to."""
    edits, left = safe_edits(report)
    if not edits:
        click.echo("No safe fix to apply; --full shows the code of the others.", err=True)
        return
    click.echo(diff(edits), err=True, nl=False)
    if not write:
        return
    root = Path(path)
    apply_edits(root if root.is_dir() else root.parent, edits)
    again = f" {len(left)} more touch the same files: run it again." if left else ""
    click.echo(f"Wrote {len(edits)} files.{again}", err=True)

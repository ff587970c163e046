"""`--fix` and `--diff`: the safe fixes, shown before they are written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dbwright.api import apply_edits
from dbwright.jobs.fix import diff, root_of, safe_edits
from dbwright.render import parts

if TYPE_CHECKING:
    from dbwright.core.report import Report


def offer(report: Report, values: dict[str, Any], write: bool) -> None:
    """Shows the safe fixes as a diff on standard error, and writes them when told to."""
    edits, left = safe_edits(report)
    if not edits:
        click.echo("No safe fix to apply; --full shows the code of the others.", err=True)
        return
    click.echo(parts.printable(diff(edits)), err=True, nl=False)
    if not write:
        return
    apply_edits(root_of(Path(values["path"]), values["config"], values["section"]), edits)
    files = len({edit.path for edit in edits})
    again = f" {len(left)} more touch the same files: run it again." if left else ""
    click.echo(f"Wrote {files} {'file' if files == 1 else 'files'}.{again}", err=True)

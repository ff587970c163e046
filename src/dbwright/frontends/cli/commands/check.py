"""`dbwright check`, the default job."""

from __future__ import annotations

from typing import Any

import click

from dbwright.frontends.cli.options import review_options, run_review


@click.command()
@review_options
@click.option("--fix", is_flag=True, help="Apply the safe fixes; the diff is shown first.")
@click.option("--diff", is_flag=True, help="Show the safe fixes as a diff, write nothing.")
@click.option("--write-baseline", is_flag=True, help="Accept today's findings into the baseline.")
def command(**values: Any) -> None:
    """Review the project in this folder: models, migrations, drift.

    PATH is a project's folder, or a single file or folder of models or of revisions.
    Exit status: 0 clean, 1 findings, 2 nothing could be read, 3 not everything verified.
    """
    run_review(("models", "migrations", "drift", "queries"), **values)

"""`dbwright models review`."""

from __future__ import annotations

from typing import Any

import click

from dbwright.frontends.cli.options import review_options, run_review


@click.command()
@review_options
def command(**values: Any) -> None:
    """Review the models of the project in this folder, or of a single file."""
    run_review(("models", "drift"), **values)

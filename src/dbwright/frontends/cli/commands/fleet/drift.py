"""`dbwright fleet drift`."""

from __future__ import annotations

import sys
from typing import Any

import click

from dbwright.frontends.cli.fleet_options import (
    INVENTORY,
    OUTPUT,
    options_of,
    source_of,
    tell,
    with_options,
)
from dbwright.frontends.cli.output import Progress, quiet_driver


@click.command()
@click.option(
    "--against", default="majority", metavar="WHAT", help="majority, first, or one's name."
)
@with_options(INVENTORY, OUTPUT)
def command(against: str, **values: Any) -> None:
    """Compare the schemas of many databases; nothing is changed.

    Tables, columns, keys, constraints, indexes and views; it names who differs, and in what.

    Exit status: 0 all are alike, 1 some differ, 2 usage, 3 some were not read.
    """
    from dbwright.api import fleet_drift
    from dbwright.jobs.fleet import Wanted
    from dbwright.render.fleet import drift_text

    quiet_driver()
    progress = Progress(values["quiet"])
    try:
        report = fleet_drift(
            source_of(values),
            against,
            values["path"],
            options_of(values),
            progress,
            wanted=Wanted(at_once=values["at_once"]),
        )
    finally:
        progress.end()
    tell(report, drift_text(report), values["format"])
    sys.exit(report.exit_status)

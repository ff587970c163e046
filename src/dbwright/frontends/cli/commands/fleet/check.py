"""`dbwright fleet check`."""

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
@click.argument("revision", default="head")
@with_options(INVENTORY, OUTPUT)
def command(revision: str, **values: Any) -> None:
    """Ask many databases at which revision each stands; nothing is changed.

    Exit status: 0 all stand at REVISION, 1 some do not, 2 usage, 3 some were not reached.
    """
    from dbwright.api import fleet_check
    from dbwright.jobs.fleet import Wanted
    from dbwright.render.fleet import fleet_text

    quiet_driver()
    progress = Progress(values["quiet"])
    try:
        report = fleet_check(
            source_of(values),
            revision,
            values["path"],
            options_of(values),
            progress,
            wanted=Wanted(at_once=values["at_once"], per_host=values["at_once"]),
        )
    finally:
        progress.end()
    tell(report, fleet_text(report, "check"), values["format"])
    sys.exit(report.exit_status)

"""`dbwright fleet status`."""

from __future__ import annotations

import sys
from typing import Any

import click

from dbwright.frontends.cli.fleet_options import OUTPUT, tell, with_options


@click.command()
@click.option(
    "--state",
    default="dbwright-fleet.db",
    metavar="FILE|URL",
    help="Where the rows are.  [dbwright-fleet.db]",
)
@with_options(OUTPUT)
def command(state: str, **values: Any) -> None:
    """Tell how the last upgrade of a fleet stands; no database of it is asked.

    Exit status: 0 all are done, 1 some are not, 2 usage, 3 all that was reached is done.
    """
    from dbwright.api import fleet_status
    from dbwright.render.fleet import fleet_text

    report = fleet_status(state)
    tell(report, fleet_text(report), values["format"])
    sys.exit(report.exit_status)

"""`dbwright fleet upgrade`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from dbwright.core.errors import UpgradeError, UsageError
from dbwright.frontends.cli.fleet_options import (
    INVENTORY,
    OUTPUT,
    options_of,
    source_of,
    tell,
    with_options,
)
from dbwright.frontends.cli.output import Progress, quiet_driver

if TYPE_CHECKING:
    from dbwright.core.upgraded import Outlook
    from dbwright.fleet.inventory import Inventory
    from dbwright.jobs.fleet import Wanted

WAVES = [
    click.option(
        "--per-host", type=click.IntRange(1, 256), default=4, help="How many per host.  [4]"
    ),
    click.option("--canary", type=click.IntRange(1), default=1, help="The first wave's size.  [1]"),
    click.option("--wave", type=click.IntRange(1), default=100, help="The others' size.  [100]"),
    click.option("--health-sql", default="", metavar="SQL", help="Must say true behind the first."),
    click.option(
        "--health-command", default="", metavar="CMD", help="Must succeed behind the first."
    ),
    click.option(
        "--stop-at", type=click.FloatRange(0, 1), default=0.1, help="Share that may fail.  [0.1]"
    ),
    click.option("--resume", is_flag=True, help="Leave alone what is done."),
    click.option("--state", metavar="FILE|URL", help="Where the rows are.  [dbwright-fleet.db]"),
    click.option("--on", metavar="MODULE:NAME", help="What on_celery or on_procrastinate gave."),
    click.option(
        "--lock-seconds", type=click.FloatRange(0.05), default=5.0, help="To wait for a lock.  [5]"
    ),
    click.option(
        "--retries", type=click.IntRange(0), default=10, help="How often to try again.  [10]"
    ),
    click.option("--wait", type=float, default=60.0, help="Seconds for another upgrade.  [60]"),
    click.option("--timeout", type=click.IntRange(1), help="Seconds for each revision."),
    click.option("--yes", is_flag=True, help="Upgrade without asking."),
]


@click.command()
@click.argument("revision", default="head")
@with_options(INVENTORY, WAVES, OUTPUT)
def command(revision: str, **values: Any) -> None:
    """Upgrade many databases, or schemas, with the project's own revisions.

    First a small wave and its health check, then the others; each as `migrations upgrade` does
    one. A database that fails is named and the rest goes on, until too many do. Each has a row
    in the state database; --resume takes up those that are not done.

    \b
    dbwright fleet upgrade --inventory fleet.toml --health-sql 'SELECT count(*) > 0 FROM plan'
    dbwright fleet upgrade --query 'SELECT schema FROM tenant' --db URL --yes --resume

    Exit status: 0 all are done, 1 some are not, 2 usage, 3 all that was reached is done.
    """
    from dbwright.api import fleet_upgrade
    from dbwright.render.fleet import fleet_text

    quiet_driver()
    progress = Progress(values["quiet"])

    def agree(inventory: Inventory, found: Outlook | None) -> bool:
        progress.end()
        return _agreed(inventory, found, values)

    try:
        report = fleet_upgrade(
            source_of(values),
            revision,
            values["path"],
            options_of(values),
            progress,
            wanted=_wanted(values),
            agree=agree,
        )
    except UpgradeError as error:
        progress.end()
        click.echo(f"dbwright: {error}", err=True)
        sys.exit(1)
    finally:
        progress.end()
    tell(report, fleet_text(report), values["format"])
    sys.exit(report.exit_status)


def _wanted(values: dict[str, Any]) -> Wanted:
    from dbwright.deploy.run import Settings
    from dbwright.fleet.health import Health
    from dbwright.fleet.waves import Plan
    from dbwright.jobs.fleet import STATE
    from dbwright.jobs.fleet import Wanted as Chosen

    plan = Plan(
        values["canary"],
        values["wave"],
        values["stop_at"],
        values["resume"],
        Health(values["health_command"], values["health_sql"]),
    )
    settings = Settings(values["lock_seconds"], values["retries"], wait_seconds=values["wait"])
    state, on = values["state"] or STATE, values["on"] or ""
    if on:
        sys.path.insert(0, "")  # as for `celery --app`
    return Chosen(plan, settings, values["at_once"], values["per_host"], state, on)


def _agreed(inventory: Inventory, found: Outlook | None, values: dict[str, Any]) -> bool:
    from dbwright.render.upgraded import outlook_text

    count = len(inventory.members)
    hosts = len({member.target.host for member in inventory.members})
    if not (values["format"] == "json" or values["quiet"]):
        noun = "database" if count == 1 else "databases"
        click.echo(f"{count} {noun} on {hosts} host{'s' if hosts > 1 else ''}.")
        click.echo(outlook_text(found) if found else "There is none to be asked what is to run.")
    if values["yes"]:
        return True
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError("nothing was written, for nobody could be asked", way_out="Add --yes.")
    if not click.confirm(f"Upgrade {count}?", err=True):
        raise click.Abort
    return True

"""Databases in use that are written to: one, or a fleet of them, upgraded by the project's code."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from dbwright.api.defaults import default_options, silent

if TYPE_CHECKING:
    from dbwright.core.fleet import FleetDrift, FleetReport
    from dbwright.core.options import Options, Progress
    from dbwright.core.upgraded import Outlook, UpgradeReport
    from dbwright.fleet.inventory import Inventory
    from dbwright.fleet.queues import Station
    from dbwright.jobs.fleet import Source, Wanted


def upgrade(
    url: str,
    revision: str = "head",
    path: str | Path = ".",
    options: Options | None = None,
    progress: Progress | None = None,
    *,
    agree: Callable[[Outlook], bool] | None = None,
    schema: str | None = None,
    arguments: tuple[str, ...] = (),
    lock_seconds: float = 5.0,
    retries: int = 10,
    wait_seconds: float = 60.0,
    it_ran: bool | None = None,
) -> UpgradeReport:
    """Upgrades the database at a URL with the revisions of the project in a folder.

    One upgrade runs at a time; each revision is a transaction of its own, and is tried again where
    a lock was not given within `lock_seconds`. What it is about to run goes to `agree` first;
    without it the answer is no. `schema` upgrades one schema of it, `arguments` are what
    `alembic -x` is given, `it_ran` says of a statement that was cut off whether it took effect.
    Raises UsageError for a URL that cannot be meant, UpgradeError where it is refused before
    anything is written; what happens then is in the report.
    """
    from dbwright.deploy.run import Settings
    from dbwright.deploy.target import Target
    from dbwright.jobs.upgrade import run

    settings = Settings(lock_seconds, retries, wait_seconds=wait_seconds, it_ran=it_ran)
    target = Target(url, schema, arguments)
    chosen, told = options or default_options(), progress or silent
    return run(Path(path), target, revision, settings, chosen, told, agree or _no)


def _no(found: Outlook) -> bool:
    return False


def fleet_upgrade(
    source: Source,
    revision: str = "head",
    path: str | Path = ".",
    options: Options | None = None,
    progress: Progress | None = None,
    *,
    wanted: Wanted | None = None,
    agree: Callable[[Inventory, Outlook | None], bool] | None = None,
) -> FleetReport:
    """Upgrades the databases of an inventory in waves; what goes wrong in one is in its row.

    The inventory, and what is to be run on its first database where that can be told, go to
    `agree` first; without it the answer is no. Raises UsageError for an inventory that cannot be
    meant, UpgradeError where nothing was agreed to or no state can be kept.
    """
    from dbwright.jobs import fleet

    chosen, told = options or default_options(), progress or silent
    given = wanted or fleet.Wanted()
    yes = agree or (lambda inventory, found: False)
    return fleet.upgrade(Path(path), source, revision, given, chosen, told, yes)


def fleet_station(
    path: str | Path, source: Source, *, state: str, options: Options | None = None
) -> Station:
    """Gives what the workers of a queue need: `dbwright.fleet.celery` and `.procrastinate` take it.

    Workers read the project in a folder, the inventory and the state database, an URL that they
    and `fleet upgrade` reach.
    """
    from dbwright.jobs import fleet

    return fleet.station(Path(path), source, state, options or default_options())


def fleet_check(
    source: Source,
    revision: str = "head",
    path: str | Path = ".",
    options: Options | None = None,
    progress: Progress | None = None,
    *,
    wanted: Wanted | None = None,
) -> FleetReport:
    """Asks the databases of an inventory at which revision they stand; nothing is changed."""
    from dbwright.jobs import fleet

    chosen, told = options or default_options(), progress or silent
    return fleet.check(Path(path), source, revision, wanted or fleet.Wanted(), chosen, told)


def fleet_drift(
    source: Source,
    against: str = "majority",
    path: str | Path = ".",
    options: Options | None = None,
    progress: Progress | None = None,
    *,
    wanted: Wanted | None = None,
) -> FleetDrift:
    """Compares the schemas of the databases of an inventory; nothing is changed.

    `against` is "majority", "first", or the name of one of them.
    """
    from dbwright.jobs import fleet

    chosen, told = options or default_options(), progress or silent
    return fleet.drift(Path(path), source, against, wanted or fleet.Wanted(), chosen, told)


def fleet_status(state: str = "dbwright-fleet.db") -> FleetReport:
    """Gives how the last upgrade of a fleet stands; `state` is a file, or the URL of a database."""
    from dbwright.jobs import fleet

    return fleet.status(state)

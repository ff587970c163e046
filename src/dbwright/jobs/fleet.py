"""The fleet job: the databases of an inventory upgraded, asked where they stand, compared."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from dbwright.core.errors import UpgradeError, UsageError, UserCodeError
from dbwright.core.fleet import FleetDrift, FleetReport, TargetRun
from dbwright.core.named import named
from dbwright.core.options import Options, Progress
from dbwright.core.upgraded import Outlook
from dbwright.deploy.hand import Hand, NoDesk
from dbwright.deploy.run import Code, Order, Settings, outlook
from dbwright.fleet import drift as drifts
from dbwright.fleet import inventory as inventories
from dbwright.fleet import state as states
from dbwright.fleet import waves
from dbwright.fleet.fan_out import FanOut, Threads
from dbwright.fleet.inventory import Inventory, Member
from dbwright.fleet.queues import Queue, Station
from dbwright.fleet.work import Task
from dbwright.jobs.upgrade import code_of

STATE = "dbwright-fleet.db"


@dataclass(frozen=True, slots=True)
class Source:
    """Where the inventory comes from: one of a file, a query at `db`, a function of the project.

    `arguments` are what `alembic -x` is given for each, {schema} and {database} filled in.
    """

    file: str | None = None
    query: str | None = None
    entry: str | None = None
    db: str | None = None
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a fleet is upgraded: in which waves, how many at once, where the state is kept."""

    plan: waves.Plan = field(default_factory=waves.Plan)
    settings: Settings = field(default_factory=Settings)
    at_once: int = 4
    per_host: int = 4
    state: str = STATE
    on: str = ""
    """What sends the messages of a queue, `module:name`; threads of this process where empty."""


Agree = Callable[[Inventory, Outlook | None], bool]


def read_inventory(source: Source, code: Code | None) -> Inventory:
    """Gives the inventory; UsageError where not one source is named, or it cannot be meant."""
    given = [each for each in (source.file, source.query, source.entry) if each]
    if len(given) != 1:
        raise UsageError(
            "name the databases in one way",
            way_out="--inventory FILE, or --query SQL with --db URL, or --entry module:function",
        )
    if source.file:
        found = inventories.from_file(Path(source.file), source.db)
    elif source.query:
        if not source.db:
            raise UsageError("--query is asked of a database", way_out="Name it with --db URL.")
        found = inventories.from_query(source.query, source.db)
    else:
        found = _from_entry(source, code)
    return inventories.with_arguments(found, source.arguments)


def _from_entry(source: Source, code: Code | None) -> Inventory:
    if code is None:
        raise UsageError("--entry is a function of a project, and there is none here")
    with Hand(code.python, code.root, lists=True) as hand:
        items = hand.call("targets", NoDesk(), entry=source.entry)
    return inventories.from_items(items, source.db, where=str(source.entry))


@contextmanager
def _engine(code: Code, options: Options, at_once: int, per_host: int) -> Iterator[Threads]:
    def hand() -> Hand:
        return Hand(code.python, code.root, timeout=options.timeout)

    with Threads(hand, at_once, per_host) as engine:
        yield engine


@contextmanager
def _fan_out(code: Code, options: Options, wanted: Wanted) -> Iterator[FanOut]:
    """Gives what works on the databases: threads of this process, or the queue that is named."""
    if wanted.on:
        queue = named(wanted.on, "the queue")
        if not isinstance(queue, Queue):
            raise UsageError(f"{wanted.on} is no queue", way_out="Name what on_celery() gave.")
        yield queue.at(wanted.state, wanted.at_once, wanted.per_host)
        return
    with _engine(code, options, wanted.at_once, wanted.per_host) as engine:
        yield engine


def station(path: Path, source: Source, state: str, options: Options) -> Station:
    """Gives what the workers of a queue need to upgrade the databases of an inventory."""
    code = code_of(path, options)
    return Station(code, lambda: read_inventory(source, code), state, options.timeout)


def _destination(code: Code, options: Options, revision: str) -> str:
    """Gives where a database stands that is done; UpgradeError where the code has many heads."""
    with Hand(code.python, code.root, timeout=options.timeout) as hand:
        found = hand.call(
            "destination", NoDesk(), config=code.config, section=code.section, revision=revision
        )
    return ", ".join(found)


def upgrade(
    path: Path,
    source: Source,
    revision: str,
    wanted: Wanted,
    options: Options,
    progress: Progress,
    agree: Agree,
) -> FleetReport:
    """Upgrades the databases of the inventory once `agree` has said yes."""
    code = code_of(path, options)
    progress("reading the inventory")
    inventory = read_inventory(source, code)
    stands_at = _destination(code, options, revision)
    task = Task(code, revision, wanted.settings, stands_at)
    with states.opened(wanted.state) as state, _fan_out(code, options, wanted) as engine:
        left = waves.left_of(inventory, task, wanted.plan, state.rows())
        if not agree(inventory, _first(task, [m for wave in left for m in wave], options)):
            raise UpgradeError("nothing was written", way_out="It was not agreed to.")
        return waves.run(inventory, task, wanted.plan, state, engine, progress)


def _first(task: Task, left: Sequence[Member], options: Options) -> Outlook | None:
    """Gives what is to be run on the first database; None where it cannot be told."""
    if not left:
        return None
    with Hand(task.code.python, task.code.root, timeout=options.timeout) as hand:
        order = Order(hand, task.code, task.revision, task.settings)
        try:
            return outlook(order, left[0].target, with_sql=True)
        except (UpgradeError, UserCodeError):
            return None


def check(
    path: Path,
    source: Source,
    revision: str,
    wanted: Wanted,
    options: Options,
    progress: Progress,
) -> FleetReport:
    """Asks each database of the inventory where it stands; nothing is changed."""
    started = time.monotonic()
    code = code_of(path, options)
    inventory = read_inventory(source, code)
    stands_at = _destination(code, options, revision)
    task = Task(code, revision, wanted.settings, stands_at, only_asks=True)
    found: dict[str, TargetRun] = {}
    with _engine(code, options, wanted.at_once, wanted.per_host) as engine:
        for event in engine(inventory.members, task, threading.Event()):
            if event.result is not None:
                found[event.member.name] = event.result
                progress(f"asking: {len(found)} of {len(inventory.members)}")
    runs = tuple(found[member.name] for member in inventory.members)
    bad = any(run.state != "done" for run in runs)
    return FleetReport(
        "failed" if bad else "done",
        runs,
        round(time.monotonic() - started, 3),
        duplicates=inventory.duplicates,
        head=task.stands_at,
    )


def drift(
    path: Path, source: Source, against: str, wanted: Wanted, options: Options, progress: Progress
) -> FleetDrift:
    """Compares the schemas of the databases of the inventory; nothing is changed."""
    code = code_of(path, options) if source.entry else None
    inventory = read_inventory(source, code)
    return drifts.drift(inventory, against, wanted.at_once, progress)


def status(place: str) -> FleetReport:
    """Gives how the last upgrade of a fleet stands, as its state database has it."""
    if "://" not in place and not Path(place).exists():
        raise UsageError(
            f"there is no state in {place}", way_out="Name it:  dbwright fleet status --state FILE"
        )
    with states.opened(place) as state:
        runs = tuple(state.rows().values())
    bad = any(run.state != "done" for run in runs)
    return FleetReport("failed" if bad else "done", runs)

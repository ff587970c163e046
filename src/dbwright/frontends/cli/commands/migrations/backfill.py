"""`dbwright migrations backfill`."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn

import click

from dbwright.core.errors import BackfillError, UsageError
from dbwright.frontends.cli.output import Progress, quiet_driver

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from dbwright import backfill as backfills

ACTIONS = ("status", "pause", "resume", "cancel", "forget")
LIMITS = ("target_seconds", "max_lag_seconds", "max_waiting", "max_active", "max_wal_mb")


@click.command()
@click.argument("name", required=False)
@click.option("--db", metavar="URL", help="The primary that is written to.")
@click.option("--twin", metavar="FILE", help="Or what it would write there; nothing is run.")
@click.option("--table", metavar="NAME", help="The table, with its schema if it needs one.")
@click.option("--set", "set_", metavar="SQL", help="What is set: 'total_cents = total * 100'.")
@click.option("--delete", is_flag=True, help="Delete the rows that --where finds.")
@click.option("--call", metavar="MODULE:NAME", help="A function (connection, batch) instead.")
@click.option("--where", metavar="SQL", help="What is true of a row that is not done yet.")
@click.option("--key", metavar="COLUMNS", help="The unique key to walk by; else the primary one.")
@click.option("--workers", type=click.IntRange(1, 64), default=1, help="How many at once.  [1]")
@click.option("--target-seconds", type=float, help="What a batch shall take.  [0.5]")
@click.option("--max-lag-seconds", type=float, help="Wait while a replica lags more.  [10]")
@click.option("--max-waiting", type=int, help="Wait while more sessions wait for locks.  [5]")
@click.option("--max-active", type=int, help="Wait while more queries run.")
@click.option("--max-wal-mb", type=float, help="Write no more log a second.")
@click.option("--replica", "replicas", multiple=True, metavar="URL", help="Ask it for its lag.")
@click.option("--dry-run", is_flag=True, help="Show what it would do and take; write nothing.")
@click.option("--yes", is_flag=True, help="Start without asking.")
@click.option("--status", "action", flag_value="status", help="How it stands, or all do.")
@click.option("--pause", "action", flag_value="pause", help="Have its workers stop.")
@click.option("--resume", "action", flag_value="resume", help="Let it go on, here.")
@click.option("--cancel", "action", flag_value="cancel", help="End it; what is written stays.")
@click.option(
    "--forget", "action", flag_value="forget", help="Take one that ended out of the list."
)
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
def command(
    name: str | None, db: str | None, twin: str | None, action: str | None, **values: Any
) -> None:
    """Work on every row of a large table in batches that can be stopped, resumed and shared.

    It shows the statement and what it is expected to take, and asks. State stays in the database,
    in tables dbwright_backfill…; the same command again goes on where it stopped.

    \b
    dbwright migrations backfill orders_total --db URL --table orders \\
        --set 'total_cents = total * 100' --where 'total_cents IS NULL'
    dbwright migrations backfill --status --db URL
    """
    from dbwright import backfill as backfills
    from dbwright.dialects.drivers import url_of, with_ours

    quiet_driver()
    if twin is not None:
        _foretold(twin, name, values)
        return
    if db is None:
        raise click.UsageError("Name the database:  --db URL")
    engine = backfills.engine_of(with_ours(url_of(db)))
    with _answered(engine):
        _act(engine, name, action, values)


@contextlib.contextmanager
def _answered(engine: Engine) -> Iterator[None]:
    """Tells what a database says that cannot be asked."""
    from sqlalchemy.exc import DBAPIError

    from dbwright.backfill.trouble import first_line

    try:
        yield
    except DBAPIError as error:
        place = engine.url.render_as_string(hide_password=True)
        raise BackfillError(
            f"{place} could not be asked: {first_line(error)}",
            way_out="When it answers, the same command goes on from where the backfill is.",
        ) from error


def _act(engine: Engine, name: str | None, action: str | None, values: dict[str, Any]) -> None:
    from dbwright import backfill as backfills

    if action == "status" or (name is None and action is None):
        _tell_all(backfills.list_all(engine, name))
        return
    if name is None:
        raise click.UsageError(f"Name the backfill to {action}.")
    if action in ("pause", "cancel", "forget"):
        getattr(backfills, action)(engine, name)
        click.echo(f"{name}: {_DONE[action]}")
        return
    _run(engine, name, action, values)


def _foretold(twin: str, name: str | None, values: dict[str, Any]) -> None:
    from dbwright.api import estimate_on_twin

    progress = Progress(values["quiet"])
    try:
        found = estimate_on_twin(twin, _wanted(name or "it", values), progress=progress)
    finally:
        progress.end()
    for line in _lines(found, values["workers"]):
        click.echo(line)
    click.echo("By the twin's sizes and statistics; how fast it goes --dry-run --db URL tries.")


_DONE = {
    "pause": "its workers stop behind their batches",
    "cancel": "cancelled; what is written stays",
    "forget": "forgotten",
}


def _run(engine: Engine, name: str, action: str | None, values: dict[str, Any]) -> None:
    from dbwright import backfill as backfills
    from dbwright.dialects.drivers import url_of, with_ours

    given = {limit: values[limit] for limit in LIMITS if values[limit] is not None}
    if values["replicas"]:
        given["replicas"] = tuple(with_ours(url_of(each)) for each in values["replicas"])
    wanted = backfills.known(engine, name) if action == "resume" else _wanted(name, values)
    is_known = any(each.name == name for each in backfills.list_all(engine, name))
    started = backfills.settings_of(engine, name) if is_known else backfills.Settings()
    settings = replace(started, **given)
    if not is_known or values["dry_run"]:
        found = backfills.estimate(engine, wanted, settings)
        for line in _lines(found, values["workers"]):
            click.echo(line)
        if values["dry_run"]:
            click.echo("Nothing was written.")
            return
    _agree(name, engine, is_known, values["yes"])
    progress = Progress(values["quiet"])
    try:
        ended = backfills.run(
            engine,
            wanted,
            settings,
            workers=values["workers"],
            watch=lambda at: progress(_progress(at)),
        )
    except KeyboardInterrupt:
        progress.end()
        _interrupted(engine, name)
    finally:
        progress.end()
    click.echo(_told(ended))
    for failure in backfills.failures(engine, name, 10):
        click.echo(f"  row {', '.join(map(str, failure.key))}: {failure.error}")
    if ended.state == "failed":
        click.echo(f"Mend them, then:  dbwright migrations backfill {name} --resume --db …")
    sys.exit(0 if ended.state == "done" else 1)


def _interrupted(engine: Engine, name: str) -> NoReturn:
    """Says what there is after Ctrl-C, and leaves as a process does that it ended."""
    from sqlalchemy.exc import DBAPIError

    from dbwright import backfill as backfills

    told = "Stopped."
    with contextlib.suppress(DBAPIError):
        told += f" {_told(backfills.status(engine, name))}"
    click.echo(f"{told}\nThe same command again goes on from there.", err=True)
    sys.exit(130)


def _wanted(name: str, values: dict[str, Any]) -> backfills.Backfill:
    from dbwright import backfill as backfills

    if not values["table"]:
        raise click.UsageError(
            "Say which --table, and what is --set; or --resume one that is there."
        )
    key = tuple(part.strip() for part in (values["key"] or "").split(",") if part.strip())
    return backfills.Backfill(
        name,
        values["table"],
        set=values["set_"] or "",
        where=values["where"] or "",
        key=key,
        delete=values["delete"],
        call=values["call"] or "",
    )


def _agree(name: str, engine: Engine, is_known: bool, yes: bool) -> None:
    if yes:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError("nothing was written, for nobody could be asked", way_out="Add --yes.")
    what = "Go on with it" if is_known else "Start it"
    place = engine.url.render_as_string(hide_password=True)
    if not click.confirm(f"{what} on {place}?", err=True):
        raise click.Abort


def _lines(found: backfills.Estimate, workers: int) -> list[str]:
    lines = [f"{found.backfill.name}: {found.statement}"]
    lines.append(f"  in batches by {', '.join(found.key)}, each one transaction")
    if found.trouble:
        lines.append(f"  a row of the first batch cannot be written: {found.trouble}")
        lines.append("  such rows are named at the end, and the rest goes on")
    undone = f", {found.undone:,.0f} to write" if found.backfill.where else ""
    lines.append(f"  about {found.rows:,.0f} rows{undone}")
    seconds = found.seconds(workers)
    if found.sample is not None and seconds is not None:
        sample = found.sample
        took = sample.walk_seconds + sample.seconds
        tried = f"{sample.walked:,} rows in {took:.2f} s, undone"
        hands = f"{workers} worker{'s' if workers > 1 else ''}"
        lines.append(
            f"  about {_span(seconds)} with {hands}, if nothing makes it wait (tried: {tried})"
        )
    if found.log_bytes is not None:
        rate = (
            f", {found.log_bytes / max(seconds or 1, 1) / 2**20:.1f} MB a second" if seconds else ""
        )
        most = "about" if found.sample is not None else "at most about"
        lines.append(f"  {most} {_size(found.log_bytes)} of write-ahead log for replicas{rate}")
    return [*lines, *_room(found), *_followers(found, workers)]


def _room(found: backfills.Estimate) -> list[str]:
    sample, growth = found.sample, found.growth_bytes
    if growth is None:
        dead = found.dead_bytes
        return [f"  about {_size(dead)} of old rows until VACUUM has been there"] if dead else []
    if sample is None:
        return [f"  at most {_size(growth)} more on disk if VACUUM gives no room meanwhile"]
    share = (sample.in_place or 0) / max(sample.written, 1)
    return [
        f"  about {_size(growth)} more on disk if VACUUM gives no room meanwhile; {share:.0%} of "
        "the tried rows went into their own page"
    ]


def _followers(found: backfills.Estimate, workers: int) -> list[str]:
    slow = found.slowest(workers)
    if slow is not None:
        replica, seconds = slow
        return [
            f"  {replica.name} would be behind, and be waited for: it replays "
            f"{_size(replica.bytes_a_second)} a second, so that all takes about {_span(seconds)}"
        ]
    names = ", ".join(each.name for each in found.replays)
    return [f"  kept up with what was tried: {names}"] if names else []


def _progress(at: backfills.Progress) -> str:
    status = at.status
    share = f" of about {status.expected:,.0f}" if status.expected else ""
    left = f", {_span(at.seconds_left)} left" if at.seconds_left is not None else ""
    waits = f", waits: {at.waits_for}" if at.waits_for else ""
    speed = f"{at.rows_a_second:,.0f} a second"
    return f"{status.name}: {status.walked:,}{share} rows, {speed}{left}{waits}"


def _told(status: backfills.Status) -> str:
    rate = status.rows / status.seconds if status.seconds > 1 else 0
    speed = f", {rate:,.0f} a second" if rate else ""
    message = f": {status.message}" if status.message else ""
    return (
        f"{status.name}: {status.state}{message}. {status.rows:,} rows of {status.table} in "
        f"{status.batches:,} batches, {_span(status.seconds)}{speed}."
    )


def _tell_all(found: tuple[backfills.Status, ...]) -> None:
    if not found:
        click.echo("There is no backfill in this database.")
    for status in found:
        workers = f" {status.workers} at work." if status.state == "running" else ""
        click.echo(_told(status) + workers)


def _span(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h" if seconds < 172_800 else f"{seconds / 86_400:.1f} days"


def _size(count: float) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}"
        count /= 1024
    return f"{count:.1f} TB"

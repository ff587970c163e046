"""Scenes of a database that dies, fails over, lags or cannot be reached."""

from __future__ import annotations

import os
import random
import shutil
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from kills import ADD, fill
from servers import MariaDB, Postgres, Proxy, until
from sqlalchemy import Engine, text
from trial import ROWS, SMALL, Trial, server

from dbwright.backfill import Settings, Worker, cancel, engine_of, run, start, status, work
from dbwright.backfill.brakes import Brakes
from dbwright.core.errors import ReadOnlyError

Harms = dict[str, Callable[[], None]]


def database(place: Path, times: int) -> str:
    """The postmaster and a backend killed, and an immediate stop, again and again."""
    chance = random.Random(11)
    with server(place / "pg") as primary:

        def ended(by: int) -> None:
            primary.end(by)
            time.sleep(chance.random() * 0.3)
            primary.start()

        def backend_killed() -> None:
            primary.kill_backend()
            until(primary.answers, "the server is there again")

        harms: Harms = {
            "kill of the postmaster": lambda: ended(signal.SIGKILL),
            "kill of a backend": backend_killed,
            "immediate stop": lambda: ended(signal.SIGQUIT),
        }
        return _harmed(engine_of(primary.url()), harms, chance, times)


def mariadb(place: Path, times: int) -> str:
    """A MariaDB killed, a connection of it ended, and an orderly stop, again and again."""
    if not shutil.which("mariadbd"):
        return "not run: there is no mariadbd"
    chance = random.Random(15)
    found = MariaDB(place / "m").made()

    def ended(by: int) -> None:
        found.end(by)
        time.sleep(chance.random() * 0.3)
        found.start()

    harms: Harms = {
        "kill of the server": lambda: ended(signal.SIGKILL),
        "kill of a connection": found.kill_connection,
        "stop": lambda: ended(signal.SIGTERM),
    }
    try:
        return _harmed(engine_of(found.url), harms, chance, times)
    finally:
        found.end(signal.SIGKILL)


def _harmed(engine: Engine, harms: Harms, chance: random.Random, times: int) -> str:
    """A backfill while its server is harmed in these ways in turn, each so many times."""
    done: dict[str, int] = {}
    trial = Trial(engine).start(ROWS * times // 5)
    for what, harm in list(harms.items()) * times:
        trial.goes_on(chance.randrange(1, 20))
        if not trial.is_running():
            break
        harm()
        done[what] = done.get(what, 0) + 1
    told = ", ".join(f"{count} × {what}" for what, count in done.items())
    return f"{told}: {trial.close()}"


def failover(place: Path, times: int) -> str:
    """A primary killed and its standby promoted, with and without target_session_attrs."""
    chance, told = random.Random(12), []
    for number, tail in enumerate(("&target_session_attrs=read-write", "") * (times // 5 or 1)):
        with server(place / f"p{number}") as primary:
            standby = primary.standby(place / f"s{number}").start()
            try:
                trial = Trial(engine_of(primary.url("postgres", standby, tail=tail)))
                trial.start(ROWS // 2)
                trial.goes_on(chance.randrange(5, 60))
                primary.end(signal.SIGKILL)
                time.sleep(chance.random())
                standby.promote()
                trial.goes_on()
                waited = "it waited, " if any("waits for" in each for each in trial.words) else ""
                told.append(f"{tail[1:] or 'no attribute'}: {waited}{trial.close()}")
            finally:
                standby.end(signal.SIGQUIT)
    return "; ".join(told)


SLOW = """
CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN PERFORM pg_sleep(0.002); RETURN NEW; END $$;
CREATE TRIGGER slow BEFORE UPDATE ON kills FOR EACH ROW EXECUTE FUNCTION slow();
"""
LAG = """
SELECT extract(epoch FROM max(replay_lag))::float8, (SELECT coalesce(sum(batches), 0)::int
FROM (SELECT batches FROM dbwright_backfill UNION ALL SELECT batches FROM dbwright_backfill_range)
b) FROM pg_stat_replication
"""


def lag(place: Path, times: int) -> str:
    """A standby that stops to replay: how many batches come after its lag is over the limit."""
    told = []
    with server(place / "p") as primary:
        standby = primary.standby(place / "s", "wal_receiver_status_interval=1").start()
        try:
            try:
                run(engine_of(standby.url()), ADD)
                told.append("WRONG: the standby was not refused")
            except ReadOnlyError as error:
                told.append(f"the standby itself: {error.message}")
            for name, urls in (("the primary's view", ()), ("--replica", (standby.url(),))):
                told.append(f"{name}: {_lagged(primary, standby, urls, min(times, 3))}")
            told.append(f"a standby that lost its primary: {_unfed(primary, standby)}")
        finally:
            standby.end(signal.SIGQUIT)
    return "; ".join(told)


def _lagged(primary: Postgres, standby: Postgres, urls: tuple[str, ...], times: int) -> str:
    engine = engine_of(primary.url())
    fill(engine, ROWS)
    with engine.begin() as connection:
        connection.execute(text("DROP FUNCTION IF EXISTS slow CASCADE"))
        connection.exec_driver_sql(SLOW, execution_options={"no_parameters": True})
    limit = 2.0
    start(engine, ADD, Settings(first_size=200, max_lag_seconds=limit))
    said: list[str] = []
    worker = Worker(tell=said.append, replicas=urls)
    thread = threading.Thread(target=work, args=(engine, "add", worker))
    thread.start()
    over, resumed = [], []
    for _ in range(times):
        _walks(engine, 3)
        said.clear()
        standby.ask("SELECT pg_wal_replay_pause()")
        at_limit = -1
        while not said:
            seconds, batches = primary.ask(LAG)[0]
            if at_limit < 0 and float(str(seconds or 0)) > limit:
                at_limit = int(str(batches))
        batches = int(str(primary.ask(LAG)[0][1]))
        over.append(batches - at_limit if at_limit >= 0 else 0)
        standby.ask("SELECT pg_wal_replay_resume()")
        began = time.monotonic()
        _walks(engine, 1)
        resumed.append(time.monotonic() - began)
    words = said[0] if said else ""
    cancel(engine, "add")
    thread.join()
    late = max(over)
    verdict = "" if late <= 1 else "WRONG: "
    return (
        f"{verdict}{late} batches at most after {limit:.0f} s of lag ({words}), goes on "
        f"{max(resumed):.1f} s after the replay does"
    )


def _unfed(primary: Postgres, standby: Postgres) -> str:
    """What is said of a standby that has replayed all that it got, and gets nothing more."""
    standby.ask("ALTER SYSTEM SET primary_conninfo = ''")
    standby.ask("SELECT pg_reload_conf()")
    receives = "SELECT count(*) FROM pg_stat_wal_receiver"
    until(lambda: standby.ask(receives) == [(0,)], "the standby's receiver ends")
    brakes = Brakes(Settings(replicas=(standby.url(),)))
    with engine_of(primary.url()).connect() as connection:
        reason = brakes.reason(connection)
    brakes.close()
    return reason or "WRONG: it goes on"


def _walks(engine: Engine, count: int) -> None:
    before = status(engine, "add").batches
    until(lambda: status(engine, "add").batches >= before + count, "batches go on")


def network(place: Path, times: int) -> str:
    """Connections that are cut by a proxy, and for a while refused."""
    chance = random.Random(13)
    with server(place / "pg") as primary:
        proxy = Proxy(primary.port).start()
        known = primary.url().replace(str(primary.port), str(proxy.port))
        trial = Trial(engine_of(known)).start(ROWS)
        cuts = 0
        for _ in range(2 * times):
            trial.goes_on(chance.randrange(1, 20))
            if trial.is_running():
                proxy.frozen.set()
                proxy.cut()
                time.sleep(chance.random() * 0.3)
                proxy.frozen.clear()
                proxy.cut()
                cuts += 1
        told = f"{cuts} cuts: {trial.close()}"
        proxy.close()
        return told


def stopped(place: Path, times: int) -> str:
    """A backend that is stopped for longer than its lease, in a batch or between two."""
    chance = random.Random(14)
    with server(place / "pg") as primary:
        trial = Trial(engine_of(primary.url()), replace(SMALL, lease_seconds=0.3)).start(ROWS)
        held = 0
        while held < times and trial.is_running():
            trial.goes_on(chance.randrange(1, 20))
            pids = primary.ask(
                "SELECT pid FROM pg_stat_activity WHERE query ILIKE '%dbwright_backfill%'"
                " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
            if pids and trial.is_running():
                pid = int(str(chance.choice(pids)[0]))
                os.kill(pid, signal.SIGSTOP)
                time.sleep(0.6)
                os.kill(pid, signal.SIGCONT)
                held += 1
        return f"{held} × for two leases: {trial.close()}"


SCENES = (database, mariadb, failover, lag, network, stopped)

"""Kills at random moments, on each engine, over a table that others write to meanwhile.

    python kills.py [URL] [--engine process|celery|procrastinate] [--broker URL] [--kills 50]

URL is an empty database; left out, a PostgreSQL of our own is started. Each row has a counter that
the backfill adds one to, so a row that was done twice or not at all shows; the checksum is that of
one UPDATE over the same rows. Another connection updates and deletes rows all the time. What is
killed, with SIGKILL: a worker. The rest is in faults.py.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from dbwright.backfill import Backfill, Settings, Status, engine_of, start, status
from dbwright.backfill.chains import Chains

ADD = Backfill("add", "kills", set="done = done + 1, twice = n * 2")
PROCESS = """
import sys
from dbwright.backfill import engine_of, work
work(engine_of(sys.argv[1]), "add")
"""
COMMAND = """
import sys
from dbwright.frontends.cli import main
sys.argv[0] = "dbwright"
main()
"""
APPLICATION = """
import os
from dbwright.backfill import chains, engine_of
chains.SECONDS, chains.LATER = 2.0, 1.0
URL = os.environ["BACKFILL_URL"]
if os.environ.get("BROKER"):
    from celery import Celery
    from dbwright.backfill.celery import on_celery
    app = Celery("it", broker=os.environ["BROKER"])
    app.conf.broker_transport_options = {"visibility_timeout": 3}
    app.conf.task_default_queue = os.environ["QUEUE"]
    app.conf.worker_prefetch_multiplier = 1
    backfills = on_celery(app, lambda: engine_of(URL))
else:
    from procrastinate import App, PsycopgConnector
    from dbwright.backfill.procrastinate import on_procrastinate
    jobs = App(connector=PsycopgConnector(conninfo=URL.replace("+psycopg", "")))
    backfills = on_procrastinate(jobs, lambda: engine_of(URL))
"""


def fill(engine: Engine, rows: int) -> None:
    """Makes the table anew, with composite keys that come in no order."""
    text_of_key = {"postgresql": "md5(n::text)", "sqlite": "hex(n * 7919)"}
    key = text_of_key.get(engine.dialect.name, "md5(n)")
    walked = f"s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {rows})"
    series = {
        "postgresql": f"SELECT n FROM generate_series(1, {rows}) n",
        "sqlite": f"WITH RECURSIVE {walked} SELECT n FROM s",
    }.get(engine.dialect.name, f"SELECT seq AS n FROM seq_1_to_{rows}")
    plain = {"no_parameters": True}
    with engine.begin() as connection:
        for name in ("kills", "dbwright_backfill", "dbwright_backfill_range"):
            connection.exec_driver_sql(f"DROP TABLE IF EXISTS {name}")
        connection.exec_driver_sql("DROP TABLE IF EXISTS dbwright_backfill_failure")
        connection.exec_driver_sql(
            "CREATE TABLE kills (part int NOT NULL, id varchar(40) NOT NULL, n bigint NOT NULL,"
            " done int NOT NULL DEFAULT 0, twice bigint, touched int NOT NULL DEFAULT 0,"
            " PRIMARY KEY (part, id))"
        )
        connection.exec_driver_sql(
            f"INSERT INTO kills (part, id, n) SELECT n % 13, {key}, n FROM ({series}) s",
            execution_options=plain,
        )


def disturb(engine: Engine, rows: int, stop: threading.Event) -> None:
    """Updates rows, deletes some, and inserts and takes away others, until told to stop."""
    chance = random.Random(4)
    while not stop.is_set():
        some = chance.randrange(1, rows)
        with contextlib.suppress(Exception), engine.begin() as connection:
            connection.execute(
                text("UPDATE kills SET touched = touched + 1 WHERE n BETWEEN :a AND :b"),
                {"a": some, "b": some + 5},
            )
            if chance.random() < 0.3:
                connection.execute(text("DELETE FROM kills WHERE n = :a"), {"a": some})
        stop.wait(0.01)


def judged(engine: Engine) -> str:
    """Says whether every row that is there was written once, and with the right value."""
    wrong = "SELECT count(*) FROM kills WHERE done <> 1 OR twice <> n * 2 OR twice IS NULL"
    total = "SELECT count(*), sum(twice), sum(n) FROM kills"
    with engine.connect() as connection:
        bad = connection.scalar(text(wrong))
        count, twice, numbers = connection.execute(text(total)).one()
    verdict = "each row once" if not bad and twice == 2 * numbers else f"{bad} ROWS WRONG"
    return f"{verdict}: {count:,} rows, checksum {twice}, of one UPDATE {2 * numbers}"


def commands(arguments: argparse.Namespace, folder: Path) -> tuple[list[str], dict[str, str]]:
    """Gives the command of a worker, with NUMBER in it, and its variables."""
    source = str(Path(__file__).parents[2] / "src")
    variables = {"BACKFILL_URL": arguments.url, "PYTHONPATH": f"{source}{os.pathsep}{folder}"}
    (folder / "kills_app.py").write_text(APPLICATION, encoding="utf-8")
    if arguments.engine == "celery":
        queue = f"kills{uuid.uuid4().hex[:8]}"
        variables |= {"BROKER": arguments.broker, "QUEUE": queue}
        command = [sys.executable, "-m", "celery", "-A", "kills_app", "worker", "-P", "solo"]
        command += ["-n", f"{queue}NUMBER", "--without-gossip", "--without-mingle"]
        return command, variables
    if arguments.engine == "procrastinate":
        command = [sys.executable, "-m", "procrastinate", "--app", "kills_app.jobs", "worker"]
        return [*command, "--fetch-job-polling-interval", "0.5"], variables
    return [sys.executable, "-c", PROCESS, arguments.url], variables


def chains_of(arguments: argparse.Namespace, variables: dict[str, str], folder: Path) -> Chains:
    """Gives what sends messages of the queue that is tried."""
    os.environ |= variables
    if arguments.engine == "procrastinate":
        os.environ.pop("BROKER", None)
    sys.path.insert(0, str(folder))
    sys.modules.pop("kills_app", None)
    import kills_app

    if arguments.engine == "procrastinate":
        kills_app.jobs.open()
        kills_app.jobs.schema_manager.apply_schema()
    found: Chains = kills_app.backfills
    return found


@dataclass
class Workers:
    """Processes of one command, each hired anew when it has ended."""

    command: list[str]
    variables: dict[str, str]
    folder: Path
    count: int
    each: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)

    def keep(self) -> bool:
        """Hires those that are missing; gives False, for who waits for something else."""
        for number in range(self.count):
            if number not in self.each or self.each[number].poll() is not None:
                name = f"{number}{uuid.uuid4().hex[:4]}"
                self.each[number] = subprocess.Popen(
                    [part.replace("NUMBER", name) for part in self.command],
                    env=os.environ | self.variables,
                    cwd=self.folder,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,
                )
        return False

    def kill(self, number: int) -> None:
        """Kills one."""
        self.each[number].kill()
        self.each[number].wait()


@contextlib.contextmanager
def hired(
    command: list[str], variables: dict[str, str], folder: Path, count: int = 2
) -> Iterator[Workers]:
    """Gives workers, killed at the end of the block."""
    found = Workers(command, variables, folder, count)
    try:
        yield found
    finally:
        for number in found.each:
            found.kill(number)


def main() -> None:
    """Runs it, and prints what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", nargs="?", help="an empty database; one of our own when left out")
    parser.add_argument("--engine", default="process")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--rows", type=int, default=60_000)
    parser.add_argument("--batch", type=int, default=40)
    parser.add_argument("--broker", help="a Redis of our own when left out")
    arguments = parser.parse_args()
    with contextlib.ExitStack() as stack:
        ours(arguments, stack)
        engine = engine_of(arguments.url)
        fill(engine, arguments.rows)
        settings = Settings(
            first_size=arguments.batch, max_size=arguments.batch, lease_seconds=1.0, max_waiting=0
        )
        start(engine, ADD, settings)
        place = stack.enter_context(tempfile.TemporaryDirectory())
        killed = run(arguments, engine, Path(place))
        said = judged(engine)
        where = f" over {arguments.broker.partition(':')[0]}" if arguments.broker else ""
        print(f"{arguments.engine}{where}, {engine.dialect.name}: {said}", flush=True)
        if killed < arguments.kills or "WRONG" in said:
            sys.exit("fewer kills than wanted: more --rows" if "WRONG" not in said else 1)


def standing(engine: Engine) -> Status:
    """Gives how it stands; who asks SQLite may starve behind a worker that writes all the time."""
    while True:
        try:
            return status(engine, "add")
        except OperationalError as error:
            if "locked" not in str(error):
                raise


def ours(arguments: argparse.Namespace, stack: contextlib.ExitStack) -> None:
    """Starts what was not named: the database, the broker."""
    from servers import Redis
    from trial import folder, server

    place = stack.enter_context(folder())
    if arguments.url is None:
        arguments.url = stack.enter_context(server(place / "pg")).url()
    if arguments.broker is None and arguments.engine == "celery":
        redis = Redis(place / "redis", keeps=False).start()
        stack.callback(redis.kill)
        arguments.broker = redis.url


def run(arguments: argparse.Namespace, engine: Engine, folder: Path) -> int:
    """Keeps two workers alive, kills one at a random moment, so many times; gives how often."""
    command, variables = commands(arguments, folder)
    waits = threading.Thread(target=lambda: None)
    if arguments.engine != "process":
        made = chains_of(arguments, variables, folder)
        made.ensure("add", 2)
        waits = threading.Thread(target=made.wait, args=("add", 2), kwargs={"every": 0.2})
    count = 1 if engine.dialect.name == "sqlite" else 2
    stop = threading.Event()
    others = threading.Thread(target=disturb, args=(engine, arguments.rows, stop))
    if engine.dialect.name != "sqlite":
        others.start()
    chance, killed, began = random.Random(7), 0, time.monotonic()
    share = arguments.rows // arguments.batch // (arguments.kills + 2)
    try:
        waits.start()
        with hired(command, variables, folder, count) as workers:
            while (found := standing(engine)).state == "running":
                until = found.batches + chance.randint(1, max(2, share))
                while found.state == "running" and found.batches < until:
                    workers.keep()
                    time.sleep(chance.random() * 0.02)
                    found = standing(engine)
                if killed < arguments.kills and found.state == "running":
                    workers.kill(chance.randrange(count))
                    killed += 1
    finally:
        stop.set()
        if others.is_alive():
            others.join()
    waits.join()
    found = standing(engine)
    seconds = time.monotonic() - began
    print(f"{killed} kills, {found.batches:,} batches, {seconds:.0f} s,", found.state)
    return killed


if __name__ == "__main__":
    main()

"""A backfill beside one UPDATE and a plain loop: rows a second, and the longest that a row is held.

    python speed.py URL [--rows 1000000] [--rounds 3]
    python speed.py URL --workers [--rows 20000]      one worker, two threads, two processes

URL is an empty database. The loop is the one that `recipes/backfill.py` writes: 5,000 rows by key,
a commit each. Time is the wall clock's of the whole; the longest lock is that of the longest
transaction that wrote rows. Medians over the rounds, in turn.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, Engine, text

from dbwright.backfill import (
    Backfill,
    Batch,
    Settings,
    engine_of,
    known,
    run,
    start,
    status,
)
from dbwright.backfill.state import BACKFILLS, FAILURES, RANGES

SET = "total_cents = total * 100"
FILL = Backfill("fill", "speed", set=SET, where="total_cents IS NULL")
BATCH = 5_000
FIXED = Settings(first_size=250, max_size=250, max_waiting=0)


def fill(engine: Engine, rows: int) -> None:
    """Makes the table anew."""
    with engine.begin() as connection:
        for name in ("speed", BACKFILLS, RANGES, FAILURES):
            connection.exec_driver_sql(f"DROP TABLE IF EXISTS {name}")
        connection.exec_driver_sql(
            "CREATE TABLE speed (id bigint PRIMARY KEY, customer int NOT NULL, note varchar(200),"
            " total int NOT NULL, total_cents bigint)"
        )
        series = f"SELECT n FROM generate_series(1, {rows}) n"
        note = "repeat('x', 120)"
        if engine.dialect.name != "postgresql":
            series = f"SELECT seq AS n FROM seq_1_to_{rows}"
        connection.exec_driver_sql(
            f"INSERT INTO speed SELECT n, mod(n, 1000), {note}, n, NULL FROM ({series}) s"
        )
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE speed")
            connection.exec_driver_sql("CHECKPOINT")


def one_update(engine: Engine) -> float:
    """Writes all rows in one statement; gives how long they were held."""
    began = time.monotonic()
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE speed SET {SET} WHERE total_cents IS NULL"))
    return time.monotonic() - began


def plain_loop(engine: Engine) -> float:
    """Writes 5,000 rows by key at a time; gives the longest that a batch held its rows."""
    longest, first = 0.0, 0
    with engine.connect() as connection:
        while True:
            began = time.monotonic()
            with connection.begin():
                last = connection.scalar(
                    text(
                        "SELECT max(id) FROM (SELECT id FROM speed WHERE id > :first"
                        f" ORDER BY id LIMIT {BATCH}) s"
                    ),
                    {"first": first},
                )
                if last is None:
                    return longest
                connection.execute(
                    text(
                        f"UPDATE speed SET {SET} WHERE id > :first AND id <= :last"
                        " AND total_cents IS NULL"
                    ),
                    {"first": first, "last": last},
                )
            longest, first = max(longest, time.monotonic() - began), last


def backfill(workers: int) -> Callable[[Engine], float]:
    """Gives what runs the backfill, and gives the longest that a batch took."""

    def ran(engine: Engine) -> float:
        module = sys.modules["dbwright.backfill.work"]
        longest, step = [0.0], module.step

        def timed(*given: object) -> object:
            done = step(*given)  # type: ignore[arg-type]
            longest[0] = max(longest[0], done.seconds)
            return done

        module.step = timed  # type: ignore[assignment]
        try:
            ended = run(engine, FILL, workers=workers)
        finally:
            module.step = step
        assert ended.state == "done", ended
        return longest[0]

    return ran


def compared(engine: Engine, rows: int, rounds: int) -> None:
    """Runs each way in turn, and prints the table."""
    ways: dict[str, Callable[[Engine], float]] = {
        "one UPDATE": one_update,
        "plain loop": plain_loop,
        "backfill, 1 worker": backfill(1),
        "backfill, 2 workers": backfill(2),
    }
    seen: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            fill(engine, rows)
            began = time.monotonic()
            held = way(engine)
            seen[name].append((time.monotonic() - began, held))
    print(f"{engine.dialect.name}, {rows:,} rows, {rounds} rounds")
    for name, found in seen.items():
        seconds = statistics.median(each for each, _ in found)
        held = statistics.median(each for _, each in found)
        print(f"  {name:20} {rows / seconds:12,.0f} rows a second, rows held {held:7.2f} s at most")


def waits(connection: Connection, batch: Batch) -> int:
    """Writes a batch on a server that is far: 0.3 s of each need no processor here."""
    connection.execute(text("SELECT pg_sleep(0.3)"))
    return computes(connection, batch, rounds=0)


def computes(connection: Connection, batch: Batch, rounds: int = 300) -> int:
    """Writes a batch whose values Python computes, one row after the other."""
    rows = connection.execute(
        text(f"SELECT id, note FROM {batch.table} WHERE {batch.where}"), batch.parameters
    ).all()
    values = []
    for row in rows:
        total = sum(ord(row.note[n % 120]) * n for n in range(rounds))
        values.append({"id": row.id, "total": total})
    sql = text(
        "UPDATE speed SET total_cents = v.total FROM unnest(CAST(:ids AS bigint[]),"
        " CAST(:totals AS bigint[])) AS v (id, total) WHERE speed.id = v.id"
    )
    given = {"ids": [v["id"] for v in values], "totals": [v["total"] for v in values]}
    return connection.execute(sql, given).rowcount


def threads(engine: Engine, count: int) -> float:
    """Runs the backfill that was started in so many threads; gives the seconds."""
    began = time.monotonic()
    run(engine, known(engine, "it"), FIXED, workers=count)
    return time.monotonic() - began


def processes(engine: Engine, count: int) -> float:
    """Runs it in so many processes; gives the seconds from when all of them are there."""
    url = engine.url.render_as_string(hide_password=False)
    code = "import sys, speed; from dbwright.backfill import *; engine = engine_of(sys.argv[1]); "
    code += "status(engine, 'it'); print(flush=True); input(); work(engine, 'it')"
    places = (str(Path(__file__).parent), os.environ.get("PYTHONPATH", ""))
    variables = {**os.environ, "PYTHONPATH": os.pathsep.join(places)}
    line, pipe = [sys.executable, "-c", code, url], subprocess.PIPE
    started = [subprocess.Popen(line, env=variables, stdin=pipe, stdout=pipe) for _ in range(count)]
    for each in started:
        assert each.stdout is not None
        each.stdout.readline()
    began = time.monotonic()
    for each in started:
        assert each.stdin is not None
        each.stdin.write(b"\n")
        each.stdin.close()
    assert [each.wait() for each in started] == [0] * count
    return time.monotonic() - began


def shared(engine: Engine, rows: int, rounds: int) -> None:
    """Runs steps that wait, and steps that compute, by one worker and by two; prints the table.

    Those that compute get ten times as many rows, since they take less time.
    """
    print("| step | workers | rows a second | times one worker | processor seconds |")
    print("|---|---|---|---|---|")
    for step, count in (("waits", rows), ("computes", 10 * rows)):
        it = Backfill("it", "speed", call=f"speed:{step}", where="total_cents IS NULL")
        ways: dict[str, Callable[[], float]] = {
            "1 thread": lambda: threads(engine, 1),
            "2 threads": lambda: threads(engine, 2),
            "1 process": lambda: processes(engine, 1),
            "2 processes": lambda: processes(engine, 2),
        }
        seen: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
        for _ in range(rounds):
            for name, way in ways.items():
                fill(engine, count)
                start(engine, it, FIXED)
                used = _used()
                seconds = way()
                seen[name].append((seconds, _used() - used))
                assert status(engine, "it").state == "done"
        for name, found in seen.items():
            one = seen["1 thread" if "thread" in name else "1 process"]
            seconds = statistics.median(each for each, _ in found)
            times = statistics.median(a[0] / b[0] for a, b in zip(one, found, strict=True))
            own = statistics.median(each for _, each in found)
            cells = (step, name, f"{count / seconds:,.0f}", f"{times:.2f}", f"{own:.1f}")
            print(f"| {' | '.join(cells)} |", flush=True)


def _used() -> float:
    """Gives the processor time of this process and those that it has waited for."""
    found = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in found)


def main() -> None:
    """Runs what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--rows", type=int)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", action="store_true")
    arguments = parser.parse_args()
    engine = engine_of(arguments.url)
    if arguments.workers:
        shared(engine, arguments.rows or 8_000, arguments.rounds)
    else:
        compared(engine, arguments.rows or 1_000_000, arguments.rounds)


if __name__ == "__main__":
    main()

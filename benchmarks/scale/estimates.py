"""What `estimate` foretells beside what came: seconds, log, disk, on tables of three shapes.

    python estimates.py URL [--rows 200000]
    python estimates.py --replica [--rows 200000]

With `--replica` it is how long a standby takes to replay it: a primary and a standby of our own,
whose replay is stopped for 0, 3, 5 and 6 of each 7 hundredths of a second.

URL is an empty PostgreSQL database; nobody else may write there. The order is: filled, vacuumed,
a checkpoint, the estimate, vacuumed, a checkpoint, the backfill with one worker.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from servers import Postgres, until
from sqlalchemy import Engine, text
from trial import folder, server

from dbwright.backfill import Backfill, Settings, engine_of, estimate, run
from dbwright.backfill.state import BACKFILLS, FAILURES, RANGES

SERIES = "SELECT {} FROM generate_series(1, {}) n"
SHAPES = {
    "narrow": (
        "id bigint PRIMARY KEY, a int, b int",
        "n, n, NULL",
        "",
        Backfill("it", "shape", set="b = a * 2", where="b IS NULL"),
    ),
    "wide, long value rewritten": (
        "id bigint PRIMARY KEY, a int, body text, other text, done boolean NOT NULL",
        "n, n, (SELECT string_agg(md5((n * 97 + i)::text), '') FROM generate_series(1, 120) i),"
        " repeat('x', 400), false",
        "",
        Backfill("it", "shape", set="body = reverse(body), done = true", where="NOT done"),
    ),
    "wide, long value kept": (
        "id bigint PRIMARY KEY, a int, body text, other text, done boolean NOT NULL",
        "n, n, (SELECT string_agg(md5((n * 97 + i)::text), '') FROM generate_series(1, 120) i),"
        " repeat('x', 400), false",
        "",
        Backfill("it", "shape", set="a = a + 1, done = true", where="NOT done"),
    ),
    "six indexes": (
        "id bigint PRIMARY KEY, a int, b int, c int, d text, e timestamptz",
        "n, n, n % 1000, n % 7, md5(n::text), now() - n * interval '1 s'",
        "CREATE INDEX ON shape (a); CREATE INDEX ON shape (b); CREATE INDEX ON shape (c);"
        " CREATE INDEX ON shape (d); CREATE INDEX ON shape (e)",
        Backfill("it", "shape", set="c = c + 10", where="c < 10"),
    ),
    "six indexes, HOT possible": (
        "id bigint PRIMARY KEY, a int, b int, c int, d text, e timestamptz, f int",
        "n, n, n % 1000, n % 7, md5(n::text), now() - n * interval '1 s', NULL",
        "CREATE INDEX ON shape (a); CREATE INDEX ON shape (b); CREATE INDEX ON shape (c);"
        " CREATE INDEX ON shape (d); CREATE INDEX ON shape (e)",
        Backfill("it", "shape", set="f = c", where="f IS NULL"),
    ),
}


def made(engine: Engine, shape: str, rows: int) -> None:
    """Makes a table of a shape; where HOT is possible its pages are half full."""
    columns, values, indexes, _ = SHAPES[shape]
    share = " WITH (fillfactor = 50)" if "HOT" in shape else ""
    for name in ("shape", BACKFILLS, RANGES, FAILURES):
        sent(engine, f"DROP TABLE IF EXISTS {name}")
    sent(engine, f"CREATE TABLE shape ({columns}){share}")
    sent(engine, f"INSERT INTO shape {SERIES.format(values, rows)}")
    for sql in filter(None, indexes.split(";")):
        sent(engine, sql)
    sent(engine, "VACUUM ANALYZE shape")
    sent(engine, "CHECKPOINT")


def sent(engine: Engine, sql: str) -> None:
    """Sends a statement outside of a transaction."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(sql, execution_options={"no_parameters": True})


def stand(engine: Engine) -> tuple[float, float]:
    """Gives the bytes of log written so far, and those of the table with all that it has."""
    sql = """
        SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::double precision,
               pg_total_relation_size('shape')"""
    with engine.connect() as connection:
        log, size = connection.execute(text(sql.replace("::", "\\:\\:"))).one()
    return float(log), float(size)


def replica(rows: int) -> None:
    """Prints a row for each speed of a standby: foretold to be behind or not, and what came."""
    print("| stopped | foretold | the run | the standby has all after |\n|---|---|---|---|")
    with folder() as place, server(place / "p") as primary:
        standby = primary.standby(place / "s", "wal_receiver_status_interval=1").start()
        engine = engine_of(primary.url())
        backfill = SHAPES["six indexes"][3]
        for stopped in (0, 3, 5, 6):
            made(engine, "six indexes", rows)
            until(lambda: _is_there(primary), "the standby has what was filled")
            with _slowed(standby, stopped):
                found = estimate(engine, backfill, Settings(max_waiting=0))
                slow, run_ = found.slowest(), found.seconds() or 0.0
                began = time.monotonic()
                ended = run(engine, backfill, Settings(max_waiting=0, max_lag_seconds=0))
                took = time.monotonic() - began
                assert ended.state == "done", ended
                sent(engine, "SELECT pg_logical_emit_message(true, '', '')")
                while not _is_there(primary):
                    time.sleep(0.05)
                behind = time.monotonic() - began
            told = f"behind, {slow[1]:.0f} s" if slow else f"keeps up, {run_:.0f} s"
            print(f"| {stopped}/7 | {told} | {took:.0f} s | {behind:.0f} s |", flush=True)
        standby.end(signal.SIGQUIT)


def _is_there(primary: Postgres) -> bool:
    sql = "SELECT bool_and(replay_lsn >= pg_current_wal_flush_lsn()) FROM pg_stat_replication"
    return primary.ask(sql) == [(True,)]


@contextlib.contextmanager
def _slowed(standby: Postgres, stopped: int) -> Iterator[None]:
    """Stops a standby's replay for so many of each 7 hundredths of a second."""
    commands = ((pid, Path(f"/proc/{pid}/cmdline").read_bytes()) for pid in standby.left())
    (replays,) = [pid for pid, command in commands if b"startup" in command]
    ended = threading.Event()

    def beat() -> None:
        while stopped and not ended.is_set():
            os.kill(replays, signal.SIGSTOP)
            time.sleep(stopped / 100)
            os.kill(replays, signal.SIGCONT)
            time.sleep((7 - stopped) / 100)

    thread = threading.Thread(target=beat)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def main() -> None:
    """Prints a row for each shape: foretold, real, and real by foretold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", nargs="?")
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--replica", action="store_true")
    arguments = parser.parse_args()
    if arguments.replica or not arguments.url:
        replica(arguments.rows)
        return
    engine = engine_of(arguments.url)
    print("| shape | seconds | log, MB | disk, MB | in place |\n|---|---|---|---|---|")
    for shape, (_, _, _, backfill) in SHAPES.items():
        rows = arguments.rows // 10 if "long value" in shape else arguments.rows
        made(engine, shape, rows)
        settings = Settings(max_waiting=0)
        found = estimate(engine, backfill, settings)
        sent(engine, "VACUUM shape")
        sent(engine, "CHECKPOINT")
        before, began = stand(engine), time.monotonic()
        ended = run(engine, backfill, settings)
        took, after = time.monotonic() - began, stand(engine)
        assert ended.state == "done", ended
        assert found.sample is not None
        pairs = (
            (found.seconds() or 0.0, took),
            ((found.log_bytes or 0.0) / 1e6, (after[0] - before[0]) / 1e6),
            ((found.growth_bytes or 0.0) / 1e6, (after[1] - before[1]) / 1e6),
        )
        cells = [f"{told:.1f} / {real:.1f}, x{real / max(told, 1e-3):.2f}" for told, real in pairs]
        share = (found.sample.in_place or 0) / max(found.sample.written, 1)
        print(f"| {shape}, {rows:,} rows | {' | '.join(cells)} | {share:.0%} |", flush=True)


if __name__ == "__main__":
    main()

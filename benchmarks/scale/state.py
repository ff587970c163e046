"""What the state of a backfill costs: time of a batch and bytes of its tables, as they grow.

    python state.py URL [--batches 100000]       batches of one row, by a worker
    python state.py URL --replayed [--batches 1000000]   their state alone, inside of PostgreSQL

URL is an empty database. A worker's batch is seven round trips, so on a machine with other work it
is a measure of that work; replayed are the statements on the state tables of the same batches, each
in a transaction of its own, 5,000 a call.
"""

from __future__ import annotations

import argparse
import time

from speed import FILL, fill
from sqlalchemy import Engine, text

from dbwright.backfill import Settings, Worker, engine_of, start, work
from dbwright.backfill.state import BACKFILLS, RANGES

IN_RANGE, IN_CALL = 1_000, 5_000
CLOCK = "extract(epoch from clock_timestamp())::double precision"
REPLAY = f"""
CREATE OR REPLACE PROCEDURE replay(batches int) LANGUAGE plpgsql AS $$
DECLARE
    at bigint; held record; kept record;
BEGIN
    SELECT walked INTO at FROM {BACKFILLS} WHERE name = 'fill';
    FOR n IN 1 .. batches LOOP
        IF n % {IN_RANGE} = 1 THEN
            PERFORM number FROM {RANGES} WHERE backfill = 'fill' AND leased_until <= {CLOCK}
                ORDER BY number LIMIT 1 FOR UPDATE SKIP LOCKED;
            PERFORM 1 FROM {BACKFILLS} WHERE name = 'fill' FOR UPDATE;
            UPDATE {BACKFILLS} SET frontier = (at + n + {IN_RANGE} - 1)::text WHERE name = 'fill';
            INSERT INTO {RANGES} SELECT 'fill', coalesce(max(number), 0) + 1, (at + n - 1)::text,
                (at + n + {IN_RANGE} - 1)::text, 'it', md5(n::text), {CLOCK} + 30, 1, 0, 0, 0
                FROM {RANGES} WHERE backfill = 'fill';
            COMMIT;
        END IF;
        SELECT r.*, (SELECT state FROM {BACKFILLS} WHERE name = 'fill') INTO held
            FROM {RANGES} r WHERE backfill = 'fill' AND number = 1 FOR UPDATE;
        IF n % {IN_RANGE} > 0 THEN
            UPDATE {RANGES} SET reached = (at + n)::text, written = written + 1,
                walked = walked + 1, batches = {RANGES}.batches + 1, size = 1,
                leased_until = {CLOCK} + 30 WHERE backfill = 'fill' AND number = 1;
        ELSE
            SELECT written + 1 AS written, walked + 1 AS walked, r.batches + 1 AS batches
                INTO kept FROM {RANGES} r WHERE backfill = 'fill' AND number = 1;
            DELETE FROM {RANGES} WHERE backfill = 'fill' AND number = 1;
            UPDATE {BACKFILLS} b SET written = b.written + kept.written,
                walked = b.walked + kept.walked, batches = b.batches + kept.batches, size = 1
                WHERE name = 'fill';
        END IF;
        COMMIT;
    END LOOP;
END $$
"""


def started(engine: Engine, rows: int) -> None:
    """Enters a backfill whose batches have one row."""
    fill(engine, rows)
    start(engine, FILL, Settings(first_size=1, max_size=1, max_waiting=0, max_lag_seconds=0))


def replayed(engine: Engine, batches: int) -> None:
    """Runs the state's statements of so many batches in the server, and prints what they cost."""
    started(engine, 1)
    part = max(1, batches // 20 // IN_CALL)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(REPLAY, execution_options={"no_parameters": True})
        for number in range(1, batches // IN_CALL // part + 1):
            before = time.monotonic()
            for _ in range(part):
                connection.exec_driver_sql(f"CALL replay({IN_CALL})")
            each = 1e6 * (time.monotonic() - before) / (part * IN_CALL)
            done = number * part * IN_CALL
            print(f"  {done:>9,} batches: {each:.0f} us each; {weighed(engine)}", flush=True)


def worked(engine: Engine, batches: int) -> None:
    """Runs so many batches of one row, and prints what the state tables weigh and cost."""
    started(engine, batches)
    began, done, part = time.monotonic(), 0, max(1, batches // 20)
    while done < batches:
        before, used, count = time.monotonic(), time.process_time(), 0
        while count < part:
            found = work(engine, "fill", Worker(), seconds=5.0)
            count += found.batches
            if found.outcome == "done":
                break
        done += count
        each = 1000 * (time.monotonic() - before) / max(count, 1)
        own = 1000 * (time.process_time() - used) / max(count, 1)
        print(
            f"  {done:>9,} batches: {each:.3f} ms each, {own:.3f} of it ours; {weighed(engine)}",
            flush=True,
        )
        if found.outcome == "done":
            break
    print(f"{time.monotonic() - began:.0f} s in all")


def weighed(engine: Engine) -> str:
    """Gives what each state table weighs, in words: its bytes, dead rows, vacuums."""
    if engine.dialect.name != "postgresql":
        return f"{size(engine) / 1024:.0f} kB"
    sql = """
        SELECT relname, pg_relation_size(relid), pg_indexes_size(relid), n_dead_tup,
               autovacuum_count, n_tup_upd, n_tup_hot_upd
        FROM pg_stat_user_tables WHERE relname = ANY (:names) ORDER BY relname"""
    with engine.connect() as connection:
        rows = connection.execute(text(sql), {"names": [BACKFILLS, RANGES]}).all()
    return "; ".join(
        f"{name} {table // 1024}+{index // 1024} kB, {dead:,} dead, vacuumed {vacuums} times, "
        f"{hot:,} of {updates:,} updates HOT"
        for name, table, index, dead, vacuums, updates, hot in rows
    )


def size(engine: Engine) -> float:
    """Gives the bytes of the state tables, on MySQL and MariaDB."""
    sql = (
        "SELECT sum(data_length + index_length) FROM information_schema.tables"
        f" WHERE table_schema = database() AND table_name IN ('{BACKFILLS}', '{RANGES}')"
    )
    with engine.connect() as connection:
        return float(connection.scalar(text(sql)) or 0.0)


def main() -> None:
    """Runs what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--replayed", action="store_true")
    parser.add_argument("--batches", type=int)
    arguments = parser.parse_args()
    engine = engine_of(arguments.url)
    if arguments.replayed:
        replayed(engine, arguments.batches or 1_000_000)
    else:
        worked(engine, arguments.batches or 100_000)


if __name__ == "__main__":
    main()

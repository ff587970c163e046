"""A tune of what a server has counted, as many statements as pg_stat_statements is told to hold.

    python benchmarks/twin/counted.py [STATEMENTS] [TABLES]

A server of its own is started with the extension, the statements of growth.py run there on empty
tables, of which statistics are made up; then `queries tune --db` is run against it. Prints the
entries that are held, what the export took, and the line of growth.py.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).absolute().parents[1] / "indexes"))
import growth
import psycopg
from server import running
from servers import Servers

from dbwright.collect.twin import export_twin
from dbwright.core.options import Options
from dbwright.dialects.postgresql import twin_load
from dbwright.jobs.tune import Wanted, run
from dbwright.scratch.binaries import find

_TOGETHER = 500


def main(statements: int = 50_000, tables: int = 2000) -> int:
    """Fill a server, tune, and print."""
    folder = Path(tempfile.mkdtemp(prefix="dbwc-"))
    folder.chmod(0o755)
    with running(folder, find(None, 18).folder) as server:
        url = f"postgresql://postgres@/postgres?host={server.socket}"
        with server.connect("postgres") as connection:
            filled(connection, statements, tables)
            question = "select count(*), sum(calls) from pg_stat_statements"
            print(*connection.execute(question).fetchone() or (), flush=True)
        began, cpu = time.monotonic(), time.process_time()
        twin = export_twin(url)
        spent = time.process_time() - cpu
        print(f"{len(twin.workload.statements):,} in the twin, {spent:.1f} s CPU", flush=True)
        print(*(f"    {each}" for each in twin.left_out), sep="\n", flush=True)
        began, cpu = time.monotonic(), time.process_time()
        with Servers() as servers:
            wanted = Wanted(None, url, None, 0.2, 20)
            found = run(wanted, Options(), growth.progress(began, servers))
        seconds, used = time.monotonic() - began, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"| {statements:,} | {tables:,} | {used:.1f} s | {servers.seconds:.1f} s | {seconds:.1f} s "
        f"| {found.asked:,} | {len(found.indexes)} | {peak:.0f} MB | {servers.peak:.0f} MB |"
    )
    print(*(f"    {each}" for each in found.left_out), sep="\n")
    return 0


def filled(connection: psycopg.Connection, statements: int, tables: int) -> None:
    """Make the tables with their statistics, and have the statements run."""
    twin = growth.made_up(tables)
    connection.execute("create extension pg_stat_statements")
    for at in range(0, len(twin.objects), _TOGETHER):
        several = (each.sql for each in twin.objects[at : at + _TOGETHER])
        connection.execute(";".join(several).encode())
    twin_load.load(connection, connection, twin.statistics, twin.source.major)
    several: list[str] = []
    for sql, _ in growth.asked(statements, tables):
        several.append(sql)
        if len(several) == _TOGETHER:
            connection.execute(";".join(several).encode())
            several = []
    if several:
        connection.execute(";".join(several).encode())


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))

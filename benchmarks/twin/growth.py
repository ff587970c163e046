"""How `queries tune` grows with the statements and the tables of a database.

    python benchmarks/twin/growth.py [--statements 10 100 1000] [--tables 10 100 1000] [--profile]
    python benchmarks/twin/growth.py --pair 100000 2000 --format sql [--told]
    python benchmarks/twin/growth.py --pair 10000 100 --sqlite

A schema of tables of one kind is made up as a twin, its statistics with it, and statements that
differ in their tables, columns and conditions; no server with rows is needed. One side grows while
the other stays at 100, or a `--pair` says both. The statements come as JSON lines, SQL, csvlog or
jsonlog. Prints for each the CPU of this process and of its servers, the seconds, the EXPLAINs and
the peaks of memory; `--told` adds what was left out, `--profile` what took the most. `--sqlite`
tunes a file with rows instead, on which statements are run.
"""

from __future__ import annotations

import argparse
import contextlib
import cProfile
import json
import pstats
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from servers import Servers

from dbwright.core.options import Options
from dbwright.core.statistics import ColumnStatistics, RelationSize, Statistics
from dbwright.core.twin import Made, Twin, TwinSource

STAYS = 100
ROWS, PAGES = 100_000, 1_500
COLUMNS = ("owner", "state", "made", "amount", "title")
CONDITIONS = (
    "owner = {n}",
    "owner = {n} and state = 's{k}'",
    "state = 's{k}' order by made desc limit 20",
    "made > '2025-{m:02d}-01' and owner = {n}",
    "amount between {n} and {n} + 10",
    "title = 't{n}'",
    "owner = {n} order by amount limit 10",
    "state in ('s1', 's{k}') and amount > {n}",
)


def main() -> int:
    """Measure what is asked for, each in a process of its own, and print it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--statements", type=int, nargs="*", default=[10, 100, 1000])
    parser.add_argument("--tables", type=int, nargs="*", default=[10, 100, 1000])
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--pair", type=int, nargs=2, help="so many statements and tables, once")
    parser.add_argument("--format", choices=FORMATS, default="lines")
    parser.add_argument("--told", action="store_true")
    parser.add_argument("--sqlite", action="store_true", help="a file of 500 rows a table")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        one(*options.pair, options)
        return 0
    print(
        "| statements | tables | CPU | servers | seconds | EXPLAINs | indexes | memory | server |"
    )
    sizes = [(each, STAYS) for each in options.statements]
    sizes += [(STAYS, each) for each in options.tables if each != STAYS]
    for statements, tables in [options.pair] if options.pair else sizes:
        command = [sys.executable, __file__, "--one", "--pair", str(statements), str(tables)]
        command += ["--format", options.format]
        command += ["--profile"] * options.profile + ["--told"] * options.told
        command += ["--sqlite"] * options.sqlite
        subprocess.run(command, check=True)
    return 0


def one(statements: int, tables: int, options: argparse.Namespace) -> None:
    """Tune once, and print the line."""
    import resource

    from dbwright.collect import twin as files
    from dbwright.jobs.tune import Wanted, run

    with tempfile.TemporaryDirectory() as folder, Servers() as servers:
        made, workload = Path(folder) / "made", Path(folder) / "workload"
        if options.sqlite:
            filled(made, tables)
            wanted = Wanted(None, f"sqlite:///{made}", str(workload), 0.2, 20)
        else:
            made.write_text(files.text(made_up(tables)))
            wanted = Wanted(made, None, str(workload), 0.2, 20)
        with workload.open("w") as file:
            file.writelines(FORMATS[options.format](asked(statements, tables)))
        watched = cProfile.Profile()
        began, cpu = time.monotonic(), time.process_time()
        if options.profile:
            watched.enable()
        found = run(wanted, Options(), progress(began, servers))
        watched.disable()
    seconds, used = time.monotonic() - began, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"| {statements:,} | {tables:,} | {used:.1f} s | {servers.seconds:.1f} s | {seconds:.1f} s "
        f"| {found.asked:,} | {len(found.indexes)} | {peak:.0f} MB | {servers.peak:.0f} MB |",
        flush=True,
    )
    if options.told:
        print(*(f"    {each}" for each in found.left_out), sep="\n", flush=True)
    if options.profile:
        pstats.Stats(watched).sort_stats("tottime").print_stats(15)
        pstats.Stats(watched).sort_stats("cumtime").print_stats(30)


def progress(began: float, servers: Servers) -> Callable[[str], None]:
    """Tell the steps on stderr, each with its time, and the CPU of this process and the servers."""

    def tell(words: str) -> None:
        now, cpu = time.monotonic() - began, time.process_time()
        print(f"{now:6.1f} s {cpu:6.1f} {servers.seconds:6.1f} {words}", file=sys.stderr)

    return tell


def asked(statements: int, tables: int) -> Iterator[tuple[str, int]]:
    """Give so many statements with their calls, each another one."""
    for number in range(statements):
        table = number % tables
        kind = number // tables % len(CONDITIONS)
        width = number // tables // len(CONDITIONS)
        condition = CONDITIONS[kind].format(n=number % 5000, k=number % 7, m=1 + number % 12)
        # another list of columns is another statement
        shown = ", ".join(["id"] + [f"{COLUMNS[width % 5]} as c{at}" for at in range(width)])
        sql = f"select {shown} from t{table} where {condition}"
        yield sql, 1 + number % 50


def as_lines(several: Iterator[tuple[str, int]]) -> Iterator[str]:
    """Give JSON, an object a line."""
    return (json.dumps({"sql": sql, "calls": calls}) + "\n" for sql, calls in several)


def as_sql(several: Iterator[tuple[str, int]]) -> Iterator[str]:
    """Give a file of SQL, each statement once."""
    return (f"{sql};\n" for sql, _ in several)


def as_csvlog(several: Iterator[tuple[str, int]]) -> Iterator[str]:
    """Give what log_min_duration_statement = 0 writes, each statement once."""
    when = "2026-11-29 10:00:00.123 UTC"
    for number, (sql, calls) in enumerate(several, start=1):
        text = f"duration: {calls}.500 ms  statement: {sql}".replace('"', '""')
        yield (
            f'{when},"app","shop",{number},"[local]",1,{number},"SELECT",{when},3/2,0,LOG,00000,'
            f'"{text}",,,,,,,,,"psql","client backend",,0\n'
        )


def as_jsonlog(several: Iterator[tuple[str, int]]) -> Iterator[str]:
    """Give the same as a server's jsonlog."""
    head = {"timestamp": "2026-11-29 10:00:00.123 UTC", "user": "app", "dbname": "shop"}
    for number, (sql, calls) in enumerate(several, start=1):
        text = f"duration: {calls}.500 ms  statement: {sql}"
        entry = {**head, "pid": number, "error_severity": "LOG", "message": text}
        yield json.dumps({**entry, "backend_type": "client backend"}) + "\n"


FORMATS = {"lines": as_lines, "sql": as_sql, "csvlog": as_csvlog, "jsonlog": as_jsonlog}


def filled(file: Path, tables: int) -> None:
    """Make a SQLite file of tables that are all alike, with rows."""
    with contextlib.closing(sqlite3.connect(file)) as connection:
        for number in range(tables):
            connection.execute(
                f"create table t{number} (id integer primary key, owner integer, state text, "
                "made text, amount integer, title text)"
            )
            connection.execute(
                f"with recursive n (i) as (select 1 union all select i + 1 from n where i < 500) "
                f"insert into t{number} select i, i * 7 % 5000, 's' || i % 7, "
                "date('2025-01-01', i || ' days'), i * 31 % 5000, 't' || i * 13 % 5000 from n"
            )
        connection.commit()


def made_up(tables: int) -> Twin:
    """Give a twin of tables that are all alike."""
    objects, relations, columns = [], [], []
    for number in range(tables):
        name = f"t{number}"
        sql = (
            f"CREATE TABLE public.{name} (id bigint NOT NULL, owner integer, state text, "
            "made timestamp with time zone, amount integer, title text)"
        )
        objects.append(Made("table", name, sql))
        key = f"ALTER TABLE public.{name} ADD CONSTRAINT {name}_pkey PRIMARY KEY (id)"
        objects.append(Made("index", f"{name}_pkey", key))
        relations += [
            RelationSize("public", name, "r", PAGES, PAGES, ROWS, PAGES),
            RelationSize("public", f"{name}_pkey", "i", 276, 276, ROWS, 0, name, "btree", 1),
        ]
        columns += of_table(name)
    source = TwinSource("PostgreSQL 18.6", 18, "made_up", "me", "2026-01-01T00:00:00+00:00")
    statistics = Statistics(tuple(relations), tuple(columns))
    return Twin(source, tuple(objects), (), statistics)


def of_table(name: str) -> list[ColumnStatistics]:
    """Give the statistics of one table's columns."""
    numbers = "{" + ",".join(str(each * 50) for each in range(101)) + "}"
    days = ",".join(
        f'"2025-{1 + each // 9:02d}-{1 + each % 9 * 3:02d} 00:00:00+00"' for each in range(101)
    )
    titles = "{" + ",".join(sorted(f"t{each * 50}" for each in range(101))) + "}"
    shares = tuple(round(0.4 / 2**each, 4) for each in range(7))

    def column(column: str, width: int, distinct: float, **values: object) -> ColumnStatistics:
        made: dict[str, object] = {"correlation": 0.1, **values}
        return ColumnStatistics("public", name, column, False, 0.0, width, distinct, **made)  # type: ignore[arg-type]

    return [
        column("id", 8, -1.0, histogram=numbers, correlation=1.0),
        column("owner", 4, 5000.0, histogram=numbers),
        column(
            "state",
            3,
            7.0,
            common_values="{" + ",".join(f"s{each}" for each in range(7)) + "}",
            common_frequencies=shares,
        ),
        column("made", 8, -1.0, histogram="{" + days + "}"),
        column("amount", 4, 5000.0, histogram=numbers),
        column("title", 6, -0.5, histogram=titles),
    ]


if __name__ == "__main__":
    sys.exit(main())

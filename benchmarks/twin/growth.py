"""How `queries tune` grows with the statements and the tables of a database.

    python benchmarks/twin/growth.py [--statements 10 100 1000] [--tables 10 100 1000] [--profile]

A schema of tables of one kind is made up as a twin, its statistics with it, and statements that
differ in their tables, columns and conditions; no server with rows is needed. One side grows while
the other stays at 100. Prints for each the CPU of this process, the seconds, the EXPLAINs and the
peak of memory; `--profile` adds what took the most.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import pstats
import subprocess
import sys
import tempfile
import time
from pathlib import Path

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
    parser.add_argument("--one", type=int, nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        one(*options.one, profile=options.profile)
        return 0
    print("| statements | tables | CPU | seconds | EXPLAINs | indexes | memory |", flush=True)
    sizes = [(each, STAYS) for each in options.statements]
    sizes += [(STAYS, each) for each in options.tables if each != STAYS]
    for statements, tables in sizes:
        command = [sys.executable, __file__, "--one", str(statements), str(tables)]
        subprocess.run(command + ["--profile"] * options.profile, check=True)
    return 0


def one(statements: int, tables: int, *, profile: bool) -> None:
    """Tune once, and print the line."""
    import resource

    from dbwright.collect import twin as files
    from dbwright.jobs.tune import Wanted, run

    with tempfile.TemporaryDirectory() as folder:
        twin, workload = Path(folder) / "a.twin", Path(folder) / "a.jsonl"
        twin.write_text(files.text(made_up(tables)))
        workload.write_text("\n".join(json.dumps(each) for each in asked(statements, tables)))
        watched = cProfile.Profile()
        began, cpu = time.monotonic(), time.process_time()
        if profile:
            watched.enable()
        found = run(Wanted(twin, None, str(workload), 0.2, 20), Options(), lambda words: None)
        watched.disable()
    seconds, used = time.monotonic() - began, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"| {statements:,} | {tables:,} | {used:.1f} s | {seconds:.1f} s | {found.asked:,} | "
        f"{len(found.indexes)} | {peak:.0f} MB |",
        flush=True,
    )
    if profile:
        pstats.Stats(watched).sort_stats("tottime").print_stats(15)
        pstats.Stats(watched).sort_stats("cumtime").print_stats(30)


def asked(statements: int, tables: int) -> list[dict[str, object]]:
    """Give so many statements, each another one by its table, condition or columns."""
    found: list[dict[str, object]] = []
    for number in range(statements):
        table = number % tables
        kind = number // tables % len(CONDITIONS)
        width = number // tables // len(CONDITIONS)
        condition = CONDITIONS[kind].format(n=number % 5000, k=number % 7, m=1 + number % 12)
        # another list of columns is another statement
        shown = ", ".join(["id"] + [f"{COLUMNS[width % 5]} as c{at}" for at in range(width)])
        sql = f"select {shown} from t{table} where {condition}"
        found.append({"sql": sql, "calls": 1 + number % 50})
    return found


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

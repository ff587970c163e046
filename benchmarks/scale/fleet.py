"""Measures a fleet's upgrade with one poisoned database: seconds, the others' end, memory.

    python benchmarks/scale/fleet.py --sqlite 1000 --postgresql 100 --schemas 1000 \\
        --url postgresql://me@host/

PostgreSQL databases are made at --url and dropped at the end; the schemas are in one of them. It
fails where one that is not poisoned is not done, or `--resume` touches another than the poisoned.
"""

from __future__ import annotations

import argparse
import os
import resource
import sqlite3
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from sqlalchemy import create_engine, make_url, text
from sqlalchemy.pool import NullPool

from dbwright.core.fleet import FleetReport
from dbwright.core.options import Options
from dbwright.fleet.waves import Plan
from dbwright.jobs import fleet
from dbwright.jobs.fleet import Source, Wanted

ENV = """
from alembic import context
from sqlalchemy import create_engine, pool

engine = create_engine("sqlite:///nobody.db", poolclass=pool.NullPool)
with engine.connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""
BODIES = (
    'op.create_table("orders", sa.Column("id", sa.Integer, primary_key=True))',
    'op.add_column("orders", sa.Column("note", sa.String(40)))',
    'op.create_index("ix_orders_note", "orders", ["note"])',
)


def project(root: Path) -> None:
    """Writes a project of three revisions."""
    versions = root / "migrations" / "versions"
    versions.mkdir(parents=True)
    (root / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s/migrations\n")
    (root / "migrations" / "env.py").write_text(ENV)
    for number, body in enumerate(BODIES, 1):
        before = f"r{number - 1}" if number > 1 else None
        (versions / f"r{number}.py").write_text(
            "import sqlalchemy as sa\nfrom alembic import op\n"
            f'revision = "r{number}"\ndown_revision = {before!r}\n'
            f"def upgrade():\n    {body}\n"
        )


@contextmanager
def memory() -> Iterator[list[float]]:
    """Gives the resident megabytes of this process and all below it, four times a second."""
    seen: list[float] = []
    stops = threading.Event()

    def sample() -> None:
        while not stops.wait(0.25):
            seen.append(_resident())

    thread = threading.Thread(target=sample, daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        stops.set()
        thread.join()


def _resident() -> float:
    page, total, todo = resource.getpagesize(), 0, [os.getpid()]
    while todo:
        pid = todo.pop()
        try:
            total += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * page
            for task in Path(f"/proc/{pid}/task").iterdir():
                todo += [int(each) for each in (task / "children").read_text().split()]
        except OSError:
            continue
    return total / 2**20


def measure(
    name: str, root: Path, source: Source, count: int, mend: Callable[[], None], at_once: int
) -> None:
    """Upgrades a fleet whose middle database is poisoned, mends that, and resumes."""
    wanted = Wanted(at_once=at_once, per_host=at_once, state=str(root / f"{name}-state.db"))
    with memory() as seen:
        report = run(root, source, wanted)
    failed = [each for each in report.targets if each.state != "done"]
    tenths = [max(seen[n * len(seen) // 10 :][: max(1, len(seen) // 10)]) for n in range(1, 10)]
    print(
        f"{name}: {count} databases, {at_once} at once: {report.seconds:.1f} s "
        f"({count * len(BODIES) / report.seconds:.0f} revisions a second), "
        f"{len(report.targets) - len(failed)} done, {len(failed)} failed; MB of memory in each "
        f"tenth of the time: {' '.join(f'{each:.0f}' for each in tenths)}"
    )
    assert [each.target for each in failed] == [report.targets[count // 2].target], failed
    mend()
    wanted = Wanted(Plan(resume=True), at_once=at_once, per_host=at_once, state=wanted.state)
    again = run(root, source, wanted)
    print(f"{name}: resumed in {again.seconds:.1f} s, {again.passed_over} left alone", flush=True)
    assert (again.state, again.passed_over) == ("done", count - 1)


def listed(root: Path, name: str, urls: list[str]) -> Source:
    """Writes an inventory of URLs, and gives it."""
    (root / f"{name}.txt").write_text("\n".join(urls) + "\n")
    return Source(file=str(root / f"{name}.txt"))


def run(root: Path, source: Source, wanted: Wanted) -> FleetReport:
    """Upgrades the fleet of an inventory."""
    return fleet.upgrade(
        root, source, "head", wanted, Options(), lambda text: None, lambda *_: True
    )


def sqlite(root: Path, count: int, at_once: int) -> None:
    """Measures a fleet of SQLite files."""
    paths = [root / f"t{number}.db" for number in range(count)]
    for path in paths:
        sqlite3.connect(path).execute("vacuum").connection.close()
    poisoned = paths[count // 2]

    def sent(sql: str) -> None:
        with sqlite3.connect(poisoned) as connection:
            connection.execute(sql)

    sent("create table orders (other)")
    urls = [f"sqlite:///{path}" for path in paths]
    source = listed(root, "sqlite", urls)
    measure("sqlite", root, source, count, lambda: sent("drop table orders"), at_once)


def postgresql(root: Path, count: int, at_once: int, url: str) -> None:
    """Measures a fleet of PostgreSQL databases of one server."""
    with databases(url, count) as (names, sent):
        poisoned = names[count // 2]
        sent(poisoned, "create table orders (other int)")
        source = listed(root, "postgresql", [place(url, name) for name in names])
        mend = partial(sent, poisoned, "drop table orders")
        measure("postgresql", root, source, count, mend, at_once)


def schemas(root: Path, count: int, at_once: int, url: str) -> None:
    """Measures a fleet of the schemas of one PostgreSQL database."""
    with databases(url, 1) as ([name], sent):
        for number in range(count):
            sent(name, f"create schema tenant_{number:05}")
        poisoned = f"tenant_{count // 2:05}.orders"
        sent(name, f"create table {poisoned} (other int)")
        query = "select nspname from pg_namespace where nspname like 'tenant%' order by 1"
        source = Source(query=query, db=place(url, name))
        mend = partial(sent, name, f"drop table {poisoned}")
        measure("schemas", root, source, count, mend, at_once)


def place(url: str, name: str) -> str:
    """Gives the URL of a database beside the one of a URL."""
    parts = make_url(url).set(drivername="postgresql", database=name)
    return parts.render_as_string(hide_password=False)


@contextmanager
def databases(url: str, count: int) -> Iterator[tuple[list[str], Callable[[str, str], None]]]:
    """Makes so many databases for a while; gives their names, and what sends SQL to one."""
    base = make_url(url).set(drivername="postgresql+psycopg")

    def sent(name: str, sql: str) -> None:
        engine = create_engine(
            base.set(database=name), isolation_level="AUTOCOMMIT", poolclass=NullPool
        )
        with engine.connect() as connection:
            connection.execute(text(sql))

    names = [f"fleet_{uuid.uuid4().hex[:6]}_{number}" for number in range(count)]
    try:
        for name in names:
            sent("postgres", f"create database {name}")
        yield names, sent
    finally:
        for name in names:
            sent("postgres", f"drop database if exists {name} with (force)")


def main() -> None:
    """Measures what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sqlite", type=int, default=1000)
    parser.add_argument("--postgresql", type=int, default=100)
    parser.add_argument("--schemas", type=int, default=1000)
    parser.add_argument("--url", default="postgresql://postgres@127.0.0.1/")
    parser.add_argument("--at-once", type=int, default=4)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        project(root)
        started = time.monotonic()
        if given.sqlite:
            sqlite(root, given.sqlite, given.at_once)
        if given.postgresql:
            postgresql(root, given.postgresql, given.at_once, given.url)
        if given.schemas:
            schemas(root, given.schemas, given.at_once, given.url)
        print(f"in all {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()

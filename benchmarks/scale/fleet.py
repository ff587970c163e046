"""Measures a fleet's upgrade with one poisoned database: seconds, the others' end, memory.

    python benchmarks/scale/fleet.py --sqlite 1000 --postgresql 100 --url postgresql://me@host/

PostgreSQL databases are made at --url and dropped at the end. It fails where one that is not
poisoned is not done, or `--resume` touches another than the poisoned.
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
from pathlib import Path

from sqlalchemy import create_engine, make_url, text

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


def measure(name: str, root: Path, urls: list[str], mend: Callable[[], None], at_once: int) -> None:
    """Upgrades a fleet whose middle database is poisoned, mends that, and resumes."""
    (root / f"{name}.txt").write_text("\n".join(urls) + "\n")
    wanted = Wanted(at_once=at_once, per_host=at_once, state=str(root / f"{name}-state.db"))
    with memory() as seen:
        report = run(root, name, wanted)
    failed = [each for each in report.targets if each.state != "done"]
    quarter = max(1, len(seen) // 4)
    early, late = max(seen[quarter : 2 * quarter], default=0), max(seen[-quarter:], default=0)
    print(
        f"{name}: {len(urls)} databases, {at_once} at once: {report.seconds:.1f} s "
        f"({len(urls) * len(BODIES) / report.seconds:.0f} revisions a second), "
        f"{len(report.targets) - len(failed)} done, {len(failed)} failed; memory at most "
        f"{max(seen, default=0):.0f} MB (second quarter {early:.0f}, last quarter {late:.0f})"
    )
    assert [each.target for each in failed] == [report.targets[len(urls) // 2].target], failed
    mend()
    wanted = Wanted(Plan(resume=True), at_once=at_once, per_host=at_once, state=wanted.state)
    again = run(root, name, wanted)
    print(f"{name}: resumed in {again.seconds:.1f} s, {again.passed_over} left alone")
    assert (again.state, again.passed_over) == ("done", len(urls) - 1)


def run(root: Path, name: str, wanted: Wanted) -> FleetReport:
    """Upgrades the fleet of an inventory."""
    source = Source(file=str(root / f"{name}.txt"))
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
    measure("sqlite", root, urls, lambda: sent("drop table orders"), at_once)


def postgresql(root: Path, count: int, at_once: int, url: str) -> None:
    """Measures a fleet of PostgreSQL databases of one server."""
    base = make_url(url).set(drivername="postgresql+psycopg")
    admin = create_engine(base.set(database="postgres"), isolation_level="AUTOCOMMIT")
    names = [f"fleet_{uuid.uuid4().hex[:6]}_{number}" for number in range(count)]

    def sent(engine: object, sql: str) -> None:
        with engine.connect() as connection:  # type: ignore[attr-defined]
            connection.execute(text(sql))

    try:
        for name in names:
            sent(admin, f"create database {name}")
        poisoned = create_engine(base.set(database=names[count // 2]), isolation_level="AUTOCOMMIT")
        sent(poisoned, "create table orders (other int)")
        urls = [
            base.set(drivername="postgresql", database=name).render_as_string(hide_password=False)
            for name in names
        ]
        measure("postgresql", root, urls, lambda: sent(poisoned, "drop table orders"), at_once)
        poisoned.dispose()
    finally:
        for name in names:
            sent(admin, f"drop database if exists {name} with (force)")
        admin.dispose()


def main() -> None:
    """Measures what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sqlite", type=int, default=1000)
    parser.add_argument("--postgresql", type=int, default=100)
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
        print(f"in all {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()

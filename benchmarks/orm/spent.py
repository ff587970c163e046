"""Measures one tool in its own environment: lines of JSON for `cost.py`. Needs nothing of ours."""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import resource
import statistics
import sys
import time
import tracemalloc
import types
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.pool import StaticPool

TIMES = 1_000
"""Queries of one round."""


class Base(orm.DeclarativeBase):
    """The models' base."""


class Author(Base):
    """Some rows to read."""

    __tablename__ = "author"
    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    name: orm.Mapped[str] = orm.mapped_column(default="Ada")


def filled() -> sa.Engine:
    """An engine on a database in memory with ten rows."""
    engine = sa.create_engine("sqlite://", poolclass=StaticPool)
    Base.metadata.create_all(engine)
    with orm.Session(engine) as session:
        session.add_all(Author(name=f"author {n}") for n in range(10))
        session.commit()
    return engine


def core(engine: sa.Engine) -> None:
    """One row by key, in Core."""
    statement = sa.select(Author.__table__).where(Author.__table__.c.id == sa.bindparam("key"))
    with engine.connect() as connection:
        for turn in range(TIMES):
            connection.execute(statement, {"key": turn % 10 + 1}).all()


def objects(engine: sa.Engine) -> None:
    """One object by a filter, in the ORM."""
    with orm.Session(engine) as session:
        for turn in range(TIMES):
            session.scalars(sa.select(Author).where(Author.id == turn % 10 + 1)).all()


def many(engine: sa.Engine) -> None:
    """Ten objects a query, in the ORM, in a Session of their own."""
    for _ in range(TIMES // 4):
        with orm.Session(engine) as session:
            for _ in range(4):
                session.scalars(sa.select(Author)).all()


QUERIES = (core, objects, many)


def spent(work: Callable[[sa.Engine], None], engine: sa.Engine) -> float:
    """CPU microseconds of a query."""
    gc.collect()
    began = time.process_time()
    work(engine)
    return (time.process_time() - began) / TIMES * 1e6


@contextlib.contextmanager
def dbwright(module: Any, found: Any) -> Any:
    """The watcher alone, as a command and a middleware have it: reads are not watched."""
    del module, found
    with importlib.import_module("dbwright").watch():
        yield


def measure(tool: str, rounds: int) -> None:
    """Takes turns, and prints for each query what it costs without, with, and behind the tool."""
    name = f"tools.inside.{tool.replace('-', '_')}"
    watch = dbwright if tool == "dbwright" else importlib.import_module(name).watch
    here = types.ModuleType("here")
    engine = filled()
    for work in QUERIES:
        pairs = []
        for turn in range(rounds + 2):
            plain = spent(work, engine)
            with watch(here, []):
                told = spent(work, engine)
            if turn > 1:
                pairs.append((plain, told, spent(work, engine)))
        plain, told, off = (min(each) for each in zip(*pairs, strict=True))
        more = statistics.median(b / a - 1 for a, b, _ in pairs)
        line = [work.__doc__ or "", f"{plain:.1f}", f"{told:.1f}", f"{told / plain - 1:+.1%}"]
        print(json.dumps([*line, f"{more:+.1%}", f"{off / plain - 1:+.1%}"]), flush=True)


def memory() -> None:
    """Prints what the watcher keeps: of a million of one shape, and of ever more shapes."""
    engine = filled()
    dbw = importlib.import_module("dbwright")
    statement = sa.select(Author.__table__.c.id).where(Author.__table__.c.id == sa.bindparam("key"))
    with dbw.watch(), engine.connect() as connection:
        for turn in range(1_000_001):
            if turn in (1_000, 10_000, 100_000, 1_000_000):
                print(f"{turn:,} statements of one shape: {_most():.1f} MB at most", flush=True)
            connection.execute(statement, {"key": turn}).all()
    for shapes in (1_000, 2_000, 4_000, 8_000, 16_000):
        fresh = filled()
        tracemalloc.start()
        with dbw.watch(), fresh.connect() as connection:
            for number in range(shapes):
                connection.exec_driver_sql(f"select id as c{number} from author")
            gc.collect()
            kept = tracemalloc.take_snapshot().filter_traces(
                [tracemalloc.Filter(True, "*dbwright*")]
            )
        size = sum(each.size for each in kept.statistics("filename")) / 1e6
        tracemalloc.stop()
        print(f"{shapes:,} shapes: {size:.1f} MB of the watcher's", flush=True)


def _most() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    if sys.argv[2] == "memory":
        memory()
    else:
        measure(sys.argv[1], int(sys.argv[2]))

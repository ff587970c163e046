"""Measures one tool in its own environment: lines of JSON for `cost.py`. Needs nothing of ours."""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import resource
import statistics
import struct
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
URL = os.environ.get("COST_URL", "sqlite://")


class Base(orm.DeclarativeBase):
    """The models' base."""


class Author(Base):
    """Some rows to read."""

    __tablename__ = "author"
    __table_args__ = {"prefixes": [] if URL == "sqlite://" else ["TEMPORARY"]}
    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    name: orm.Mapped[str] = orm.mapped_column(default="Ada")


def filled() -> sa.Engine:
    """An engine of one connection on a database with ten rows, by default one in memory."""
    engine = sa.create_engine(URL, poolclass=StaticPool)
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


@contextlib.contextmanager
def nothing(module: Any, found: Any) -> Any:
    """No tool."""
    del module, found
    yield


@contextlib.contextmanager
def listeners(module: Any, found: Any) -> Any:
    """Two listeners of SQLAlchemy's own events that do nothing: the least that they cost."""
    del module, found

    def silent(*given: Any) -> None:
        pass

    names = ("before_cursor_execute", "after_cursor_execute")
    for name in names:
        sa.event.listen(sa.Engine, name, silent)
    yield
    for name in names:
        sa.event.remove(sa.Engine, name, silent)


OWN = {"dbwright": dbwright, "listeners": listeners, "none": nothing}


def watching(tool: str) -> Callable[[], contextlib.AbstractContextManager[Any]]:
    """What opens a tool."""
    name = f"tools.inside.{tool.replace('-', '_')}"
    watch = OWN[tool] if tool in OWN else importlib.import_module(name).watch
    return lambda: watch(types.ModuleType("here"), [])


class Plain:
    """A process in which no tool ever was, forked before one is imported.

    SQLAlchemy looks for listeners from the first one on until the process ends, so that one in
    which a tool has ended is none without a tool.
    """

    def __init__(self) -> None:
        asked, self._ask = os.pipe()
        self._told, tell = os.pipe()
        if not os.fork():
            os.close(self._ask)
            engine = filled()
            while number := os.read(asked, 1):
                os.write(tell, struct.pack("d", spent(QUERIES[number[0]], engine)))
            os._exit(0)
        os.close(asked)

    def spent(self, number: int) -> float:
        """CPU microseconds of a query there."""
        os.write(self._ask, bytes([number]))
        found: float = struct.unpack("d", os.read(self._told, 8))[0]
        return found

    def end(self) -> None:
        """Ends it."""
        os.close(self._ask)


def measure(tool: str, rounds: int) -> None:
    """Takes turns, and prints for each query what it costs without, with, and behind the tool."""
    plain = Plain()
    watch, engine = watching(tool), filled()
    for number, work in enumerate(QUERIES):
        turns = []
        for _ in range(rounds + 2):
            without = plain.spent(number)
            with watch():
                turn = (without, spent(work, engine), spent(work, engine))
            turns.append((*turn, spent(work, engine)))
        least = [min(each) for each in zip(*turns[2:], strict=True)]
        more = statistics.median(then / without - 1 for without, _, then, _ in turns[2:])
        shares = [f"{each / least[0] - 1:+.1%}" for each in least[1:]]
        line = [work.__doc__ or "", f"{least[0]:.1f}", *shares[:2], f"{more:+.1%}", shares[2]]
        print(json.dumps(line), flush=True)
    plain.end()


def counted(tool: str) -> None:
    """Runs each query twice under a tool, and calls `gc.freeze` around it, which a counter sees."""
    engine = filled()
    for work in QUERIES:
        work(engine)
    with watching(tool)():
        gc.disable()
        gc.freeze()
        for work in QUERIES:
            for _ in range(2):
                work(engine)
                gc.freeze()


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
    elif sys.argv[2] == "counted":
        TIMES = int(sys.argv[3])
        counted(sys.argv[1])
    else:
        measure(sys.argv[1], int(sys.argv[2]))

"""Runs one program on one database, and says what it gave and what it cost.

    python execute.py [--tool NAME] < LINES

Each line is `["SOURCE", "URL"]`, and is answered by a line of JSON. It needs nothing of ours, so
that a tool's own environment can run it. A program has `Base`, mostly `fill(session)`, and either
`work(session)`, which may be a coroutine function, or `main(url)` where the program holds the
database itself. What `fill` does is not counted. The tables are read at the end: they are a part of
the result.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import hashlib
import importlib
import inspect
import itertools
import json
import os
import sys
import threading
import time
import types
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event, orm
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.pool import Pool

SYNC = {"asyncpg": "psycopg", "aiosqlite": ""}
ASYNC = "+aiosqlite"
SERIAL = itertools.count()
Watch = Callable[[types.ModuleType], contextlib.AbstractContextManager[Any]]


@dataclass(slots=True)
class Cost:
    """What a run did, counted by plain events of SQLAlchemy."""

    statements: int = 0
    commits: int = 0
    flushes: int = 0
    connects: int = 0
    blocking: int = 0  # statements of a blocking driver on the thread of an event loop
    together: int = 0  # how often a Session was used while another thread or task was using it
    rows: int = 0  # read by SELECT; only when asked for
    held: int = 0  # tenths of a second: the longest pause within a transaction


@dataclass(slots=True)
class Outcome:
    """What a run gave: its value and the tables after it, or the error; and its cost."""

    value: Any = None
    tables: dict[str, Any] = field(default_factory=dict)
    error: str = ""
    cost: Cost = field(default_factory=Cost)


def module_of(source: str, file: str) -> types.ModuleType:
    """The source as a module that can be found by name, as mappings with annotations need."""
    module = types.ModuleType(f"program_{next(SERIAL)}")
    module.__file__ = file
    sys.modules[module.__name__] = module
    exec(compile(source, file, "exec"), module.__dict__)
    orm.configure_mappers()
    return module


def sync_url(url: str) -> str:
    """The same database through a driver that blocks."""
    parsed = make_url(url)
    backend, _, driver = parsed.drivername.partition("+")
    name = "+".join(part for part in (backend, SYNC.get(driver, driver)) if part)
    return parsed.set(drivername=name).render_as_string(hide_password=False)


def executed(
    module: types.ModuleType,
    url: str,
    watch: Watch | None = None,
    options: list[tuple[str, str]] | None = None,
    measure: str = "",
) -> Outcome:
    """Fills the database, which is empty, and runs the program; `watch` is open around its work."""
    outcome = Outcome()
    plain = sa.create_engine(sync_url(url))
    try:
        metadata = module.Base.metadata
        metadata.create_all(plain)
        if hasattr(module, "fill"):
            with orm.Session(plain) as session:
                module.fill(session)
                session.commit()
        plain.dispose()
        watched = watch(module) if watch else contextlib.nullcontext()
        with watched, counted(outcome.cost, measure), injected(module, options or []):
            try:
                outcome.value = plain_json(worked(module, url))
            except Exception as error:
                outcome.error = type(error).__name__
        with plain.connect() as connection:
            for table in metadata.sorted_tables:
                found = connection.execute(sa.select(table)).all()
                outcome.tables[table.name] = sorted(
                    plain_json([list(row) for row in found]), key=str
                )
    finally:
        plain.dispose()
    return outcome


def worked(module: types.ModuleType, url: str) -> Any:
    """What the program's work or main gives."""
    settings = {"expire_on_commit": True, **getattr(module, "SESSION", {})}
    if hasattr(module, "main"):
        given = module.main(url)
        return asyncio.run(given) if inspect.iscoroutine(given) else given
    if inspect.iscoroutinefunction(module.work):
        return asyncio.run(worked_async(module, url, settings))
    engine = sa.create_engine(url)
    try:
        with orm.Session(engine, **settings) as session:
            return module.work(session)
    finally:
        engine.dispose()


async def worked_async(module: types.ModuleType, url: str, settings: dict[str, Any]) -> Any:
    """The same for a coroutine."""
    engine = create_async_engine(url)
    try:
        async with AsyncSession(engine, **settings) as session:
            return await module.work(session)
    finally:
        await engine.dispose()


def digest(outcome: Outcome) -> str:
    """What tells the tables of one run from those of another."""
    return hashlib.sha256(json.dumps(outcome.tables, sort_keys=True).encode()).hexdigest()


def plain_json(value: Any) -> Any:
    """A value as JSON has it, to compare."""
    return json.loads(json.dumps(value, default=str))


@contextlib.contextmanager
def listening(*listeners: tuple[Any, str, Callable[..., Any]]) -> Iterator[None]:
    """Listeners, for the time of a block."""
    for target, name, listener in listeners:
        event.listen(target, name, listener)
    try:
        yield
    finally:
        for target, name, listener in listeners:
            event.remove(target, name, listener)


@contextlib.contextmanager
def counted(cost: Cost, measure: str) -> Iterator[None]:
    """Counts what runs in the block; two of the figures only when they are asked for."""
    last: dict[int, float] = {}
    users: dict[int, set[tuple[int, int]]] = {}
    guard = threading.Lock()

    def pause(connection: Any) -> None:
        began = last.pop(id(connection), None)
        if began is not None:
            cost.held = max(cost.held, int((time.monotonic() - began) * 10))

    def before(connection: Any, *_: Any) -> None:
        with guard:
            cost.statements += 1
            cost.blocking += looping() and not connection.dialect.is_async
        pause(connection)

    def after(connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        last[id(connection)] = time.monotonic()
        if measure == "rows" and statement.lstrip()[:6].upper() == "SELECT":
            again = connection.connection.cursor()
            again.execute(statement, parameters)
            cost.rows += len(again.fetchall())
            again.close()

    def commit(connection: Any) -> None:
        pause(connection)
        cost.commits += 1

    def flush(*_: Any) -> None:
        cost.flushes += 1

    def connect(*_: Any) -> None:
        cost.connects += 1

    def used(state: orm.ORMExecuteState) -> None:
        with guard:
            known = users.setdefault(id(state.session), set())
            known.add((threading.get_ident(), task()))
            cost.together = max(cost.together, len(known) - 1)

    def ended(session: Any, transaction: Any) -> None:
        if transaction.parent is None:
            users.pop(id(session), None)

    sharing: list[tuple[Any, str, Callable[..., Any]]] = [
        (orm.Session, "do_orm_execute", used),
        (orm.Session, "after_transaction_end", ended),
    ]
    with listening(
        (Engine, "before_cursor_execute", before),
        (Engine, "after_cursor_execute", after),
        (Engine, "commit", commit),
        (Engine, "rollback", pause),
        (orm.Session, "after_flush", flush),
        (Pool, "connect", connect),
        *(sharing if measure == "together" else []),
    ):
        yield


def looping() -> bool:
    """Whether an event loop runs on this thread."""
    return asyncio._get_running_loop() is not None


def task() -> int:
    """The number of the running task."""
    return id(asyncio.current_task()) if looping() else 0


@contextlib.contextmanager
def injected(module: types.ModuleType, options: list[tuple[str, str]]) -> Iterator[None]:
    """Gives the options to each statement whose first entity is their root."""
    if not options:
        yield
        return
    names = {**vars(orm), **vars(module)}
    known = [(getattr(module, root), eval(option, names)) for root, option in options]

    def execute(state: orm.ORMExecuteState) -> None:
        if state.is_relationship_load:
            unleaked(state)
        if not state.is_select or state.is_relationship_load or state.is_column_load:
            return
        first = state.bind_mapper
        for root, option in known:
            if first is not None and first.class_ is root:
                given = option if isinstance(option, tuple) else (option,)
                state.statement = state.statement.options(*given)

    with listening((orm.Session, "do_orm_execute", execute)):
        yield


def unleaked(state: orm.ORMExecuteState) -> None:
    """Takes the stream's yield_per off a loader's statement.

    From 2.0.20 to 2.0.49 it gets there only because there is a listener: SQLAlchemy's issue 13301.
    """
    options = dict(state.local_execution_options)
    if "sa_top_level_orm_context" in options and options.pop("yield_per", None):
        state.local_execution_options = type(state.local_execution_options)(options)


def told(source: Path, url: str, tool: str) -> dict[str, Any]:
    """What a program gives under a tool, and what the tool found; what broke off is told."""
    found: list[dict[str, Any]] = []

    def watch(module: types.ModuleType) -> contextlib.AbstractContextManager[Any]:
        name = f"tools.inside.{tool.replace('-', '_')}"
        opened: contextlib.AbstractContextManager[Any]
        opened = importlib.import_module(name).watch(module, found)
        return opened

    try:
        module = module_of(source.read_text(encoding="utf-8"), str(source))
        outcome = executed(module, url, watch if tool else None)
    except Exception as problem:
        return {"problem": f"{type(problem).__name__}: {problem}"}
    return {"findings": found, "outcome": {**asdict(outcome), "tables": digest(outcome)}}


def main() -> int:
    """Answers each line of the input, a source and a URL in JSON, by a line of the output."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tool", default="")
    given = parser.parse_args()
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a program prints is no answer
    for line in sys.stdin:
        source, url = json.loads(line)
        print(
            json.dumps(told(Path(source), url, given.tool), default=str), file=answers, flush=True
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())

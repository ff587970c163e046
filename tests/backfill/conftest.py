"""A database of each kind, with one empty database a test."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.pool import NullPool

from dbwright.backfill import engine_of
from dbwright.scratch.server import Server, ServerChoice, server

PLAIN = {"no_parameters": True}
"""A % is a %."""
DIALECTS = ("postgresql", "mariadb", "sqlite")


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Server]:
    """The embedded PostgreSQL."""
    with server(ServerChoice()) as running:
        yield running


@pytest.fixture
def made(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Callable[[str], Engine]]:
    """Makes an empty database of a kind, dropped at the end, and gives an engine of it."""
    undo: list[Callable[[], None]] = []

    def make(kind: str) -> Engine:
        if kind == "sqlite":
            return engine_of(f"sqlite:///{tmp_path / 'it.db'}")
        name = f"bf_{uuid.uuid4().hex[:12]}"
        if kind == "mariadb":
            base = request.getfixturevalue("mariadb").rstrip("/")
            base, whole = f"{base}/", f"{base}/{name}"
        else:
            running = request.getfixturevalue("postgresql_server")
            base = running.url("postgres", user=None)
            whole = running.url(name, user=None)
        admin = create_engine(base, poolclass=NullPool, isolation_level="AUTOCOMMIT")

        def sent(sql: str) -> None:
            with admin.connect() as connection:
                connection.execute(text(sql))

        sent(f"CREATE DATABASE {name}")
        force = " WITH (FORCE)" if kind == "postgresql" else ""
        undo.append(lambda: sent(f"DROP DATABASE {name}{force}"))
        return engine_of(whole)

    yield make
    for each in undo:
        each()


@pytest.fixture(params=DIALECTS)
def engine(request: pytest.FixtureRequest, made: Callable[[str], Engine]) -> Engine:
    """An empty database, of each kind in turn."""
    return made(request.param)


@pytest.fixture
def postgresql(made: Callable[[str], Engine]) -> Engine:
    """An empty PostgreSQL database."""
    return made("postgresql")


def send(engine: Engine, *statements: str) -> None:
    """Runs statements, each in a transaction of its own."""
    for sql in statements:
        with engine.begin() as connection:
            connection.exec_driver_sql(sql, execution_options=PLAIN)


def ask(engine: Engine, sql: str) -> list[tuple[object, ...]]:
    """Gives the rows of a query."""
    with engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(sql, execution_options=PLAIN)]


def numbers(engine: Engine, count: int) -> str:
    """Gives a query of the numbers 1 to `count`, as `n`."""
    if engine.dialect.name == "postgresql":
        return f"SELECT n FROM generate_series(1, {count}) n"
    if engine.dialect.name == "sqlite":
        series = f"SELECT 1 AS n UNION ALL SELECT n + 1 FROM s WHERE n < {count}"
        return f"SELECT n FROM (WITH RECURSIVE s AS ({series}) SELECT n FROM s)"
    return f"SELECT seq AS n FROM seq_1_to_{count}"

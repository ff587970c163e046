"""A hand that stays for a module, and an empty database of each kind."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from dbwright.deploy.hand import Hand
from dbwright.deploy.target import Target
from dbwright.scratch.server import Server, ServerChoice, server

from .project import code


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Server]:
    """The embedded PostgreSQL."""
    with server(ServerChoice()) as running:
        yield running


@pytest.fixture
def hand(tmp_path: Path) -> Iterator[Hand]:
    """A child for the project in the test's folder."""
    with Hand(code(tmp_path).python, tmp_path) as found:
        yield found


@pytest.fixture
def made(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Callable[[str], Target]]:
    """Makes an empty database of a kind, dropped at the end."""
    undo: list[Callable[[], None]] = []

    def make(kind: str) -> Target:
        name = f"dp_{uuid.uuid4().hex[:12]}"
        if kind == "sqlite":
            path = tmp_path / f"{name}.db"
            sqlite3.connect(path).execute("vacuum").connection.close()
            return Target(f"sqlite:///{path}")
        if kind == "mariadb":
            base = request.getfixturevalue("mariadb").rstrip("/")
            base, whole = f"{base}/", f"{base}/{name}"
        else:
            running = request.getfixturevalue("postgresql_server")
            base, whole = running.url("postgres", user=None), running.url(name, user=None)
        admin = create_engine(base, poolclass=NullPool, isolation_level="AUTOCOMMIT")

        def sent(sql: str) -> None:
            with admin.connect() as connection:
                connection.execute(text(sql))

        sent(f"CREATE DATABASE {name}")
        force = " WITH (FORCE)" if kind == "postgresql" else ""
        undo.append(lambda: sent(f"DROP DATABASE {name}{force}"))
        return Target(whole)

    yield make
    for each in undo:
        each()


@pytest.fixture
def postgresql(made: Callable[[str], Target]) -> Target:
    """An empty PostgreSQL database."""
    return made("postgresql")


def ask(target: Target, sql: str) -> list[tuple[object, ...]]:
    """Gives the rows of a query, or none of a statement that gives none."""
    with target.engine().connect() as connection:
        found = connection.exec_driver_sql(sql)
        return [tuple(row) for row in found] if found.returns_rows else []

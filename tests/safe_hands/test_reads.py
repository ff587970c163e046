"""Legitimate reads are answered: at most 1 % of the corpus is refused."""

from __future__ import annotations

import sqlite3
import tomllib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pymysql
import pytest

from dbwright import api
from dbwright.scratch.server import Server

from .harness import FOLDER
from .stand_mariadb import send
from .stand_postgresql import private_server
from .stands import mysql_parameters, with_database

NAME, ROLE = "reads_now", "reads_role"

# a legitimate read that is refused, with its reason
KNOWN = {"show grants for current_user": "it shows the hash of a password"}


def corpus(dialect: str) -> list[str]:
    """Give the reads of a dialect."""
    text = (FOLDER / "reads" / f"{dialect}.toml").read_text(encoding="utf-8")
    return [sql for group in tomllib.loads(text).values() for sql in group]


def schema(dialect: str) -> str:
    """Give the schema that the reads are about."""
    return (FOLDER / "reads" / f"{dialect}.sql").read_text(encoding="utf-8")


def refused(dialect: str, url: str, each: int = 1) -> dict[str, str]:
    """Read a corpus, or each so many-th of it, and give what is refused with its reason."""
    found = {}
    for sql in corpus(dialect)[::each]:
        try:
            api.read(sql, url)
        except Exception as error:
            found[sql] = f"{type(error).__name__}: {error}"
    return {sql: why for sql, why in found.items() if sql not in KNOWN}


@contextmanager
def on_postgresql(server: Server) -> Iterator[tuple[str, str]]:
    """A database with the schema: its URLs for the superuser and for a role."""
    with server.connect() as maintenance:
        maintenance.execute(f"create database {NAME}")
        maintenance.execute(f"create role {ROLE} login")
        with server.connect(NAME) as made:
            made.execute(schema("postgresql"))
            made.execute(f"grant usage on schema public to {ROLE}")
            made.execute(f"grant select on all tables in schema public to {ROLE}")
            made.execute(f"grant select on all sequences in schema public to {ROLE}")
        yield server.url(NAME, user="postgres"), server.url(NAME, user=ROLE)
        maintenance.execute(f"drop database {NAME} with (force)")
        maintenance.execute(f"drop role {ROLE}")


@pytest.mark.database
def test_reads_of_postgresql_are_answered() -> None:
    assert len(corpus("postgresql")) >= 300
    with private_server(None) as server, on_postgresql(server) as (superuser, role):
        assert refused("postgresql", superuser) == {}
        assert refused("postgresql", role, each=12) == {}


@contextmanager
def on_mariadb(url: str) -> Iterator[str]:
    """A database with the schema: its URL."""
    flags = pymysql.constants.CLIENT.MULTI_STATEMENTS
    with closing(
        pymysql.connect(**mysql_parameters(url), autocommit=True, client_flag=flags)
    ) as made:
        send(made, f"drop database if exists {NAME}; create database {NAME}; use {NAME}")
        send(made, schema("mariadb"))
        yield with_database(url, NAME)
        send(made, f"drop database {NAME}")


@contextmanager
def on_sqlite() -> Iterator[str]:
    """A file with the schema: its URL."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "reads.db"
        with closing(sqlite3.connect(path)) as made:
            made.executescript(schema("sqlite"))
        yield f"sqlite:///{path}"


@pytest.mark.database
def test_reads_of_mariadb_are_answered(mariadb: str) -> None:
    assert len(corpus("mariadb")) >= 120
    with on_mariadb(mariadb) as url:
        assert refused("mariadb", url) == {}


def test_reads_of_sqlite_are_answered() -> None:
    assert len(corpus("sqlite")) >= 80
    with on_sqlite() as url:
        assert refused("sqlite", url) == {}


def test_at_most_1_percent_of_the_reads_is_refused() -> None:
    reads = sum(len(corpus(dialect)) for dialect in ("postgresql", "mariadb", "sqlite"))
    assert reads >= 500
    assert len(KNOWN) <= reads / 100

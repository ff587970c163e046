"""The second fence: the drivers' own connect functions, refused as soon as they are imported."""

from __future__ import annotations

import contextlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Sequence
from typing import Any, Callable

from . import refusal


class Gate:
    """Whether a driver may connect just now: only while SQLAlchemy opens the one database."""

    is_open = False


gate = Gate()

# module: the names in it that open a connection; `Class.method` is a method
OPENERS: dict[str, tuple[str, ...]] = {
    "psycopg": ("connect", "Connection.connect", "AsyncConnection.connect"),
    "psycopg.connection": ("Connection.connect",),
    "psycopg.connection_async": ("AsyncConnection.connect",),
    "psycopg.generators": ("connect",),
    "psycopg2": ("connect", "_connect"),
    "psycopg2cffi": ("connect",),
    "psycopg2.pool": ("AbstractConnectionPool._connect",),
    "asyncpg": ("connect", "create_pool"),
    "asyncpg.connection": ("connect",),
    "asyncpg.connect_utils": ("_connect",),
    "pg8000": ("connect",),
    "pg8000.dbapi": ("connect",),
    "pg8000.native": ("Connection.__init__",),
    "pymysql": ("connect", "Connect"),
    "pymysql.connections": ("Connection.connect",),
    "MySQLdb": ("connect", "Connect", "Connection"),
    "MySQLdb._mysql": ("connect",),
    "mysql.connector": ("connect",),
    "mariadb": ("connect",),
    "aiomysql": ("connect", "create_pool"),
    "asyncmy": ("connect", "create_pool"),
    "aiosqlite": ("connect",),
    "oracledb": ("connect", "connect_async", "create_pool"),
    "cx_Oracle": ("connect",),
    "pyodbc": ("connect",),
    "aioodbc": ("connect",),
    "pymssql": ("connect",),
    "clickhouse_driver": ("connect", "Client.execute"),
    "clickhouse_connect": ("get_client",),
    "snowflake.connector": ("connect",),
    "duckdb": ("connect",),
    "pymongo": (),
}


def install() -> None:
    """Watches the imports to come, and closes the drivers that are there already."""
    sys.meta_path.insert(0, Finder())
    for name in OPENERS:
        if name in sys.modules:
            close(sys.modules[name])


def close(module: Any) -> None:
    """Replaces the functions of a driver that open a connection."""
    driver = module.__name__.partition(".")[0]
    for opener in OPENERS[module.__name__]:
        owner, _, name = opener.rpartition(".")
        holder = getattr(module, owner, None) if owner else module
        if holder is not None and hasattr(holder, name):
            with contextlib.suppress(AttributeError, TypeError):  # classes of C code
                setattr(holder, name, _refusing(driver, name, getattr(holder, name)))


def _refusing(driver: str, name: str, original: Any) -> Callable[..., Any]:
    def refused(*arguments: Any, **options: Any) -> Any:
        if gate.is_open:
            return original(*arguments, **options)
        return refusal.refuse(f"a database through {driver}", _where(arguments, options))

    refused.__name__ = name
    return refused


def _where(arguments: tuple[Any, ...], options: dict[str, Any]) -> str | None:
    named = {key: options.get(key) for key in ("dsn", "host", "port", "database", "dbname", "db")}
    texts = [f"{key}={value}" for key, value in named.items() if value is not None]
    texts[:0] = [item for item in arguments if isinstance(item, str)]
    return " ".join(texts) or None


class Finder(importlib.abc.MetaPathFinder):
    """Finds drivers as the other finders do, and closes them once they are executed."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: Any = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Gives the spec of a driver's module, its loader wrapped; None for all others."""
        if fullname not in OPENERS:
            return None
        for finder in sys.meta_path:
            find = getattr(finder, "find_spec", None)
            if finder is self or find is None:
                continue
            spec = find(fullname, path, target)
            if spec is not None:
                if spec.loader is not None:
                    _wrap(spec.loader)
                return spec
        return None


def _wrap(loader: Any) -> None:
    execute = getattr(loader, "exec_module", None)
    if execute is None:
        return

    def exec_module(module: Any) -> None:
        execute(module)
        close(module)

    with contextlib.suppress(AttributeError):
        loader.exec_module = exec_module

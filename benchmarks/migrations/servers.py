"""Databases to measure on: a PostgreSQL started from its programs, servers by URL, files."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

SETTINGS = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "autovacuum=off",
    "timezone=UTC",
    "listen_addresses=",
    "max_connections=40",
)


@dataclass(slots=True)
class Databases:
    """A place that makes databases: `label` names it in the results, `dialect` in the cases."""

    label: str
    dialect: str
    url: sa.URL
    templates: dict[str, str]

    def make(self, template: str | None = None) -> str:
        """A new database, a copy of a template where there are some, and its URL."""
        name = f"set_{uuid.uuid4().hex[:12]}"
        if self.dialect == "sqlite":
            return f"sqlite:///{self.url.database}/{name}.db"
        base = self.templates.get(template or "")
        self.execute(f"create database {name}" + (f" template {base}" if base else ""))
        made = self.url.set(database=name).render_as_string(hide_password=False)
        return made.replace("%2F", "/")  # tools put the URL into alembic.ini, where % is special

    def drop(self, url: str) -> None:
        """Takes a database away, whoever is still connected."""
        name = sa.make_url(url).database or ""
        if self.dialect == "sqlite":
            Path(name).unlink(missing_ok=True)
            return
        force = " with (force)" if self.dialect == "postgresql" else ""
        self.execute(f"drop database if exists {name}{force}")

    def execute(self, statement: str) -> None:
        """Runs one statement outside of a transaction."""
        engine = sa.create_engine(self.url, poolclass=sa.pool.NullPool)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(statement)


def by_url(url: str) -> Databases:
    """A server that somebody runs; the role must be allowed to create databases."""
    made = sa.make_url(url)
    postgresql = made.get_backend_name() == "postgresql"
    if postgresql:
        made = made.set(drivername="postgresql+psycopg", database=made.database or "postgres")
    else:
        made = made.set(drivername="mariadb+pymysql")
    with sa.create_engine(made, poolclass=sa.pool.NullPool).connect() as connection:
        version = connection.dialect.server_version_info or (0,)
    dialect = "postgresql" if postgresql else "mariadb"
    short = str(version[0]) if postgresql else ".".join(str(part) for part in version[:2])
    return Databases(f"{dialect}-{short}", dialect, made, {})


def stop_cleanly() -> None:
    """Makes a TERM end the program as its end would, so that no server stays behind."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


@contextlib.contextmanager
def started(programs: Path) -> Iterator[Databases]:
    """A PostgreSQL in a temporary folder, stopped at the end; as root it runs as nobody."""
    folder = Path(tempfile.mkdtemp(prefix="set-"))
    user = 65534 if os.geteuid() == 0 else None
    if user:
        os.chown(folder, user, user)
    data = str(folder / "data")
    run = {"check": True, "stdout": subprocess.DEVNULL, "user": user, "cwd": folder}
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    initdb = [programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "--no-sync"]
    subprocess.run([*initdb, "-E", "UTF8"], env=environment, **run)  # type: ignore[call-overload]
    options = " ".join(f"-c {setting}" for setting in SETTINGS) + f" -k {folder}"
    control = [programs / "pg_ctl", "-D", data, "-w", "-l", str(folder / "log")]
    subprocess.run([*control, "-o", options, "start"], **run)  # type: ignore[call-overload]
    try:
        yield by_url(f"postgresql://postgres@/postgres?host={folder}")
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], **run)  # type: ignore[call-overload]
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def files() -> Iterator[Databases]:
    """SQLite's databases, files of a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="set-") as folder:
        url = sa.make_url(f"sqlite:///{folder}")
        yield Databases("sqlite", "sqlite", url, {})

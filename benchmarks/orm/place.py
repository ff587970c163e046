"""The databases of a run: a file, and a database on each server that the run is given."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import make_url

DRIVERS = {
    "sqlite": "sqlite",
    "aiosqlite": "sqlite+aiosqlite",
    "psycopg": "postgresql+psycopg",
    "asyncpg": "postgresql+asyncpg",
    "pymysql": "mysql+pymysql",
}
NAME = "orm_bench"
LEFT = """
select pg_terminate_backend(pid, 5000) from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid()
"""  # connections that a program has left would hold locks


class Places:
    """Gives an empty database for each run; the names have the number of this process."""

    def __init__(self, folder: Path, postgresql: str = "", mariadb: str = "") -> None:
        self.folder = folder
        self.name = f"{NAME}_{os.getpid()}"
        self.servers = {"postgresql": postgresql, "mysql": mariadb}
        folder.mkdir(parents=True, exist_ok=True)

    def there(self, driver: str) -> bool:
        """Whether the run has a server for a driver."""
        backend = DRIVERS[driver].partition("+")[0]
        return backend == "sqlite" or bool(self.servers[backend])

    def empty(self, driver: str) -> str:
        """The URL of a database without tables."""
        backend = DRIVERS[driver].partition("+")[0]
        if backend == "sqlite":
            file = self.folder / f"{self.name}.db"
            file.unlink(missing_ok=True)
            return f"{DRIVERS[driver]}:///{file}"
        self._recreate(backend)
        url = make_url(self.servers[backend])
        url = url.set(drivername=DRIVERS[driver], database=self.name)
        return url.render_as_string(hide_password=False)

    def close(self) -> None:
        """Takes the databases away."""
        (self.folder / f"{self.name}.db").unlink(missing_ok=True)
        for backend, server in self.servers.items():
            if server:
                self._execute(backend, f"drop database if exists {self.name}{self._force(backend)}")

    def _recreate(self, backend: str) -> None:
        if backend == "mysql":
            self._execute(backend, f"drop database if exists {self.name}")
        else:
            with contextlib.suppress(sa.exc.OperationalError):
                url = make_url(self.servers[backend])
                url = url.set(drivername=DRIVERS["psycopg"], database=self.name)
                engine = sa.create_engine(url, poolclass=sa.NullPool)
                with engine.begin() as connection:
                    connection.execute(sa.text(LEFT))
                    connection.execute(sa.text("drop schema public cascade"))
                    connection.execute(sa.text("create schema public"))
                return
        self._execute(backend, f"create database {self.name}")

    def _execute(self, backend: str, statement: str) -> None:
        driver = DRIVERS["psycopg" if backend == "postgresql" else "pymysql"]
        url = make_url(self.servers[backend]).set(drivername=driver)
        engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        with engine.connect() as connection:
            connection.execute(sa.text(statement))

    @staticmethod
    def _force(backend: str) -> str:
        return " with (force)" if backend == "postgresql" else ""

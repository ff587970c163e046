"""A PostgreSQL of our own for the measurements: started from its programs, its data kept.

The cluster lies in the folder that prepare.py filled, so that a workload is loaded and analyzed
once: every advisor sees the same statistics. As root the server runs as nobody.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from workload import Workload

# Plans without parallel workers, so that the CPU of one process is all; nothing runs beside.
SETTINGS = (
    "shared_buffers=1GB",
    "work_mem=32MB",
    "maintenance_work_mem=256MB",
    "effective_cache_size=4GB",
    "random_page_cost=1.1",
    "max_parallel_workers_per_gather=0",
    "max_parallel_maintenance_workers=0",
    "jit=off",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "autovacuum=off",
    "checkpoint_timeout=1h",
    "max_wal_size=8GB",
    "timezone=UTC",
    "listen_addresses=",
    "shared_preload_libraries=pg_stat_statements",
    "pg_stat_statements.track=all",
    "pg_stat_statements.max=50000",
)


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: where it listens."""

    socket: Path

    def connect(self, database: str, **options: Any) -> psycopg.Connection[Any]:
        """A connection that commits each statement and prepares none."""
        options.setdefault("autocommit", True)
        connection = psycopg.connect(
            host=str(self.socket), user="postgres", dbname=database, **options
        )
        connection.prepare_threshold = None
        return connection

    def environment(self, database: str) -> dict[str, str]:
        """What a peer's process needs to find a database."""
        return {
            **os.environ,
            "PGHOST": str(self.socket),
            "PGUSER": "postgres",
            "PGDATABASE": database,
        }

    def has(self, database: str) -> bool:
        """Whether a database is there."""
        with self.connect("postgres") as connection:
            query = "select 1 from pg_database where datname = %s"
            return connection.execute(query, [database]).fetchone() is not None

    def drop(self, database: str) -> None:
        """Takes a database away."""
        with self.connect("postgres") as connection:
            connection.execute(f'drop database if exists "{database}" with (force)')

    def copied(self, template: str, name: str) -> str:
        """A fresh copy of a loaded database, which nobody may be connected to."""
        self.drop(name)
        with self.connect("postgres") as connection:
            connection.execute(f'create database "{name}" template "{template}" strategy file_copy')
        return name

    @contextlib.contextmanager
    def copy(self, template: str, name: str) -> Iterator[str]:
        """A fresh copy of a loaded database, gone at the end."""
        yield self.copied(template, name)
        self.drop(name)


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Holds the folder: two runs at a time would measure each other."""
    with (folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SystemExit(
                f"another run uses {folder}; wait for it, or take a second folder"
            ) from None
        yield


@contextlib.contextmanager
def started(folder: Path, programs: Path) -> Iterator[Server]:
    """The server of a folder, stopped at the end; the cluster is made when there is none."""
    with alone(folder), running(folder, programs) as server:
        yield server


@contextlib.contextmanager
def running(folder: Path, programs: Path) -> Iterator[Server]:
    """The started server of a folder that is held; a TERM ends it as the end of the run does."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    user = 65534 if os.geteuid() == 0 else None
    home = folder / f"cluster-{version(programs)}"
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    socket = Path(tempfile.mkdtemp(prefix="indexes-"))  # the name of a socket must be short
    for made in (home, socket):
        if user:
            os.chown(made, user, user)
    data = str(home / "data")
    run: dict[str, Any] = {"check": True, "stdout": subprocess.DEVNULL, "user": user, "cwd": home}
    if not (home / "data" / "PG_VERSION").exists():
        initdb: list[str | Path] = [programs / "initdb", "-D", data, "-U", "postgres"]
        initdb += ["-A", "trust", "--no-sync", "-E", "UTF8"]
        environment = {**os.environ, "LC_ALL": "C.UTF-8"}
        subprocess.run(initdb, env=environment, **run)
    options = " ".join(f"-c {setting}" for setting in SETTINGS) + f" -k {socket}"
    control: list[str | Path] = [programs / "pg_ctl", "-D", data, "-w", "-t", "120"]
    control += ["-l", str(home / "log")]
    if (home / "data" / "postmaster.pid").exists():  # left by a run that was killed
        subprocess.run([*control, "-m", "fast", "stop"], **{**run, "check": False})
    subprocess.run([*control, "-o", options, "start"], **run)
    try:
        yield Server(socket)
    finally:
        subprocess.run([*control, "-m", "fast", "stop"], **run)
        shutil.rmtree(socket, ignore_errors=True)


def version(programs: Path) -> str:
    """The server's major version."""
    told = subprocess.run([programs / "postgres", "-V"], capture_output=True, text=True, check=True)
    return told.stdout.split()[2].split(".")[0]


def loaded(server: Server, workload: Workload, tools: Path) -> str:
    """The database that holds a workload's rows, loaded when it is not there; it is a template."""
    parts = [*sorted(workload.folder.glob("*.py")), workload.folder / "schema.sql"]
    seal = hashlib.sha256(b"".join(part.read_bytes() for part in parts)).hexdigest()[:8]
    name = f"{workload.name}_{seal}"
    if server.has(name):
        return name
    began = time.monotonic()
    server.drop(f"{name}_new")
    with server.connect("postgres") as connection:
        connection.execute(f'create database "{name}_new"')
    with server.connect(f"{name}_new") as connection:
        connection.execute((workload.folder / "schema.sql").read_text())
        fill(connection, workload, tools)
        connection.execute("vacuum (freeze, analyze)")
    with server.connect("postgres") as connection:
        connection.execute(f'alter database "{name}_new" rename to "{name}"')
    print(f"{workload.name}: loaded in {time.monotonic() - began:.0f} s", file=sys.stderr)
    return name


def fill(connection: psycopg.Connection[Any], workload: Workload, tools: Path) -> None:
    """Copies the rows in; constraints hold all the time."""
    file = workload.folder / "data.py"
    spec = importlib.util.spec_from_file_location(f"{workload.name}_data", file)
    if spec is None or spec.loader is None:
        raise SystemExit(f"cannot read {file}")
    data = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(data)
    for table, columns, rows in data.rows(tools):
        named = f"{table} ({columns})" if columns else table
        with connection.cursor() as cursor, cursor.copy(f"copy {named} from stdin") as copy:
            for row in rows:
                copy.write_row(row)


def table_bytes(connection: psycopg.Connection[Any]) -> int:
    """The bytes of all tables without their indexes."""
    query = "select sum(pg_table_size(relid)) from pg_stat_user_tables"
    (size,) = connection.execute(query).fetchone() or (0,)
    return int(size)

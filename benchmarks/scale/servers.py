"""Servers of our own to kill: PostgreSQL with a standby, MariaDB, Redis; a proxy to cut."""

from __future__ import annotations

import contextlib
import getpass
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pymysql

from dbwright.scratch.binaries import Binaries, copied, find
from dbwright.scratch.server_place import Identity, cache_root, server_identity
from dbwright.scratch.server_process import environment, initialize

_SETTINGS = ("fsync=off", "max_connections=60", "shared_buffers=32MB", "max_wal_size=256MB")
"""A process that is killed loses nothing that the system has; fsync would only cost time."""
_PATIENCE = 60.0


def free_port() -> int:
    """Gives a port that nobody has."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def until(found: Callable[[], bool], what: str) -> None:
    """Waits until something is so, a minute at most."""
    end = time.monotonic() + _PATIENCE
    while not found():
        if time.monotonic() > end:
            raise SystemExit(f"waited {_PATIENCE:.0f} s in vain: {what}")
        time.sleep(0.02)


def runnable() -> tuple[Binaries, Identity]:
    """Gives the programs of a PostgreSQL, and who may run them: root may not."""
    identity = server_identity()
    return copied(find(None, None), cache_root(None, identity)), identity


@dataclass(slots=True)
class Postgres:
    """One PostgreSQL on a port of loopback, its data in `folder`."""

    folder: Path
    port: int = field(default_factory=free_port)
    settings: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] | None = None

    @property
    def data(self) -> Path:
        """Where its data is."""
        return self.folder / "data"

    def url(self, database: str = "postgres", *others: Postgres, tail: str = "") -> str:
        """Gives SQLAlchemy's URL; with others it names several hosts."""
        if not others:
            return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{database}"
        hosts = "&".join(f"host=127.0.0.1:{each.port}" for each in (self, *others))
        return f"postgresql+psycopg://postgres@/{database}?{hosts}{tail}"

    def made(self) -> Postgres:
        """Makes its data."""
        binaries, identity = runnable()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o711)
        identity.own(self.folder)
        initialize(self.data, binaries, identity, None)
        return self

    def standby(self, folder: Path, *settings: str) -> Postgres:
        """Makes a standby that streams from it."""
        folder.mkdir(parents=True)
        folder.chmod(0o711)
        found = Postgres(folder, settings=settings)
        runnable()[1].own(folder)
        name = f"host=127.0.0.1 port={self.port} user=postgres application_name=standby"
        self._run("pg_basebackup", "-D", str(found.data), "-d", name, "-R", "-X", "stream")
        return found

    def start(self) -> Postgres:
        """Starts it, and waits until it answers."""
        self.launch()
        until(self.answers, f"PostgreSQL of {self.folder} answers")
        return self

    def launch(self) -> None:
        """Starts it, whether it comes up or not."""
        binaries, identity = runnable()
        command = [binaries.program("postgres"), "-D", str(self.data), "-p", str(self.port)]
        command += ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]
        for each in (*_SETTINGS, *self.settings):
            command += ["-c", each]
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=environment(),
                **identity.process_arguments(),
            )

    def answers(self) -> bool:
        """Whether it takes connections."""
        with contextlib.suppress(psycopg.OperationalError):
            self.ask("SELECT 1")
            return True
        return False

    def ask(self, sql: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Gives the rows of a statement."""
        known = f"host=127.0.0.1 port={self.port} user=postgres dbname={database}"
        with psycopg.connect(known, autocommit=True, connect_timeout=5) as connection:
            cursor = connection.execute(sql.encode())
            return list(cursor.fetchall()) if cursor.description else []

    def end(self, how: signal.Signals) -> None:
        """Ends it: SIGTERM smart, SIGINT fast, SIGQUIT immediate, SIGKILL its postmaster only."""
        if self.process is None:
            return
        self.process.send_signal(how)
        self.process.wait()
        # what a killed postmaster leaves ends by itself, and holds the memory until then
        until(lambda: not self.left(), "the last processes of a server end")
        self.process = None

    def left(self) -> list[int]:
        """Gives the processes that still work in its data."""
        found = []
        for entry in Path("/proc").glob("[0-9]*/cwd"):
            with contextlib.suppress(OSError):
                if os.readlink(entry) == os.path.realpath(self.data):
                    found.append(int(entry.parent.name))
        return found

    def kill_backend(self) -> None:
        """Kills one process that serves a client, upon which the server restarts all."""
        sql = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'"
        with contextlib.suppress(psycopg.OperationalError, OSError):
            pids = [int(str(row[0])) for row in self.ask(f"{sql} AND pid <> pg_backend_pid()")]
            for pid in pids[:1]:
                os.kill(pid, signal.SIGKILL)

    def promote(self) -> None:
        """Makes a standby the primary."""
        self.ask("SELECT pg_promote()")

    def _run(self, program: str, *arguments: str) -> None:
        binaries, identity = runnable()
        subprocess.run(
            [binaries.program(program), *arguments],
            check=True,
            cwd="/",
            env=environment(),
            **identity.process_arguments(),
        )


@dataclass(slots=True)
class MariaDB:
    """A MariaDB of our own, of the programs on PATH."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """SQLAlchemy's URL."""
        return f"mysql+pymysql://root@127.0.0.1:{self.port}/it"

    def made(self) -> MariaDB:
        """Makes its data, with a database."""
        self.folder.mkdir(parents=True)
        command = ["mariadb-install-db", "--no-defaults", f"--datadir={self.folder / 'data'}"]
        command += [f"--user={getpass.getuser()}", "--auth-root-authentication-method=normal"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.start()
        with self._connection("") as connection:
            connection.cursor().execute("CREATE DATABASE it")
        return self

    def start(self) -> MariaDB:
        """Starts it, and waits until it answers."""
        command = ["mariadbd", "--no-defaults", f"--datadir={self.folder / 'data'}"]
        command += [f"--socket={self.folder / 's'}", f"--pid-file={self.folder / 'pid'}"]
        command += [f"--port={self.port}", "--bind-address=127.0.0.1"]
        command += [f"--user={getpass.getuser()}", "--innodb-flush-log-at-trx-commit=2"]
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        until(self.answers, f"MariaDB of {self.folder} answers")
        return self

    def answers(self) -> bool:
        """Whether it takes connections."""
        with contextlib.suppress(pymysql.err.Error), self._connection(""):
            return True
        return False

    def kill_connection(self) -> None:
        """Ends one connection that works for a client."""
        with contextlib.suppress(pymysql.err.Error), self._connection("it") as connection:
            cursor = connection.cursor()
            cursor.execute(
                "SELECT id FROM information_schema.processlist"
                " WHERE db = 'it' AND id <> connection_id()"
            )
            for (number,) in cursor.fetchall()[:1]:
                cursor.execute(f"KILL CONNECTION {number}")

    def end(self, how: signal.Signals) -> None:
        """Ends it: SIGTERM in order, SIGKILL at once."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait()
            self.process = None

    def _connection(self, database: str) -> pymysql.Connection[Any]:
        return pymysql.connect(
            host="127.0.0.1", port=self.port, user="root", database=database, autocommit=True
        )


@dataclass(slots=True)
class Redis:
    """A Redis of our own; with `keeps` it writes each command to a file before it answers."""

    folder: Path
    keeps: bool
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Its URL."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> Redis:
        """Starts it, and waits until it answers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        command += ["--dir", str(self.folder), "--appendonly", "yes" if self.keeps else "no"]
        self.process = subprocess.Popen(
            [*command, "--appendfsync", "always"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until(self.answers, "Redis answers")
        return self

    def answers(self) -> bool:
        """Whether it takes connections."""
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False

    def kill(self) -> None:
        """Kills it."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


@dataclass(slots=True)
class Proxy:
    """A port that leads to another one, until it is cut, or frozen: then nothing passes."""

    target: int
    port: int = 0
    frozen: threading.Event = field(default_factory=threading.Event)
    _server: socket.socket | None = None
    _pairs: list[socket.socket] = field(default_factory=list)

    def start(self) -> Proxy:
        """Opens the port."""
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def cut(self) -> None:
        """Ends all connections with a reset."""
        pairs, self._pairs = self._pairs, []
        for each in pairs:
            with contextlib.suppress(OSError):
                each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                each.shutdown(socket.SHUT_RDWR)
                each.close()

    def close(self) -> None:
        """Closes the port and all connections."""
        if self._server is not None:
            self._server.close()
        self.cut()

    def _accept(self) -> None:
        assert self._server is not None
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._server.accept()
                if self.frozen.is_set():
                    self._pairs.append(client)
                    continue
                with contextlib.suppress(OSError):
                    other = socket.create_connection(("127.0.0.1", self.target))
                    self._pairs += [client, other]
                    for pair in ((client, other), (other, client)):
                        threading.Thread(target=self._carry, args=pair, daemon=True).start()

    def _carry(self, start: socket.socket, end: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := start.recv(65536):
                if self.frozen.is_set():
                    return  # what was sent is swallowed, as by a cable that was pulled
                end.sendall(data)
        for each in (start, end):
            with contextlib.suppress(OSError):
                if not self.frozen.is_set():
                    each.shutdown(socket.SHUT_RDWR)

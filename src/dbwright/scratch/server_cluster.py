"""One PostgreSQL of ours: made once, started by the first user, joined by the others."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import socket
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from dbwright.core.errors import ServerError
from dbwright.dialects.postgresql.server import (
    OWNER,
    SUPERUSER,
    connection_parameters,
)
from dbwright.scratch import server_process
from dbwright.scratch.binaries import Binaries, copied
from dbwright.scratch.lease import FileLock
from dbwright.scratch.server_place import (
    Identity,
    disk_full,
    explained,
    make_private,
    new_socket_dir,
    reachable,
    says_full,
    spread,
)

_FORMAT = 1
_PATIENCE = 120.0
_STARTING = (
    "starting up",
    "shutting down",
    "in recovery mode",
    "not yet accepting",
    "timeout expired",
)
_ALIVE = ("too many clients", "remaining connection slots")
_PORT = 5432
_DAY = 86400.0


class Broken(Exception):
    """The server answers or ends in a way that only fresh data can mend."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a running server listens."""

    socket_dir: str | None
    port: int
    password: str = field(repr=False)

    def parameters(self, dbname: str, user: str) -> dict[str, Any]:
        """Give libpq's parameters for a database and a user."""
        return connection_parameters(
            host=self.socket_dir or "127.0.0.1",
            port=self.port,
            dbname=dbname,
            user=user,
            password=self.password,
        )

    def listens(self) -> bool:
        """Whether something accepts connections there."""
        if self.socket_dir is None:
            target: tuple[str, int] | str = ("127.0.0.1", self.port)
        else:
            target = f"{self.socket_dir}/.s.PGSQL.{self.port}"
        with socket.socket(socket.AF_INET if self.socket_dir is None else socket.AF_UNIX) as probe:
            probe.settimeout(5)
            try:
                probe.connect(target)
            except (TimeoutError, BlockingIOError):
                return True
            except OSError:
                return False
        return True


class Cluster:
    """The data, socket and locks of one version's server in its own folder."""

    def __init__(
        self,
        binaries: Binaries,
        root: Path,
        identity: Identity,
        *,
        loopback: bool = False,
        name: str | None = None,
    ) -> None:
        self.identity = identity
        self.root = root
        self.binaries = binaries
        self.loopback = loopback or new_socket_dir(identity, "0" * 8) is None
        kind = "-tcp" if self.loopback else ""
        self.folder = root / f"{name or 'pg-' + binaries.name}{kind}-{_FORMAT}"
        self.pristine = root / f"new-{binaries.name}{kind}-{_FORMAT}" if name else None
        self.data = self.folder / "data"

    @contextlib.contextmanager
    def joined(self, idle_seconds: float) -> Iterator[Address]:
        """Hold a lease on the running server, which is started where there is none."""
        with explained("start a scratch PostgreSQL", self.folder):
            self.make_folder()
            lease = self._lease(idle_seconds)
        address = None
        try:
            with explained("start a scratch PostgreSQL", self.folder):
                address = self._running() or self._started()
                self._watched(address)
            yield address
        finally:
            # The folder may have been deleted meanwhile, and the watchdog killed, which the
            # last to leave needs.
            with contextlib.suppress(OSError):
                lease.write(f"{idle_seconds}")
                if address is not None:
                    self._watched(address)
            lease.release()

    def stop(self) -> bool:
        """Stop the server unless somebody uses it, and say whether it is stopped."""
        lease = FileLock(self.folder / "lease.lock")
        if not self.folder.is_dir():
            return True
        if not lease.try_acquire():
            return False
        lease.write("0")
        lease.release()
        address = self._address()
        if address is not None and address.listens():
            self._watched(address)
        guard = FileLock(self.folder / "guard.lock")
        stopped = guard.acquire(_PATIENCE)
        guard.release()
        return stopped

    def make_folder(self) -> None:
        """Make the server's folder where it is not there."""
        if not self.folder.is_dir():
            make_private(self.folder, self.identity)

    def _lease(self, idle_seconds: float) -> FileLock:
        lease = FileLock(self.folder / "lease.lock", shared=True)
        if not lease.acquire(_PATIENCE):
            raise self._stuck("the old server does not end")
        lease.write(f"{idle_seconds}")
        return lease

    def _stuck(self, what: str) -> ServerError:
        return ServerError(
            f"cannot start a scratch PostgreSQL: {what} in {self.folder}",
            way_out="Look for a dbwright process that hangs, end it, and try again.",
        )

    def _address(self) -> Address | None:
        """Give the address that the last start wrote down."""
        try:
            return Address(**json.loads((self.folder / "state.json").read_text()))
        except (OSError, ValueError, TypeError):
            return None

    def _running(self) -> Address | None:
        """Give the address of the server if it lives, which only a connection can tell."""
        address = self._address()
        if address is None or not address.listens():
            return None
        try:
            self._greet(address)
        except (Broken, psycopg.Error):
            return None
        return address

    def _greet(self, address: Address) -> None:
        """Connect to the server, waiting for one that is on its way up, or raise."""
        for pause in server_process.pauses(60.0):
            try:
                with psycopg.connect(**address.parameters("postgres", SUPERUSER)):
                    return
            except psycopg.OperationalError as error:
                if any(text in str(error) for text in _ALIVE):
                    return
                if not any(text in str(error) for text in _STARTING):
                    raise Broken(str(error)) from error
            pause()
        raise Broken("the server did not become ready")

    def _make_owner(self, address: Address) -> None:
        """Make the role that owns the databases, which also tries the fresh server out."""
        known = address.parameters("postgres", SUPERUSER)
        try:
            with psycopg.connect(**known, autocommit=True) as connection:
                self._ensure_role(connection, address)
        except psycopg.Error as error:
            raise Broken(str(error)) from error

    def _ensure_role(self, connection: psycopg.Connection, address: Address) -> None:
        known = connection.execute("select 1 from pg_roles where rolname = %s", [OWNER]).fetchone()
        if known is None:
            make = sql.SQL("create role {} login password {}")
            password = sql.Literal(address.password or None)
            connection.execute(make.format(sql.Identifier(OWNER), password))

    def _started(self) -> Address:
        """Start the server; only one process at a time does, the others find it running."""
        lock = FileLock(self.folder / "start.lock")
        if not lock.acquire(_PATIENCE):
            raise self._stuck("another process has been starting the server for two minutes")
        try:
            return self._running() or self._start()
        finally:
            lock.release()

    def _start(self) -> Address:
        self._clean()
        self._forget_old()
        try:
            return self._launched(self._runnable())
        except Broken:
            # What a crash, a full disk or a stray hand spoiled: it is ours to throw away.
            self._clean()
            self._throw_away(self.folder)
        try:
            return self._launched(self._runnable())
        except Broken as error:
            self._clean()
            raise self._failure(str(error)) from error

    def _failure(self, reason: str) -> ServerError:
        if says_full(reason):
            return disk_full("start a scratch PostgreSQL", self.folder)
        if "could not look up effective user ID" in reason:
            return ServerError(
                f"cannot start a scratch PostgreSQL: {reason}",
                way_out="PostgreSQL wants a name for your user number. Give it a line in "
                "/etc/passwd, run as a user who has one, or name a throw-away server: "
                "--sandbox-url URL",
            )
        return ServerError(
            f"cannot start a scratch PostgreSQL ({self.binaries.provider}): {reason}",
            way_out=f"Its log is {self.folder / 'server.log'}. Other programs can be named with "
            "--pg-bin FOLDER, a throw-away server with --sandbox-url URL.",
        )

    def _clean(self) -> None:
        """Remove what a killed server, watchdog or starter left: processes, socket, parts."""
        server_process.end_leftovers(self.data)
        address = self._address()
        if address is not None and address.socket_dir is not None:
            shutil.rmtree(address.socket_dir, ignore_errors=True)
        for part in self.folder.glob("*.part"):
            shutil.rmtree(part, ignore_errors=True)

    def _forget_old(self) -> None:
        """Throw away what was not started for long, of which temporary folders are swept."""
        limits = dict.fromkeys(self.root.glob("pg-*"), 30 * _DAY) | {self.folder: 7 * _DAY}
        limits |= dict.fromkeys(self.root.glob("twin-*"), 7 * _DAY)
        for folder, limit in limits.items():
            with contextlib.suppress(OSError):
                started = (folder / "state.json").stat().st_mtime
                lease = FileLock(folder / "lease.lock")
                if time.time() - started > limit and (folder == self.folder or lease.try_acquire()):
                    self._throw_away(folder)
                    lease.release()

    def _throw_away(self, folder: Path) -> None:
        """Remove a server's data, and its copy of the programs where it has one."""
        shutil.rmtree(folder / "data", ignore_errors=True)
        (folder / "state.json").unlink(missing_ok=True)
        name = folder.name.removeprefix("pg-").removesuffix(f"-{_FORMAT}").removesuffix("-tcp")
        shutil.rmtree(self.root / f"bin-{name}", ignore_errors=True)

    def _runnable(self) -> Binaries:
        """Give programs that the server's user can run: a copy where they are closed to it."""
        if self.binaries.must_copy or not reachable(self.binaries.folder, self.identity):
            return copied(self.binaries, self.root)
        return self.binaries

    def _launched(self, binaries: Binaries) -> Address:
        """Make the data where there is none, start the server and wait until it answers."""
        password = self._password()
        if not (self.data / "PG_VERSION").exists():
            shutil.rmtree(self.data, ignore_errors=True)
            self._make_data(binaries, password)
        spread(self.data / "base")
        address = self._new_address(password)
        self._write_state(address)
        with server_process.launched(self.folder, binaries, address, self.identity) as alive:
            for pause in server_process.pauses(60.0):
                if not alive():
                    raise Broken(server_process.log_tail(self.folder))
                if address.listens():
                    self._greet(address)
                    self._make_owner(address)
                    return address
                pause()
        raise Broken("the server did not become ready within a minute")

    def _make_data(self, binaries: Binaries, password: str) -> None:
        known = password if self.loopback else None
        try:
            if self.pristine is None or known is not None:
                server_process.initialize(self.data, binaries, self.identity, known)
            else:
                # one initdb for all clusters that have names of their own: it takes seconds
                if not (self.pristine / "PG_VERSION").exists():
                    server_process.initialize(self.pristine, binaries, self.identity, None)
                server_process.copy_data(self.pristine, self.data, self.identity)
        except server_process.InitdbFailed as error:
            raise Broken(str(error)) from error

    def _password(self) -> str:
        """Give the data's password, which only a server on loopback asks for."""
        if not self.loopback:
            return ""
        path = self.folder / "password"
        with contextlib.suppress(OSError):
            if (text := path.read_text()) and self.data.exists():
                return text
        text = secrets.token_hex(24)
        path.unlink(missing_ok=True)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
        return text

    def _new_address(self, password: str) -> Address:
        if self.loopback:
            with socket.create_server(("127.0.0.1", 0)) as free:
                return Address(None, free.getsockname()[1], password)
        folder = new_socket_dir(self.identity, secrets.token_hex(4))
        return Address(str(folder), _PORT, password)

    def _write_state(self, address: Address) -> None:
        """Write the address down before the socket's folder exists, so that none is forgotten."""
        part = self.folder / "state.json.new"
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(asdict(address), file)
        os.replace(part, self.folder / "state.json")
        if address.socket_dir is not None:
            os.mkdir(address.socket_dir, 0o700)
            self.identity.own(Path(address.socket_dir))

    def _watched(self, address: Address) -> None:
        """Give the server a new watchdog where its own was killed."""
        guard = FileLock(self.folder / "guard.lock")
        if guard.try_acquire():
            guard.release()
            server_process.watch(self.folder, address)

"""Servers as production has them: a primary with a streaming standby, a pooler before a server."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg

from dbwright.dialects.postgresql.server import initdb_arguments
from dbwright.scratch.binaries import Binaries
from dbwright.scratch.server_place import Identity, server_identity
from dbwright.scratch.server_process import pauses

_PRIMARY, _STANDBY, _POOLER = 5432, 5433, 6432
_SECONDS = 60
_POOL = """
[databases]
* = host={folder} port={port}
[pgbouncer]
listen_addr =
listen_port = {listen}
unix_socket_dir = {folder}
auth_type = trust
auth_file = {folder}/users
pool_mode = transaction
default_pool_size = 3
"""


@dataclass(frozen=True, slots=True)
class Pair:
    """A primary and its standby, each reached through a socket of one folder."""

    folder: Path

    def url(self, database: str, port: int = _PRIMARY, user: str = "postgres") -> str:
        """Gives the URL of a database."""
        return f"postgresql://{user}@/{database}?host={self.folder}&port={port}"

    def standby(self, database: str) -> str:
        """Gives the URL of a database on the standby."""
        return self.url(database, _STANDBY)

    def pooler(self, database: str) -> str:
        """Gives the URL of a database behind the pooler."""
        return self.url(database, _POOLER)

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """Connects to the primary."""
        return psycopg.connect(self.url(database), autocommit=True)

    def caught_up(self) -> None:
        """Waits until the standby has replayed all that the primary wrote."""
        with self.connect() as primary, psycopg.connect(self.standby("postgres")) as standby:
            row = primary.execute("select pg_current_wal_lsn()::text").fetchone()
            assert row is not None
            behind = "select pg_last_wal_replay_lsn() < %s::pg_lsn"
            while standby.execute(behind, row).fetchone() == (True,):
                primary.execute("select pg_switch_wal()")
                standby.rollback()


@contextlib.contextmanager
def _folder(identity: Identity) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="dbwr-"))
    folder.chmod(0o755)
    inner = folder / "s"
    inner.mkdir(0o700)
    identity.own(inner)
    try:
        yield inner
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(identity: Identity, arguments: Sequence[str | Path], quiet: bool = False) -> None:
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    done = subprocess.run(
        [str(each) for each in arguments],
        env=kept | {"LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        # a server that stays would hold a pipe open
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL if quiet else None,
        timeout=_SECONDS,
        check=not quiet,
        cwd="/",
        **identity.process_arguments(),
    )
    assert quiet or done.returncode == 0


@contextlib.contextmanager
def _started(
    binaries: Binaries, identity: Identity, data: Path, port: int, *settings: str
) -> Iterator[None]:
    control = binaries.program("pg_ctl")
    options = [f"-p {port}", f"-k {data.parent}", "-c listen_addresses=''", "-c fsync=off"]
    words = " ".join([*options, *(f"-c {each}" for each in settings)])
    log = data.with_suffix(".log")
    _run(identity, [control, "start", "-w", "-D", data, "-o", words, "-l", log])
    try:
        yield
    finally:
        _run(identity, [control, "stop", "-w", "-m", "immediate", "-D", data], quiet=True)


@contextlib.contextmanager
def primary(binaries: Binaries, *settings: str) -> Iterator[Pair]:
    """Gives a server that is nobody else's, without its standby."""
    identity = server_identity()
    with _folder(identity) as folder:
        data = folder / "primary"
        arguments = initdb_arguments(binaries.major, data, locale="C.UTF-8", password_file=None)
        _run(identity, [binaries.program("initdb"), *arguments])
        with _started(binaries, identity, data, _PRIMARY, *settings):
            yield Pair(folder)


@contextlib.contextmanager
def standby(binaries: Binaries, found: Pair) -> Iterator[None]:
    """Has a streaming standby stand beside a primary, which answers reads."""
    identity = server_identity()
    data = found.folder / "standby"
    backup = binaries.program("pg_basebackup")
    words = ["-h", found.folder, "-p", str(_PRIMARY), "-U", "postgres", "-D", data]
    _run(identity, [backup, *words, "-R", "--checkpoint=fast", "--no-sync"])
    with _started(binaries, identity, data, _STANDBY):
        yield
    shutil.rmtree(data)


@contextlib.contextmanager
def pooler(program: str, found: Pair) -> Iterator[None]:
    """Has pgbouncer in transaction mode stand before the server."""
    identity = server_identity()
    (found.folder / "users").write_text('"postgres" ""\n')
    config = found.folder / "pooler.ini"
    text = _POOL.format(folder=found.folder, port=_PRIMARY, listen=_POOLER)
    config.write_text(text)
    for path in (config, found.folder / "users"):
        identity.own(path)
    quiet = subprocess.DEVNULL
    with subprocess.Popen(
        [program, str(config)], stdin=quiet, stdout=quiet, stderr=quiet, cwd="/",
        **identity.process_arguments(),
    ) as process:  # fmt: skip
        try:
            for pause in pauses(_SECONDS):
                with contextlib.suppress(psycopg.OperationalError):
                    psycopg.connect(found.pooler("postgres")).close()
                    break
                pause()
            yield
        finally:
            process.kill()

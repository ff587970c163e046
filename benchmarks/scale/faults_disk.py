"""Scenes of a disk that is full: a tablespace, the write-ahead log, a file of SQLite. Root only."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

from servers import Postgres, runnable, until
from sqlalchemy import text
from trial import ROWS, Trial

from dbwright.backfill import engine_of
from dbwright.core.errors import BackfillError


@contextlib.contextmanager
def small(place: Path, megabytes: int) -> Iterator[Path]:
    """Gives a folder in memory with so much room."""
    place.mkdir()
    size = f"size={megabytes}m"
    subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(place)], check=True)
    try:
        place.chmod(0o711)
        runnable()[1].own(place)
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def crowd(place: Path) -> None:
    """Takes the room that is left."""
    with contextlib.suppress(OSError), (place / "other").open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))


def enlarge(place: Path, megabytes: int) -> None:
    """Makes room."""
    size = f"remount,size={megabytes}m"
    subprocess.run(["mount", "-o", size, str(place)], check=True)


def until_it_stops(trial: Trial) -> str:
    """Waits for the error that a full disk is; gives its words."""
    assert trial.thread is not None
    trial.thread.join()
    if not isinstance(trial.error, BackfillError):
        return f"WRONG: it did not stop ({trial.error!r})"
    return f"{trial.error.message} {trial.error.way_out}"


def disk(place: Path, times: int) -> str:
    """A table whose tablespace is full, then has room again; a log without room; SQLite."""
    if os.geteuid() != 0:
        return "left out: only root can make a small disk"
    return "; ".join((_tablespace(place), _log(place), _sqlite(place)))


def _tablespace(place: Path) -> str:
    primary = Postgres(place / "pg").made().start()
    try:
        with small(place / "space", 18) as folder:
            inside = folder / "t"
            inside.mkdir(0o700)
            runnable()[1].own(inside)
            primary.ask(f"CREATE TABLESPACE little LOCATION '{inside}'")
            primary.ask("CREATE DATABASE it")
            primary.ask("ALTER DATABASE it SET default_tablespace = little")
            trial = Trial(engine_of(primary.url("it"))).start(ROWS, others=False)
            trial.goes_on(3)
            crowd(folder)
            words = until_it_stops(trial)
            enlarge(folder, 60)
            trial.again()
            told = f"tablespace: {words}, with room: {trial.close()}"
            primary.end(signal.SIGQUIT)
            return told
    finally:
        primary.end(signal.SIGQUIT)


def _log(place: Path) -> str:
    primary = Postgres(place / "log", settings=("wal_level=replica",)).made()
    with small(place / "wal", 80) as folder:
        shutil.copytree(primary.data / "pg_wal", folder / "pg_wal")
        for each in (folder / "pg_wal", *(folder / "pg_wal").rglob("*")):
            runnable()[1].own(each)
        shutil.rmtree(primary.data / "pg_wal")
        (primary.data / "pg_wal").symlink_to(folder / "pg_wal")
        primary.start()
        try:
            trial = Trial(engine_of(primary.url()))
            primary.ask("SELECT pg_create_physical_replication_slot('keeps', true)")
            trial.start(ROWS, others=False)
            with contextlib.suppress(Exception), trial.engine.begin() as connection:
                sql = "CREATE TABLE big AS SELECT repeat(md5(n::text), 60) FROM"
                connection.execute(text(f"{sql} generate_series(1, 200000) n"))
            until(lambda: not primary.left(), "the server ends, for its log has no room")
            enlarge(folder, 400)
            primary.end(signal.SIGQUIT)
            primary.start()
            return f"write-ahead log: the server ended, with room: {trial.close()}"
        finally:
            primary.end(signal.SIGQUIT)


def _sqlite(place: Path) -> str:
    with small(place / "lite", 8) as folder:
        trial = Trial(engine_of(f"sqlite:///{folder / 'it.db'}")).start(ROWS, others=False)
        trial.goes_on(3)
        crowd(folder)
        words = until_it_stops(trial)
        (folder / "other").unlink()
        trial.again()
        return f"SQLite: {words}, with room: {trial.close()}"


SCENES = (disk,)

"""Databases of SQLite: templates are files that are built once, clones are copies of them."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from dbwright.core.errors import SandboxError
from dbwright.dialects.sqlite import server
from dbwright.scratch.kept import gone, to_drop

_SUFFIX = ".sqlite"
_CLONE = "c-"
_ORPHAN_AGE = 24 * 60 * 60


@dataclass(frozen=True, slots=True)
class Database:
    """A disposable database in a file; with `enforces` its connections ask for foreign keys."""

    name: str
    path: Path
    enforces: bool = False

    def connect(self, *, user: str | None = None, autocommit: bool = False) -> sqlite3.Connection:
        """Connect as an application does: foreign keys are enforced only when it asks for it."""
        connection = server.connect(self.path, autocommit=autocommit)
        if self.enforces:
            connection.execute("pragma foreign_keys = on")
        return connection

    def superuser(self) -> sqlite3.Connection:
        """Connect in autocommit; SQLite has no roles."""
        return server.connect(self.path, autocommit=True)

    def url(self, *, driver: str = "pysqlite") -> str:
        """Give SQLAlchemy's URL."""
        return f"sqlite+{driver}:///{self.path}"


class Sandbox:
    """The databases of one folder. Safe to use from several threads and processes."""

    version = server.version()

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def template(self, key: str, build: Callable[[Database], None]) -> str:
        """Give the template of a key, building it if it is not there.

        A build that raises leaves nothing. The name is good until others were
        used after it (`kept.to_drop`).
        """
        name = _template_name(key)
        if self._path(name).exists():
            os.utime(self._path(name))
            return name
        with self.clone(None) as database:
            build(database)
            return self.save(database, key)

    @contextlib.contextmanager
    def clone(self, template: str | None) -> Iterator[Database]:
        """Give a fresh database, a copy of the template or empty, and drop it at the end."""
        path = Path(tempfile.mkdtemp(prefix=_CLONE, dir=self.folder)) / f"database{_SUFFIX}"
        try:
            if template is not None:
                self._copy(self._path(template), path)
            yield Database(path.parent.name, path)
        finally:
            shutil.rmtree(path.parent, ignore_errors=True)

    @contextlib.contextmanager
    def copy(self, database: Database) -> Iterator[Database]:
        """Give a copy of a database as it stands; nobody may be connected to it."""
        with self.clone(None) as found:
            self._copy(database.path, found.path)
            yield found

    def save(self, database: Database, key: str) -> str:
        """Make a template of a database as it stands, what other connections committed too."""
        name = _template_name(key)
        part = self._path(f"{name}.{os.getpid()}.part")
        source, target = sqlite3.connect(database.path), sqlite3.connect(part)
        try:
            # A copy by SQLite itself takes what still stands in a write-ahead log along.
            source.backup(target)
        finally:
            source.close()
            target.close()
        os.replace(part, self._path(name))
        self._drop_oldest()
        return name

    def has(self, key: str) -> str | None:
        """Give the name of a key's template if there is one."""
        name = _template_name(key)
        return name if self._path(name).exists() else None

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}{_SUFFIX}"

    def _copy(self, source: Path, target: Path) -> None:
        try:
            shutil.copyfile(source, target)
            os.utime(source)
        except FileNotFoundError as error:
            words, way_out = gone(source.stem)
            raise SandboxError(words, way_out=way_out) from error

    def _drop_oldest(self) -> None:
        used = {}
        for path in self.folder.glob(f"t-*{_SUFFIX}"):
            with contextlib.suppress(FileNotFoundError):  # another process dropped it
                used[path.stem] = path.stat().st_mtime
        for name in to_drop(used, time.time()):
            self._path(name).unlink(missing_ok=True)


@contextlib.contextmanager
def open_sqlite(cache_dir: Path | None = None) -> Iterator[Sandbox]:
    """Give the sandbox of a cache, whose templates later runs find again.

    Where the cache cannot be written the sandbox has a folder of its own, removed at the end.
    """
    folder = _kept_folder(cache_dir)
    if folder is not None:
        _drop_orphans(folder)
        yield Sandbox(folder)
        return
    with tempfile.TemporaryDirectory(prefix="dbwright-", ignore_cleanup_errors=True) as own:
        yield Sandbox(Path(own))


def _kept_folder(cache_dir: Path | None) -> Path | None:
    import platformdirs

    root = cache_dir or Path(platformdirs.user_cache_path("dbwright"))
    # Another version of the library may not read what this one wrote.
    folder = root.absolute() / f"sqlite-{server.version()}"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # A folder that can only be read is noticed by writing to it.
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError:
        return None


def _drop_orphans(folder: Path) -> None:
    """Remove clones that a killed process left; none is used for so long."""
    yesterday = time.time() - _ORPHAN_AGE
    for clone in folder.glob(f"{_CLONE}*"):
        with contextlib.suppress(OSError):
            if clone.stat().st_mtime < yesterday:
                shutil.rmtree(clone, ignore_errors=True)


def _template_name(key: str) -> str:
    return f"t-{hashlib.sha256(key.encode()).hexdigest()[:24]}"

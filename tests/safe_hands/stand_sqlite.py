"""A SQLite file with things to lose, and a second file with a secret beside it."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
from contextlib import closing

from .harness import FOLDER, Attack
from .stands import Folder


class SQLite(Folder):
    """A file that is copied anew wherever an attack changed it."""

    def __init__(self, attacks: list[Attack]) -> None:
        super().__init__()
        self.name = "sqlite"
        self.home = self.folder.with_name(self.folder.name + "-db")
        self.home.mkdir()
        self.path, self.vault = self.home / "shop.db", self.folder / "vault.db"
        text = (FOLDER / "attacks" / "sqlite.sql").read_text(encoding="utf-8")
        with closing(sqlite3.connect(self.home / "base.db")) as base:
            for part in (text, *(attack.setup for attack in attacks)):
                base.executescript(self.filled(part))
        self.reset(set())

    def url(self, who: str) -> str:
        """Give the URL that the executor gets; a file has no roles."""
        return f"sqlite:///{self.path}"

    def filled(self, sql: str) -> str:
        """Put this stand's places and names into a text."""
        values = {
            "folder": self.folder, "secret_file": self.folder / "secret.txt",
            "marker": self.marker, "vault": self.folder / "vault.db",
        }  # fmt: skip
        for key, value in values.items():
            sql = sql.replace(f"<<{key}>>", str(value))
        return sql

    def tidy(self) -> None:
        """Leave the secret file and the vault alone in the folder."""
        super().tidy()
        with closing(sqlite3.connect(self.folder / "vault.db")) as vault:
            vault.execute("create table card (number text)")
            vault.execute("insert into card values (?)", (self.marker,))
            vault.commit()

    def fingerprint(self) -> dict[str, str]:
        """Give the bytes of every file of the database in short."""
        return {
            path.name: hashlib.md5(path.read_bytes()).hexdigest()
            for path in sorted(self.home.iterdir())
            if path.name != "base.db" and not (path.name.endswith("-shm"))
        }

    def ask(self, sql: str) -> str:
        """Give the answer to a query of the judge's."""
        with closing(sqlite3.connect(self.path)) as connection:
            return repr(connection.execute(self.filled(sql)).fetchall())

    def locked(self) -> bool:
        """Whether a writer would wait."""
        try:
            with closing(sqlite3.connect(self.path, timeout=0)) as connection:
                connection.execute("begin immediate")
                connection.rollback()
        except sqlite3.OperationalError as error:
            return "locked" in str(error)
        return False

    def busy(self) -> bool:
        """Nothing runs where no call runs."""
        return False

    def kill(self) -> None:
        """The executor itself must stop: see its `stop`."""

    def reset(self, changed: set[str]) -> None:
        """Copy the file anew."""
        for path in self.home.iterdir():
            if path.name != "base.db":
                path.unlink()
        shutil.copyfile(self.home / "base.db", self.path)
        os.chmod(self.path, 0o666)

    def close(self) -> None:
        """Leave nothing."""
        self.remove()
        shutil.rmtree(self.home, ignore_errors=True)

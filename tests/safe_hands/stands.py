"""What the stands share: a folder with a secret file, and URLs as drivers want them."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy.engine import make_url

FILE_BYTES = 4242

RoleSql = Callable[[str], str]
"""Gives the SQL that makes the low role, for the database at a URL."""


class Folder:
    """A folder that every server of this machine may write, with a secret file in it."""

    def __init__(self) -> None:
        self.marker = f"marker{secrets.token_hex(8)}"
        self.folder = Path(tempfile.mkdtemp(prefix="dbwright-stand-", dir=_open_folder()))
        self.folder.chmod(0o777)
        self.tidy()

    def tidy(self) -> None:
        """Leave the secret file alone in the folder, as it was."""
        for path in self.folder.iterdir():
            path.unlink()
        secret = self.folder / "secret.txt"
        secret.write_text(self.marker.ljust(FILE_BYTES - 1, "\n") + "\n")
        secret.chmod(0o666)

    def remove(self) -> None:
        """Leave nothing."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _open_folder() -> str:
    """The folder of temporary files, or /tmp where a server's user cannot enter it."""
    folder = Path(tempfile.gettempdir())
    entered = all(parent.stat().st_mode & 0o005 == 0o005 for parent in (folder, *folder.parents))
    return str(folder) if entered else "/tmp"


def libpq(url: str) -> dict[str, Any]:
    """Give libpq's parameters of a URL."""
    parsed = make_url(url)
    known = {
        "host": parsed.host, "port": parsed.port, "user": parsed.username,
        "password": parsed.password, "dbname": parsed.database,
    }  # fmt: skip
    return {key: value for key, value in known.items() if value} | dict(parsed.query)


def mysql_parameters(url: str) -> dict[str, Any]:
    """Give PyMySQL's parameters of a URL."""
    parsed = make_url(url)
    known = {
        "host": parsed.host, "port": parsed.port, "user": parsed.username,
        "password": parsed.password, "database": parsed.database,
    }  # fmt: skip
    return {key: value for key, value in known.items() if value}


def with_database(url: str, database: str, user: str | None = None) -> str:
    """Give the URL of another database, or of another user without a password."""
    changed = make_url(url).set(database=database)
    if user is not None:
        changed = changed.set(username=user, password=None)
    return changed.render_as_string(hide_password=False)

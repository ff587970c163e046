"""Target: the database that the advice is for."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dbwright.core.errors import SettingsError

DIALECTS = ("postgresql", "sqlite", "mysql", "mariadb")
OLDEST = {"postgresql": (13,), "mysql": (8, 0), "mariadb": (10, 6), "sqlite": (3, 35)}


@dataclass(frozen=True, slots=True)
class Target:
    """A database and, where known, its version: `postgresql-15`.

    Unknown version: only what all supported versions share is written.
    """

    dialect: str
    version: tuple[int, ...] | None = None

    @classmethod
    def parse(cls, text: str) -> Target:
        """Gives the target of `postgresql-15`, `mariadb-10.11` or `sqlite`."""
        match = re.fullmatch(r"([a-z]+)(?:-(\d+(?:\.\d+)*))?", text.strip().lower())
        if not match or match[1] not in DIALECTS:
            raise SettingsError(
                f"target {text!r} names no database that dbwright knows",
                way_out=f"Write one of {', '.join(DIALECTS)}, with its version: postgresql-15",
            )
        version = tuple(int(part) for part in match[2].split(".")) if match[2] else None
        return cls(match[1], version)

    def has(self, *version: int) -> bool:
        """Whether the target is surely of this version or newer."""
        known = self.version or OLDEST.get(self.dialect, (0,))
        return known >= version

    @property
    def major(self) -> int | None:
        """The major version, or None when unknown."""
        return self.version[0] if self.version else None

    def __str__(self) -> str:
        version = ".".join(map(str, self.version or ()))
        return f"{self.dialect}-{version}" if version else self.dialect

"""What the server was started with; no tool can change it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dbwright.core.errors import UsageError

if TYPE_CHECKING:
    from dbwright.core.options import Options


@dataclass(frozen=True, slots=True)
class Start:
    """The project, the database and the options of the server.

    `db` is the URL of the one database that is looked at, and only read; `twin` the file of one.
    `given` are options of the command line, by their names in Options.
    """

    project: Path
    db: str | None = field(default=None, repr=False)
    twin: str | None = None
    allow_superuser: bool = False
    given: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def options(self, **more: Any) -> Options:
        """Gives the options of a job."""
        from dbwright.core.options import Options

        return Options(**{**self.given, **more})

    def inside(self, name: str) -> Path:
        """Gives a file or folder of the project; one that is not there or outside is refused."""
        root = self.project.resolve()
        found = (root / name).resolve()
        if not found.is_relative_to(root):
            raise UsageError(
                f"{name} is outside the project",
                way_out="Name a file of the project; the server was started for that folder.",
            )
        if not found.exists():
            raise UsageError(
                f"there is no {name} in the project",
                way_out="Name it by its path from the project's folder.",
            )
        return found

    def text(self, given: str) -> str:
        """Gives a text that may name files instead, as it is; files outside are refused."""
        root, lines = self.project.resolve(), given.strip().split("\n")
        for line in lines:
            for name in {line.strip(), line.strip().rpartition(":")[0]} - {""}:
                for place in (root / name, Path(name)):
                    is_there = _is_there(place, folders=len(lines) == 1)
                    if is_there and not place.resolve().is_relative_to(root):
                        raise UsageError(
                            f"{name} is outside the project",
                            way_out="Give the statement itself, or a file of the project.",
                        )
        return given

    def database(self) -> str:
        """Gives the database's URL; UsageError says how to start the server with one."""
        if self.db:
            return self.db
        raise UsageError(
            "the server was started without a database",
            way_out="The user starts it with one: DBWRIGHT_DB=URL in its environment, or --db URL. "
            "Use a role made by `dbwright grant-role`; dbwright only reads.",
        )


def _is_there(place: Path, *, folders: bool) -> bool:
    try:
        return place.exists() if folders else place.is_file()
    except (OSError, ValueError):  # a statement that is longer than a name may be
        return False

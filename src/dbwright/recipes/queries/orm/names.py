"""The names of a piece of code: what it imports, what it calls its variables and parameters."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterable

from dbwright.core.mapping import Mapping

OUTPUT = "statement"
_TAKEN = {*dir(builtins), *keyword.kwlist, *keyword.softkwlist, "func", OUTPUT, "session"}


class Unsaid(Exception):
    """What SQLAlchemy's expressions cannot say, or what nobody knows well enough to say it."""


class Names:
    """Imports by module, and the names that are taken."""

    def __init__(self, mapping: Mapping) -> None:
        self.imports: dict[str, set[str]] = {}
        self.classes: dict[str, str] = {}
        self.tables: dict[str, str] = {}
        self.parameters: dict[str, str] = {}
        self._taken = _TAKEN | {mapper.name for mapper in mapping.mappers}

    def imported(self, name: str, module: str = "sqlalchemy") -> str:
        """Gives a name that the code must import."""
        self.imports.setdefault(module, set()).add(name)
        self._taken.add(name)
        return name

    def variable(self, wanted: str) -> str:
        """Gives a new name, as near as can be to the one that is wanted."""
        plain = re.sub(r"\W", "_", wanted).strip("_").lower() or "part"
        plain = f"n{plain}" if plain[0].isdigit() else plain
        plain = f"{plain}_" if plain in _TAKEN else plain
        found, number = plain, 1
        while found in self._taken:
            number += 1
            found = f"{plain}_{number}"
        self._taken.add(found)
        return found

    def parameter(self, placeholder: str, wanted: str) -> str:
        """Gives the name of a parameter, the same one each time that it stands there."""
        for name, known in self.parameters.items():
            if known == placeholder:
                return name
        name = self.variable(wanted)
        self.parameters[name] = placeholder
        return name

    def lines(self) -> list[str]:
        """Gives the import statements, sorted as isort does."""
        return [
            f"from {module} import {', '.join(_sorted(found))}"
            for module, found in sorted(self.imports.items())
        ]


def _sorted(names: Iterable[str]) -> list[str]:
    return sorted(names, key=lambda name: (not name.isupper(), not name[0].isupper(), name))

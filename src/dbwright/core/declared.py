"""Declared: how SQLAlchemy names a type of the database, and what Python gets of it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Set
from dataclasses import dataclass

_MARK = re.compile("\ue000([^\ue001]*):([^\ue001:]*)\ue001")
SQLALCHEMY = "sqlalchemy"


@dataclass(frozen=True, slots=True)
class Declared:
    """A type: `code` and `python` hold names that `imported` marked with their modules.

    `plain` is whether SQLAlchemy finds the type by the annotation alone.
    """

    code: str
    python: str
    plain: bool = False


@dataclass(frozen=True, slots=True)
class Default:
    """A default: SQL, or with `is_text` the text that it is a literal of."""

    sql: str
    is_text: bool = False


def database_type(spelling: str) -> str:
    """Gives the code of a type that SQLAlchemy has no name for: the module's own DatabaseType."""
    return f"{imported('', 'DatabaseType')}({json.dumps(spelling, ensure_ascii=False)})"


def imported(module: str, name: str) -> str:
    """Gives a name marked with its module, for `resolved`."""
    return f"\ue000{module}:{name}\ue001"


def unmarked(code: str) -> str:
    """Gives code with its marked names alone: how it reads where each is imported by name."""
    return _MARK.sub(lambda match: match[2], code)


class Imports:
    """The imports of one module of Python, gathered while its code is made.

    A name that the module uses for something of its own is reached through its package. `whole`
    are the modules that are imported as such, each with its name; `packages` are the project's own.
    """

    _ALIASES = {"sqlalchemy": "sa", "datetime": "dt", "sqlalchemy.orm": "orm"}

    def __init__(
        self,
        taken: set[str],
        whole: Mapping[str, str] | None = None,
        packages: Set[str] = frozenset(),
    ) -> None:
        self._taken = taken
        self._whole = whole or {}
        self._packages = packages
        self.own: set[str] = set()
        self.mentioned: set[str] = set()
        self._names: dict[str, set[str]] = {}
        self._modules: dict[str, str] = {}

    def use(self, module: str, name: str) -> str:
        """Gives a name of a module as the code is to write it, and imports it.

        A name of no module is one that the code defines itself, and is noted in `own`.
        """
        if not module:
            self.own.add(name)
            return name
        if module in self._whole:
            self._modules[module] = self._whole[module]
            return f"{self._whole[module]}.{name}"
        if name not in self._taken:
            self._names.setdefault(module, set()).add(name)
            return name
        short = self._ALIASES.get(module, module.rpartition(".")[2])
        while short in self._taken:
            short += "_"
        self._modules[module] = short
        return f"{short}.{name}"

    def mention(self, name: str) -> None:
        """Notes a name that the code says in an annotation only, as text."""
        self.mentioned.add(name)

    def bring(self, module: str, name: str) -> None:
        """Imports a name under that very name, whatever the module calls its own."""
        self._names.setdefault(module, set()).add(name)

    def use_module(self, module: str) -> str:
        """Gives a module as the code is to write it, and imports it whole."""
        self._modules.setdefault(module, module)
        return module

    def resolved(self, code: str) -> str:
        """Gives code with its marked names as they are imported."""
        return _MARK.sub(lambda match: self.use(match[1], match[2]), code)

    def _section(self, module: str) -> int:
        if module.startswith(".") or module.partition(".")[0] in self._packages:
            return 2
        return 1 if module.startswith(SQLALCHEMY) else 0

    def needed(self) -> tuple[list[tuple[str, str]], dict[str, str]]:
        """Gives what is imported: the names with their modules, and whole modules with theirs."""
        names = [(module, name) for module, found in self._names.items() for name in sorted(found)]
        return names, dict(self._modules)

    def lines(self, width: int = 88) -> str:
        """Gives the import statements: the standard library's, SQLAlchemy's, the package's own."""
        blocks = []
        for wanted in range(3):
            plain, names = [], []
            for module, short in self._modules.items():
                if self._section(module) == wanted:
                    plain.append(_import(module, short))
            for module, found in self._names.items():
                if self._section(module) == wanted:
                    names.append((module, sorted(found, key=import_order)))
            lines = sorted(plain) + [_from(*each, width) for each in sorted(names)]
            blocks += ["\n".join(lines)] if lines else []
        return "\n\n".join(blocks)


def _import(module: str, short: str) -> str:
    if module == short:
        return f"import {module}"
    head, _, tail = module.rpartition(".")
    if tail == short:
        return f"from {head} import {tail}"
    return f"from {head} import {tail} as {short}" if head else f"import {module} as {short}"


def import_order(name: str) -> tuple[int, str]:
    """Gives the rank that import sorters give a name: constants, then classes, then functions."""
    rank = 0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2
    return rank, name


def _from(module: str, names: list[str], width: int) -> str:
    line = f"from {module} import {', '.join(names)}"
    if len(line) <= width:
        return line
    inner = "".join(f"    {name},\n" for name in names)
    return f"from {module} import (\n{inner})"

"""Imports: what the modules of the project, which a revision imports, are seen to hold."""

from __future__ import annotations

import ast
from pathlib import Path

from dbwright.collect.revisions_names import class_of, imported
from dbwright.collect.revisions_values import Klass, Symbol
from dbwright.collect.source_files import read_source
from dbwright.core.source import Source

_FARTHEST = 4


class Imports:
    """The project's own modules below a root; they are read and never imported."""

    def __init__(self, root: Path | None) -> None:
        self._bases = (root, root / "src") if root else ()
        self._root = root
        self._files: dict[str, Path | None] = {}
        self._holdings: dict[Path, dict[str, Klass | Symbol]] = {}

    def is_own(self, name: str) -> bool:
        """Whether a dotted name may be of the project; without a root every one may."""
        package = name.partition(".")[0]
        return not self._bases or not package or self._exists(package)

    def is_module(self, name: str) -> bool:
        """Whether a file of the project is the module of that dotted name."""
        return self._file_of(name) is not None

    def klass(self, symbol: Symbol) -> Klass | None:
        """Gives the class of the project that a symbol names, None where it is not found."""
        found: Klass | Symbol | None = symbol
        for _ in range(_FARTHEST):
            if not isinstance(found, Symbol):
                return found
            module, _, name = found.name.rpartition(".")
            file = self._file_of(module) if module else None
            found = self._held_by(file).get(name) if file else None
        return None

    def _exists(self, package: str) -> bool:
        places = (base / package for base in self._bases)
        return any(place.is_dir() or place.with_suffix(".py").is_file() for place in places)

    def _file_of(self, module: str) -> Path | None:
        if module not in self._files:
            inside = Path(*module.split(".")) if not module.startswith(".") else None
            self._files[module] = self._find(inside) if inside else None
        return self._files[module]

    def _find(self, inside: Path) -> Path | None:
        for base in self._bases:
            for path in (base / inside.with_suffix(".py"), base / inside / "__init__.py"):
                if path.is_file():
                    return path
        return None

    def _held_by(self, file: Path) -> dict[str, Klass | Symbol]:
        if file not in self._holdings:
            source = read_source(file, self._root or file.parent)
            body = source.tree.body if isinstance(source, Source) else []
            self._holdings[file] = _holdings(body)
        return self._holdings[file]


def _holdings(body: list[ast.stmt]) -> dict[str, Klass | Symbol]:
    found: dict[str, Klass | Symbol] = {}
    for node in body:
        if isinstance(node, ast.ClassDef):
            found[node.name] = class_of(node)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.update(imported(node))
    return found

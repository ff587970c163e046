"""The file that imports all modules of a project's models, and new ones added to it."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from dbwright.core.source import Source
from dbwright.recipes.design import layout


@dataclass(frozen=True, slots=True)
class Registrar:
    """A file by its path and its package; whoever imports it has all models."""

    path: str
    package: str
    text: str

    def imports(self, modules: Collection[str]) -> list[tuple[ast.stmt, str]]:
        """Gives the statements that import one of the modules, and which."""
        found: list[tuple[ast.stmt, str]] = []
        for node in Source("", self.text).tree.body:
            found += [(node, name) for name in self._named(node) if name in modules]
        return found

    def _named(self, node: ast.stmt) -> Iterator[str]:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = self.module(node)
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)

    def module(self, node: ast.ImportFrom) -> str:
        """Gives the whole name of the module that a statement takes names from."""
        if not node.level:
            return node.module or ""
        parts = self.package.split(".")
        lead = parts[: len(parts) - node.level + 1]
        return ".".join([*lead, *([node.module] if node.module else [])])


def chosen(files: Iterable[Registrar], package: str, modules: Collection[str]) -> Registrar | None:
    """Gives the file that imports the models: their package's own, else the one with the most.

    A file that imports only one of several is a user of it, and no registrar.
    """
    best, most = None, 1
    for file in files:
        count = len({name for _, name in file.imports(modules)})
        if count and file.package == package and file.path.endswith("__init__.py"):
            return file
        if count > most:
            best, most = file, count
    return best if best is not None and most * 2 > len(modules) else None


def added(file: Registrar, modules: Collection[str], new: str, names: Sequence[str]) -> str:
    """Gives the text of the file with a new module imported as the others are.

    `names` are the classes of the new module.
    """
    found = file.imports(modules)
    node, example = found[-1]
    alike = [(other, name) for other, name in found if type(other) is type(node)]
    if isinstance(node, ast.ImportFrom) and file.module(node) != example:
        return _extended(file, node, new.rpartition(".")[2])
    behind = [name for _, name in alike] == sorted(name for _, name in alike)
    after = next((other for other, name in alike if name > new), None) if behind else None
    comment = _comment(file.text, node)
    if isinstance(node, ast.Import):
        made = [f"import {new}{comment}"]
    else:
        assert isinstance(node, ast.ImportFrom)
        home = _spelled(node, example, new)
        star = [alias.name for alias in node.names] == ["*"]
        listed = ["*"] if star else list(names)
        line = f"from {home} import {', '.join(listed)}{comment}"
        made = [line] if comment else layout.from_lines(home, listed)
    at = after.lineno - 1 if after is not None else (node.end_lineno or node.lineno)
    lines = file.text.splitlines(keepends=True)
    text = "".join([*lines[:at], *(f"{line}\n" for line in made), *lines[at:]])
    return in_all(text, names)


def _spelled(node: ast.ImportFrom, example: str, new: str) -> str:
    """The new module as the statement says its own: `.orders`, or `app.models.orders`."""
    if not node.level:
        return new
    last = example.rpartition(".")[2]
    lead = (node.module or "").removesuffix(last)
    return f"{'.' * node.level}{lead}{new.rpartition('.')[2]}"


def _comment(text: str, node: ast.stmt) -> str:
    """What a linter is told at the end of the statement's line."""
    line = text.splitlines()[node.lineno - 1]
    _, mark, rest = line.partition("# noqa")
    return f"  {mark}{rest}" if mark else ""


def _extended(file: Registrar, node: ast.ImportFrom, name: str) -> str:
    """`from . import accounts` with one module more."""
    have = [alias.name for alias in node.names]
    listed = sorted([*have, name]) if have == sorted(have) else [*have, name]
    home = "." * node.level + (node.module or "")
    comment = _comment(file.text, node)
    made = [f"from {home} import {', '.join(listed)}{comment}"]
    if len(made[0]) > layout.WIDTH or node.lineno != node.end_lineno:
        made = [f"from {home} import ({comment}", *(f"    {item}," for item in listed), ")"]
    lines = file.text.splitlines(keepends=True)
    end = node.end_lineno or node.lineno
    text = "".join([*lines[: node.lineno - 1], *(f"{line}\n" for line in made), *lines[end:]])
    return in_all(text, [name]) if set(have) & set(_listed(text)) else text


def _listed(text: str) -> list[str]:
    return next((names for _, names in _alls(text)), [])


def _alls(text: str) -> Iterator[tuple[ast.Assign, list[str]]]:
    for node in Source("", text).tree.body:
        if (
            isinstance(node, ast.Assign)
            and ast.unparse(node.targets[0]) == "__all__"
            and isinstance(node.value, ast.List | ast.Tuple)
        ):
            items = [item.value for item in node.value.elts if isinstance(item, ast.Constant)]
            yield node, [*map(str, items)]


def in_all(text: str, names: Sequence[str]) -> str:
    """Gives the text with the names in `__all__`, where there is one; sorted if it is."""
    for node, have in _alls(text):
        ordered = [*have, *(name for name in names if name not in have)]
        ordered = sorted(ordered) if have == sorted(have) else ordered
        lines = text.splitlines(keepends=True)
        brackets = "[]" if isinstance(node.value, ast.List) else "()"
        made = "".join(f'    "{name}",\n' for name in ordered)
        head, tail = lines[: node.lineno - 1], lines[node.end_lineno or node.lineno :]
        return "".join([*head, f"__all__ = {brackets[0]}\n{made}{brackets[1]}\n", *tail])
    return text

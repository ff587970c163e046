"""Keys of tables in the paths of web routes, as FastAPI, Flask and Starlette write them."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterable

from dbwright.core.place import Place
from dbwright.core.source import Source
from dbwright.recipes import model_syntax

_CLOSED = {"admin", "internal", "_internal", "staff"}


def keys(sources: Iterable[Source]) -> dict[str, Place]:
    """Gives the names in paths that end in `_id`, each with the first route that has it."""
    found: dict[str, Place] = {}
    for source in sources:
        if "_id" in source.text and "@" in source.text and not model_syntax.is_test(source.path):
            for line, name in _keys(source.text):
                found.setdefault(name, Place(source.path, line))
    return found


@functools.lru_cache(maxsize=4096)
def _keys(text: str) -> tuple[tuple[int, str], ...]:
    found: list[tuple[int, str]] = []
    for _, function in model_syntax.functions(Source("", text)):
        for decorator in function.decorator_list:
            path = decorator.args[0] if isinstance(decorator, ast.Call) and decorator.args else None
            if isinstance(path, ast.Constant) and isinstance(path.value, str):
                found += [(decorator.lineno, name) for name in _names(path.value)]
    return tuple(found)


def _names(path: str) -> list[str]:
    """The names of the parts of a path that a caller fills with a key."""
    parts = path.split("/")
    if not path.startswith("/") or _CLOSED.intersection(parts):
        return []
    found: list[str] = []
    for part in parts:
        if part.startswith("{") and part.endswith("}"):
            found.append(part[1:-1].partition(":")[0])
        elif part.startswith("<") and part.endswith(">"):
            found.append(part[1:-1].rpartition(":")[2])
    return [name for name in found if name.endswith("_id")]

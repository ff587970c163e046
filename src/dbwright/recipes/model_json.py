"""Where code looks into JSON columns in SQL."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterable

from dbwright.core.mapping import Attribute, Mapper
from dbwright.core.place import Place
from dbwright.core.source import Source
from dbwright.recipes import model_syntax

_METHODS = {
    "contained_by", "contains", "has_all", "has_any", "has_key", "op", "path_exists", "path_match",
}  # fmt: skip


def queried(sources: Iterable[Source], mapper: Mapper, attribute: Attribute) -> Place | None:
    """Gives the first place that picks the column apart or compares it in SQL, None without one."""
    name = f"{mapper.name}.{attribute.name}"
    arrow = f"{attribute.column}->"
    for source in sources:
        text = source.text
        if name not in text and ("->" not in text or arrow not in text.replace(" ", "")):
            continue
        if model_syntax.is_test(source.path) or model_syntax.is_migration(source.path):
            continue
        looks, texts = _looks(source.text)
        for line, dotted in looks:
            if dotted == name or dotted.endswith(f".{name}"):
                return Place(source.path, line)
        for line, text in texts:
            if arrow in text and mapper.table.rpartition(".")[2] in text:
                return Place(source.path, line)
    return None


@functools.lru_cache(maxsize=4096)
def _looks(text: str) -> tuple[tuple[tuple[int, str], ...], tuple[tuple[int, str], ...]]:
    """The subscripts and calls of `X.y`, and the texts with an arrow in them, without spaces."""
    looks: list[tuple[int, str]] = []
    texts: list[tuple[int, str]] = []
    for source in model_syntax.readable([Source("", text)]):
        for node in ast.walk(source.tree):
            inner: ast.expr | None = None
            if isinstance(node, ast.Subscript):
                inner = node.value
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                inner = node.func.value if node.func.attr in _METHODS else None
            elif isinstance(node, ast.Constant) and "->" in str(node.value):
                texts.append((node.lineno, "".join(str(node.value).split())))
            if inner is not None:
                looks.append((inner.lineno, model_syntax.dotted(inner)))
    return tuple(looks), tuple(texts)

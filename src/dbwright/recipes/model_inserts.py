"""INSERT statements written as SQL text in the project's code, with the columns they name."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterable

from dbwright.core.place import Place
from dbwright.core.source import Source
from dbwright.recipes import model_syntax

Inserted = tuple[Place, frozenset[str]]


def into(sources: Iterable[Source], table: str) -> tuple[Inserted, ...]:
    """Gives the INSERTs into a table that list their columns; tests and migrations apart."""
    bare = table.rpartition(".")[2]
    found: list[Inserted] = []
    for source in sources:
        if model_syntax.is_test(source.path) or model_syntax.is_migration(source.path):
            continue
        found += [
            (Place(source.path, line), columns)
            for line, name, columns in _inserts(source.text)
            if name in (table, bare)
        ]
    return tuple(found)


@functools.lru_cache(maxsize=4096)
def _inserts(text: str) -> tuple[tuple[int, str, frozenset[str]], ...]:
    found: list[tuple[int, str, frozenset[str]]] = []
    if "insert" not in text.lower():
        return ()
    for source in model_syntax.readable([Source("", text)]):
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                one = _insert(node.value)
                found += [(node.lineno, *one)] if one else []
    return tuple(found)


def _insert(sql: str) -> tuple[str, frozenset[str]] | None:
    """The table and the listed columns of `insert into jobs (name) values …`."""
    head, bracket, rest = sql.partition("(")
    said = head.replace('"', "").replace("`", "").split()
    if not bracket or [word.lower() for word in said[:2]] != ["insert", "into"] or len(said) != 3:
        return None
    listed = rest.partition(")")[0].replace('"', "").replace("`", "")
    return said[2], frozenset(name.strip() for name in listed.split(","))

"""The names of a project's models and tables, read from its source alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from dbwright.collect.models_source import python_files
from dbwright.collect.source_files import SIZE_LIMIT

MOST = 2000


def named_models(root: Path) -> frozenset[str]:
    """Gives the names of classes that have a table, and of their tables; nothing is run."""
    found = declared_models(root)
    return frozenset(found) | {table for table, _ in found.values()}


def declared_models(root: Path) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Gives each class that has a table, with the table's name and those of its attributes."""
    found: dict[str, tuple[str, tuple[str, ...]]] = {}
    for file in list(python_files(root))[:MOST]:
        try:
            if file.stat().st_size > SIZE_LIMIT:
                continue
            text = file.read_text(encoding="utf-8", errors="replace")
            if "__tablename__" not in text and "table=True" not in text:
                continue
            tree = ast.parse(text)
        except (OSError, SyntaxError, ValueError, RecursionError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and (table := _table(node)):
                found[node.name] = (table, tuple(_attributes(node)))
    return found


def _table(node: ast.ClassDef) -> str:
    for item in node.body:
        if isinstance(item, ast.Assign) and isinstance(item.value, ast.Constant):
            targets = {t.id for t in item.targets if isinstance(t, ast.Name)}
            if "__tablename__" in targets:
                return str(item.value.value)
    return node.name.lower() if any(k.arg == "table" for k in node.keywords) else ""


def _attributes(node: ast.ClassDef) -> Iterator[str]:
    for item in node.body:
        targets = item.targets if isinstance(item, ast.Assign) else []
        targets = [item.target] if isinstance(item, ast.AnnAssign) else targets
        names = (target.id for target in targets if isinstance(target, ast.Name))
        yield from (name for name in names if not name.startswith("__"))

"""The names of a project's models and tables, read from its source alone."""

from __future__ import annotations

import ast
from pathlib import Path

from dbwright.collect.models_source import python_files
from dbwright.collect.source_files import SIZE_LIMIT

MOST = 2000


def named_models(root: Path) -> frozenset[str]:
    """Gives the names of classes that have a table, and of their tables; nothing is run."""
    found: set[str] = set()
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
            if isinstance(node, ast.ClassDef):
                found |= _names(node)
    return frozenset(found)


def _names(node: ast.ClassDef) -> set[str]:
    for item in node.body:
        if isinstance(item, ast.Assign) and isinstance(item.value, ast.Constant):
            targets = {t.id for t in item.targets if isinstance(t, ast.Name)}
            if "__tablename__" in targets:
                return {node.name, str(item.value.value)}
    is_table = any(k.arg == "table" for k in node.keywords)
    return {node.name, node.name.lower()} if is_table else set()

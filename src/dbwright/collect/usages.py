"""Where the rest of a project uses what a change of its models renames or removes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from dbwright.collect.models_source import python_files
from dbwright.core.mapping import Mapping
from dbwright.core.model_change import ChangeRequest, RemoveColumn, RemoveModel, RenameColumn
from dbwright.recipes.model_syntax import is_migration

SHOWN = 6


def usages(root: Path, request: ChangeRequest, mapping: Mapping, edited: set[str]) -> Iterator[str]:
    """Yields a sentence for each name that other files of the project still use."""
    for step in request.steps:
        if not isinstance(step, RenameColumn | RemoveColumn | RemoveModel):
            continue
        mapper = mapping.mapper(step.model)
        name = mapper.name if mapper and isinstance(step, RemoveModel) else ""
        name = name or getattr(step, "attribute", "")
        own = {source.path for source in mapping.sources}
        found = [*_places(root, name, edited | own)]
        if found:
            some = ", ".join(found[:SHOWN])
            more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
            yield f"The name {name} is also used in {some}{more}: change what means this one."


def _places(root: Path, name: str, leave_out: set[str]) -> Iterator[str]:
    for path in python_files(root):
        relative = path.relative_to(root).as_posix()
        if relative in leave_out or is_migration(relative):
            continue
        try:
            tree = ast.parse(path.read_text(encoding="utf-8"))
        except (OSError, SyntaxError, ValueError, RecursionError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr == name:
                yield f"{relative}:{node.lineno}"
            elif isinstance(node, ast.keyword) and node.arg == name:
                yield f"{relative}:{node.value.lineno}"
            elif isinstance(node, ast.Name) and node.id == name:
                yield f"{relative}:{node.lineno}"

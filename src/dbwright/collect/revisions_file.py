"""A revision file: its identity and its statements, read without running it."""

from __future__ import annotations

import ast
from pathlib import Path, PurePosixPath
from typing import Any

from dbwright.collect.revisions_imports import Imports
from dbwright.collect.revisions_values import UNKNOWN
from dbwright.collect.revisions_walk import Walker
from dbwright.core.migration import Migration
from dbwright.core.operation import Statement
from dbwright.core.source import Problem, Source
from dbwright.core.target import Target


def operations_of(
    source: Source, dialect: str | None, root: Path | None = None
) -> tuple[tuple[Statement, ...], tuple[Statement, ...]]:
    """Gives the statements of `upgrade` and of `downgrade`, as far as reading shows them.

    A statement that only a run could tell has `known` false and an `Other` that is unknown.
    Classes that the file imports are looked up below `root`, the project's.
    A file that does not parse raises SyntaxError.
    """
    walker = Walker(source, dialect, Imports(root))
    return walker.function("upgrade"), walker.function("downgrade")


def read_revision(
    source: Source, dialect: str | None, target: Target, imports: Imports
) -> Migration | Problem:
    """Gives the revision of a file, or the problem that makes it none."""
    walker = Walker(source, dialect, imports)
    revision = walker.outer.get("revision", _legacy_name(source.path))
    if not isinstance(revision, str) or not revision:
        return _nameless(source, revision)
    # an unclear branch label only makes the label unknown, not the revision's place
    unclear = [
        name for name in ("down_revision", "depends_on") if _texts(walker.outer.get(name)) is None
    ]
    if unclear:
        return Problem(
            source.path,
            f"the revision's {unclear[0]} is not written as a literal, so its place in the "
            "history is not known",
            line=_line_of(source, unclear[0]),
            way_out=f'Write it as a string: {unclear[0]} = "ae1027a6acf"',
        )
    return Migration(
        revision,
        source.path,
        down_revisions=_texts(walker.outer.get("down_revision")) or (),
        depends_on=_texts(walker.outer.get("depends_on")) or (),
        branch_labels=_texts(walker.outer.get("branch_labels")) or (),
        message=_message(source),
        source=source,
        upgrade=walker.function("upgrade"),
        downgrade=walker.function("downgrade"),
        target=target,
    )


def is_revision(source: Source) -> bool:
    """Whether a file looks like a revision: it names one, and has upgrade or downgrade."""
    names: set[str] = set()
    for node in source.tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names.update(target.id for target in node.targets if isinstance(target, ast.Name))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
    return {"revision", "down_revision"} <= names or (
        "revision" in names and not names.isdisjoint({"upgrade", "downgrade"})
    )


def line_of_revision(source: Source) -> int | None:
    """Gives the line that names the revision."""
    return _line_of(source, "revision")


def _legacy_name(path: str) -> Any:
    # Alembic 0.1 named revisions by their files, and Alembic still reads those
    stem = PurePosixPath(path).stem
    return stem if stem and set(stem) <= set("0123456789abcdef") else None


def _nameless(source: Source, revision: Any) -> Problem:
    if revision is UNKNOWN:
        message = "the revision's id is not written as a literal, so only a run could tell it"
    else:
        message = "the file names no revision, and Alembic refuses a folder with such a file"
    return Problem(
        source.path,
        message,
        line=_line_of(source, "revision") or 1,
        way_out='Write revision = "…" in it, or move the file out of the folder',
    )


def _texts(value: Any) -> tuple[str, ...] | None:
    if value is None:
        return ()
    if isinstance(value, str):
        return (value,)
    if isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value):
        return tuple(value)
    return None


def _line_of(source: Source, name: str) -> int | None:
    for node in source.tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        if isinstance(node, ast.AnnAssign):
            targets = [node.target]
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            return node.lineno
    return None


def _message(source: Source) -> str:
    text = ast.get_docstring(source.tree) or ""
    return " ".join(text.partition("\n\n")[0].split())

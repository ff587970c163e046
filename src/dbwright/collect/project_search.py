"""Search: where in and around a folder a project's configuration and files are."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from pathlib import Path

from dbwright.collect.settings import folders_up, tool_table
from dbwright.collect.source_files import SKIPPED_FOLDERS, read_source
from dbwright.core.errors import ProjectError
from dbwright.core.source import Source

_DEEPEST = 4
_MOST_FOLDERS = 3_000


def find_config(path: Path, given: str | None) -> Path | None:
    """Gives the alembic.ini or pyproject.toml that counts for the path, or None.

    One that is given has to be there. Else the nearest: in the folder, one level below it, in
    the folders above up to the root of the repository; at last anywhere below. Several that are
    equally near raise ProjectError, which lists them.
    """
    if given:
        return _given(path, given)
    if path.is_file() and path.suffix in (".ini", ".toml"):
        return path
    folders = list(folders_up(path))
    in_repository = bool(folders) and (folders[-1] / ".git").exists()
    for position, folder in enumerate(folders):
        found = _in(folder)
        if not found and (position == 0 or in_repository):
            found = _one_below(folder)
        if found:
            return _only(found, folder)
    start = path if path.is_dir() else path.parent
    return _only(list(_deep(start)), start) if path.is_dir() else None


def _given(path: Path, given: str) -> Path:
    bases = (Path.cwd(), *folders_up(path))
    for base in bases:
        file = base / given
        if file.is_file():
            return file.absolute()
    raise ProjectError(
        "there is no such configuration file",
        file=given,
        way_out="Name the alembic.ini, or the pyproject.toml with [tool.alembic], from the "
        "folder in which you are.",
    )


def _in(folder: Path) -> list[Path]:
    ini, toml = folder / "alembic.ini", folder / "pyproject.toml"
    if ini.is_file():
        return [ini]
    return [toml] if toml.is_file() and "alembic" in tool_table(toml) else []


def _one_below(folder: Path) -> list[Path]:
    try:
        names = sorted(entry.name for entry in os.scandir(folder) if entry.is_dir())
    except OSError:
        return []
    return [found for name in names if _is_own(name) for found in _in(folder / name)]


def _deep(start: Path) -> Iterator[Path]:
    for count, (folder, folders, files) in enumerate(os.walk(start)):
        deep = len(Path(folder).relative_to(start).parts) >= _DEEPEST
        folders[:] = [] if deep else sorted(name for name in folders if _is_own(name))
        if "alembic.ini" in files:
            yield Path(folder, "alembic.ini")
        if count > _MOST_FOLDERS:
            return


def _is_own(name: str) -> bool:
    return not name.startswith(".") and name not in SKIPPED_FOLDERS


def _only(found: list[Path], folder: Path) -> Path | None:
    if len(found) > 1:
        names = ", ".join(file.relative_to(folder).as_posix() for file in found)
        raise ProjectError(
            f"there are {len(found)} Alembic projects here: {names}",
            file=str(folder),
            way_out=f"Review one at a time: --config {found[0].relative_to(folder).as_posix()}",
        )
    return found[0] if found else None


def loose_files(path: Path) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """Gives the files with models, and those that are revisions, at a path without a project."""
    # a project with a configuration does not need what reads revisions before its child starts
    from dbwright.collect.revisions_file import is_revision

    models: list[Path] = []
    revisions: list[Path] = []
    for file in [path] if path.is_file() else list(_python_below(path)):
        source = read_source(file, path)
        if not isinstance(source, Source):
            if path.is_file():
                raise ProjectError(
                    source.message, file=str(path), line=source.line, way_out=source.way_out
                )
            continue
        if is_revision(source):
            revisions.append(file)
        elif has_models(source):
            models.append(file)
    return tuple(models), tuple(revisions)


def _python_below(start: Path) -> Iterator[Path]:
    count = 0
    for folder, folders, files in os.walk(start):
        folders[:] = sorted(name for name in folders if _is_own(name))
        for name in sorted(files):
            if name.endswith(".py"):
                count += 1
                yield Path(folder, name)
        if count > _MOST_FOLDERS:
            return


def has_models(source: Source) -> bool:
    """Whether tables are declared in the file: classes with a table name, or `Table(…)`."""
    if (
        "sqlalchemy" not in source.text
        and "sqlmodel" not in source.text
        and ("__tablename__" not in source.text)
    ):
        return False
    return any(map(_declares_table, ast.walk(source.tree)))


def _declares_table(node: ast.AST) -> bool:
    if isinstance(node, ast.ClassDef):
        if any(keyword.arg == "table" for keyword in node.keywords):
            return True
        targets = [t for item in node.body if isinstance(item, ast.Assign) for t in item.targets]
        targets += [item.target for item in node.body if isinstance(item, ast.AnnAssign)]
        return any(isinstance(t, ast.Name) and t.id in _TABLE_NAMES for t in targets) or any(
            isinstance(item, ast.AnnAssign) and "Mapped[" in ast.unparse(item.annotation)
            for item in node.body
        )
    if isinstance(node, ast.Call) and len(node.args) >= 2:
        function = node.func
        name = function.attr if isinstance(function, ast.Attribute) else ""
        return "Table" in (name, function.id if isinstance(function, ast.Name) else "")
    return False


_TABLE_NAMES = ("__tablename__", "__table__")

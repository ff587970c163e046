"""The command `expressions`: the statements that stand in the project's sources, as SQL.

No module is imported for it, and none of the project's functions is called: an expression is
evaluated with SQLAlchemy's names, and with those of modules that the models have brought in.
"""

from __future__ import annotations

import ast
import os
import sys
from collections import Counter
from collections.abc import Sequence
from typing import Any

from . import configure, locate, mappers
from .code import text_of
from .found_statements import Found, statements_of
from .stand_ins import LIBRARY, StandIns, Uncertain


def expressions(files: Sequence[str], **source: Any) -> dict[str, Any]:
    """Gives the statements of files with their places, and how many were left out, and why.

    Local names that stand for a value become parameters (`:name`). A statement that is put
    together in steps, or holds a name that nobody knows, is left out.
    """
    models = locate.again(**source)
    configure.configured(mappers.of_metadata(models.metadata))
    left_out: Counter[str] = Counter()
    found = []
    for file in files:
        try:
            with open(file, "rb") as stream:
                tree = ast.parse(stream.read())
        except (OSError, SyntaxError, ValueError, RecursionError):
            left_out["a file that cannot be parsed"] += 1
            continue
        space = names_of(tree, file)
        for each in statements_of(tree, left_out):
            try:
                sql = _sql(each, space)
            except Uncertain as why:
                left_out[str(why)] += 1
            except Exception:
                left_out["it could not be evaluated"] += 1
            else:
                where = {"file": file, "line": each.line, "end": each.end}
                found.append({**where, "function": each.function, "sql": sql})
    return {"statements": found, "left_out": dict(left_out)}


def _sql(found: Found, space: dict[str, Any]) -> str:
    from sqlalchemy import TextClause
    from sqlalchemy.orm import Query

    stand_ins = StandIns(space, found.locals)
    node = stand_ins.whole(stand_ins.filled(found.node, found.parts))
    code = compile(ast.fix_missing_locations(ast.Expression(node)), "<statement>", "eval")
    made = eval(code, {**space, **StandIns.names()})
    if isinstance(made, TextClause):
        return made.text
    if isinstance(made, Query):
        made = made.statement
    if not (getattr(made, "is_dml", False) or hasattr(made, "selected_columns")):
        raise Uncertain("it is no statement")
    return text_of(made)


def names_of(tree: ast.Module, file: str) -> dict[str, Any]:
    """Gives the names of a module that are certain: of one that is imported, all of them."""
    loaded = _loaded(file)
    if loaded is not None:
        return dict(vars(loaded))
    space: dict[str, Any] = {}
    package = _package(file)
    for node in tree.body:
        if isinstance(node, ast.Import):
            for alias in node.names:
                module = _module(alias.name if alias.asname else alias.name.partition(".")[0])
                if module is not None:
                    space[alias.asname or alias.name.partition(".")[0]] = module
        elif isinstance(node, ast.ImportFrom):
            _take_from(space, node, package)
        else:
            for name in _assigned(node):
                space.pop(name, None)
    return space


def _take_from(space: dict[str, Any], node: ast.ImportFrom, package: str) -> None:
    name = node.module or ""
    if node.level:
        parts = package.split(".") if package else []
        base = parts[: len(parts) - node.level + 1]
        name = ".".join([*base, name] if name else base)
    module = _module(name)
    for alias in node.names:
        value = _attribute(module, alias.name)
        if value is None and module is not None:
            value = sys.modules.get(f"{name}.{alias.name}")
        if value is not None:
            space[alias.asname or alias.name] = value


def _attribute(module: Any, name: str) -> Any:
    """Gives what a module has under a name; one that is loaded lazily may fail at it."""
    try:
        return getattr(module, name, None)
    except Exception:
        return None


def _module(name: str) -> Any:
    if name.partition(".")[0] in LIBRARY:
        try:
            return __import__(name, fromlist=["*"])
        except ImportError:
            return None
    return sys.modules.get(name)


def _loaded(file: str) -> Any:
    path = os.path.realpath(file)
    for module in [*sys.modules.values()]:
        known = getattr(module, "__file__", None)
        if known and os.path.realpath(known) == path:
            return module
    return None


def _package(file: str) -> str:
    """Gives the dotted name of the package that a file stands in."""
    folder, parts = os.path.dirname(os.path.abspath(file)), []
    while os.path.isfile(os.path.join(folder, "__init__.py")):
        folder, name = os.path.split(folder)
        parts.insert(0, name)
    return ".".join(parts)


def _assigned(node: ast.stmt) -> set[str]:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return {node.name}
    return {
        each.id
        for each in ast.walk(node)
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
    }

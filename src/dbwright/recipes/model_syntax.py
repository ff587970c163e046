"""Looks things up in the syntax trees of model files, each tree indexed once.

Every function takes a `Source` that parses; `readable` tells which do.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dbwright.core.source import Source

Function = ast.FunctionDef | ast.AsyncFunctionDef
_SIMPLE = (ast.Assign, ast.AnnAssign, ast.Expr, ast.Return, ast.AugAssign)


@dataclass(frozen=True, slots=True)
class _Indexed:
    statements: dict[int, ast.stmt]
    classes: dict[str, ast.ClassDef]
    functions: tuple[tuple[str, Function], ...]
    calls: tuple[ast.Call, ...]
    imports: tuple[ast.ImportFrom, ...]


def readable(sources: Iterable[Source]) -> Iterator[Source]:
    """Gives the files that parse."""
    for source in sources:
        try:
            source.tree  # noqa: B018
        except (SyntaxError, ValueError, RecursionError):
            continue
        yield source


def statement(source: Source, line: int | None) -> ast.stmt | None:
    """Gives the simple statement that the line belongs to."""
    return _index(source.text).statements.get(line) if line else None


def class_named(source: Source, name: str) -> ast.ClassDef | None:
    """Gives the class of that name."""
    return _index(source.text).classes.get(name)


def functions(source: Source) -> tuple[tuple[str, Function], ...]:
    """Gives every function with its qualified name: `Invite.new_code`."""
    return _index(source.text).functions


def calls(source: Source) -> tuple[ast.Call, ...]:
    """Gives every call in the order of a walk over the tree."""
    return _index(source.text).calls


def imports(source: Source) -> tuple[ast.ImportFrom, ...]:
    """Gives every `from module import …`, wherever it stands."""
    return _index(source.text).imports


def call(source: Source, line: int | None, *names: str) -> ast.Call | None:
    """Gives the call of one of these names in the statement of the line; that line's first.

    In a statement of several lines (`Table(…)`) a call that holds the line wins.
    """
    found = statement(source, line)
    if found is None or line is None:
        return None
    calls = [
        node
        for node in ast.walk(found)
        if isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2].lstrip("_") in names
    ]
    near = [node for node in calls if node.lineno <= line <= (node.end_lineno or node.lineno)]
    return next(iter(near or calls), None)


def keyword(node: ast.Call | None, name: str) -> ast.expr | None:
    """Gives the value of a call's keyword, None without it."""
    if node is None:
        return None
    return next((item.value for item in node.keywords if item.arg == name), None)


def dotted(node: ast.AST) -> str:
    """Gives the dotted name of an expression: `datetime.utcnow`; empty for any other form."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        head = dotted(node.value)
        return f"{head}.{node.attr}" if head else node.attr
    return ""


def commented(source: Source, line: int | None) -> str:
    """Gives the comment that stands on the line or in the lines right above it."""
    lines = _lines(source.text)
    if line is None or not 0 < line <= len(lines):
        return ""
    _, mark, own = lines[line - 1].partition("  # ")
    found = [own] if mark else []
    above = line - 2
    while above >= 0 and lines[above].lstrip().startswith("#"):
        found.insert(0, lines[above].strip().lstrip("# "))
        above -= 1
    return " ".join(found)


def imported(source: Source, module: str) -> dict[str, str]:
    """Gives what the file calls things of a module: local name to `module.thing`."""
    found: dict[str, str] = {}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name == module:
                    found[alias.asname or alias.name] = module
        elif isinstance(node, ast.ImportFrom) and node.module == module:
            for alias in node.names:
                found[alias.asname or alias.name] = f"{module}.{alias.name}"
    return found


def renamed(text: str) -> dict[str, str]:
    """Gives what the text calls things that it imports under another name: that to their own."""
    found: dict[str, str] = {}
    for node in ast.walk(Source("", text).tree):
        if isinstance(node, ast.ImportFrom):
            found |= {alias.asname: alias.name for alias in node.names if alias.asname}
    return found


def is_test(path: str) -> bool:
    """Whether a file is a test, a seed or a sample, where what it makes guards nothing."""
    parts = path.replace("\\", "/").lower().removesuffix(".py").split("/")
    marks = ("test", "seed", "fixture", "factor", "fake", "demo", "sample", "example", "bench")
    return any(part.startswith(marks) or part.endswith(("_test", "_tests")) for part in parts)


def is_migration(path: str) -> bool:
    """Whether a file is a revision or the environment of migrations."""
    parts = path.replace("\\", "/").lower().split("/")
    return bool({"versions", "migrations", "alembic", "migration"}.intersection(parts[:-1]))


@functools.lru_cache(maxsize=4096)
def _lines(text: str) -> list[str]:
    return text.splitlines()


@functools.lru_cache(maxsize=4096)
def _index(text: str) -> _Indexed:
    try:
        tree = Source("", text).tree
    except (SyntaxError, ValueError, RecursionError):
        return _Indexed({}, {}, (), (), ())
    statements: dict[int, ast.stmt] = {}
    classes: dict[str, ast.ClassDef] = {}
    calls: list[ast.Call] = []
    imports: list[ast.ImportFrom] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            calls.append(node)
        elif isinstance(node, ast.ImportFrom):
            imports.append(node)
        elif isinstance(node, ast.ClassDef):
            classes.setdefault(node.name, node)
        elif isinstance(node, _SIMPLE):
            for line in range(node.lineno, (node.end_lineno or node.lineno) + 1):
                statements.setdefault(line, node)
    functions = tuple(_functions(tree.body, ""))
    return _Indexed(statements, classes, functions, tuple(calls), tuple(imports))


def _functions(body: Iterable[ast.stmt], prefix: str) -> Iterator[tuple[str, Function]]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{prefix}{node.name}", node
            yield from _functions(node.body, f"{prefix}{node.name}.")
        elif isinstance(node, ast.ClassDef):
            yield from _functions(node.body, f"{prefix}{node.name}.")
        elif isinstance(node, ast.If | ast.Try | ast.With):
            yield from _functions(node.body, prefix)

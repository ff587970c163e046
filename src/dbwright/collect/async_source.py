"""What the source says of sessions in coroutines: shared by tasks, or blocking the event loop."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from dbwright.collect.holding import assigned, begun_by, function_at, line_of, name_of
from dbwright.collect.loops import Loops
from dbwright.core.recording import Blocking, Shared

_TOGETHER = frozenset({"gather", "as_completed", "wait"})
_COMPREHENSIONS = (ast.ListComp, ast.GeneratorExp, ast.SetComp)
_SENDS = frozenset(
    {
        "commit",
        "delete",
        "execute",
        "flush",
        "get",
        "merge",
        "query",
        "refresh",
        "scalar",
        "scalars",
    }
)
Function = ast.FunctionDef | ast.AsyncFunctionDef


def shared(file: str, tree: ast.Module, loops: Loops) -> Iterator[Shared]:
    """Yields the calls that begin several tasks which are all given one AsyncSession."""
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call) or name_of(call.func) not in _TOGETHER:
            continue
        around = function_at(tree, call.lineno)
        if around is None or not begun_by(call, around):
            continue
        sessions = set(_sessions(around, tree, asynchronous=True))
        if sessions & _given_twice(call, around):
            line = line_of(file, call, around.name, loops)
            yield Shared("task", (line,), (), 0, line)


def _given_twice(call: ast.Call, around: Function) -> set[str]:
    """The names that two and more coroutines of a call are given."""
    counts: dict[str, int] = {}
    for argument in call.args:
        starred = isinstance(argument, ast.Starred)
        value = argument.value if isinstance(argument, ast.Starred) else argument
        if isinstance(value, ast.Name):
            value = assigned(around, value.id) or value
        many = starred and isinstance(value, _COMPREHENSIONS)
        inner = value.elt if isinstance(value, _COMPREHENSIONS) else value
        own = {
            each.id
            for each in ast.walk(value)
            if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
        }
        for name in _names_given(inner) - own:
            counts[name] = counts.get(name, 0) + (2 if many else 1)
    return {name for name, count in counts.items() if count > 1}


def _names_given(node: ast.expr) -> set[str]:
    if not isinstance(node, ast.Call):
        return set()
    given = [*node.args, *(each.value for each in node.keywords)]
    owner = node.func.value if isinstance(node.func, ast.Attribute) else None
    return {each.id for each in [*given, owner] if isinstance(each, ast.Name)}


def blocked(file: str, tree: ast.Module, loops: Loops) -> Iterator[Blocking]:
    """Yields the first statement of each coroutine that a blocking Session sends."""
    for function in ast.walk(tree):
        if not isinstance(function, ast.AsyncFunctionDef):
            continue
        sessions = set(_sessions(function, tree, asynchronous=False))
        for call in sorted(_own(function), key=lambda each: each.lineno):
            used = call.func.value if isinstance(call.func, ast.Attribute) else None
            if isinstance(used, ast.Name) and used.id in sessions and name_of(call.func) in _SENDS:
                yield Blocking(line_of(file, call, function.name, loops))
                break


def _own(function: Function) -> Iterator[ast.Call]:
    """The calls that run in a function itself: not in one that it makes for others to call."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            continue
        if isinstance(node, ast.Call):
            yield node
        waiting += ast.iter_child_nodes(node)


def _sessions(function: Function, tree: ast.Module, *, asynchronous: bool) -> Iterator[str]:
    """The names that are a Session of that kind: made here, or annotated as one."""
    makers = _makers(tree, asynchronous)
    kind = "AsyncSession" if asynchronous else "Session"
    for argument in [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]:
        if name_of(argument.annotation) == kind and kind in makers:
            yield argument.arg
    for node in ast.walk(function):
        if isinstance(node, (ast.With, ast.AsyncWith)):
            for item in node.items:
                if _makes(item.context_expr, makers) and item.optional_vars is not None:
                    yield name_of(item.optional_vars)
        elif isinstance(node, ast.Assign) and _makes(node.value, makers):
            yield from (name_of(target) for target in node.targets)


def _makes(node: ast.expr, makers: set[str]) -> bool:
    return isinstance(node, ast.Call) and name_of(node.func) in makers


def _makers(tree: ast.Module, asynchronous: bool) -> set[str]:
    """The names that make a Session: SQLAlchemy's class, and factories of this file."""
    found: set[str] = set()
    kind = ("AsyncSession", "async_sessionmaker") if asynchronous else ("Session", "sessionmaker")
    factories: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlalchemy"):
            for each in node.names:
                if each.name == "*":
                    found.add(kind[0])
                    factories.add(kind[1])
                elif each.name == kind[0]:
                    found.add(each.asname or each.name)
                elif each.name == kind[1]:
                    factories.add(each.asname or each.name)
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and _makes(node.value, factories):
            named = node.value.keywords if isinstance(node.value, ast.Call) else []
            classes = {name_of(each.value) for each in named if each.arg == "class_"}
            if not classes or classes <= found:
                found |= {name_of(target) for target in node.targets}
    return found

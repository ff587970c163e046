"""Where a module sends a statement: the expressions that are executed whole as they stand there."""

from __future__ import annotations

import ast
import copy
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

BUILDERS = ("select", "text", "update", "delete", "union", "union_all", "exists")
EXECUTE = ("execute", "scalar", "scalars", "stream", "stream_scalars", "exec")
ENDS = {"all": None, "one": None, "one_or_none": None, "scalar": None, "first": 1}
"""The calls that run a Query, with the limit that each sets."""
STEPS = "it is put together in steps"
_Function = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


@dataclass(slots=True)
class Found:
    """One statement: its expression, and the names that are its function's own.

    `locals` has what each was assigned, None where it is an argument or comes from a loop;
    `parts` what those hold for certain that are set once; `end` is the last line of the call that
    sends it.
    """

    node: ast.expr
    line: int
    locals: dict[str, ast.expr | None] = field(default_factory=dict)
    function: str = ""
    end: int = 0
    parts: dict[str, ast.expr] = field(default_factory=dict)


def statements_of(tree: ast.Module, left_out: Counter[str]) -> Iterator[Found]:
    """Gives the statements that are executed as one expression, in the order of the file."""
    for scope in [tree, *(each for each in ast.walk(tree) if isinstance(each, _Function))]:
        known = _locals(scope) if scope is not tree else {}
        name = getattr(scope, "name", "")
        nodes = [*_inside(scope)]
        for node in nodes:
            if not isinstance(node, ast.Call):
                continue
            query = _of_query(node)
            found = query
            if query is None and _executes(node):
                found = _given(node.args[0], node, scope, nodes, left_out)
            if found is not None:
                parts = _parts(found, node, scope, nodes) if known else {}
                end = node.end_lineno or 0
                yield Found(found, _first_line(found), known, name, end, parts)


def root(node: ast.expr) -> ast.expr:
    """Gives the first call of a chain: `select(…)` of `select(…).where(…)`."""
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        inner = node.func.value
        if not isinstance(inner, ast.Call):
            break
        node = inner
    return node


def builder(node: ast.expr) -> str | None:
    """Gives the function that a chain begins with, None for what is no chain of SQLAlchemy's."""
    first = root(node)
    if not isinstance(first, ast.Call):
        return None
    func = first.func
    name = func.id if isinstance(func, ast.Name) else getattr(func, "attr", None)
    return name if name in BUILDERS else None


def _executes(node: ast.Call) -> bool:
    func = node.func
    return isinstance(func, ast.Attribute) and func.attr in EXECUTE and bool(node.args)


def _of_query(node: ast.Call) -> ast.expr | None:
    """Gives the Query of `session.query(…).filter(…).all()`, without the call that runs it."""
    func = node.func
    if not isinstance(func, ast.Attribute) or func.attr not in ENDS or node.args or node.keywords:
        return None
    first = root(func.value)
    if not isinstance(first, ast.Call) or not isinstance(first.func, ast.Attribute):
        return None
    if first.func.attr != "query" or "session" not in ast.unparse(first.func.value).lower():
        return None
    if ENDS[func.attr] is None:
        return func.value
    limit = ast.Attribute(func.value, "limit", ast.Load())
    return ast.copy_location(ast.Call(limit, [ast.Constant(ENDS[func.attr])], []), node)


def _first_line(node: ast.expr) -> int:
    return root(node).lineno


def _given(
    node: ast.expr, call: ast.Call, scope: ast.AST, nodes: list[ast.AST], left_out: Counter[str]
) -> ast.expr | None:
    """Gives the statement that is executed; of a name, what it certainly holds there."""
    name = _base(node)
    if name is None:
        return node if builder(node) is not None else None
    assigned = [each for each in nodes if _assigns(each, name)]
    if not any(builder(each.value) is not None for each in assigned):  # type: ignore[attr-defined]
        return None
    shared = any(_declares(each, name) for each in ast.walk(scope))
    path = _path(scope, call) if not shared else None
    held = _filled(node, name, path) if path is not None else None
    if held is None or builder(held) is None:
        left_out[STEPS] += 1
        return None
    return held


def _parts(
    node: ast.expr, call: ast.Call, scope: ast.AST, nodes: list[ast.AST]
) -> dict[str, ast.expr]:
    """Gives what the names in an expression hold that the function sets once, before the call.

    Those in what they hold are among them.
    """
    path = _path(scope, call)
    found: dict[str, ast.expr] = {}
    waiting = _read(node) if path else []
    while waiting and path:
        name = waiting.pop()
        if name in found or sum(_is_store(each, name) for each in nodes) != 1:
            continue
        held = _held(name, path) if not any(_declares(e, name) for e in ast.walk(scope)) else None
        if held is not None and name not in _read(held):
            found[name] = held
            waiting += _read(held)
    return found


def _read(node: ast.expr) -> list[str]:
    return [each.id for each in ast.walk(node) if isinstance(each, ast.Name)]


def _is_store(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name and not isinstance(node.ctx, ast.Load)


def _base(node: ast.expr) -> str | None:
    """Gives the name that a chain of calls begins with: `stmt` of `stmt.where(…).limit(3)`."""
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        node = node.func.value
    return node.id if isinstance(node, ast.Name) else None


def _filled(node: ast.expr, name: str, path: Path) -> ast.expr | None:
    """Gives a chain with what its name holds in the name's place."""
    held = _held(name, path)
    if held is None or isinstance(node, ast.Name):
        return held
    made = copy.deepcopy(node)
    inner: Any = made
    while not isinstance(inner.func.value, ast.Name):
        inner = inner.func.value
    inner.func.value = held
    return made


def _assigns(node: ast.AST, name: str) -> bool:
    """Whether it is `name = …` and sets nothing else."""
    if isinstance(node, ast.AnnAssign) and node.value is not None:
        targets = [node.target]
    elif isinstance(node, ast.Assign):
        targets = node.targets
    else:
        return False
    return all(isinstance(each, ast.Name) and each.id == name for each in targets)


def _declares(node: ast.AST, name: str) -> bool:
    """Whether a function in the scope may set the name whenever it is called."""
    return isinstance(node, (ast.Global, ast.Nonlocal)) and name in node.names


def _stores(node: ast.AST, name: str) -> bool:
    """Whether a name is set or deleted somewhere in a node."""
    for each in ast.walk(node):
        if isinstance(each, ast.Name) and each.id == name and not isinstance(each.ctx, ast.Load):
            return True
        bound = isinstance(each, (ast.MatchAs, ast.MatchStar, ast.ExceptHandler))
        if bound and each.name == name:  # type: ignore[attr-defined]
            return True
    return False


Path = list[tuple[list[ast.stmt], int]]


def _path(scope: ast.AST, wanted: ast.AST) -> Path | None:
    """Gives the blocks of statements around a node, the innermost first, with its place in each."""
    for _, block in ast.iter_fields(scope):
        is_block = isinstance(block, list) and block and isinstance(block[0], ast.stmt)
        for place, inner in enumerate(block if is_block else ()):
            if any(each is wanted for each in ast.walk(inner)):
                return [*(_path(inner, wanted) or []), (block, place)]
    for child in ast.iter_child_nodes(scope):  # the handlers of try, the cases of match
        if isinstance(child, (ast.ExceptHandler, ast.match_case)):
            found = _path(child, wanted)
            if found is not None:
                return found
    return None


def _held(name: str, path: Path) -> ast.expr | None:
    """Gives what a name was assigned last before, where nothing else can have set it since."""
    for level, (block, place) in enumerate(path):
        around = block[place]
        branch = isinstance(around, ast.If) and not _stores(around.test, name)
        if _stores(around, name) and not (branch or (level == 0 and _assigns(around, name))):
            return None
        for at in range(place - 1, -1, -1):
            if _assigns(block[at], name):
                value: ast.expr = block[at].value  # type: ignore[attr-defined]
                if _base(value) != name:
                    return value
                return _filled(value, name, [(block, at), *path[level + 1 :]])
            if _stores(block[at], name):
                return None
    return None


def _inside(scope: ast.AST) -> Iterator[ast.AST]:
    """Gives the nodes of a function without those of the functions in it."""
    waiting = [*ast.iter_child_nodes(scope)]
    while waiting:
        node = waiting.pop(0)
        yield node
        if not isinstance(node, _Function):
            waiting = [*ast.iter_child_nodes(node), *waiting]


def _locals(scope: ast.AST) -> dict[str, ast.expr | None]:
    found: dict[str, ast.expr | None] = {}
    arguments = scope.args  # type: ignore[attr-defined]
    for each in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]:
        found[each.arg] = each.annotation
    for each in (arguments.vararg, arguments.kwarg):
        if each is not None:
            found[each.arg] = None
    for node in _inside(scope):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.setdefault(node.id, None)
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found.update({t.id: node.value for t in targets if isinstance(t, ast.Name)})
    return found

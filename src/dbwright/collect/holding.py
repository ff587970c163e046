"""Where in the source the cause of what was seen stands: what caught, began, made or waited."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Iterator
from dataclasses import replace

from dbwright.collect.loops import Loops
from dbwright.core.recording import Error, Line, Pause, Recording, Shared

_BEGINS = frozenset(
    {"gather", "create_task", "ensure_future", "start_soon", "as_completed", "wait"}
)
_ALL = frozenset({"Exception", "BaseException"})
Function = ast.FunctionDef | ast.AsyncFunctionDef


def placed(recording: Recording, loops: Loops) -> Recording:
    """Gives a recording with the lines that only the source shows."""
    return replace(
        recording,
        errors=tuple(_error(each, loops) for each in recording.errors),
        pauses=tuple(_pause(each, loops) for each in recording.pauses),
        shared=tuple(_shared(each, loops) for each in recording.shared),
    )


def _error(error: Error, loops: Loops) -> Error:
    handler = caught(error.first, loops)
    return replace(error, handler=handler, begun=begun(error.stack, loops))


def _pause(pause: Pause, loops: Loops) -> Pause:
    return replace(pause, at=between(pause.stack, pause.until, loops))


def _shared(shared: Shared, loops: Loops) -> Shared:
    find = begun if shared.kind == "task" else made
    return replace(shared, at=find(shared.stack, loops))


def line_of(file: str, node: ast.AST, function: str, loops: Loops) -> Line:
    """Gives the line of a node."""
    number: int = getattr(node, "lineno", 0)
    return Line(file, number, function, *loops.around(file, number), loops.code(file, number))


def caught(stack: Iterable[Line], loops: Loops) -> Line | None:
    """Gives the `except` that caught an error of the database, which went through these lines."""
    for line in stack:
        tree = loops.tree(line.file)
        function = function_at(tree, line.line) if tree is not None else None
        tries = [each for each in ast.walk(function or tree or ast.Module([], [])) if _tries(each)]
        for each in sorted(tries, key=lambda found: -found.lineno):  # type: ignore[attr-defined]
            assert isinstance(each, ast.Try)
            if not _within(each.body, line.line) or (
                tree is not None and function_at(tree, each.lineno) is not function
            ):
                continue
            for handler in each.handlers:
                if _catches(handler):
                    return line_of(line.file, handler, line.function, loops)
    return None


def _tries(node: ast.AST) -> bool:
    return isinstance(node, ast.Try)


def _catches(handler: ast.ExceptHandler) -> bool:
    """Whether an `except` may catch what a driver raises, and goes on."""
    last = handler.body[-1]
    if isinstance(last, ast.Raise):
        return False
    if handler.type is None:
        return True
    given = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    names = [name_of(each) for each in given]
    return any(name in _ALL or not hasattr(builtins, name) for name in names)


def between(first: Iterable[Line], then: Iterable[Line], loops: Loops) -> Line | None:
    """Gives the first statement that calls something, after one line and before another."""
    later = {(line.file, line.function): line.line for line in reversed(tuple(then))}
    for line in first:
        end = later.get((line.file, line.function))
        if end is None:
            continue
        tree = loops.tree(line.file)
        function = function_at(tree, line.line) if tree is not None else None
        if function is None or end < line.line:
            return None
        found = [
            each
            for each in _simple(function.body)
            if line.line < each.lineno and (each.end_lineno or each.lineno) < end and _calls(each)
        ]
        awaited = [each for each in found if any(isinstance(n, ast.Await) for n in ast.walk(each))]
        return line_of(line.file, (awaited or found)[0], line.function, loops) if found else None
    return None


def _simple(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    for each in body:
        if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        inner = [getattr(each, name, []) for name in ("body", "orelse", "finalbody")]
        if not any(inner):
            yield each
        for part in inner:
            yield from _simple(part)
        for handler in getattr(each, "handlers", []):
            yield from _simple(handler.body)


def _calls(node: ast.AST) -> bool:
    return any(isinstance(each, (ast.Call, ast.Await)) for each in ast.walk(node))


def begun(stack: tuple[Line, ...], loops: Loops) -> Line | None:
    """Gives the line that begins several tasks of the function that is outermost on a stack."""
    for line in reversed(stack):
        tree = loops.tree(line.file)
        name = line.function.rpartition(".")[2]
        for call in ast.walk(tree) if tree is not None else ():
            if isinstance(call, ast.Call) and name_of(call.func) in _BEGINS:
                assert tree is not None
                around = function_at(tree, call.lineno)
                if name in begun_by(call, around or tree):
                    where = around.name if around is not None else "<module>"
                    return line_of(line.file, call, where, loops)
    return None


def begun_by(call: ast.Call, around: ast.AST) -> set[str]:
    """Gives the names of the functions whose coroutines a call gets, by name or in place."""
    found: set[str] = set()
    for argument in call.args:
        value = argument.value if isinstance(argument, ast.Starred) else argument
        if isinstance(value, ast.Name):
            value = assigned(around, value.id) or value
        found |= {name_of(each.func) for each in ast.walk(value) if isinstance(each, ast.Call)}
    return found


def made(stack: tuple[Line, ...], loops: Loops) -> Line | None:
    """Gives the line that makes the Session which the innermost line of a stack uses."""
    line = stack[0] if stack else None
    tree = loops.tree(line.file) if line is not None else None
    if line is None or tree is None:
        return None
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
            continue
        if not call.lineno <= line.line <= (call.end_lineno or call.lineno):
            continue
        value = _source(tree, line.line, call.func.value)
        if isinstance(value, ast.Call):
            return line_of(line.file, value, line.function, loops)
    return None


def _source(tree: ast.Module, line: int, used: ast.expr) -> ast.expr | None:
    """What a name, or an attribute of self, was given."""
    if isinstance(used, ast.Name):
        function = function_at(tree, line)
        inside = assigned(function, used.id) if function is not None else None
        return inside or assigned(tree, used.id)
    if isinstance(used, ast.Attribute) and name_of(used.value) == "self":
        classes = [each for each in ast.walk(tree) if isinstance(each, ast.ClassDef)]
        for class_ in classes:
            if class_.lineno <= line <= (class_.end_lineno or 0):
                return assigned(class_, used.attr)
    return None


def assigned(around: ast.AST, name: str) -> ast.expr | None:
    """Gives the value that a name, or `self.name`, is assigned once in a block; None for more."""
    found: list[ast.expr] = []
    for node in ast.walk(around):
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            targets = [node.target]
        if any(name_of(target) == name for target in targets):
            assert isinstance(node, (ast.Assign, ast.AnnAssign))
            if node.value is not None:
                found.append(node.value)
    return found[0] if len(found) == 1 else None


def function_at(tree: ast.AST, line: int) -> Function | None:
    """Gives the innermost function that a line stands in."""
    found = [
        each
        for each in ast.walk(tree)
        if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef))
        and each.lineno <= line <= (each.end_lineno or each.lineno)
    ]
    return max(found, key=lambda each: each.lineno, default=None)


def name_of(node: ast.AST | None) -> str:
    """Gives the last part of a dotted name; empty for what is none."""
    if isinstance(node, ast.Call):
        return ""
    return getattr(node, "id", None) or getattr(node, "attr", None) or ""


def _within(body: list[ast.stmt], line: int) -> bool:
    return bool(body) and body[0].lineno <= line <= (body[-1].end_lineno or body[-1].lineno)

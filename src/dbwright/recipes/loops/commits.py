"""Commits and flushes in each turn of a loop that does nothing but work on its session."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

from dbwright.core.application import RepeatKind
from dbwright.recipes.loops.found import place_of
from dbwright.recipes.loops.values import Class, Element, Loop, Statement

_WORK = {"add", "add_all", "execute", "delete", "merge", "scalar", "scalars"}
_FREE = {
    "append", "info", "debug", "warning", "error", "print", "len", "str", "int", "float", "dict",
    "list", "format", "strip", "lower", "upper", "values", "where", "insert", "update", "select",
    "get", "items", "range", "Decimal", "round", "isoformat", "filter", "filter_by", "uuid4",
}  # fmt: skip


class Commits:
    """Looks at the loops of a walk."""

    def loop(self, walker: Any, node: ast.For | ast.AsyncFor, loop: Loop) -> None:
        """Takes a commit or a flush that ends each turn; what else a turn does is its own work."""
        if not loop.asks or walker.unsure or walker.leaving:
            return
        body, opened = node.body, None
        if len(body) == 1 and isinstance(body[0], (ast.With, ast.AsyncWith)):
            opened = body[0]
        if opened is not None:
            self._opened(walker, opened, loop)
            return
        last = _call(body[-1])
        if last is None or not isinstance(last.func, ast.Attribute) or last.args:
            return
        name = last.func.attr
        if name not in ("commit", "flush"):
            return
        session = last.func.value
        if walker.bound_in(session) & {loop.number} or not self._is_plain(walker, body[:-1]):
            return
        about = self._about(walker, body[:-1], ast.unparse(session), node)
        kind: RepeatKind = "commit" if name == "commit" else "flush"
        if about:
            walker.found.asked(kind, about, place_of(walker.frame.path, last), loop, None)

    def _opened(self, walker: Any, node: ast.With | ast.AsyncWith, loop: Loop) -> None:
        """`with session.begin():` and `with engine.begin() as connection:` commit at their end."""
        item = node.items[0]
        call = item.context_expr
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)):
            return
        if call.func.attr != "begin" or len(node.items) > 1:
            return
        if walker.bound_in(call.func.value) & {loop.number}:
            return
        session = item.optional_vars if item.optional_vars is not None else call.func.value
        about = self._about(walker, node.body, ast.unparse(session), None)
        if about and self._is_plain(walker, node.body):
            walker.found.asked("commit", about, place_of(walker.frame.path, node), loop, None)

    def _is_plain(self, walker: Any, nodes: Sequence[ast.stmt]) -> bool:
        """Whether statements only work on the session: no call leads elsewhere."""
        kinds = (ast.Expr, ast.Assign, ast.AugAssign, ast.AnnAssign)
        if not nodes or not all(isinstance(node, kinds) for node in nodes):
            return False
        calls = [each for node in nodes for each in ast.walk(node) if isinstance(each, ast.Call)]
        return all(self._is_free(walker, each) for each in calls)

    def _is_free(self, walker: Any, call: ast.Call) -> bool:
        func = call.func
        name = func.id if isinstance(func, ast.Name) else getattr(func, "attr", "")
        if name in _WORK | _FREE:
            return True
        return isinstance(func, (ast.Name, ast.Attribute)) and _is_class(walker, func)

    def _about(
        self, walker: Any, nodes: Sequence[ast.stmt], session: str, loop: ast.AST | None
    ) -> str:
        """Gives what the session writes in a turn, empty for nothing that is known."""
        for node in nodes:
            for call in ast.walk(node):
                if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)):
                    continue
                if ast.unparse(call.func.value) == session and call.func.attr in _WORK:
                    found = _written(walker, call)
                    if found:
                        return found
        for node in nodes:
            target = node.targets[0] if isinstance(node, ast.Assign) else (
                node.target if isinstance(node, ast.AugAssign) else None
            )  # fmt: skip
            if isinstance(target, ast.Attribute):
                value = walker.value(target.value)
                if isinstance(value, Element):
                    return value.class_.rpartition(".")[2]
        return ""


def _written(walker: Any, call: ast.Call) -> str:
    first = call.args[0] if call.args else None
    if isinstance(first, ast.Call) and isinstance(first.func, (ast.Name, ast.Attribute)):
        found = walker.value(first.func) if _is_class(walker, first.func) else None
        if isinstance(found, Class):
            return found.name.rpartition(".")[2]
    if first is None or call.func.attr in ("scalar", "scalars"):  # type: ignore[attr-defined]
        return ""
    value = _peek(walker, first)
    if isinstance(value, Statement) and value.verb != "select":
        return value.about
    return value.class_.rpartition(".")[2] if isinstance(value, Element) else ""


def _peek(walker: Any, node: ast.expr) -> Any:
    """Gives what an expression stands for, while no loop is told of."""
    loops, walker.loops = walker.loops, []
    try:
        return walker.value(node)
    finally:
        walker.loops = loops


def _is_class(walker: Any, node: ast.expr) -> bool:
    return isinstance(_peek(walker, node), Class)


def _call(node: ast.stmt) -> ast.Call | None:
    value = node.value if isinstance(node, ast.Expr) else None
    value = value.value if isinstance(value, ast.Await) else value
    return value if isinstance(value, ast.Call) else None

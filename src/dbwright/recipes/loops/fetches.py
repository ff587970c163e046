"""Fetches: all rows of a statement that are taken whole, only to be counted."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, TypeGuard

from dbwright.recipes.loops.modules import Module, Scope
from dbwright.recipes.loops.options import lineage
from dbwright.recipes.loops.values import Attribute, Class, Imported, Option

RUNS = {"scalars", "execute", "exec"}
TAKES = {"all", "fetchall"}
SAME = {"unique", "scalars", "mappings", "tuples"}
JOINS = {"join", "outerjoin", "join_from", "outerjoin_from", "select_from"}
FILTERS = {"where", "filter", "filter_by", "join", "outerjoin"}
WRAPPED = {"distinct", "group_by", "having", "join_from", "outerjoin_from", "select_from"}
LEFT_OUT = {"order_by", "options"}
_KNOWN = FILTERS | WRAPPED | LEFT_OUT
_DEFS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
Step = tuple[str, ast.Call]


@dataclass(frozen=True, slots=True)
class Fetch:
    """Rows that are taken whole: the call that runs a statement, None of a Query.

    `root` is what makes the statement, `steps` the methods behind it; `held` says that a variable
    has it, or its beginning. `exact` says that a count gives the same number in every case, not
    only where a condition that is handed in names no other table. `result` is the variable that
    stands between, as in `result = session.execute(…)`, with what it is given.
    """

    run: ast.Call | None
    statement: ast.expr
    root: ast.Call | ast.Attribute
    steps: tuple[Step, ...]
    items: tuple[Class | Attribute, ...]
    held: bool = False
    awaited: bool = False
    exact: bool = True
    result: tuple[str, ast.expr] | None = None

    @property
    def legacy(self) -> bool:
        """Whether it is a Query."""
        return self.run is None

    @property
    def owner(self) -> str:
        """The class that it gives first."""
        first = self.items[0]
        return first.name if isinstance(first, Class) else first.owner

    def does(self, *names: str) -> bool:
        """Whether one of these methods was called."""
        return any(name in names for name, _ in self.steps)


@dataclass(slots=True)
class _Taken:
    """What stands around a statement that is run: `all()`, `list()`, `unique()`, `await`."""

    node: ast.expr
    whole: bool = False
    unique: bool = False
    run: ast.Call | None = None
    awaited: bool = False


@dataclass(slots=True)
class _Chain:
    """How a statement is put together."""

    roots: list[ast.Call | ast.Attribute] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    held: bool = False


class Reader:
    """Reads fetches in one module; `walker` tells what the names in it stand for."""

    def __init__(self, walker: Any, module: Module, scope: Scope) -> None:
        self.walker, self.module, self.scope = walker, module, scope

    def fetch(self, node: ast.expr) -> Fetch | None:
        """Gives the fetch that an expression is, None for one that is not understood."""
        taken = _taken(node)
        if taken is None or not taken.whole:
            return None
        chain = _Chain()
        if not self._put_together(taken.node, chain) or len(chain.roots) != 1:
            return self._of_result(taken)
        return self._made(taken, chain)

    def _of_result(self, taken: _Taken) -> Fetch | None:
        """Gives the fetch through a variable that holds a result, and is read nowhere else."""
        if taken.run is not None or not isinstance(taken.node, ast.Name):
            return None
        name = taken.node.id
        bound = [*stores(self.scope, name)]
        value = self.module.bound(bound[0]) if len(bound) == 1 else None
        if value is None or name in parameters(self.scope) or reads(self.scope, name) != 1:
            return None
        run, chain = _taken(value), _Chain()
        if run is None or run.run is None or run.run is not _awaited(value):
            return None
        run.unique = taken.unique
        if not self._put_together(run.node, chain) or len(chain.roots) != 1:
            return None
        found = self._made(run, chain)
        return None if found is None else replace(found, result=(name, value))

    def _made(self, taken: _Taken, chain: _Chain) -> Fetch | None:
        root = chain.roots[0]
        legacy = isinstance(root, ast.Attribute) or _method(root) == "query"
        if legacy != (taken.run is None) or (legacy and taken.unique):
            return None
        items = self._items(root)
        if not items or not all(name in _KNOWN for name, _ in chain.steps):
            return None
        steps = tuple(chain.steps)
        found = Fetch(taken.run, taken.node, root, steps, items, chain.held, taken.awaited)
        exact = self._counts_alike(found, taken.unique)
        return None if exact is None else replace(found, exact=exact)

    # how a statement is put together

    def _put_together(self, node: ast.expr, chain: _Chain, within: str = "") -> bool:
        """Takes the root and the methods of a statement, through the names that hold it."""
        steps: list[Step] = []
        while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if self._is_root(node):
                break
            steps.append((node.func.attr, node))
            node = node.func.value
        chain.steps += reversed(steps)
        if isinstance(node, ast.IfExp) and within:
            branches = (node.body, node.orelse)
            return all(self._put_together(each, chain, within) for each in branches)
        if isinstance(node, ast.Name):
            return node.id == within or (not within and self._held(node.id, chain))
        if isinstance(node, ast.Call | ast.Attribute) and self._is_root(node):
            chain.roots.append(node)
            return True
        return False

    def _held(self, name: str, chain: _Chain) -> bool:
        """Takes what a variable holds, which is nothing but that statement in its scope."""
        scope: Scope = self.scope
        if name in parameters(scope):
            return False
        if not any(True for _ in stores(scope, name)):
            if self.module.around(scope) is not self.module.tree:
                return False
            scope = self.module.tree
        values = [self.module.bound(node) for node in stores(scope, name)]
        chain.held = bool(values)
        return chain.held and all(
            value is not None and self._put_together(value, chain, name) for value in values
        )

    def _is_root(self, node: ast.expr) -> bool:
        """Whether it is `select(…)`, `session.query(…)` or `Model.query`."""
        if isinstance(node, ast.Attribute):
            return node.attr == "query" and isinstance(self.walker.value(node.value), Class)
        if not isinstance(node, ast.Call):
            return False
        if _method(node) == "query":
            return bool(node.args)
        name = _method(node) or (node.func.id if isinstance(node.func, ast.Name) else "")
        if name != "select":
            return False
        said = self.walker.value(node.func)
        return isinstance(said, Imported) or (said is None and isinstance(node.func, ast.Name))

    def _items(self, root: ast.Call | ast.Attribute) -> tuple[Class | Attribute, ...]:
        """The classes and columns of a row; empty where there is anything else."""
        args = [root.value] if isinstance(root, ast.Attribute) else root.args
        if isinstance(root, ast.Call) and root.keywords:
            return ()
        found: list[Class | Attribute] = []
        for arg in args:
            value = None if isinstance(arg, ast.Starred) else self.walker.value(arg)
            if not (isinstance(value, Class) or self._is_column(value)):
                return ()
            found.append(value)
        return tuple(found)

    def _is_column(self, value: Any) -> TypeGuard[Attribute]:
        if not isinstance(value, Attribute):
            return False
        mappers = lineage(self.walker.mapping, value.owner)
        return any(each.name == value.name for one in mappers for each in one.attributes)

    # whether as many rows are counted as are fetched

    def _counts_alike(self, fetch: Fetch, unique: bool) -> bool | None:
        """Whether a count gives the same number: in every case, in most (False), or None: not."""
        objects = [each for each in fetch.items if isinstance(each, Class)]
        mappers = [one for e in objects for one in lineage(self.walker.mapping, e.name)]
        if any(one.inheritance == "concrete" for one in mappers):
            return None
        options = [call for name, call in fetch.steps if name == "options"]
        if not all(self._is_loader(arg) for call in options for arg in call.args):
            return None
        joined = fetch.does(*JOINS)
        if fetch.does("distinct") and fetch.does("order_by") and (joined or not objects):
            return None  # what it is ordered by may become a part of what is distinct
        exact = not any(self._joins_inner(one.place.file) for one in mappers if one.place)
        if not (unique or (fetch.legacy and objects)):
            return exact
        if len(fetch.items) != 1 or not objects or fetch.does("group_by", "having"):
            return None
        if joined:
            return exact if self._is_distinct(fetch) else None
        found = [self._is_of(each, objects[0].name) for each in _conditions(fetch)]
        return None if None in found else exact and all(found)

    def _is_loader(self, node: ast.expr) -> bool:
        return isinstance(self.walker.value(node), Option) and "innerjoin" not in ast.unparse(node)

    def _joins_inner(self, file: str) -> bool:
        module = self.walker.modules.at(file)
        return module is not None and "innerjoin" in module.source.text

    def _is_distinct(self, fetch: Fetch) -> bool:
        return any(name == "distinct" and not call.args for name, call in fetch.steps)

    def _is_of(self, node: ast.expr, class_: str) -> bool | None:
        """Whether a condition is of one class alone; False where it is not known, None: it is not.

        One of another class, outside of a sub-query, joins its table.
        """
        own = {mapper.qualified for mapper in lineage(self.walker.mapping, class_)}
        for each in self._named(node):
            if isinstance(each, Class | Attribute):
                name = each.name if isinstance(each, Class) else each.owner
                if name not in own:
                    return None
        return self._is_plain(node)

    def _is_plain(self, node: ast.expr) -> bool:
        """Whether a condition stands there whole, and is not handed in by a name."""
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitAnd | ast.BitOr):
            return self._is_plain(node.left) and self._is_plain(node.right)
        if isinstance(node, ast.UnaryOp):
            return self._is_plain(node.operand)
        if isinstance(node, ast.Compare):
            return True
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute) and isinstance(
                self.walker.value(node.func.value), Attribute
            ):
                return True
            name = node.func.id if isinstance(node.func, ast.Name) else _method(node)
            return name in ("and_", "or_", "not_") and all(map(self._is_plain, node.args))
        return isinstance(self.walker.value(node), Attribute)

    def _named(self, node: ast.AST) -> Iterator[Any]:
        """Yields what the parts of a condition stand for, sub-queries apart."""
        if isinstance(node, ast.Call) and _is_subquery(node):
            return
        if isinstance(node, ast.Call) and _method(node) in ("any", "has"):
            yield from self._named(node.func)
            return
        if isinstance(node, ast.Name | ast.Attribute):
            value = self.walker.value(node)
            yield value
            if value is not None:
                return
        for child in ast.iter_child_nodes(node):
            yield from self._named(child)


def _taken(node: ast.expr) -> _Taken | None:
    """Gives the statement or Query of which all rows are taken, None for what is not that."""
    found = _Taken(node)
    awaits = False
    while True:
        if isinstance(found.node, ast.Await):
            found.node, awaits = found.node.value, True
            continue
        if not isinstance(found.node, ast.Call):
            return found
        call, inner = found.node, _inside(found.node)
        name = _method(call)
        if inner is not None:
            found.node, found.whole, awaits = inner, True, False
        elif name in TAKES | SAME and not call.args and not call.keywords:
            found.whole = found.whole or name in TAKES
            found.unique = found.unique or name == "unique"
            found.node, awaits = call.func.value, False  # type: ignore[attr-defined]
        elif name in RUNS:
            if len(call.args) != 1 or call.keywords or isinstance(call.args[0], ast.Starred):
                return None
            found.run, found.awaited, found.node = call, awaits, call.args[0]
            return found
        else:
            return found if not awaits else None


def _awaited(node: ast.expr) -> ast.expr:
    return node.value if isinstance(node, ast.Await) else node


def _inside(call: ast.Call) -> ast.expr | None:
    """What is made a list of: `list(rows)`."""
    if isinstance(call.func, ast.Name) and call.func.id in ("list", "tuple"):
        return call.args[0] if len(call.args) == 1 and not call.keywords else None
    return None


def _method(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else ""


def _conditions(fetch: Fetch) -> Iterator[ast.expr]:
    for name, call in fetch.steps:
        if name in ("where", "filter"):
            yield from call.args


def _is_subquery(call: ast.Call) -> bool:
    node: ast.expr = call
    while isinstance(node, ast.Call | ast.Attribute):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            return node.func.id in ("select", "exists")
        node = node.func if isinstance(node, ast.Call) else node.value
    return False


def parameters(scope: Scope) -> set[str]:
    """Gives the names of what a function is given."""
    if isinstance(scope, ast.Module):
        return set()
    args = scope.args
    given = [*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg]
    return {each.arg for each in given if each is not None}


def reads(scope: Scope, name: str) -> int:
    """Gives how often a name is read in a scope, or in functions in it."""
    return sum(
        isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)
        for node in ast.walk(scope)
    )


def stores(scope: Scope, name: str) -> Iterator[ast.AST]:
    """Yields where a name is bound in a scope, in any way; of a module, outside of functions."""
    waiting: list[ast.AST] = list(ast.iter_child_nodes(scope))
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, ast.Name) and node.id == name and not isinstance(node.ctx, ast.Load):
            yield node
        if isinstance(node, ast.Global | ast.Nonlocal) and name in node.names:
            yield node
        if isinstance(scope, ast.Module) and isinstance(node, (*_DEFS, ast.ClassDef)):
            continue
        waiting += ast.iter_child_nodes(node)

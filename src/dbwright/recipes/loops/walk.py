"""Walks the functions of an application: names, loops, branches, and calls one step deep."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

from dbwright.recipes.loops.calls import Calls
from dbwright.recipes.loops.commits import Commits
from dbwright.recipes.loops.evaluate import TooLong
from dbwright.recipes.loops.values import (
    Element,
    Frame,
    Function,
    Many,
    Result,
    Statement,
    Text,
    Tuple,
    Values,
    in_loop,
)  # fmt: skip

Def = ast.FunctionDef | ast.AsyncFunctionDef
_CALLS = 2
_FEW = 4
_NONE: frozenset[int] = frozenset()
_IN_PARTS = ("chunk", "batch", "page", "partition", "window", "poll", "consume", "subscribe",
             "listen", "watch", "retry", "attempt", "as_completed", "fetchmany")  # fmt: skip
_CACHES = {"cache", "lru_cache", "cached", "memoize", "cached_property", "alru_cache"}
_LEAVES = (ast.Return, ast.Break, ast.Raise)


class Walker(Calls):
    """Walks one function after the other."""

    commits: Commits

    def function(self, node: Def, path: str, owner: ast.ClassDef | None) -> None:
        """Walks a function of which nobody knows who calls it."""
        self.frame, self.loops = Frame(path, owner=owner), []
        self.unsure = self.leaving = self.nodes = 0
        self._parameters(node)
        try:
            self.body(node.body)
            self.schemas.answered(self, node, self.frame.returned)
        except (TooLong, RecursionError):
            return

    def _parameters(self, node: Def | ast.Lambda, inside: bool = False) -> None:
        args = node.args
        for each in [*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg]:
            if each is not None:
                self.bind(each.arg, None, _NONE, inside=inside)

    # statements

    def body(self, nodes: Sequence[ast.stmt]) -> None:
        """Walks statements in their order."""
        for node in nodes:
            method = getattr(self, f"do_{type(node).__name__.lower()}", None)
            if method is not None:
                method(node)
                continue
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.expr):
                    self.value(child)
            for part in ("body", "orelse", "finalbody"):
                self.body(getattr(node, part, []))

    def do_functiondef(self, node: Def) -> None:
        """A function within another one: what it is called with is known where it is called."""
        names = {getattr(each, "id", getattr(each, "attr", "")) for each in (
            d.func if isinstance(d, ast.Call) else d for d in node.decorator_list
        )}  # fmt: skip
        known = not names & _CACHES
        function = Function(node, self.frame.path, self.frame.owner) if known else None
        self.bind(node.name, function, _NONE)

    do_asyncfunctiondef = do_functiondef

    def do_classdef(self, node: ast.ClassDef) -> None:
        """A class within a function is not looked at."""

    def do_expr(self, node: ast.Expr) -> None:
        """An expression whose value nobody takes."""
        value = node.value
        self.alone = value.value if isinstance(value, ast.Await) else value
        self.value(value)

    def do_assign(self, node: ast.Assign) -> None:
        """A value is given a name."""
        value, depends = self.value(node.value), self.depends(node.value)
        for target in node.targets:
            self.bind_target(target, value, depends | self._branch())

    def do_annassign(self, node: ast.AnnAssign) -> None:
        """The same with an annotation."""
        if node.value is not None:
            value = self.value(node.value)
            self.bind_target(node.target, value, self.depends(node.value))

    def do_augassign(self, node: ast.AugAssign) -> None:
        """A name is changed."""
        self.value(node.value)
        if isinstance(node.target, ast.Name):
            depends = self.depends(node.value) | self.depends(node.target)
            self.bind(node.target.id, None, depends)

    def _branch(self) -> frozenset[int]:
        return _NONE

    def do_return(self, node: ast.Return) -> None:
        """What a function gives."""
        self.frame.returned.append(self.value(node.value))

    def do_for(self, node: ast.For | ast.AsyncFor) -> None:
        """A loop over rows, or over what a query in each turn may depend on."""
        value = self.value(node.iter)
        of = self.items_of(value, node.iter)
        asks = self._asks(node, value, of)
        loop = self.loop(node, asks)
        unsure, leaving = self.unsure, self.leaving
        self.unsure = 0
        self.leaving = int(_ends(node.body))
        self.loops.append(loop)
        try:
            depends = frozenset({loop.number}) | self.depends(node.iter)
            self.bind_target(node.target, in_loop(of, loop.number), depends)
            self.commits.loop(self, node, loop)
            self.body(node.body)
        finally:
            self.loops.pop()
            self.unsure, self.leaving = unsure, leaving
        self.body(node.orelse)

    do_asyncfor = do_for

    def _asks(self, node: ast.For | ast.AsyncFor, value: Any, of: Any) -> bool:
        """Whether a query in each turn of a loop may be told: of a long list, to its end."""
        if isinstance(node, ast.AsyncFor) and of is None:
            return False
        if isinstance(value, (Result, Statement)):
            statement = value.statement if isinstance(value, Result) else value
            if statement.few:
                return False
        return self.is_list(node.iter, value) and not _may_leave(node)

    def is_list(self, node: ast.expr, value: Any) -> bool:
        """Whether what a loop goes through is a list of things, not of chunks or tries."""
        if isinstance(node, (ast.Tuple, ast.List)) or isinstance(value, Values):
            items = value.items if isinstance(value, Values) else ()
            given = not isinstance(node, (ast.Tuple, ast.List))
            return len(items) > (_FEW if given else 99)
        text = ast.unparse(node).lower()
        if any(word in text for word in _IN_PARTS):
            return False
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id == "range" and (len(node.args) > 2 or not self._long(node)):
                return False
            return node.func.id not in ("count", "repeat", "cycle", "iter")
        return True

    def _long(self, node: ast.Call) -> bool:
        last = node.args[-1] if node.args else None
        constant = isinstance(last, ast.Constant) and isinstance(last.value, int)
        return not constant or bool(last.value > _FEW)  # type: ignore[union-attr]

    def do_while(self, node: ast.While) -> None:
        """Queues, pages and trees: no query in it is told, and no object is one turn of it."""
        loop = self.loop(node, asks=False)
        self.value(node.test)
        self.loops.append(loop)
        try:
            self.body(node.body)
        finally:
            self.loops.pop()
        self.body(node.orelse)

    def do_if(self, node: ast.If) -> None:
        """Two branches; what only one of them knows is known no more behind it."""
        self.value(node.test)
        self.unsure += 1
        before = dict(self.frame.names)
        self._branch_body(node.body)
        one, self.frame.names = self.frame.names, dict(before)
        self._branch_body(node.orelse)
        self.unsure -= 1
        other = self.frame.names
        if _ends(node.body):
            one = other
        elif node.orelse and _ends(node.orelse):
            other = one
        self.frame.names = {
            name: one.get(name) if one.get(name) == other.get(name) else None
            for name in {*one, *other}
        }

    def _branch_body(self, nodes: Sequence[ast.stmt]) -> None:
        leaves = _ends(nodes)
        self.leaving += leaves
        self.body(nodes)
        self.leaving -= leaves

    def do_try(self, node: ast.Try) -> None:
        """What stands in a handler is done in rare cases."""
        self.body(node.body)
        self.unsure += 1
        self.leaving += 1
        for handler in node.handlers:
            self.body(handler.body)
        self.unsure -= 1
        self.leaving -= 1
        self.body(node.orelse)
        self.body(node.finalbody)

    def do_with(self, node: ast.With | ast.AsyncWith) -> None:
        """A session or connection that is opened here is bound here."""
        savepoint = False
        for item in node.items:
            value = self.value(item.context_expr)
            savepoint |= "begin_nested" in ast.unparse(item.context_expr)
            if item.optional_vars is not None:
                streamed = value if isinstance(value, Result) else None
                self.bind_target(item.optional_vars, streamed, self.depends(item.context_expr))
        self.unsure += savepoint
        self.body(node.body)
        self.unsure -= savepoint

    do_asyncwith = do_with

    def do_match(self, node: ast.Match) -> None:
        """Each case is a branch."""
        self.value(node.subject)
        self.unsure += 1
        for case in node.cases:
            self._branch_body(case.body)
        self.unsure -= 1

    # comprehensions

    def _comprehension(self, node: Any, *results: ast.expr) -> Any:
        outer = self.frame
        self.frame = Frame(
            outer.path, outer=outer, owner=outer.owner, calls=outer.calls, set_=outer.set_,
            selected=outer.selected,
        )  # fmt: skip
        many, unsure = 0, self.unsure
        try:
            for part in node.generators:
                value = self.value(part.iter)
                of = self.items_of(value, part.iter)
                first = len(node.generators) > 1 and part is node.generators[0]
                loop = self.loop(part.iter if not first else node, self.is_list(part.iter, value))
                self.loops.append(loop)
                many += 1
                self.unsure = 0
                depends = frozenset({loop.number}) | self.depends(part.iter)
                self.bind_target(part.target, in_loop(of, loop.number), depends)
                for test in part.ifs:
                    self.value(test)
                self.unsure += bool(part.ifs)
            return [self.value(each) for each in results]
        finally:
            del self.loops[len(self.loops) - many :]
            self.frame, self.unsure = outer, unsure

    def _listcomp(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp) -> Any:
        (value,) = self._comprehension(node, node.elt)
        return Many(value) if isinstance(value, (Element, Tuple)) else None

    _setcomp = _generatorexp = _listcomp

    def _dictcomp(self, node: ast.DictComp) -> Any:
        _, value = self._comprehension(node, node.key, node.value)
        return Many(value, keyed=True) if isinstance(value, Element) else None

    # calls

    def call(
        self, function: Function, given: list[ast.expr], named: dict[str, ast.expr], node: ast.AST
    ) -> Any:
        """Runs a function of the project with what is known of its arguments."""
        values = [self.value(each) for each in given]
        depends = [self.depends(each) for each in given]
        bound = [self.bound_in(each) for each in given]
        more = {
            name: (self.value(each), self.depends(each), self.bound_in(each))
            for name, each in named.items()
        }
        return self._run(function, list(zip(values, depends, bound, strict=True)), more)

    def given(self, function: Function, values: list[Any], node: ast.AST) -> Any:
        """Runs a function with values."""
        loops = frozenset({self.loops[-1].number}) if self.loops else _NONE
        return self._run(function, [(value, loops, _NONE) for value in values], {})

    def _run(self, function: Function, given: list[Any], named: dict[str, Any]) -> Any:
        outer, node = self.frame, function.node
        if outer.calls >= _CALLS or self._is_kept(node):
            return None
        inside = isinstance(node, ast.Lambda) or self._is_inner(node)
        plain = not inside and not _tells(function, [*given, *named.values()])
        if plain and node in self.given_back:
            return self.given_back[node]
        self.frame = Frame(
            function.path, outer=outer if inside else None, owner=function.owner,
            calls=outer.calls + (not isinstance(node, ast.Lambda)), selected=outer.selected,
        )  # fmt: skip
        leaving, self.leaving = self.leaving, 0
        again = _calls_itself(node)  # it goes down a tree, where a turn depends on the one before
        self.unsure += again
        try:
            self._parameters(node, inside=True)  # a session that no caller gives is its own
            self._fill(function, given, named)
            if isinstance(node, ast.Lambda):
                return self.value(node.body)
            self.body(node.body)
            returned = self.frame.returned
            same = bool(returned) and all(each == returned[0] for each in returned[1:])
            if plain:
                self.given_back[node] = returned[0] if same else None
            return returned[0] if same else None
        finally:
            self.frame, self.leaving = outer, leaving
            self.unsure -= again

    def _is_kept(self, node: Def | ast.Lambda) -> bool:
        heads = [] if isinstance(node, ast.Lambda) else node.decorator_list
        names = [each.func if isinstance(each, ast.Call) else each for each in heads]
        return any(getattr(n, "id", getattr(n, "attr", "")) in _CACHES - {"cached_property"}
                   for n in names)  # fmt: skip

    def _is_inner(self, node: Def) -> bool:
        holder = self.frame.holder(node.name)
        return holder is not None and isinstance(holder.names[node.name], Function)

    def _fill(self, function: Function, given: list[Any], named: dict[str, Any]) -> None:
        """Binds the parameters; a method's first one is the object that it is called on."""
        args = function.node.args
        names = [each.arg for each in [*args.posonlyargs, *args.args]]
        if function.owner is not None and names and names[0] in ("self", "cls"):
            self.bind(names[0], function.bound, _NONE, inside=False)
            names = names[1:]
        frame = self.frame
        for name, (value, depends, bound) in [*zip(names, given, strict=False), *named.items()]:
            if name in frame.names:
                frame.names[name], frame.depends[name] = value, depends
                frame.bound_in[name] = bound

    def _joinedstr(self, node: ast.JoinedStr) -> None:
        for each in node.values:
            self.value(each)


def _tells(function: Function, given: Sequence[Any]) -> bool:
    """Whether a call tells a function something: an object, a statement, what a loop gives."""
    known = (type(None), Text, Values)
    return function.bound is not None or any(
        depends or not isinstance(value, known) for value, depends, _ in given
    )


def _calls_itself(node: Def | ast.Lambda) -> bool:
    """Whether a function calls one of its own name."""
    if isinstance(node, ast.Lambda):
        return False
    calls = (each.func for each in ast.walk(node) if isinstance(each, ast.Call))
    return any(getattr(f, "id", getattr(f, "attr", "")) == node.name for f in calls)


def _ends(nodes: Sequence[ast.stmt]) -> bool:
    """Whether a block leaves the loop or the function at its end."""
    return bool(nodes) and isinstance(nodes[-1], _LEAVES)


def _may_leave(node: ast.For | ast.AsyncFor) -> bool:
    """Whether a loop looks for something: it is left before its end."""
    waiting: list[ast.AST] = list(node.body)
    while waiting:
        each = waiting.pop()
        if isinstance(each, (ast.Return, ast.Break, ast.Yield, ast.YieldFrom)):
            return True
        if not isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.For)):
            waiting += ast.iter_child_nodes(each)
    return False


__all__ = ["Text", "Walker"]

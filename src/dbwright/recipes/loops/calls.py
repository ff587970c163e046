"""Calls: statements made and run, rows taken, functions that go through rows."""

from __future__ import annotations

import ast
from abc import abstractmethod
from typing import Any

from dbwright.core.application import RepeatKind
from dbwright.recipes.loops.counts import Counts
from dbwright.recipes.loops.evaluate import Evaluator, rows_of, single
from dbwright.recipes.loops.found import place_of
from dbwright.recipes.loops.options import LOADERS
from dbwright.recipes.loops.schemas import Schemas
from dbwright.recipes.loops.statements import WRITES, changed, made, of_text, option
from dbwright.recipes.loops.templates import Templates
from dbwright.recipes.loops.values import (
    Class,
    Element,
    Function,
    Imported,
    Loop,
    Many,
    Option,
    Result,
    Schema,
    Statement,
    Template,
    Text,
    Tuple,
    Values,
    in_loop,
)  # fmt: skip

_MAKERS = {"select", "insert", "update", "delete", "text"}
_ONE = {
    "first", "one", "one_or_none", "scalar_one", "scalar_one_or_none", "scalar", "fetchone",
    "first_or_404", "one_or_404",
}  # fmt: skip
_SAME = {"all", "unique", "fetchall", "yield_per", "freeze", "copy", "to_list", "tolist"}
_RUNS = {"execute", "scalars", "scalar", "stream", "stream_scalars", "exec"}
_KEEPS = {"list", "tuple", "set", "frozenset", "iter", "reversed", "sorted", "deque"}
_THROUGH = {"sorted", "min", "max", "filter", "map", "groupby", "sort"}
_PRINTS = {"str", "repr", "print"}
_BUILTINS = _KEEPS | _THROUGH | _PRINTS | {"len", "enumerate", "zip", "next", "getattr"}


class Calls(Evaluator):
    """Evaluates calls; `schemas` and `templates` know what reads objects by their fields.

    `counts` sees what is counted.
    """

    schemas: Schemas
    templates: Templates
    counts: Counts

    def _call(self, node: ast.Call) -> Any:
        func = node.func
        base: Any = None
        if isinstance(func, ast.Attribute):
            base, name = self.value(func.value), func.attr
            callee = None
        else:
            name = func.id if isinstance(func, ast.Name) else ""
            callee = self.value(func)
        if isinstance(base, (Statement, Option, Result, Many, Tuple, Schema, Template)):
            return self._method(base, name, node)
        if isinstance(func, ast.Attribute):
            callee = self.read_method(base, name, func)
        if isinstance(callee, Function):
            return self.called(callee, node)
        if base is None or isinstance(base, Imported):
            done, value = self._known(name, callee, node)
            if done:
                return value
        args = [self.value(arg) for arg in node.args]
        for keyword in node.keywords:
            self.value(keyword.value)
        return self._other(base, name, callee, args, node)

    def read_method(self, base: Any, name: str, func: ast.Attribute) -> Any:
        """Gives what is called, where it is a function of the project."""
        if isinstance(base, Element):
            return self.read(base, name, func)
        return self.member(base, name, func)

    def called(self, function: Function, node: ast.Call) -> Any:
        """Runs a function of the project with a call's arguments."""
        if any(isinstance(arg, ast.Starred) for arg in node.args):
            return None
        named = {each.arg: each.value for each in node.keywords if each.arg}
        return self.call(function, node.args, named, node)

    def _known(self, name: str, callee: Any, node: ast.Call) -> tuple[bool, Any]:
        """Functions of SQLAlchemy and Python, and methods of a session, known by their names."""
        method = isinstance(node.func, ast.Attribute)
        if name in _MAKERS and (not method or isinstance(callee, Imported)):
            if name == "text":
                return True, self._text(node)
            return True, made(name, node, self.frame.path, self.value, self.depends)
        if name in LOADERS:
            return True, option(None, name, node, self.value)
        if name == "Load" and node.args:
            return True, Option(((),))
        if method and name == "select" and isinstance(callee, Imported):
            return True, made(name, node, self.frame.path, self.value, self.depends)
        if method and name == "query":
            return True, self._query(node)
        if name in _BUILTINS and (not method or name == "groupby"):
            return True, self._builtin(name, node)
        return False, None

    def _text(self, node: ast.Call) -> Any:
        first = self.value(node.args[0]) if node.args else None
        return of_text(first.text, self.depends(node)) if isinstance(first, Text) else None

    def _query(self, node: ast.Call) -> Any:
        from dataclasses import replace

        statement = made("query", node, self.frame.path, self.value, self.depends)
        known = any(item is not None for item in statement.items) or statement.counts
        func = node.func
        assert isinstance(func, ast.Attribute)
        return replace(statement, session=func.value) if known else None

    def _other(self, base: Any, name: str, callee: Any, args: list[Any], node: ast.Call) -> Any:
        func = node.func
        if not isinstance(func, ast.Attribute):
            self.templates.rendered(self, name, args, node)
            return self.schemas.built(self, callee, name, node, args)
        first = args[0] if args else None
        if name in _RUNS and isinstance(first, Statement):
            return self.run(name, first, node)
        if name in _RUNS and isinstance(first, Text) and (said := of_text(first.text)):
            return self.run(name, said, node)
        if name in ("get", "get_one") and isinstance(first, Class) and len(node.args) > 1:
            self.ask("get", _name(first), node, self.depends(node.args[1]), None)
            found = made("query", node, self.frame.path, lambda n: self.value(n), self.depends)
            return Element(first.name, found)
        if name == "refresh" and isinstance(first, Element):
            loop = self.repeated(first)
            if loop is not None:
                about = first.class_.rpartition(".")[2]
                self.ask("refresh", about, node, frozenset({loop.number}), None)
            return None
        if name == "get_template" and isinstance(first, Text):
            return Template(first.text)
        self.templates.rendered(self, name, args, node)
        if name in ("append", "extend", "add") and isinstance(func.value, ast.Name):
            self._appended(func.value.id, first)
        return self.schemas.built(self, callee, name, node, args)

    def _appended(self, name: str, value: Any) -> None:
        """A list that is filled with what a loop gives is no longer what it was."""
        holder = self.frame.holder(name)
        if holder is not None:
            holder.names[name] = None

    # statements and rows

    def _method(self, base: Any, name: str, node: ast.Call) -> Any:
        if isinstance(base, Option):
            return option(base, name, node, self.value)
        if isinstance(base, Statement):
            return self._of_statement(base, name, node)
        if isinstance(base, (Schema, Template)):
            args = [self.value(arg) for arg in node.args]
            if isinstance(base, Schema):
                return self.schemas.validated(self, base, name, node, args)
            return self.templates.filled(self, base, name, node, args)
        for part in [*node.args, *(each.value for each in node.keywords)]:
            value = self.value(part)
            if isinstance(value, Function) and name in _THROUGH:
                self.each(value, base, node)
        return self._of_rows(base, name)

    def _of_statement(self, base: Statement, name: str, node: ast.Call) -> Any:
        if base.legacy and name in _ONE:
            for arg in node.args:
                self.value(arg)
            kind: RepeatKind = "count" if base.counts else "select"
            self.ask(kind, base.about, node, base.loops, base)
            return single(rows_of(Result(base, scalars=len(base.items) == 1)).of)
        if base.legacy and name == "count":
            self.ask("count", base.about, node, base.loops, base)
            return None
        if base.legacy and name in ("update", "delete"):
            self.ask("write", base.about, node, base.loops | self.depends(node), base)
            return None
        if base.legacy and name == "get" and node.args and base.entity:
            about = base.entity.rpartition(".")[2]
            self.ask("get", about, node, self.depends(node.args[0]), base)
            return Element(base.entity, base)
        if base.legacy and name in ("all", "scalars"):
            return self.fetched(base, node)
        if base.legacy and name == "yield_per":
            return base
        return changed(base, name, node, self.value, self.depends)

    def _of_rows(self, base: Any, name: str) -> Any:
        if isinstance(base, Result):
            if name == "scalars":
                return Result(base.statement, True, base.loops)
            base = rows_of(base)
        if not isinstance(base, Many):
            return base.items if name == "_tuple" else None
        if name in _ONE:
            value = single(base.of)
            scalar = name.startswith("scalar") and isinstance(value, Tuple) and value.items
            return value.items[0] if scalar else value
        if base.keyed:
            if name == "values":
                return Many(base.of)
            return Many(Tuple((None, base.of))) if name == "items" else None
        return base if name in _SAME else None

    def run(self, name: str, statement: Statement, node: ast.Call) -> Any:
        """Runs a statement by a method of a session or connection."""
        given = [*node.args[1:], *(each.value for each in node.keywords)]
        if statement.verb == "select":
            depends = statement.loops.union(*(self.depends(each) for each in given))
            kind: RepeatKind = "count" if statement.counts else "select"
            self.ask(kind, statement.about, node, depends, statement)
        elif not given or all(isinstance(each, ast.Dict) or self._is_row(each) for each in given):
            depends = statement.loops.union(*(self.depends(each) for each in given))
            self.ask("write", statement.about, node, depends, statement)
        if statement.verb in WRITES:
            return None
        self._select(statement)
        if name == "scalar":
            return single(rows_of(Result(statement, True)).of)
        many = name in ("scalars", "stream_scalars") or (
            name == "exec" and len(statement.items) == 1
        )
        return Result(statement, many)

    def _is_row(self, node: ast.expr) -> bool:
        """Whether a name stands for a dictionary that the code spells out."""
        return isinstance(node, ast.Name) and self.name(node.id) == Text("{}")

    def _dict(self, node: ast.Dict) -> Any:
        for part in [*(key for key in node.keys if key), *node.values]:
            self.value(part)
        return Text("{}")

    def fetched(self, statement: Statement, node: ast.AST) -> Any:
        """Runs a Query that gives all its rows."""
        self.ask("select", statement.about, node, statement.loops, statement)
        self._select(statement)
        return rows_of(Result(statement))

    def _select(self, statement: Statement) -> None:
        if statement.entity and not (statement.few or statement.filtered or statement.paged):
            self.frame.selected[statement.entity] = statement.root

    def ask(
        self, kind: RepeatKind, about: str, node: ast.AST, depends: frozenset[int],
        statement: Statement | None,
    ) -> None:  # fmt: skip
        """Takes a statement that is sent in each turn of the innermost loop that it depends on."""
        if kind == "write" and node is not self.alone:
            return  # the turn looks at what its statement did
        loop = self.asking(node, depends, statement)
        if loop is None or not about:
            return
        if kind == "get" and any(each.rpartition(".")[2] == about for each in self.frame.selected):
            return
        if statement is not None and (statement.ranged or (statement.paged and not statement.few)):
            return
        self.found.asked(kind, about, place_of(self.frame.path, node), loop, statement)

    def asking(
        self, node: ast.AST, depends: frozenset[int], statement: Statement | None
    ) -> Loop | None:
        """Gives the loop in which a statement is sent for each turn, where nothing is in doubt."""
        if self.unsure or self.leaving or not self.loops or not depends:
            return None
        loop = self.loops[-1]
        if not loop.asks or not all(each.asks for each in self.loops if each.number in depends):
            return None
        if not any(each.number in depends for each in self.loops):
            return None
        session: ast.expr | None = None
        if statement is not None and statement.legacy:
            session = statement.session
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            session = node.func.value
        if self.bound_in(session) & {each.number for each in self.loops}:
            return None  # each turn has its own: a shard, a request, a task
        return next((each for each in reversed(self.loops) if each.number in depends), None)

    # functions of Python

    def _builtin(self, name: str, node: ast.Call) -> Any:
        if name == "len" and node.args and isinstance(node.args[0], ast.Attribute):
            target = node.args[0]
            base = self.value(target.value)
            if isinstance(base, Element):
                self.read(base, target.attr, target, counted=True)
            return None
        if name == "len":
            self.counts.len(self, node)
        args = [self.value(arg) for arg in node.args]
        named = {each.arg: self.value(each.value) for each in node.keywords}
        first = args[0] if args else None
        if name in ("filter", "map"):
            if isinstance(first, Function) and len(args) > 1:
                self.each(first, args[1], node)
            return self._all(args[1], node) if name == "filter" and len(args) > 1 else None
        rows = self._all(first, node)
        key = named.get("key") or (args[1] if name == "groupby" and len(args) > 1 else None)
        if isinstance(key, Function) and rows is not None:
            self.each(key, rows, node)
        if name in _PRINTS:
            return self._printed(args, node)
        if name == "getattr":
            return self._getattr(args, node)
        if rows is None:
            return None
        if name == "enumerate":
            return Many(Tuple((None, rows.of)))
        if name == "zip":
            others = [self._all(each, node) for each in args]
            return Many(Tuple(tuple(each.of if each else None for each in others)))
        if name in ("min", "max", "next"):
            return single(rows.of)
        return rows if name in _KEEPS else None

    def _getattr(self, args: list[Any], node: ast.Call) -> Any:
        if len(args) > 1 and isinstance(args[0], Element) and isinstance(args[1], Text):
            return self.read(args[0], args[1].text, node)
        return None

    def _printed(self, args: list[Any], node: ast.Call) -> None:
        for each in args:
            self.shown(each, node)

    def shown(self, value: Any, node: ast.AST) -> None:
        """What an object's own `__str__` or `__repr__` reads when it is written out."""
        if isinstance(value, Element) and value.several:
            for name in ("__str__", "__repr__"):
                method = self._own(value, name, node)
                if isinstance(method, Function):
                    self.call(method, [], {}, node)
                    return

    def _formattedvalue(self, node: ast.FormattedValue) -> None:
        self.shown(self.value(node.value), node)

    def _all(self, value: Any, node: ast.AST) -> Many | None:
        of = self.items_of(value, node)
        return Many(of) if of is not None else None

    def each(self, function: Function, value: Any, node: ast.AST) -> None:
        """Runs a function that is given each object of a list."""
        of = self.items_of(value, node)
        if of is None:
            return
        loop = self.loop(node, asks=False)
        self.loops.append(loop)
        try:
            self.given(function, [in_loop(of, loop.number)], node)
        finally:
            self.loops.pop()

    @abstractmethod
    def given(self, function: Function, values: list[Any], node: ast.AST) -> Any:
        """Runs a function with values."""


def _name(class_: Class) -> str:
    return class_.name.rpartition(".")[2]


__all__ = ["Calls", "Values"]

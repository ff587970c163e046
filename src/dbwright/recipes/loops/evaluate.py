"""What expressions stand for, and what reading them sends to the database."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from typing import Any

from dbwright.core.mapping import Mapping
from dbwright.recipes.loops.found import Found, place_of
from dbwright.recipes.loops.modules import Module, Modules
from dbwright.recipes.loops.options import column_loaded, how_loaded, lineage, relationship
from dbwright.recipes.loops.statements import made
from dbwright.recipes.loops.values import (
    Attribute,
    Class,
    Element,
    Frame,
    Function,
    Imported,
    Loop,
    Many,
    Path,
    Result,
    Schema,
    Statement,
    TableOf,
    Text,
    Tuple,
    Values,
    in_loop,
)  # fmt: skip

MOST_NODES = 10_000
_NONE: frozenset[int] = frozenset()
_PROPERTIES = {"property", "cached_property", "hybrid_property", "computed_field"}


class TooLong(Exception):
    """A function whose reading takes too long; what was found so far stands."""


class Evaluator(ABC):
    """Evaluates the expressions of one function at a time, its frame being `frame`."""

    def __init__(self, modules: Modules, found: Found) -> None:
        self.modules, self.found = modules, found
        self.mapping: Mapping = modules.mapping
        self.frame = Frame("")
        self.loops: list[Loop] = []
        self.unsure = 0  # branches around: a statement there is not sent in each turn
        self.leaving = 0  # branches around that leave the loop: what they do is done once
        self.alone: ast.expr | None = None  # the call that is a statement by itself
        self.nodes = 0
        self._numbers = 0
        self._globals: dict[tuple[str, str], Any] = {}
        self.given_back: dict[ast.AST, Any] = {}  # what functions give of which nothing is asked

    # names

    def module(self) -> Module | None:
        """Gives the module of the frame."""
        return self.modules.at(self.frame.path)

    def name(self, name: str) -> Any:
        """Gives what a name stands for."""
        holder = self.frame.holder(name)
        if holder is not None:
            return holder.names[name]
        key = (self.frame.path, name)
        if key not in self._globals:
            self._globals[key] = None
            self._globals[key] = self._global(name)
        return self._globals[key]

    def _global(self, name: str) -> Any:
        module = self.module()
        if module is None:
            return None
        found = self.modules.means(module, name)
        if found is not None:
            return found
        if name in module.imports:
            return Imported(module.imports[name])
        given = [
            node.value
            for node in module.tree.body
            if isinstance(node, ast.Assign) and len(node.targets) == 1
            and isinstance(node.targets[0], ast.Name) and node.targets[0].id == name
        ]  # fmt: skip
        if len(given) != 1:
            return None
        frame, loops = self.frame, self.loops
        self.frame, self.loops = Frame(module.path), []
        try:
            value = self.value(given[0])
        finally:
            self.frame, self.loops = frame, loops
        return value if isinstance(value, (Statement, TableOf, Class, Values, Text)) else None

    def bind(self, name: str, value: Any, depends: frozenset[int], inside: bool = True) -> None:
        """Gives a name of the frame its value."""
        frame = self.frame
        frame.names[name], frame.depends[name] = value, depends
        frame.bound_in[name] = frozenset(loop.number for loop in self.loops) if inside else _NONE

    def depends(self, node: ast.AST) -> frozenset[int]:
        """Gives the loops that an expression's value depends on."""
        found: set[int] = set()
        for each in ast.walk(node):
            if isinstance(each, ast.Name):
                holder = self.frame.holder(each.id)
                found |= holder.depends.get(each.id, _NONE) if holder is not None else _NONE
        return frozenset(found)

    def bound_in(self, node: ast.expr | None) -> frozenset[int]:
        """Gives the loops that the object at an expression's beginning was made in."""
        while isinstance(node, (ast.Attribute, ast.Call, ast.Await, ast.Subscript)):
            node = node.func if isinstance(node, ast.Call) else node.value
        if not isinstance(node, ast.Name):
            return _NONE
        holder = self.frame.holder(node.id)
        return holder.bound_in.get(node.id, _NONE) if holder is not None else _NONE

    # expressions

    def value(self, node: ast.expr | None) -> Any:
        """Gives what an expression stands for; reads its parts once."""
        if node is None:
            return None
        self.nodes += 1
        if self.nodes > MOST_NODES:
            raise TooLong
        method = getattr(self, f"_{type(node).__name__.lower()}", None)
        if method is not None:
            return method(node)
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.value(child)
        return None

    def _name(self, node: ast.Name) -> Any:
        return self.name(node.id) if isinstance(node.ctx, ast.Load) else None

    def _constant(self, node: ast.Constant) -> Any:
        return Text(node.value) if isinstance(node.value, str) else None

    def _await(self, node: ast.Await) -> Any:
        return self.value(node.value)

    def _namedexpr(self, node: ast.NamedExpr) -> Any:
        value = self.value(node.value)
        self.bind(node.target.id, value, self.depends(node.value))
        return value

    def _list(self, node: ast.List | ast.Tuple | ast.Set) -> Any:
        items = tuple(self.value(item) for item in node.elts)
        if any(isinstance(item, ast.Starred) for item in node.elts):
            return None
        return Values(items)

    _tuple = _set = _list

    def _starred(self, node: ast.Starred) -> Any:
        self.value(node.value)

    def _lambda(self, node: ast.Lambda) -> Any:
        return Function(node, self.frame.path)

    def _ifexp(self, node: ast.IfExp) -> Any:
        self.value(node.test)
        self.unsure += 1
        one, other = self.value(node.body), self.value(node.orelse)
        self.unsure -= 1
        return one if one == other else None

    def _boolop(self, node: ast.BoolOp) -> Any:
        first, *rest = node.values
        value = self.value(first)
        self.unsure += 1
        others = [self.value(each) for each in rest]
        self.unsure -= 1
        if isinstance(node.op, ast.Or) and isinstance(others[-1], (type(None), Values)):
            return value  # `rows or []`
        return None

    def _subscript(self, node: ast.Subscript) -> Any:
        base = self.value(node.value)
        self.value(node.slice)
        if isinstance(node.slice, ast.Slice):
            return base if isinstance(base, (Many, Statement)) else None
        if isinstance(base, Many) and not base.keyed and isinstance(node.slice, ast.Constant):
            return single(base.of)
        if isinstance(base, (Tuple, Values)) and isinstance(node.slice, ast.Constant):
            at = node.slice.value
            return base.items[at] if isinstance(at, int) and at < len(base.items) else None
        return None

    def _attribute(self, node: ast.Attribute) -> Any:
        base = self.value(node.value)
        if isinstance(node.ctx, ast.Load) and isinstance(base, Element):
            return self.read(base, node.attr, node)
        return self.member(base, node.attr, node)

    def member(self, base: Any, name: str, node: ast.Attribute) -> Any:
        """Gives an attribute of what is no object of a mapped class."""
        if isinstance(base, Class):
            return self._of_class(base, name, node)
        if isinstance(base, TableOf):
            return base if name in ("c", "columns") else self._of_table(base, name)
        if isinstance(base, Imported):
            dotted = f"{base.dotted}.{name}"
            return self.modules.member(dotted) or Imported(dotted)
        if isinstance(base, Tuple):
            alike = [i for i in base.items if isinstance(i, Element)
                     and i.class_.rpartition(".")[2] == name]  # fmt: skip
            return alike[0] if len(alike) == 1 else None
        if isinstance(base, Statement) and name == "c":
            return None
        owner = self.frame.owner
        if owner is not None and isinstance(node.value, ast.Name) and node.value.id in (
            "self", "cls",
        ):  # fmt: skip
            method = method_of(owner, name)
            return Function(method, self.frame.path, owner) if method is not None else None
        return None

    def _of_class(self, base: Class, name: str, node: ast.Attribute) -> Any:
        for mapper in lineage(self.mapping, base.name):
            if mapper.relationship(name) is not None or any(
                each.name == name for each in mapper.attributes
            ):
                return Attribute(base.name, name)
        if name == "query":  # Flask-SQLAlchemy
            call = ast.copy_location(ast.Call(node, [node.value], []), node)
            return made("query", call, self.frame.path, self.value, self.depends)
        if name == "__table__":
            mapped = self.mapping.mapper(base.name)
            return TableOf(mapped.table) if mapped is not None else None
        there = self.modules.mapped_node(base.name)
        method = method_of(there[1], name) if there is not None else None
        return Function(method, there[0].path, there[1]) if there and method is not None else None

    def _of_table(self, base: TableOf, name: str) -> Any:
        for mapper in self.mapping.mappers_of(base.key):
            for each in mapper.attributes:
                if each.column == name:
                    return Attribute(mapper.qualified, each.name)
        table = self.mapping.schema.table(base.key)
        return Attribute(base.key, name) if table is not None and table.column(name) else None

    # objects

    def read(
        self, element: Element, name: str, node: ast.AST, counted: bool = False, through: str = ""
    ) -> Any:
        """Gives an attribute of an object, and takes what reading it loads."""
        path: Path = (*element.path, (element.class_, name))
        related = relationship(self.mapping, element.class_, name)
        if related is not None:
            loop = self.repeated(element)
            if loop is not None and (element.class_, name) not in self.frame.set_:
                at = place_of(self.frame.path, node)
                self.found.load(element, name, at, loop, self.frame.selected, counted, through)
            if related.lazy in ("dynamic", "write_only", "noload"):
                return None
            several = element.several
            child = Element(related.target, element.statement, path, element.loop, several)
            keyed = "dict" in (related.annotation or "").lower()
            return Many(child, keyed=keyed) if related.uselist else child
        for mapper in lineage(self.mapping, element.class_):
            if any(each.name == name for each in mapper.attributes):
                self._read_column(element, name, path, node, through)
                return None
        return self._own(element, name, node)

    def _read_column(
        self, element: Element, name: str, path: Path, node: ast.AST, through: str
    ) -> None:
        loop = self.repeated(element)
        if loop is None or (element.class_, name) in self.frame.set_:
            return
        if element.path and how_loaded(self.mapping, element.statement, element.path) != "eager":
            return
        if column_loaded(self.mapping, element.statement, path, name) == "late":
            self.found.column(element, name, place_of(self.frame.path, node), loop, through)

    def repeated(self, element: Element) -> Loop | None:
        """Gives the loop that an object is one turn of, where it may be said."""
        if not element.several or self.leaving:
            return None
        return next((loop for loop in self.loops if loop.number == element.loop), None)

    def _own(self, element: Element, name: str, node: ast.AST) -> Any:
        """A property is run, a method is given, of what the object's class defines itself."""
        for mapper in lineage(self.mapping, element.class_):
            there = self.modules.mapped_node(mapper.qualified)
            method = method_of(there[1], name) if there is not None else None
            if there is None or method is None:
                continue
            function = Function(method, there[0].path, there[1], element)
            if _decorators(method) & _PROPERTIES:
                return self.call(function, [], {}, node)
            return function
        return None

    @abstractmethod
    def call(
        self, function: Function, given: list[ast.expr], named: dict[str, ast.expr], node: ast.AST
    ) -> Any:
        """Runs a function of the project."""

    # loops

    def loop(self, node: ast.AST, asks: bool) -> Loop:
        """Gives a new loop, which begins at a node."""
        self._numbers += 1
        line = getattr(node, "lineno", 0)
        return Loop(self._numbers, line, self.frame.path, asks)

    def items_of(self, value: Any, node: ast.AST) -> Any:
        """Gives what one turn of a loop over a value gets, before it knows its loop."""
        if isinstance(value, Statement) and value.legacy:
            value = self.fetched(value, node)
        if isinstance(value, Result):
            value = rows_of(value)
        if isinstance(value, Many) and not value.keyed:
            return value.of
        return None

    @abstractmethod
    def fetched(self, statement: Statement, node: ast.AST) -> Any:
        """Runs a statement."""

    def bind_target(self, target: ast.expr, value: Any, depends: frozenset[int]) -> None:
        """Gives the names of a target their values."""
        if isinstance(target, ast.Name):
            self.bind(target.id, value, depends)
        elif isinstance(target, (ast.Tuple, ast.List)):
            items = value.items if isinstance(value, (Tuple, Values)) else ()
            same = len(items) == len(target.elts)
            for number, part in enumerate(target.elts):
                self.bind_target(part, items[number] if same else None, depends)
        elif isinstance(target, ast.Attribute):
            base = self.value(target.value)
            if isinstance(base, Element):
                self.frame.set_.add((base.class_, target.attr))


def rows_of(result: Result) -> Any:
    """Gives the rows of a result."""
    statement = result.statement
    items = tuple(
        Element(item.name, statement) if isinstance(item, Class) else None
        for item in statement.items
    )
    if result.scalars or (statement.legacy and len(items) == 1):
        return Many(items[0] if items else None)
    return Many(Tuple(items))


def single(value: Any) -> Any:
    """Gives one of several rows or objects."""
    if isinstance(value, Element):
        return in_single(value)
    if isinstance(value, Tuple):
        return Tuple(tuple(single(item) for item in value.items))
    return None


def in_single(element: Element) -> Element:
    """Gives an object that is the only one."""
    return Element(element.class_, element.statement, element.path)


def method_of(node: ast.ClassDef, name: str) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    """Gives a method that a class defines itself."""
    for each in node.body:
        if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef)) and each.name == name:
            return each
    return None


def _decorators(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> set[str]:
    if isinstance(node, ast.Lambda):
        return set()
    heads = [each.func if isinstance(each, ast.Call) else each for each in node.decorator_list]
    return {each.id if isinstance(each, ast.Name) else getattr(each, "attr", "") for each in heads}


__all__ = [
    "MOST_NODES", "Evaluator", "Schema", "TooLong", "in_loop", "method_of", "rows_of", "single",
]  # fmt: skip

"""Whether a value in a function comes from one of its parameters, unchecked."""

from __future__ import annotations

import ast
import builtins
import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dbwright.recipes import injection_entry
from dbwright.recipes.injection_types import Types
from dbwright.recipes.model_syntax import Function, dotted

_TEXT_METHODS = {
    "capitalize", "casefold", "decode", "encode", "format", "get", "join", "lower", "lstrip",
    "getlist", "getall", "get_all", "pop", "removeprefix", "removesuffix", "replace", "rstrip",
    "split", "strip", "title", "upper",
}  # fmt: skip
_REQUEST = {
    "args", "form", "query_params", "values", "json", "data", "GET", "POST", "headers", "params",
    "path_params", "match_info", "matchdict", "cookies", "query", "get_json", "query_string",
}  # fmt: skip
_LOOKUPS = {"get", "getlist", "getall", "get_all", "pop"}
_ARGUMENTS = {"parse_args", "parse_known_args"}
_OWN = {"self", "cls", "config", "conf", "context", "ctx", "settings"}
_NAMES = {"__tablename__", "__table__", "name", "key", "fullname", "schema", "table", "c"}


@functools.lru_cache(maxsize=256)
def constants(tree: ast.Module) -> dict[str, ast.expr]:
    """Gives the names that a module sets once to a constant text."""
    found: dict[str, ast.expr] = {}
    twice: set[str] = set()
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        if isinstance(node, ast.AnnAssign) and node.value is not None:
            targets = [node.target]
        for target in targets:
            if isinstance(target, ast.Name) and isinstance(node, ast.Assign | ast.AnnAssign):
                if target.id in found:
                    twice.add(target.id)
                if node.value is not None:
                    found[target.id] = node.value
    return {name: value for name, value in found.items() if name not in twice}


@dataclass(frozen=True, slots=True)
class Blamed:
    """A parameter that a value comes from; the attribute where only that of it does."""

    name: str
    attribute: str | None = None


class Scope:
    """One function: its parameters, what its names are set to, and what it checks."""

    def __init__(self, function: Function | ast.Module, tree: ast.Module) -> None:
        self.tree = tree
        self.constants = constants(tree)
        self.function = function if isinstance(function, Function) else None
        self.parameters: set[str] = set()
        self.values: dict[str, list[ast.expr]] = {}
        self.checked: set[str] = set()
        self.blamed: set[Blamed] = set()
        self.outside = False
        self._entered: set[str] = set()
        if self.function is not None:
            given = self.function.args
            self.parameters = {
                one.arg
                for one in (*given.posonlyargs, *given.args, *given.kwonlyargs,
                            given.vararg, given.kwarg)
                if one is not None
            }  # fmt: skip
        for node in _own_nodes(function):
            self._learn(node)

    def judge(self, node: ast.expr) -> tuple[bool, frozenset[Blamed]]:
        """Whether the value comes from outside at this very place, and the parameters it is of."""
        self.outside, self.blamed = False, set()
        self.tainted(node)
        return self.outside, frozenset(self.blamed)

    def _learn(self, node: ast.AST) -> None:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                self._set(target, node.value)
        elif isinstance(node, ast.AnnAssign | ast.AugAssign) and node.value is not None:
            self._set(node.target, node.value)
        elif isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
            self._set(node.target, node.iter)
        elif isinstance(node, ast.NamedExpr):
            self._set(node.target, node.value)
        elif isinstance(node, ast.Compare):
            if any(isinstance(op, ast.In | ast.NotIn) for op in node.ops):
                self.checked |= set(_named(node.left))
        elif isinstance(node, ast.Call):
            self._learn_call(node)

    def _learn_call(self, node: ast.Call) -> None:
        """`x.isidentifier()`, `PATTERN.fullmatch(x)`, `validate_name(x)` check x."""
        name = dotted(node.func).lower()
        last = name.rpartition(".")[2]
        if last in {"isidentifier", "isalnum", "isdigit", "isalpha", "isnumeric"}:
            self.checked |= set(_named(node.func))
        if any(word in last for word in ("match", "valid", "check", "ensure", "sanit", "assert")):
            for argument in node.args:
                self.checked |= set(_named(argument))

    def _set(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Name):
            self.values.setdefault(target.id, []).append(value)
        elif isinstance(target, ast.Tuple | ast.List):
            for item in target.elts:
                self._set(item, value)

    def texts(self, node: ast.Name) -> list[ast.expr]:
        """Gives the expressions that a name is set to where all of them make texts."""
        if node.id in self.parameters:
            return []
        found = self.values.get(node.id)
        if not found and node.id in self.constants:
            found = [self.constants[node.id]]
        return list(found) if found and all(map(_makes_text, found)) else []

    def enter(self, node: ast.expr) -> bool:
        """Whether the name is not being followed already."""
        name = dotted(node)
        if name in self._entered:
            return False
        self._entered.add(name)
        return True

    def leave(self, node: ast.expr) -> None:
        """Ends the following of a name."""
        self._entered.discard(dotted(node))

    def tainted(self, node: ast.expr) -> bool:
        """Whether the value comes from a parameter that nothing checks."""
        if isinstance(node, ast.Name):
            return self._name(node)
        if isinstance(node, ast.Attribute):
            return self._attribute(node)
        if isinstance(node, ast.Subscript):
            return self.tainted(node.value)
        if isinstance(node, ast.Call):
            return self._call(node)
        if isinstance(node, ast.Await | ast.Starred | ast.FormattedValue):
            return self.tainted(node.value)
        if isinstance(node, ast.GeneratorExp | ast.ListComp | ast.SetComp):
            return self.tainted(node.elt)
        if isinstance(node, ast.IfExp):
            return self._some((node.body, node.orelse))
        if isinstance(node, ast.Compare):
            return False
        return self._some(_children(node))

    def _some(self, nodes: Iterable[ast.expr]) -> bool:
        """Whether one is tainted; each is asked, so that all that they come from is known."""
        return any(list(map(self.tainted, nodes)))

    def _name(self, node: ast.Name) -> bool:
        if node.id in self.checked or node.id in _OWN or not self.enter(node):
            return False
        try:
            values = self.values.get(node.id, [])
            if node.id in self.parameters:
                if self._is_safe(node.id) or any(self._replaces(value) for value in values):
                    return False
                self.blamed.add(Blamed(node.id))
                return True
            if self.function is None and node.id not in _bound(self.tree):
                self.outside = True
                return True
            return self._some(values)
        finally:
            self.leave(node)

    def _replaces(self, value: ast.expr) -> bool:
        """Whether a parameter is set anew to something harmless: `n = int(n)`."""
        return isinstance(value, ast.Call) and not self._call(value)

    def _is_safe(self, parameter: str) -> bool:
        assert self.function is not None
        annotation = injection_entry.annotation_of(self.function, parameter)
        default = injection_entry.default_of(self.function, parameter)
        return Types().holds_no_sql(annotation, default)

    def _attribute(self, node: ast.Attribute) -> bool:
        of_request = dotted(node.value).rpartition(".")[2].endswith("request")
        if (node.attr in _REQUEST and of_request) or dotted(node) == "sys.argv":
            self.outside = True
            return True
        if node.attr.isupper() or isinstance(node.value, ast.Constant):
            return False
        before, outside = set(self.blamed), self.outside
        tainted = self.tainted(node.value)
        brought = self.outside and not outside
        if node.attr in _NAMES and not brought:
            self.blamed = before
            return False
        if brought and injection_entry.is_checked_option(self.tree, node.attr):
            self.outside = False
            return False
        if isinstance(node.value, ast.Name):
            of = Blamed(node.value.id)
            if of in self.blamed and of not in before:
                self.blamed = (self.blamed - {of}) | {Blamed(of.name, node.attr)}
        return tainted

    def _call(self, node: ast.Call) -> bool:
        function = node.func
        name = dotted(function)
        last = name.rpartition(".")[2]
        if name == "input" or (last in _ARGUMENTS and isinstance(function, ast.Attribute)):
            self.outside = True
            return True
        if isinstance(function, ast.Attribute) and last in _REQUEST:
            return self._attribute(function) if self._is_request(function) else False
        if isinstance(function, ast.Attribute) and last in _TEXT_METHODS:
            if last == "get" and dotted(function.value).isupper():
                return False
            inputs = [function.value] if last in _LOOKUPS else [function.value, *node.args]
            return self._some(inputs)
        if name in {"str", "repr", "list", "sorted", "tuple", "set"}:
            return self._some(node.args)
        return False

    def _is_request(self, function: ast.Attribute) -> bool:
        return dotted(function.value).rpartition(".")[2].endswith("request")


def _own_nodes(function: Function | ast.Module) -> Iterator[ast.AST]:
    """All nodes of a function; of a module those that stand in none."""
    if isinstance(function, Function):
        yield from ast.walk(function)
        return
    waiting: list[ast.AST] = [function]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += [one for one in ast.iter_child_nodes(node) if not isinstance(one, Function)]


@functools.lru_cache(maxsize=256)
def _bound(tree: ast.Module) -> frozenset[str]:
    """The names that a module sets, imports or defines anywhere, and Python's own."""
    found = set(dir(builtins))
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            found.add(node.id)
        elif isinstance(node, ast.alias):
            found.add(node.asname or node.name.partition(".")[0])
        elif isinstance(node, Function | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
    return frozenset(found)


def _named(node: ast.expr) -> Iterator[str]:
    for item in ast.walk(node):
        if isinstance(item, ast.Name):
            yield item.id


def _makes_text(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str)
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.Add | ast.Mod) and _makes_text(node.left)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr == "format" and _makes_text(node.func.value)
    return isinstance(node, ast.JoinedStr)


def _children(node: ast.expr) -> Iterator[ast.expr]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            yield child

"""Whether a value in a function comes from one of its parameters, unchecked."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from dbwright.recipes.model_syntax import Function, dotted

_SAFE_TYPES = {
    "int", "float", "bool", "Decimal", "UUID", "date", "datetime", "timedelta", "Literal", "Table",
    "Column", "type", "Type", "MetaData", "Enum", "Session", "AsyncSession", "Connection", "Engine",
}  # fmt: skip
_TEXT_METHODS = {
    "capitalize", "casefold", "decode", "encode", "format", "get", "join", "lower", "lstrip",
    "removeprefix", "removesuffix", "replace", "rstrip", "split", "strip", "title", "upper",
}  # fmt: skip
_REQUEST = {"args", "form", "query_params", "values", "json", "data", "GET", "POST", "headers"}
_OWN = {"self", "cls", "config", "conf", "context", "ctx", "settings"}
_NAMES = {"__tablename__", "__table__", "name", "key", "fullname", "schema", "table", "c"}


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


class Scope:
    """One function: its parameters, what its names are set to, and what it checks."""

    def __init__(self, function: Function, constants: dict[str, ast.expr]) -> None:
        self.constants = constants
        self.parameters: dict[str, tuple[int, ast.expr | None]] = {}
        self.values: dict[str, list[ast.expr]] = {}
        self.checked: set[str] = set()
        self._entered: set[str] = set()
        self._blamed: dict[str, int] = {}
        arguments = function.args
        plain = [*arguments.posonlyargs, *arguments.args]
        for number, argument in enumerate([*plain, *arguments.kwonlyargs]):
            self.parameters[argument.arg] = (number, argument.annotation)
        for extra in (arguments.vararg, arguments.kwarg):
            if extra is not None:
                self.parameters[extra.arg] = (len(self.parameters), None)
        for node in ast.walk(function):
            self._learn(node)

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

    def blamed(self) -> tuple[tuple[str, int], ...]:
        """Gives the parameters that tainted something: name and position."""
        return tuple(sorted(self._blamed.items()))

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
            return self.tainted(node.body) or self.tainted(node.orelse)
        if isinstance(node, ast.Compare):
            return False
        return any(self.tainted(child) for child in _children(node))

    def _name(self, node: ast.Name) -> bool:
        if node.id in self.checked or node.id in _OWN or not self.enter(node):
            return False
        try:
            values = self.values.get(node.id, [])
            if node.id in self.parameters:
                position, annotation = self.parameters[node.id]
                if _is_safe(annotation) or any(self._replaces(value) for value in values):
                    return False
                self._blamed[node.id] = position
                return True
            return any(self.tainted(value) for value in values)
        finally:
            self.leave(node)

    def _replaces(self, value: ast.expr) -> bool:
        """Whether a parameter is set anew to something harmless: `n = int(n)`."""
        return isinstance(value, ast.Call) and not self._call(value)

    def _attribute(self, node: ast.Attribute) -> bool:
        if node.attr in _REQUEST and dotted(node.value).endswith("request"):
            return True
        if node.attr in _NAMES or node.attr.isupper():
            return False
        return not isinstance(node.value, ast.Constant) and self.tainted(node.value)

    def _call(self, node: ast.Call) -> bool:
        function = node.func
        if isinstance(function, ast.Attribute) and function.attr in _TEXT_METHODS:
            if function.attr == "get" and dotted(function.value).isupper():
                return False
            inputs = [function.value, *node.args] if function.attr != "get" else [function.value]
            return any(self.tainted(item) for item in inputs)
        if dotted(function) in {"str", "repr", "input", "list", "sorted", "tuple", "set"}:
            return dotted(function) == "input" or any(self.tainted(item) for item in node.args)
        return False


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


def _is_safe(annotation: ast.expr | None) -> bool:
    """Whether values of that type cannot hold SQL; a plain str or no annotation can."""
    if annotation is None:
        return False
    names = {part for item in ast.walk(annotation) for part in [dotted(item).rpartition(".")[2]]}
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        names = set(annotation.value.replace("|", " ").replace("[", " ").split())
    if {"str", "Any", "dict", "Dict", "Mapping", "object"} & names:
        return "Literal" in names
    return bool(names & _SAFE_TYPES)

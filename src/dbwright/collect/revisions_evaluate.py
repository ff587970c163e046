"""Evaluation: what the expressions of a revision file are worth, without running them."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Mapping
from typing import Any

from dbwright.collect.revisions_values import (
    CONNECTION,
    LARGEST,
    UNKNOWN,
    Klass,
    Made,
    Member,
    Symbol,
    binary,
    is_known,
    is_plain,
    subscript,
    truth,
)

STEP_LIMIT = 200_000
# an SQLAlchemy dialect of that name serves the database; mysql:// URLs serve MariaDB too
DIALECT_NAMES = {"mariadb": "mysql"}


class TooMuch(Exception):
    """The file asks for more steps than a reader takes."""


class Evaluator:
    """Gives the value of expressions in a scope of names.

    `names` are the innermost scope, `outer` the module's. Calls are handed to `called`.
    """

    def __init__(self, dialect: str | None) -> None:
        self.dialect = dialect
        self.names: dict[str, Any] = {}
        self.outer: dict[str, Any] = {}
        self.steps = 0

    def called(
        self, function: Any, arguments: tuple[Any, ...], keywords: Mapping[str, Any], node: ast.Call
    ) -> Any:
        """Gives the value of a call; the walker says which calls are statements."""
        raise NotImplementedError

    def evaluate(self, node: ast.expr | None) -> Any:
        """Gives the value of the expression, UNKNOWN where only a run could tell."""
        self.steps += 1
        if self.steps > STEP_LIMIT:
            raise TooMuch
        if node is None:
            return None
        if isinstance(node, ast.Constant):
            return node.value
        evaluator = _EVALUATORS.get(type(node))
        return evaluator(self, node) if evaluator else UNKNOWN

    def look_up(self, name: str) -> Any:
        """Gives what a name stands for here."""
        for scope in (self.names, self.outer):
            if name in scope:
                return scope[name]
        return Symbol(f"builtins.{name}") if hasattr(builtins, name) else UNKNOWN

    def attribute(self, value: Any, name: str) -> Any:
        """Gives `value.name`; the connection's way to the dialect's name is known."""
        if isinstance(value, Symbol):
            return self._symbol(f"{value.name}.{name}")
        if isinstance(value, Klass):
            return value.attributes.get(name, Member(value, name))
        if value is UNKNOWN:
            return UNKNOWN
        return Member(value, name)

    def _symbol(self, name: str) -> Any:
        if name in ("context.bind", "context.connection", "connection.engine", "session.bind"):
            return CONNECTION
        if name == "context.dialect":
            return Symbol("connection.dialect")
        if name in ("connection.dialect.name", "connection.name"):
            return self.dialect_name()
        if name in ("context.as_sql", "alembic.op.as_sql"):
            return False
        return Symbol(name)

    def dialect_name(self) -> Any:
        """Gives what `bind.dialect.name` is in a run on the project's database."""
        return DIALECT_NAMES.get(self.dialect, self.dialect) if self.dialect else UNKNOWN

    def arguments_of(self, node: ast.Call) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Gives the call's arguments; an unknown `*rest` or `**rest` leaves UNKNOWN in them."""
        arguments: list[Any] = []
        for argument in node.args:
            if isinstance(argument, ast.Starred):
                value = self.evaluate(argument.value)
                arguments.extend(value if isinstance(value, (list, tuple)) else [UNKNOWN])
            else:
                arguments.append(self.evaluate(argument))
        keywords: dict[str, Any] = {}
        for keyword in node.keywords:
            value = self.evaluate(keyword.value)
            if keyword.arg:
                keywords[keyword.arg] = value
            elif isinstance(value, dict) and all(isinstance(key, str) for key in value):
                keywords.update(value)
            else:
                keywords["**"] = UNKNOWN
        return tuple(arguments), keywords

    def bind(self, target: ast.expr, value: Any) -> None:
        """Binds the names of an assignment's target."""
        if isinstance(target, ast.Name):
            self.names[target.id] = value
        elif isinstance(target, (ast.Tuple, ast.List)):
            values = list(value) if isinstance(value, (list, tuple)) else []
            plain = not any(isinstance(item, ast.Starred) for item in target.elts)
            fits = plain and len(values) == len(target.elts)
            for position, item in enumerate(target.elts):
                self.bind(item, values[position] if fits else UNKNOWN)
        elif isinstance(target, ast.Starred):
            self.bind(target.value, UNKNOWN)
        elif isinstance(target, ast.Subscript):
            self._set_item(target, value)

    def _set_item(self, target: ast.Subscript, value: Any) -> None:
        holder, index = self.evaluate(target.value), self.evaluate(target.slice)
        in_list = isinstance(holder, list) and isinstance(index, int) and -1 < index < len(holder)
        if in_list or (isinstance(holder, dict) and is_plain(index)):
            holder[index] = value


def _name(self: Evaluator, node: ast.Name) -> Any:
    return self.look_up(node.id)


def _attribute(self: Evaluator, node: ast.Attribute) -> Any:
    return self.attribute(self.evaluate(node.value), node.attr)


def _call(self: Evaluator, node: ast.Call) -> Any:
    function = self.evaluate(node.func)
    arguments, keywords = self.arguments_of(node)
    return self.called(function, arguments, keywords, node)


def _sequence(self: Evaluator, node: ast.List | ast.Tuple | ast.Set) -> Any:
    values: list[Any] = []
    for item in node.elts:
        if isinstance(item, ast.Starred):
            inner = self.evaluate(item.value)
            if not isinstance(inner, (list, tuple)):
                return UNKNOWN
            values.extend(inner)
        else:
            values.append(self.evaluate(item))
    return values if isinstance(node, ast.List) else tuple(values)


def _dict(self: Evaluator, node: ast.Dict) -> Any:
    found: dict[Any, Any] = {}
    for key, value in zip(node.keys, node.values, strict=True):
        worth = self.evaluate(value)
        if key is None:
            if not isinstance(worth, dict):
                return UNKNOWN
            found.update(worth)
            continue
        name = self.evaluate(key)
        if not is_plain(name):
            return UNKNOWN
        found[name] = worth
    return found


def _joined(self: Evaluator, node: ast.JoinedStr) -> Any:
    parts: list[str] = []
    for part in node.values:
        value = self.evaluate(part)
        if not isinstance(value, str):
            return UNKNOWN
        parts.append(value)
    return "".join(parts) if sum(map(len, parts)) <= LARGEST else UNKNOWN


def _formatted(self: Evaluator, node: ast.FormattedValue) -> Any:
    value = self.evaluate(node.value)
    if isinstance(value, Made) and value.name == "quoted_name" and value.arguments:
        value = value.arguments[0]
    if node.format_spec is not None or not is_plain(value):
        return UNKNOWN
    return repr(value) if node.conversion == ord("r") else str(value)


def _binary(self: Evaluator, node: ast.BinOp) -> Any:
    return binary(node.op, self.evaluate(node.left), self.evaluate(node.right))


def _unary(self: Evaluator, node: ast.UnaryOp) -> Any:
    value = self.evaluate(node.operand)
    if isinstance(node.op, ast.Not):
        answer = truth(value)
        return UNKNOWN if answer is None else not answer
    if isinstance(node.op, ast.USub) and isinstance(value, (int, float)):
        return -value
    return UNKNOWN


def _boolean(self: Evaluator, node: ast.BoolOp) -> Any:
    decides = isinstance(node.op, ast.Or)
    unsure, value = False, None
    for part in node.values:
        value = self.evaluate(part)
        answer = truth(value)
        if answer is decides:
            # `unknown or True` is true, `unknown and False` is false
            return decides if unsure else value
        unsure = unsure or answer is None
    return UNKNOWN if unsure else value


def _conditional(self: Evaluator, node: ast.IfExp) -> Any:
    answer = truth(self.evaluate(node.test))
    if answer is None:
        left, right = self.evaluate(node.body), self.evaluate(node.orelse)
        return left if is_plain(left) and left == right else UNKNOWN
    return self.evaluate(node.body if answer else node.orelse)


def _contains(container: Any, item: Any) -> bool:
    return bool(item in container)


_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: lambda left, right: left == right,
    ast.NotEq: lambda left, right: left != right,
    ast.Is: lambda left, right: left is right,
    ast.IsNot: lambda left, right: left is not right,
    ast.In: lambda left, right: _contains(right, left),
    ast.NotIn: lambda left, right: not _contains(right, left),
    ast.Lt: lambda left, right: left < right,
    ast.LtE: lambda left, right: left <= right,
    ast.Gt: lambda left, right: left > right,
    ast.GtE: lambda left, right: left >= right,
}


def _compare(self: Evaluator, node: ast.Compare) -> Any:
    left = self.evaluate(node.left)
    rights = [self.evaluate(right) for right in node.comparators]
    for operator, right in zip(node.ops, rights, strict=True):
        if not (_is_comparable(left) and _is_comparable(right)):
            return UNKNOWN
        try:
            if not _COMPARISONS[type(operator)](left, right):
                return False
        except TypeError:
            return UNKNOWN
        left = right
    return True


def _is_comparable(value: Any) -> bool:
    data = is_plain(value) or isinstance(value, (list, tuple, dict, set))
    return data and is_known(value)


def _subscript(self: Evaluator, node: ast.Subscript) -> Any:
    return subscript(self.evaluate(node.value), self.evaluate(node.slice))


def _slice(self: Evaluator, node: ast.Slice) -> Any:
    ends = [self.evaluate(part) for part in (node.lower, node.upper, node.step)]
    return slice(*ends) if all(end is None or isinstance(end, int) for end in ends) else UNKNOWN


def _comprehension(self: Evaluator, node: ast.ListComp | ast.GeneratorExp | ast.SetComp) -> Any:
    if len(node.generators) != 1:
        return UNKNOWN
    generator = node.generators[0]
    items = self.evaluate(generator.iter)
    if isinstance(items, dict):
        items = list(items)
    if not isinstance(items, (list, tuple)):
        return UNKNOWN
    saved, found = dict(self.names), []
    for item in items:
        self.bind(generator.target, item)
        answers = [truth(self.evaluate(test)) for test in generator.ifs]
        if None in answers:
            self.names = saved
            return UNKNOWN
        if all(answers):
            found.append(self.evaluate(node.elt))
    self.names = saved
    return found


def _named(self: Evaluator, node: ast.NamedExpr) -> Any:
    value = self.evaluate(node.value)
    self.bind(node.target, value)
    return value


def _await(self: Evaluator, node: ast.Await) -> Any:
    return self.evaluate(node.value)


_EVALUATORS: dict[type[ast.expr], Callable[[Evaluator, Any], Any]] = {
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Call: _call,
    ast.List: _sequence,
    ast.Tuple: _sequence,
    ast.Set: _sequence,
    ast.Dict: _dict,
    ast.JoinedStr: _joined,
    ast.FormattedValue: _formatted,
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.BoolOp: _boolean,
    ast.IfExp: _conditional,
    ast.Compare: _compare,
    ast.Subscript: _subscript,
    ast.Slice: _slice,
    ast.ListComp: _comprehension,
    ast.GeneratorExp: _comprehension,
    ast.SetComp: _comprehension,
    ast.NamedExpr: _named,
    ast.Await: _await,
}

"""The statements of a revision file: where each stands, and the file with others in its place."""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

import libcst as cst

from dbwright.core.errors import FixError

Statement = cst.SimpleStatementLine | cst.BaseCompoundStatement


@dataclass(frozen=True, slots=True)
class Where:
    """A statement of `upgrade` or `downgrade`: by its line, or by a call in it.

    `call` is the method's name (`drop_index`), `argument` one of its first string arguments.
    """

    function: str = "upgrade"
    line: int | None = None
    call: str | None = None
    argument: str | None = None


@functools.lru_cache(maxsize=32)
def tree_of(text: str) -> Tree:
    """Gives the tree of a text, parsed once."""
    return Tree(text)


@dataclass(frozen=True, slots=True)
class Spot:
    """A statement, its lines, and its position in the body of the function and of the blocks."""

    node: Statement
    first: int
    last: int
    path: tuple[int, ...]


class Tree:
    """A parsed file; nothing changes it.

    Lines come from `ast`, walked side by side: libcst's own positions take ten times as long.
    """

    def __init__(self, text: str) -> None:
        try:
            self.module = cst.parse_module(text)
            self.lines = ast.parse(text)
        except (cst.ParserSyntaxError, SyntaxError) as error:
            raise FixError("the file does not parse") from error

    def function(self, name: str) -> cst.FunctionDef:
        """Gives `upgrade` or `downgrade`; FixError where the file has none."""
        for node in self.module.body:
            if isinstance(node, cst.FunctionDef) and node.name.value == name:
                return node
        raise FixError(f"the file has no function {name}")

    def body(self, function: str) -> list[Statement]:
        """Gives the statements of a function."""
        block = self.function(function).body
        if not isinstance(block, cst.IndentedBlock):
            raise FixError(f"{function} is written on one line")
        return list(cast(Sequence[Statement], block.body))

    def find(self, where: Where) -> Spot:
        """Gives the one statement meant; FixError where it is none or several."""
        nodes = [
            node
            for node in self.lines.body
            if isinstance(node, ast.FunctionDef) and node.name == where.function
        ]
        body = self.body(where.function)
        spots = _spots(body, nodes[0].body) if nodes else []
        found = [spot for spot in spots if _matches(spot, where)]
        if len(found) != 1:
            raise FixError("the statement does not stand by itself in the function")
        return found[0]

    def exchange(self, where: Where, make: Callable[[Statement], list[Statement]]) -> str:
        """Gives the text with other statements in the place of one."""
        spot = self.find(where)
        return self.put([(where.function, spot.path, make(spot.node))])

    def move_out(self, where: Where, new: list[Statement]) -> str:
        """The text with other statements for this one, in front of the block that holds it."""
        spot = self.find(where)
        first, rest = spot.path[0], spot.path[1:]
        if not rest:
            return self.put([(where.function, spot.path, new)])
        block = self.body(where.function)[first]
        moved = self.put([(where.function, (first,), [*new, block])])
        return Tree(moved).put([(where.function, (first + len(new), *rest), [])])

    def put(self, changes: Sequence[tuple[str, tuple[int, ...], list[Statement]]]) -> str:
        """The text with other statements at these positions; later ones go first."""
        module = self.module
        if len({(function, path) for function, path, _ in changes}) < len(changes):
            raise FixError("two changes meet in one statement")
        for name in {function for function, _, _ in changes}:
            function = self.function(name)
            changed: Statement = function
            own = [(path, new) for other, path, new in changes if other == name]
            for path, new in sorted(own, key=lambda item: item[0], reverse=True):
                changed = _with_statements(changed, path, new) or changed
            body = [changed if node is function else node for node in module.body]
            module = module.with_changes(body=body)
        return module.code

    def with_body(self, function: str, change: Callable[[list[Statement]], list[Statement]]) -> str:
        """Gives the text with the statements of a function changed."""
        old = self.function(function)
        new = change(self.body(function)) or [cst.parse_statement("pass\n")]
        changed = old.with_changes(body=old.body.with_changes(body=new))
        body = [changed if node is old else node for node in self.module.body]
        return self.module.with_changes(body=body).code


def _spots(
    body: Sequence[Statement], nodes: Sequence[ast.stmt], path: tuple[int, ...] = ()
) -> list[Spot]:
    """The statements that stand by themselves, those inside `with` blocks too."""
    found: list[Spot] = []
    rest = list(nodes)
    for number, item in enumerate(body):
        if isinstance(item, cst.SimpleStatementLine):
            own, rest = rest[: len(item.body)], rest[len(item.body) :]
            if len(own) == 1:
                last = own[0].end_lineno or own[0].lineno
                found.append(Spot(item, own[0].lineno, last, (*path, number)))
            continue
        node, rest = rest[0], rest[1:]
        if isinstance(item, cst.With) and isinstance(item.body, cst.IndentedBlock):
            inner = cast(Sequence[Statement], item.body.body)
            below = node.body if isinstance(node, ast.With) else []
            found += _spots(inner, below, (*path, number))
    return found


def _matches(spot: Spot, where: Where) -> bool:
    if where.line is not None and not spot.first <= where.line <= spot.last:
        return False
    if where.call is None:
        return where.line is not None
    return any(_is_call(call, where) for call in _calls(spot.node))


def _with_statements(
    owner: Statement, path: tuple[int, ...], new: list[Statement]
) -> Statement | None:
    """The function or block with other statements at the position; None for an empty block."""
    assert isinstance(owner, cst.FunctionDef | cst.With)
    body = list(cast(Sequence[Statement], owner.body.body))
    number = path[0]
    if len(path) > 1:
        inner = _with_statements(body[number], path[1:], new)
        new = [inner] if inner is not None else []
    body[number : number + 1] = new
    if not body and isinstance(owner, cst.With):
        return None
    filled = body or [cst.parse_statement("pass\n")]
    return owner.with_changes(body=owner.body.with_changes(body=filled))


def _calls(item: cst.CSTNode) -> list[cst.Call]:
    found: list[cst.Call] = []

    class Collector(cst.CSTVisitor):
        def visit_Call(self, node: cst.Call) -> None:
            found.append(node)

    item.visit(Collector())
    return found


def called(call: cst.Call) -> str:
    """Gives the last name of what is called: `add_column` of `op.add_column(…)`."""
    if isinstance(call.func, cst.Attribute):
        return call.func.attr.value
    return call.func.value if isinstance(call.func, cst.Name) else ""


def _is_call(call: cst.Call, where: Where) -> bool:
    if called(call) != where.call:
        return False
    if where.argument is None:
        return True
    literals = [_literal(arg.value) for arg in call.args if arg.keyword is None][:3]
    return where.argument in literals


def _literal(node: cst.BaseExpression) -> object:
    if isinstance(node, cst.SimpleString):
        return node.evaluated_value
    if isinstance(node, cst.Call) and called(node) in ("f", "Column") and node.args:
        return _literal(node.args[0].value)
    return None

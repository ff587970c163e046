"""The walk through a revision's functions: which statements they send, in order.

Nothing runs. Conditions that can be decided (the dialect, constants) are; under others both
branches are walked, and what follows two branches that both change the schema is unknown.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from dbwright.collect.revisions_evaluate import TooMuch
from dbwright.collect.revisions_imports import Imports
from dbwright.collect.revisions_names import class_of, imported
from dbwright.collect.revisions_send import Call, Sender
from dbwright.collect.revisions_values import UNKNOWN, Batch, Made, Routine, Symbol, binary, truth
from dbwright.core.operation import Data, Other, Select, SetParameter, Statement
from dbwright.core.place import Place
from dbwright.core.source import Source

DEPTH_LIMIT = 4
_HARMLESS = (Data, Select, SetParameter)

# how a body ended before its end: ("return", value), ("break", None), …
Flow = tuple[str, Any] | None


class Walker(Sender):
    """Reads one revision file; ask `function` for what its functions send."""

    def __init__(self, source: Source, dialect: str | None, imports: Imports | None = None) -> None:
        super().__init__(source.path, dialect, imports or Imports(None))
        self._depth = 0
        self._unread = False
        body = source.tree.body
        self.quiet = True
        try:
            self.run(body)
        except (TooMuch, RecursionError):
            self._unread = True
        self.outer, self.names, self.quiet = self.names, {}, False

    def function(self, name: str) -> tuple[Statement, ...]:
        """Gives the statements that the module's function of that name sends."""
        routine = self.outer.get(name)
        self.statements, self.steps, self.names = [], 0, {}
        self.autocommit, self._depth = False, 0
        if self._unread:
            return (_too_much(self.path, 1),)
        if isinstance(routine, Routine):
            try:
                self.run(routine.node.body)
            except (TooMuch, RecursionError):
                self.statements.append(_too_much(self.path, routine.node.lineno))
        return tuple(self.statements)

    def run(self, body: Sequence[ast.stmt]) -> Flow:
        """Walks a body in order; says how it ended when it ended early."""
        for node in body:
            runner = _RUNNERS.get(type(node))
            flow = runner(self, node) if runner else None
            if flow:
                return flow
        return None

    def routine(self, routine: Routine, call: Call) -> Any:
        """Gives what a function of the same file returns, and notes what it sends."""
        if self.quiet:
            return UNKNOWN
        if self._depth >= DEPTH_LIMIT:
            self.unknown(routine.node.name, call.node)
            return UNKNOWN
        saved, self.names = self.names, dict(routine.names)
        self._depth += 1
        try:
            self._bind_parameters(routine.node.args, call.arguments, dict(call.keywords))
            flow = self.run(routine.node.body)
        finally:
            self.names = saved
            self._depth -= 1
        return flow[1] if flow and flow[0] == "return" else None

    def _bind_parameters(
        self, parameters: ast.arguments, arguments: tuple[Any, ...], keywords: dict[str, Any]
    ) -> None:
        spread = "**" in keywords or any(argument is UNKNOWN for argument in arguments)
        names = [argument.arg for argument in (*parameters.posonlyargs, *parameters.args)]
        given = dict(zip(names, arguments, strict=False)) | keywords
        defaults = dict(zip(reversed(names), reversed(parameters.defaults), strict=False))
        only = [argument.arg for argument in parameters.kwonlyargs]
        defaults |= {
            name: value for name, value in zip(only, parameters.kw_defaults, strict=True) if value
        }
        for name in (*names, *only):
            default = defaults.get(name)
            known = default is not None and not spread
            self.names[name] = given.get(name, self.evaluate(default) if known else UNKNOWN)
        if parameters.vararg:
            self.names[parameters.vararg.arg] = tuple(arguments[len(names) :])
        if parameters.kwarg:
            rest = {key: value for key, value in keywords.items() if key not in names}
            self.names[parameters.kwarg.arg] = UNKNOWN if spread else rest

    def changes_since(self, start: int) -> bool:
        """Whether a statement noted since then may have changed the schema."""
        return any(
            not isinstance(operation, _HARMLESS)
            for statement in self.statements[start:]
            for operation in statement.operations
        )

    def alternatives(self, bodies: Sequence[Sequence[ast.stmt]], node: ast.stmt) -> Flow:
        """Walks branches of which only a run could tell the one taken."""
        before, changing, flows, begin = dict(self.names), 0, [], len(self.statements)
        after: dict[str, Any] = dict(before)
        for body in bodies:
            start, self.names = len(self.statements), dict(before)
            flows.append(self.run(body))
            changing += self.changes_since(start)
            for name, value in self.names.items():
                if name not in before or before[name] is not value:
                    after[name] = UNKNOWN if name in after or name not in before else value
        self.names = after
        if changing > 1:
            self._unforeseen("branches", begin, node)
        ended = len(flows) > 1 and all(flow and flow[0] == "return" for flow in flows)
        return ("return", UNKNOWN) if ended else None

    def repeated(self, body: Sequence[ast.stmt], node: ast.stmt) -> Flow:
        """Walks once a body that a run may take any number of times."""
        start = len(self.statements)
        flow = self.alternatives([body], node)
        if self.changes_since(start):
            self._unforeseen("loop", start, node)
        return flow

    def _unforeseen(self, tag: str, start: int, node: ast.stmt) -> None:
        if not any(_is_unknown(statement) for statement in self.statements[start:]):
            self.unknown(tag, node)

    @contextmanager
    def committing(self, context: Any) -> Iterator[None]:
        """Notes what is sent inside an autocommit_block as sent in autocommit."""
        saved = self.autocommit
        if isinstance(context, Made) and context.name == "autocommit_block":
            self.autocommit = True
        try:
            yield
        finally:
            self.autocommit = saved


def _is_unknown(statement: Statement) -> bool:
    return any(isinstance(found, Other) and found.unknown for found in statement.operations)


def _too_much(path: str, line: int) -> Statement:
    operation = Other("too long to read", unknown=True)
    return Statement("", (operation,), Place(path, line), known=False)


def _import(self: Walker, node: ast.Import | ast.ImportFrom) -> Flow:
    for name, symbol in imported(node):
        self.names[name] = self.imports.klass(symbol) or symbol
    return None


def _define(self: Walker, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Flow:
    self.names[node.name] = Routine(node, dict(self.names) if self._depth or not self.quiet else {})
    return None


def _class(self: Walker, node: ast.ClassDef) -> Flow:
    self.names[node.name] = class_of(node)
    return None


def _expression(self: Walker, node: ast.Expr) -> Flow:
    self.discarded = node.value.value if isinstance(node.value, ast.Await) else node.value
    self.evaluate(node.value)
    return None


def _assign(self: Walker, node: ast.Assign) -> Flow:
    value = self.evaluate(node.value)
    for target in node.targets:
        self.bind(target, value)
    return None


def _annotated(self: Walker, node: ast.AnnAssign) -> Flow:
    if node.value is not None:
        self.bind(node.target, self.evaluate(node.value))
    return None


def _augmented(self: Walker, node: ast.AugAssign) -> Flow:
    value = self.evaluate(node.value)
    if isinstance(node.target, ast.Name):
        held = self.look_up(node.target.id)
        self.names[node.target.id] = binary(node.op, held, value)
    return None


def _return(self: Walker, node: ast.Return) -> Flow:
    return ("return", self.evaluate(node.value))


def _raise(self: Walker, node: ast.Raise) -> Flow:
    return ("raise", None)


def _break(self: Walker, node: ast.Break) -> Flow:
    return ("break", None)


def _continue(self: Walker, node: ast.Continue) -> Flow:
    return ("continue", None)


def _if(self: Walker, node: ast.If) -> Flow:
    answer = truth(self.condition(node.test))
    if answer is None:
        return self.alternatives([node.body, node.orelse], node)
    return self.run(node.body if answer else node.orelse)


def _for(self: Walker, node: ast.For | ast.AsyncFor) -> Flow:
    items = self.evaluate(node.iter)
    if isinstance(items, dict):
        items = list(items)
    if not isinstance(items, (list, tuple)):
        self.bind(node.target, UNKNOWN)
        return self.repeated([*node.body, *node.orelse], node)
    for item in list(items):
        self.bind(node.target, item)
        flow = self.run(node.body)
        if flow and flow[0] == "break":
            return None
        if flow and flow[0] in ("return", "raise"):
            return flow
    return self.run(node.orelse)


def _while(self: Walker, node: ast.While) -> Flow:
    if truth(self.condition(node.test)) is False:
        return self.run(node.orelse)
    return self.repeated(node.body, node)


def _with(self: Walker, node: ast.With | ast.AsyncWith) -> Flow:
    contexts = [self.evaluate(item.context_expr) for item in node.items]
    for item, context in zip(node.items, contexts, strict=True):
        if item.optional_vars is not None:
            stands = isinstance(context, (Batch, Symbol))
            self.bind(item.optional_vars, context if stands else UNKNOWN)
    blocks = (c for c in contexts if isinstance(c, Made) and c.name == "autocommit_block")
    with self.committing(next(blocks, None)):
        return self.run(node.body)


def _try(self: Walker, node: ast.Try | ast.TryStar) -> Flow:
    bodies = [[*node.body, *node.orelse], *(handler.body for handler in node.handlers)]
    sends = [body for body in bodies[1:] if not all(_is_quiet(item) for item in body)]
    flow = self.alternatives([bodies[0], *sends], node) if sends else self.run(bodies[0])
    return self.run(node.finalbody) or flow


def _is_quiet(node: ast.stmt) -> bool:
    return isinstance(node, (ast.Pass, ast.Raise, ast.Return, ast.Continue))


def _match(self: Walker, node: ast.Match) -> Flow:
    self.evaluate(node.subject)
    return self.alternatives([case.body for case in node.cases], node)


_RUNNERS: dict[type[ast.stmt], Callable[[Walker, Any], Flow]] = {
    ast.Import: _import,
    ast.ImportFrom: _import,
    ast.FunctionDef: _define,
    ast.AsyncFunctionDef: _define,
    ast.ClassDef: _class,
    ast.Expr: _expression,
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augmented,
    ast.Return: _return,
    ast.Raise: _raise,
    ast.Break: _break,
    ast.Continue: _continue,
    ast.If: _if,
    ast.For: _for,
    ast.AsyncFor: _for,
    ast.While: _while,
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.Try: _try,
    ast.TryStar: _try,
    ast.Match: _match,
}

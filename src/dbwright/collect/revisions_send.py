"""Sending: which calls in a revision file are statements, and what the other calls give."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from dbwright.collect.revisions_arguments import Unclear
from dbwright.collect.revisions_calls import operations_of_call, table_key
from dbwright.collect.revisions_effects import (
    may_change_database,
    only_looks,
    reaches_database,
    symbol_of,
)
from dbwright.collect.revisions_evaluate import Evaluator, TooMuch
from dbwright.collect.revisions_imports import Imports
from dbwright.collect.revisions_spelling import spelled
from dbwright.collect.revisions_sql import parse, sql_of
from dbwright.collect.revisions_values import (
    CONNECTION,
    CONTEXT,
    SESSION,
    UNKNOWN,
    Batch,
    Made,
    Member,
    Routine,
    Symbol,
    builtin,
    dictionary_method,
    formatted,
    string_method,
)
from dbwright.core.operation import Data, Operation, Other, Statement
from dbwright.core.place import Place

STATEMENT_LIMIT = 5_000
_LIST_LIMIT = 10_000
_QUERY_WRITES: dict[str, Literal["update", "delete"]] = {"update": "update", "delete": "delete"}
_EXECUTES = ("execute", "scalar", "scalars", "exec_driver_sql", "exec", "stream")
_SAME = ("made", "begin", "begin_nested", "connect", "execution_options", "connection", "get_bind")
_WRITES = [
    "add",
    "add_all",
    "merge",
    "delete",
    "bulk_save_objects",
    "bulk_insert_mappings",
    "bulk_update_mappings",
]


@dataclass(frozen=True, slots=True)
class Call:
    """A call with its arguments read."""

    arguments: tuple[Any, ...]
    keywords: Mapping[str, Any]
    node: ast.Call

    def first(self, name: str) -> Any:
        """Gives the first argument, which may also be given by that name."""
        return self.arguments[0] if self.arguments else self.keywords.get(name, UNKNOWN)

    @property
    def reaches_database(self) -> bool:
        """Whether the call is handed the connection."""
        return reaches_database(self.arguments, self.keywords)

    def made(self, what: Symbol | Member) -> Made:
        """Gives the call kept as it is written."""
        return Made(what, self.arguments, self.keywords, self.node.lineno)


class Sender(Evaluator):
    """Evaluates calls, and notes those that send a statement in `statements`."""

    def __init__(self, path: str, dialect: str | None, imports: Imports) -> None:
        super().__init__(dialect)
        self.path = path
        self.imports = imports
        self.statements: list[Statement] = []
        self.autocommit = False
        self.quiet = False
        self.discarded: ast.expr | None = None
        self._asking = False

    def condition(self, node: ast.expr) -> Any:
        """Gives the value of a condition; functions in it look at the database only."""
        saved, self._asking = self._asking, True
        try:
            return self.evaluate(node)
        finally:
            self._asking = saved

    def emit(
        self,
        operations: tuple[Operation, ...],
        node: ast.AST,
        call: str | None,
        *,
        sql: str = "",
        known: bool = True,
    ) -> None:
        """Notes a statement of the revision."""
        if self.quiet:
            return
        if len(self.statements) >= STATEMENT_LIMIT:
            raise TooMuch
        place = Place(self.path, getattr(node, "lineno", None))
        self.statements.append(
            Statement(sql, operations, place, call=call, autocommit=self.autocommit, known=known)
        )

    def unknown(self, tag: str, node: ast.AST, call: str | None = None) -> None:
        """Notes that something happens here that only a run could tell."""
        self.emit((Other(tag, unknown=True),), node, call, known=False)

    def routine(self, routine: Routine, call: Call) -> Any:
        """Gives what a function of the same file returns; the walker walks it."""
        raise NotImplementedError

    def called(
        self, function: Any, arguments: tuple[Any, ...], keywords: Mapping[str, Any], node: ast.Call
    ) -> Any:
        """Gives the value of a call, and notes the statements that it sends."""
        call = Call(arguments, keywords, node)
        if isinstance(function, Routine):
            return self.routine(function, call)
        if isinstance(function, Member):
            return self._method(function, call)
        if isinstance(function, Symbol):
            return self._symbol_call(function, call)
        if call.reaches_database:
            self.unknown(ast.unparse(node.func)[:60], node)
        return UNKNOWN

    def _symbol_call(self, function: Symbol, call: Call) -> Any:
        root, _, name = function.name.partition(".")
        if root == "alembic":
            return self._alembic(function, call)
        if root in ("connection", "session", "context"):
            return self._on_connection(Symbol(root), name, call)
        if root == "builtins":
            return builtin(name, call.arguments, call.keywords)
        if function.name in ("textwrap.dedent", "inspect.cleandoc"):
            return call.first("text")
        if root == "sqlalchemy" and function.last in ("Session", "scoped_session", "AsyncSession"):
            return SESSION
        if root == "sqlalchemy" and function.last == "sessionmaker":
            # what it makes is called once more, and gives the session
            return Symbol("session.made")
        return self._foreign(function, call)

    def _foreign(self, function: Symbol, call: Call) -> Any:
        works = call.reaches_database and not only_looks(function) and not self._asking
        if works or self._discards(function, call):
            self.unknown(function.name, call.node)
            return UNKNOWN
        return call.made(function)

    def _discards(self, function: Symbol | Member, call: Call) -> bool:
        """Whether nobody takes the value of a call of the project's own, so that it does work."""
        if call.node is not self.discarded:
            return False
        root = symbol_of(function)
        return root is not None and self.imports.is_own(root.name) and may_change_database(function)

    def _alembic(self, function: Symbol, call: Call) -> Any:
        if function.name == "alembic.context.is_offline_mode":
            return False
        if function.last == "get_bind":
            return CONNECTION
        if function.last == "get_context":
            return CONTEXT
        if not function.name.startswith("alembic.op."):
            return UNKNOWN
        if function.last == "batch_alter_table":
            return Batch(call.first("table_name"), _second(call, "schema"))
        if function.last in ("f", "inline_literal"):
            return call.first("name")
        return self._operation(function.last, call, None)

    def _operation(self, name: str, call: Call, batch: Batch | None) -> Any:
        if name == "execute":
            self._execute(call.first("sqltext"), call.node, "execute")
            return UNKNOWN
        self._steps(name, call.arguments, call.keywords, call.node, batch)
        return call.made(Symbol("sqlalchemy.Table")) if name == "create_table" else UNKNOWN

    def _steps(
        self,
        name: str,
        arguments: tuple[Any, ...],
        keywords: Mapping[str, Any],
        node: ast.Call,
        batch: Batch | None = None,
    ) -> None:
        place = Place(self.path, node.lineno)
        try:
            steps = operations_of_call(name, arguments, keywords, self.dialect, place, batch)
        except Unclear:
            self.unknown(name, node, name.partition(" ")[0])
            return
        for operations in steps:
            alike = tuple(spelled(operation, self.dialect) for operation in operations)
            self.emit(alike, node, name.partition(" ")[0])

    def _execute(self, given: Any, node: ast.Call, call: str | None) -> None:
        sql, operations = sql_of(given)
        if self.quiet:
            return
        if sql is not None:
            found = parse(sql, self.dialect)
            # a text of comments alone sends nothing
            if found:
                self.emit(found, node, call, sql=sql)
        elif operations is not None:
            self.emit(operations, node, call)
        else:
            self.unknown("execute", node, call)

    def _on_connection(self, root: Symbol, name: str, call: Call) -> Any:
        if name in _EXECUTES:
            self._execute(call.first("statement"), call.node, None)
        elif name in _SAME:
            return root
        elif name in _WRITES:
            self.emit((Other("ORM write"),), call.node, None, known=False)
        elif name in ("autocommit_block", "begin_transaction"):
            return Made(Symbol(f"context.{name}"))
        elif name == "query":
            return call.made(Symbol("session.query"))
        elif name in ("run_sync", "run_callable"):
            self.unknown(name, call.node)
        return UNKNOWN

    def _query_write(self, owner: Made, action: Literal["update", "delete"], call: Call) -> None:
        bounded = owner.name in ("filter", "filter_by", "where")
        try:
            table = table_key(owner.root.arguments[0] if owner.root.arguments else None)
        except Unclear:
            self.emit((Other("ORM write"),), call.node, None, known=False)
        else:
            self.emit((Data(action, table, bounded),), call.node, None)

    def _method(self, function: Member, call: Call) -> Any:
        owner, name = function.of, function.name
        if isinstance(owner, Batch):
            return self._batch_method(owner, name, call)
        if isinstance(owner, str):
            if name == "format":
                return formatted(owner, call.arguments, call.keywords)
            return UNKNOWN if call.keywords else string_method(owner, name, call.arguments)
        if isinstance(owner, dict):
            return dictionary_method(owner, name, call.arguments)
        if isinstance(owner, list):
            return _list_method(owner, name, call.arguments)
        if isinstance(owner, Made):
            return self._made_method(owner, function, call)
        if call.reaches_database:
            self.unknown(name, call.node)
        return UNKNOWN

    def _batch_method(self, batch: Batch, name: str, call: Call) -> Any:
        if name == "f":
            return call.first("name")
        if name == "get_bind":
            return CONNECTION
        if name == "get_context":
            return CONTEXT
        return self._operation(name, call, batch)

    def _made_method(self, owner: Made, function: Member, call: Call) -> Any:
        if call.reaches_database and not only_looks(function):
            # postgresql.ENUM(…).create(op.get_bind()), table.drop(bind)
            self._steps(f"{function.name} made", (owner,), {}, call.node)
            return UNKNOWN
        if owner.root.what == Symbol("session.query"):
            if function.name in _QUERY_WRITES:
                self._query_write(owner, _QUERY_WRITES[function.name], call)
            return call.made(function)
        if self._discards(function, call):
            self.unknown(function.name, call.node)
        return call.made(function)


def _second(call: Call, name: str) -> Any:
    return call.arguments[1] if len(call.arguments) > 1 else call.keywords.get(name)


def _list_method(owner: list[Any], name: str, arguments: tuple[Any, ...]) -> Any:
    room = len(owner) < _LIST_LIMIT and len(arguments) == 1
    if name == "append" and room:
        owner.append(arguments[0])
    elif name == "extend" and room and isinstance(arguments[0], (list, tuple)):
        owner.extend(arguments[0][:_LIST_LIMIT])
    elif name in ("append", "extend", "insert"):
        owner.append(UNKNOWN)
    return None

"""PostgreSQL's own grammar, by libpg_query: the one door to the binding that carries it.

The binding's stubs do not pass a type checker, so its trees are `Any` here; a node has the
fields of PostgreSQL's parse nodes in snake case.
"""

from __future__ import annotations

import contextlib
import importlib
import threading
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

Node: TypeAlias = Any

_binding: Any = importlib.import_module("postgast")
nodes: Any = importlib.import_module("postgast.pg_query_pb2")
Failure: type[Exception] = _binding.PgQueryError
_DecodeError: type[Exception] = importlib.import_module("google.protobuf.message").DecodeError

# The decoder stops at 100 levels otherwise, which are 30 joins or 50 parts of a UNION.
with contextlib.suppress(ImportError, AttributeError):
    importlib.import_module("google._upb._message").SetAllowOversizeProtos(True)

_SHORT = 1_500
"""Characters that no text of this length can nest beyond a main thread's stack of 8 MB."""
_ROOM, _LEVEL, _MOST_ROOM = 16 << 20, 4096, 2 << 30
"""Bytes of a stack: what there always is, what a character may take (`a[a[a[…` takes 1,500 to be
read and printed), and the most."""
_stacks = threading.Lock()
_SELECT = "SELECT "
_MARK = "select"
_SEMICOLON = ord(";")
_OPENS, _CLOSES = ord("("), ord(")")


def parse(sql: str) -> list[Node]:
    """Give the tree of each statement; text outside of the grammar raises Failure."""
    return [raw.stmt for raw in answered(_binding.parse, sql).stmts]


def keyword_kind(word: str) -> int:
    """Give 0 for no keyword, 1 for one that needs no quotes as a name, more for the others."""
    tokens = _binding.scan(word).tokens
    return int(tokens[0].keyword_kind) if tokens else 0


def tokens(sql: str) -> list[tuple[int, int, int]]:
    """Give the code, the begin and the end in bytes of each token; of what is none, none."""
    try:
        return [(each.token, each.start, each.end) for each in _binding.scan(sql).tokens]
    except (Failure, UnicodeError):
        return []


def fingerprint(sql: str) -> str:
    """Give what statements have in common that differ in constants only; else raise Failure."""
    return str(answered(_binding.fingerprint, sql).hex)


def bare(sql: str) -> str:
    """Give a statement with a parameter in place of each constant; else raise Failure."""
    return str(answered(_binding.normalize, sql))


def canonical(sql: str) -> str:
    """Give a script's SQL as libpg_query prints it: alike for what means the same tree."""
    return str(answered(lambda text: _binding.deparse(_binding.parse(text)), sql))


def negated_alike(sql: str) -> str:
    """Give canonical SQL in which `NOT x IN (1)` stands as `x NOT IN (1)`; else raise Failure.

    So do BETWEEN and IS TRUE: the standard defines each with NOT inside by NOT in front.
    """

    def printed(text: str) -> str:
        tree = _binding.parse(text)
        for node in reversed([*_all_nodes(tree)]):
            if node.WhichOneof("node") != "bool_expr":
                continue
            if node.bool_expr.boolop == nodes.NOT_EXPR and _turned(node.bool_expr.args[0]):
                inner = nodes.Node()
                inner.CopyFrom(node.bool_expr.args[0])
                node.CopyFrom(inner)
        return str(_binding.deparse(tree))

    return str(answered(printed, sql))


def _all_nodes(tree: Node) -> Iterator[Node]:
    """Give the nodes that may hold any kind, inner ones after those around them."""
    waiting = [tree]
    while waiting:
        found = waiting.pop()
        if isinstance(found, nodes.Node):
            yield found
        for field, value in found.ListFields():
            if field.message_type is not None:
                waiting += list(value) if field.is_repeated else [value]


def _turned(node: Node) -> bool:
    """Turns a test into its opposite; not one that has none in the grammar."""
    if node.HasField("boolean_test"):
        test = node.boolean_test
        other = _OPPOSITES.get(nodes.BoolTestType.Name(test.booltesttype))
        if other:
            test.booltesttype = nodes.BoolTestType.Value(other)
        return other is not None
    if not node.HasField("a_expr"):
        return False
    test = node.a_expr
    kind = nodes.A_Expr_Kind.Name(test.kind)
    if kind == "AEXPR_IN" and test.name[0].string.sval == "=":
        test.name[0].string.sval = "<>"
        return True
    if kind in _OPPOSITES:
        test.name[0].string.sval = f"NOT {test.name[0].string.sval}"
        test.kind = nodes.A_Expr_Kind.Value(_OPPOSITES[kind])
    return kind in _OPPOSITES


_OPPOSITES = {
    "IS_TRUE": "IS_NOT_TRUE",
    "IS_FALSE": "IS_NOT_FALSE",
    "IS_UNKNOWN": "IS_NOT_UNKNOWN",
    "AEXPR_BETWEEN": "AEXPR_NOT_BETWEEN",
    "AEXPR_BETWEEN_SYM": "AEXPR_NOT_BETWEEN_SYM",
}


def split(sql: str) -> list[str]:
    """Give each statement of a script; what the grammar refuses is cut at its semicolons."""
    _refuse_nul(sql)
    try:
        return [found.strip() for found in _binding.split(sql) if found.strip()]
    except (Failure, UnicodeError):
        return _cut(sql)


def _cut(sql: str) -> list[str]:
    text = sql.encode()
    start, depth, found = 0, 0, []
    for token in _binding.scan(sql).tokens:
        depth += (token.token == _OPENS) - (token.token == _CLOSES)
        if token.token == _SEMICOLON and depth <= 0:
            found.append(text[start : token.start])
            start = token.end
    pieces = (piece.decode().strip() for piece in (*found, text[start:]))
    return [piece for piece in pieces if piece]


def finished(sql: str) -> list[str] | None:
    """Give each statement of a script that ends with a whole one, by its words alone; else None.

    That takes a third of the time of reading them. A word set behind the script stands by itself
    where no quote, comment or parenthesis and no statement is open. A body in BEGIN ATOMIC has
    semicolons that the words alone do not tell from others.
    """
    _refuse_nul(sql)
    if "atomic" in sql.lower():
        with contextlib.suppress(Failure, UnicodeError):
            return [found.strip() for found in _binding.split(sql) if found.strip()]
    *found, last = _binding.split(f"{sql}\n{_MARK}", method="scanner") or [""]
    if last.strip() != _MARK:
        return None
    return [bare for piece in found if (bare := _without_comments(piece.strip()))]


def _without_comments(sql: str) -> str:
    """Give one statement without the comments before it."""
    return sql if not sql.startswith(("--", "/*")) else " ".join(split(sql))


def text_of(expression: Node) -> str:
    """Give an expression's SQL as libpg_query prints it."""
    tree = _binding.parse("select 1")
    tree.stmts[0].stmt.select_stmt.target_list[0].res_target.val.CopyFrom(expression)
    return str(_binding.deparse(tree)).removeprefix(_SELECT)


def text_of_statement(statement: Node, kind: str) -> str:
    """Give the SQL of one statement node, `kind` being its field in a tree's union."""
    tree = _binding.parse("select 1")
    tree.stmts[0].stmt.Clear()
    getattr(tree.stmts[0].stmt, kind).CopyFrom(statement)
    return str(_binding.deparse(tree))


def all_of(tree: Node, kind: str) -> Iterator[Node]:
    """Give every node of a kind (`ColumnRef`) in a tree, the tree itself included.

    What holds names and constants alone, which is most of a tree, is not looked into.
    """
    wanted = getattr(nodes, kind)
    leaves = _LEAVES if wanted not in _WITHIN else ()
    waiting = [tree]
    while waiting:
        found = waiting.pop()
        if type(found) is nodes.Node:
            name = found.WhichOneof("node")
            if name is None:
                continue
            found = getattr(found, name)
        if type(found) is wanted:
            yield found
        if type(found) not in leaves:
            inner: list[Node] = []
            for field, value in found.ListFields():
                if field.message_type is not None:
                    inner += value if field.is_repeated else [value]
            waiting += reversed(inner)


_WITHIN = frozenset({nodes.String, nodes.Integer, nodes.Float, nodes.Boolean, nodes.BitString})
_WITHIN |= {nodes.A_Star, nodes.Alias}
_LEAVES = _WITHIN | {nodes.ColumnRef, nodes.A_Const, nodes.ParamRef, nodes.RangeVar}


def answered(question: Callable[[str], Any], sql: str) -> Any:
    """Give what a function of the library answers; what it cannot hold raises Failure.

    The library descends a level of its stack for each term of a long `a + b + …`, without a look
    at how much is left, so that a long text is read where there is enough.
    """
    _refuse_nul(sql)
    try:
        return question(sql) if len(sql) < _SHORT else _with_room(question, sql)
    except _DecodeError as error:
        raise Failure("it is nested too deeply to be read") from error


def _with_room(question: Callable[[str], Any], sql: str) -> Any:
    """Answers in a thread whose stack fits the text, whatever it holds."""
    found: list[Any] = []
    failed: list[BaseException] = []

    def ask() -> None:
        try:
            found.append(question(sql))
        except BaseException as error:
            failed.append(error)

    with _stacks:
        before = threading.stack_size(min(_ROOM + len(sql) * _LEVEL, _MOST_ROOM))
        try:
            thread = threading.Thread(target=ask)
            thread.start()
        finally:
            threading.stack_size(before)
    thread.join()
    if failed:
        raise failed[0]
    return found[0]


def _refuse_nul(sql: str) -> None:
    # The library reads C strings: what follows a NUL would be dropped in silence.
    if "\0" in sql:
        raise Failure("a statement cannot hold a NUL character")
    if not sql.isascii() and any("\ud800" <= each <= "\udfff" for each in sql):
        raise Failure("a statement cannot hold bytes that are not UTF-8")


def definition(command: Node) -> Node:
    """Give the node of an ALTER TABLE command, whose field is a Python keyword."""
    return getattr(command, "def")


def definition_argument(option: Node) -> str:
    """Give what an option (DefElem) is set to, as a text."""
    kind = option.arg.WhichOneof("node")
    return str(getattr(getattr(option.arg, kind), "sval" if kind == "string" else "ival", ""))


def plpgsql(sql: str) -> Node:
    """Give the parts of a PL/pgSQL function as JSON, of its CREATE FUNCTION; else raise Failure."""
    return answered(_binding.parse_plpgsql, sql)

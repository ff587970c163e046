"""Where SQL text is made of values that come from outside, read from syntax trees.

A place is reported only when a hole of the text leads back to a parameter of the function around
it that nothing checks on the way. What cannot be followed is left alone.
"""

from __future__ import annotations

import ast
import functools
import re
import string
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from dbwright.core.place import Place
from dbwright.core.source import Source
from dbwright.recipes import injection_calls, injection_taint, model_syntax, model_words
from dbwright.recipes.injection_taint import Scope

SINKS = {"text", "literal_column", "exec_driver_sql", "execute", "TextClause"}
_SUSPECT = re.compile(
    r"\b(text|literal_column|exec_driver_sql|TextClause)\(|\.execute\(\s*f?[\"']", re.ASCII
)
_VERBS = ("select", "insert", "update", "delete", "with", "call", "create", "alter", "drop")


@dataclass(frozen=True, slots=True)
class Hole:
    """A value put into SQL text: its source, and whether it comes from outside."""

    code: str
    tainted: bool


@dataclass(frozen=True, slots=True)
class Injection:
    """One SQL text with a hole: the parts in order, the function around, the sink's name."""

    parts: tuple[str | Hole, ...]
    function: str
    sink: str
    place: Place

    @property
    def holes(self) -> tuple[Hole, ...]:
        """The holes in order."""
        return tuple(part for part in self.parts if isinstance(part, Hole))

    @property
    def is_statement(self) -> bool:
        """Whether the text is a whole statement and not a piece of one."""
        first = self.parts[0]
        return isinstance(first, str) and first.lstrip().lower().startswith(_VERBS)


def injections(sources: Sequence[Source]) -> Iterator[Injection]:
    """Gives each SQL text that a value from outside is written into."""
    calls: injection_calls.Calls | None = None
    for source in sources:
        if model_syntax.is_test(source.path) or model_syntax.is_migration(source.path):
            continue
        if not _SUSPECT.search(source.text):
            continue
        for found, parameters in _of_file(source.path, source.text):
            calls = calls or injection_calls.Calls(tuple(sources))
            name = found.function.rpartition(".")[2]
            fixed = [calls.are_constant(name, *parameter) for parameter in parameters]
            if not fixed or not all(fixed):
                yield found


Found = tuple[Injection, tuple[tuple[str, int], ...]]


@functools.lru_cache(maxsize=4096)
def _of_file(path: str, text: str) -> tuple[Found, ...]:
    source = Source(path, text)
    if not list(model_syntax.readable([source])):
        return ()
    constants = injection_taint.constants(source.tree)
    texts = _text_names(source)
    found: dict[tuple[int, int], Found] = {}
    sinks = [call for call in model_syntax.calls(source) if _is_sink(call, texts)]
    for name, function in model_syntax.functions(source) if sinks else ():
        low, high = function.lineno, function.end_lineno or function.lineno
        own = [call for call in sinks if low <= call.lineno <= high]
        if not own or _serves_migrations(function):
            continue
        scope = Scope(function, constants)
        pieces = _pieces(function)
        for call in own:
            parts = tuple(_merged(_parts(call.args[0], scope)))
            holes = [part for part in parts if isinstance(part, Hole)]
            if _is_passed_on(parts) and id(call) not in pieces:
                continue
            if any(hole.tainted for hole in holes):
                sink = model_syntax.dotted(call.func)
                injection = Injection(parts, name, sink, Place(path, call.lineno))
                found[call.lineno, call.col_offset] = (injection, scope.blamed())
    return tuple(found[key] for key in sorted(found))


def _serves_migrations(function: ast.AST) -> bool:
    """Whether it works on Alembic's `op`: what it is given is written in revisions."""
    called = {model_syntax.dotted(n.func) for n in ast.walk(function) if isinstance(n, ast.Call)}
    return bool(called & {"op.get_bind", "op.execute", "op.get_context"})


def _is_passed_on(parts: Sequence[str | Hole]) -> bool:
    """Whether the whole text is one value: a function that runs what it is given."""
    if all(isinstance(part, Hole) or not part.strip() for part in parts):
        return True
    holes = [part for part in parts if isinstance(part, Hole)]
    texts = " ".join(part for part in parts if isinstance(part, str))
    said = set(model_words.words(holes[0].code)) if len(holes) == 1 else set()
    return "'" not in texts and bool(said & {"sql", "query", "statement", "stmt"})


def _pieces(function: ast.AST) -> set[int]:
    """The calls that stand as a piece of a statement: `order_by(text(sort))`."""
    found: set[int] = set()
    for node in ast.walk(function):
        called = model_syntax.dotted(node.func) if isinstance(node, ast.Call) else ""
        part = called.rpartition(".")[2] in {"order_by", "group_by", "where", "filter", "having"}
        if isinstance(node, ast.Call) and part:
            found |= {id(argument) for argument in node.args}
    return found


def _text_names(source: Source) -> set[str]:
    """What the file calls SQLAlchemy's text() and literal_column()."""
    names: set[str] = set()
    for node in model_syntax.imports(source):
        if (node.module or "").startswith("sqlalchemy"):
            for alias in node.names:
                if alias.name == "*":
                    names |= {"text", "literal_column"}
                elif alias.name in SINKS:
                    names.add(alias.asname or alias.name)
    return names


def _is_sink(call: ast.Call, texts: set[str]) -> bool:
    if not call.args:
        return False
    name = model_syntax.dotted(call.func)
    owner, _, last = name.rpartition(".")
    if last in {"text", "literal_column", "TextClause"}:
        module = owner in {"sa", "sqlalchemy", "db", "sql", "sqla", "sqlalchemy.sql"}
        return module or (not owner and last in texts) or name in texts
    if last == "exec_driver_sql":
        return True
    made = isinstance(call.args[0], ast.JoinedStr | ast.BinOp)
    return last == "execute" and made and bool(owner)


def _parts(node: ast.expr, scope: Scope) -> Iterator[str | Hole]:
    """The constant texts and the holes of an expression that makes a text."""
    if isinstance(node, ast.Constant):
        yield str(node.value)
    elif isinstance(node, ast.JoinedStr):
        for value in node.values:
            inner = value.value if isinstance(value, ast.FormattedValue) else value
            yield from _inside(inner, scope)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        yield from _parts(node.left, scope)
        yield from _parts(node.right, scope)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        yield from _percent(node, scope)
    elif _is_format(node):
        yield from _formatted(node, scope)
    else:
        yield from _inside(node, scope)


def _inside(node: ast.expr, scope: Scope) -> Iterator[str | Hole]:
    """A hole, or what is known of it: a constant, a text made earlier in the function."""
    if isinstance(node, ast.Constant):
        yield str(node.value)
        return
    made = scope.texts(node) if isinstance(node, ast.Name) else []
    if made and scope.enter(node):
        for value in made:
            yield from _parts(value, scope)
        scope.leave(node)
        return
    yield Hole(ast.unparse(node), scope.tainted(node))


def _percent(node: ast.BinOp, scope: Scope) -> Iterator[str | Hole]:
    if not isinstance(node.left, ast.Constant) or not isinstance(node.left.value, str):
        yield Hole(ast.unparse(node), False)
        return
    right = node.right
    values = list(right.elts) if isinstance(right, ast.Tuple) else [right]
    if isinstance(right, ast.Dict):
        values = list(right.values)
    pieces = node.left.value.replace("%%", "\0").split("%")
    yield pieces[0].replace("\0", "%")
    for number, piece in enumerate(pieces[1:]):
        value = values[min(number, len(values) - 1)] if values else None
        if value is not None:
            yield from _inside(value, scope)
        rest = piece.partition(")")[2] if piece.startswith("(") else piece
        yield rest[1:].replace("\0", "%")


def _is_format(node: ast.expr) -> bool:
    function = node.func if isinstance(node, ast.Call) else None
    return (
        isinstance(function, ast.Attribute)
        and function.attr == "format"
        and isinstance(function.value, ast.Constant)
        and isinstance(function.value.value, str)
    )


def _formatted(node: ast.expr, scope: Scope) -> Iterator[str | Hole]:
    assert isinstance(node, ast.Call)
    function = node.func
    assert isinstance(function, ast.Attribute)
    assert isinstance(function.value, ast.Constant)
    words = {word.arg: word.value for word in node.keywords if word.arg}
    number = 0
    for literal, field, _, _ in _fields(str(function.value.value)):
        yield literal
        if field is None:
            continue
        name = field.partition(".")[0].partition("[")[0]
        value = words.get(name)
        if value is None:
            index = int(name) if name.isdigit() else number
            value = node.args[index] if index < len(node.args) else None
            number += 1
        if value is not None:
            yield from _inside(value, scope)


def _fields(text: str) -> list[tuple[str, str | None, str | None, str | None]]:
    try:
        return list(string.Formatter().parse(text))
    except ValueError:
        return [(text, None, None, None)]


def _merged(parts: Iterable[str | Hole]) -> Iterator[str | Hole]:
    text = ""
    for part in parts:
        if isinstance(part, str):
            text += part
        else:
            yield text
            text = ""
            yield part
    yield text

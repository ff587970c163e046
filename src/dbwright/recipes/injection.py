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
from dataclasses import dataclass, replace

from dbwright.core.place import Place
from dbwright.core.source import Source
from dbwright.recipes import model_syntax, model_words
from dbwright.recipes.injection_origin import Origin, Origins
from dbwright.recipes.injection_taint import Blamed, Scope
from dbwright.recipes.model_syntax import Function

SINKS = {"text", "literal_column", "exec_driver_sql", "execute", "TextClause"}
_SUSPECT = re.compile(
    r"\b(text|literal_column|exec_driver_sql|TextClause)\(|\.execute\(\s*f?[\"']", re.ASCII
)
_VERBS = ("select", "insert", "update", "delete", "with", "call", "create", "alter", "drop")


@dataclass(frozen=True, slots=True)
class Hole:
    """A value put into SQL text: its source, and whether it comes from outside.

    `parameters` are those of the function around that it comes from.
    """

    code: str
    tainted: bool
    parameters: frozenset[Blamed] = frozenset()


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


def injections(sources: Sequence[Source], callers: Sequence[Source] = ()) -> Iterator[Injection]:
    """Gives each SQL text of the sources that a value from outside is written into.

    `callers` are further files of the project, read for what they call.
    """
    yield from _judged(sources, Origins((*sources, *callers)))


def wanted(sources: Sequence[Source], callers: Sequence[Source] = ()) -> frozenset[str]:
    """Gives the names that other files of the project may tell more of: of functions, of types."""
    origins = Origins((*sources, *callers))
    for _ in _judged(sources, origins):
        pass
    return frozenset(origins.wanted)


def _judged(sources: Sequence[Source], origins: Origins) -> Iterator[Injection]:
    for source in sources:
        if model_syntax.is_test(source.path) or model_syntax.is_migration(source.path):
            continue
        if not _SUSPECT.search(source.text):
            continue
        for found, function in _of_file(source.path, source.text):
            place = origins.calls.place(source, function)
            parts: list[str | Hole] = []
            for number, part in enumerate(found.parts):
                if isinstance(part, Hole) and part.parameters:
                    origin = max(origins.of(place, each) for each in part.parameters)
                    named = origin == Origin.OPEN and _is_name(found.parts, number)
                    part = Hole(part.code, origin >= Origin.OPEN and not named, part.parameters)
                parts.append(part)
            if any(isinstance(part, Hole) and part.tainted for part in parts):
                yield replace(found, parts=tuple(parts))


_NAMED = {
    "from", "into", "update", "table", "join", "database", "schema", "index", "view", "exists",
    "extension", "sequence", "only", "on", "using", "describe", "as",
}  # fmt: skip
_DEFINING = ("create", "alter", "drop", "truncate", "set", "reindex", "vacuum", "analyze", "grant",
             "revoke", "comment", "refresh", "use", "pragma", "lock", "copy", "call",
             "do")  # fmt: skip
_KINDS = {"table", "column", "columns", "schema", "index", "database", "field", "label", "alias",
          "expression", "expr", "clause", "sql", "dialect", "type", "col", "cols", "tablename",
          "colname", "fields", "tables", "function", "partition"}  # fmt: skip


def _is_name(parts: Sequence[str | Hole], number: int) -> bool:
    """Whether a hole stands for a name or a piece of SQL, which a program's own code gives.

    A function that takes the name of a table is a tool until something from outside reaches it.
    """
    before = "".join(part if isinstance(part, str) else "x" for part in parts[:number]).lower()
    if before.lstrip().startswith(_DEFINING):
        return True
    if before.count("'") % 2:
        return False
    words = before.split()
    if before.endswith(('"', "`", "[", ".")) or (words and words[-1] in _NAMED):
        return True
    hole = parts[number]
    return isinstance(hole, Hole) and bool(set(model_words.words(hole.code)) & _KINDS)


Found = tuple[Injection, Function]


@functools.lru_cache(maxsize=4096)
def _of_file(path: str, text: str) -> tuple[Found, ...]:
    source = Source(path, text)
    if not list(model_syntax.readable([source])):
        return ()
    texts = _text_names(source)
    found: dict[tuple[int, int], Found] = {}
    sinks = [call for call in model_syntax.calls(source) if _is_sink(call, texts)]
    for name, function in model_syntax.functions(source) if sinks else ():
        low, high = function.lineno, function.end_lineno or function.lineno
        own = [call for call in sinks if low <= call.lineno <= high]
        if not own or _serves_migrations(function):
            continue
        scope = Scope(function, source.tree)
        pieces = _pieces(function)
        for call in own:
            parts = tuple(_merged(_parts(call.args[0], scope)))
            holes = [part for part in parts if isinstance(part, Hole)]
            if _is_passed_on(parts) and id(call) not in pieces:
                continue
            if any(hole.tainted for hole in holes):
                sink = model_syntax.dotted(call.func)
                injection = Injection(parts, name, sink, Place(path, call.lineno))
                found[call.lineno, call.col_offset] = (injection, function)
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
    outside, parameters = scope.judge(node)
    yield Hole(
        ast.unparse(node), outside or bool(parameters), frozenset() if outside else parameters
    )


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

"""Counts: what `len()` is called with, and the code that counts in the database instead."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Any

from dbwright.core.application import Counted, Span
from dbwright.recipes.loops.fetches import (
    LEFT_OUT,
    RUNS,
    WRAPPED,
    Fetch,
    Reader,
    parameters,
    stores,
)
from dbwright.recipes.loops.found import place_of
from dbwright.recipes.loops.modules import Module, Scope
from dbwright.recipes.loops.options import lineage
from dbwright.recipes.loops.values import Class

_NAMES = ("count", "number", "total")
_LEAST, _MOST = 88, 100
_TAKES_ANY = (
    ast.Return, ast.Assign, ast.AnnAssign, ast.Expr, ast.keyword, ast.Call, ast.List, ast.Tuple,
    ast.Dict,
)  # fmt: skip


class Counts:
    """Sees `len()` of rows that are used for nothing else."""

    def len(self, walker: Any, node: ast.Call) -> None:
        """Takes `len(session.scalars(…).all())`, and `len(rows)` where rows are only counted."""
        module = walker.module()
        if module is None or walker.frame.calls or len(node.args) != 1 or node.keywords:
            return
        scope = module.around(node)
        reader = Reader(walker, module, scope)
        arg = node.args[0]
        if not isinstance(arg, ast.Name):
            self._take(reader, node, arg, [node])
            return
        bound = [*stores(scope, arg.id)]
        value = module.bound(bound[0]) if len(bound) == 1 else None
        uses = _uses(module, scope, arg.id)
        if value is not None and uses and arg.id not in parameters(scope):
            self._take(reader, value, value, [bound[0], *uses])

    def _take(self, reader: Reader, at: ast.expr, value: ast.expr, changed: list[ast.AST]) -> None:
        walker, module = reader.walker, reader.module
        if walker.loops and walker.depends(value):
            return  # each turn asks: query-in-loop says it
        fetch = reader.fetch(value)
        if fetch is None:
            return
        if changed[0] is not at and _others_need(reader, fetch):
            return
        code = Code(module, fetch, fetch.owner, walker.mapping)
        edits: list[tuple[Span, str]] = []
        names = True
        if changed[0] is not at:  # rows = …: the name says that it is a number
            name = next((n for n in _NAMES if not _known(module, reader.scope, n)), None)
            names = name is not None and isinstance(module.parent(changed[0]), ast.Assign)
            edits = [(_span(each), name or "") for each in changed]
        parts = [at]
        if fetch.result is not None:  # the run of the statement becomes that of the count
            name, run = fetch.result
            edits.append((_span(at), f"{name}.{code.give}()"))
            parts, at = [at, run], run
        said = code.text(_before(module, at), _behind(module, at), _takes_any(module, at))
        edits.append((_span(at), said))
        whole = fetch.exact and names and code.keeps(*parts) and not _in_text(module, parts[0])
        counted = Counted(
            place_of(module.path, parts[0]),
            fetch.owner.rpartition(".")[2],
            fetch.owner,
            code.line if fetch.result is None else f"{fetch.result[0]} = {code.line}",
            tuple(edits) if whole and code.func_is_free else (),
            code.imports,
            function=getattr(reader.scope, "name", ""),
            root=fetch.root.lineno,
        )
        walker.found.count(counted)


@dataclass(frozen=True, slots=True)
class _Parts:
    """A call in three parts: `session.scalar(`, what stands in it, `) or 0`."""

    head: str
    inner: tuple[str, ...]
    tail: str
    loose: bool = False


class Code:
    """The code that counts what a fetch gives."""

    def __init__(self, module: Module, fetch: Fetch, owner: str, mapping: Any) -> None:
        self.module, self.fetch, self.mapping = module, fetch, mapping
        self._lines = module.source.text.encode().splitlines(keepends=True)
        self._parts = self._query() if fetch.legacy else self._select()

    @property
    def line(self) -> str:
        """All of it in one line."""
        parts = self._parts
        return f"{parts.head}{''.join(parts.inner)}{parts.tail}"

    @property
    def give(self) -> str:
        """The method that gives the number of a result."""
        run = self.fetch.run
        how = run.func.attr if run is not None and isinstance(run.func, ast.Attribute) else ""
        return "scalar_one" if how == "execute" else "one"

    def text(self, before: int, behind: int, takes_any: bool) -> str:
        """It as it stands in the file, between so much on its line: in several lines if long."""
        parts = self._parts
        wrapped = parts.loose and not takes_any
        line = f"({self.line})" if wrapped else self.line
        most = min(max(_LEAST, *(len(each.rstrip()) for each in self._lines)), _MOST)
        fits = before + len(line) + behind <= most
        if "\n" not in line and fits:
            return line
        indent = " " * self._indent()
        inner = f"\n{indent}    ".join(parts.inner)
        one = "".join(parts.inner)
        if "\n" not in one and len(indent) + 4 + len(one) <= most:
            inner = one
        head, tail = parts.head, parts.tail
        if not head:
            head, tail = "(", f"{tail}\n{indent})"
            return f"{head}\n{indent}    {inner}{tail}"
        broken = f"{head}\n{indent}    {inner}\n{indent}{tail}"
        return f"({broken})" if wrapped else broken

    def keeps(self, *nodes: ast.AST) -> bool:
        """Whether no comment of what it replaces is lost."""
        return sum(self._source(n).count("#") for n in nodes) <= self.line.count("#")

    @property
    def imports(self) -> bool:
        """Whether `func` is to be imported."""
        if self.fetch.legacy or self._prefix():
            return False
        top = (each for each in self.module.tree.body if isinstance(each, ast.ImportFrom))
        return not any((name.asname or name.name) == "func" for each in top for name in each.names)

    @property
    def func_is_free(self) -> bool:
        """Whether `func` means SQLAlchemy's where it is written."""
        if self.fetch.legacy or self._prefix():
            return True
        tree = self.module.tree
        said = self.module.imports.get("func", "sqlalchemy.func")
        return said.startswith(("sqlalchemy.", "sqlmodel.")) and not _binds(tree, "func")

    # Query

    def _query(self) -> _Parts:
        *steps, last = self._statement()
        return _Parts("", (*steps, last, ".count()"), "")

    # select()

    def _select(self) -> _Parts:
        run, root = self.fetch.run, self.fetch.root
        assert run is not None
        assert isinstance(root, ast.Call)
        assert isinstance(run.func, ast.Attribute)
        prefix = self._prefix()
        count = f"{prefix}select({prefix}func.count())"
        inner = (count, *self._from())
        session, how = self._source(run.func.value), run.func.attr
        awaits = "await " if self.fetch.awaited else ""
        if self.fetch.result is not None:
            return _Parts(f"{awaits}{session}.{how}(", inner, ")")
        if how == "scalars":
            return _Parts(f"{awaits}{session}.scalar(", inner, ") or 0", loose=True)
        if awaits:
            return _Parts(f"(await {session}.{how}(", inner, f")).{self.give}()")
        return _Parts(f"{session}.{how}(", inner, f").{self.give}()")

    def _prefix(self) -> str:
        """What stands before `select` and `func`: `sa.`."""
        root = self.fetch.root
        func = root.func if isinstance(root, ast.Call) else root
        return f"{self._source(func.value)}." if isinstance(func, ast.Attribute) else ""

    def _from(self) -> tuple[str, ...]:
        if self.fetch.held or self.fetch.does(*WRAPPED) or not self._is_of_one():
            statement = "".join(self._statement())
            return (f".select_from({statement}.subquery())",)
        said = self._source(self._args()[0])
        if not isinstance(self.fetch.items[0], Class):
            said = said.rpartition(".")[0]
        return (f".select_from({said})", *self._kept())

    def _is_of_one(self) -> bool:
        """Whether all that a row has is one class, or columns of one that inherits nothing."""
        items = self.fetch.items
        if isinstance(items[0], Class):
            return len(items) == 1
        alone = len(lineage(self.mapping, self.fetch.owner)) == 1
        dotted = all(isinstance(each, ast.Attribute) for each in self._args())
        owners = {each.owner for each in items if not isinstance(each, Class)}
        return alone and dotted and owners == {self.fetch.owner} and len(items) == len(self._args())

    def _args(self) -> list[ast.expr]:
        root = self.fetch.root
        return root.args if isinstance(root, ast.Call) else [root.value]

    def _statement(self) -> list[str]:
        """The statement without its order; a variable that holds it stays."""
        if not self.fetch.held:
            return [self._source(self.fetch.root), *self._kept()]
        ordered = [".order_by(None)"] if self.fetch.does("order_by") else []
        return [self._source(self.fetch.statement), *ordered]

    def _kept(self) -> list[str]:
        """The methods that a count needs, each as it stands there."""
        return [self._step(call) for name, call in self.fetch.steps if name not in LEFT_OUT]

    def _step(self, call: ast.Call) -> str:
        assert isinstance(call.func, ast.Attribute)
        _, _, *start = _span(call.func.value)
        _, _, *end = _span(call)
        return self._between((start[0], start[1], end[0], end[1])).lstrip(") \t\r\n\\")

    def _indent(self) -> int:
        node: ast.AST | None = self.fetch.run or self.fetch.statement
        while node is not None and not isinstance(node, ast.stmt):
            node = self.module.parent(node)
        return node.col_offset if node is not None else 0

    def _source(self, node: ast.AST) -> str:
        return self._between(_span(node))

    def _between(self, span: Span) -> str:
        line, column, last, end = span
        lines = self._lines[line - 1 : last]
        lines[-1] = lines[-1][:end]
        lines[0] = lines[0][column:]
        return b"".join(lines).decode()


def _span(node: ast.AST) -> Span:
    line, column = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
    end = getattr(node, "end_lineno", None) or line
    return line, column, end, getattr(node, "end_col_offset", None) or column


def _uses(module: Module, scope: Scope, name: str) -> list[ast.AST]:
    """The calls of `len` with a name; none where it is read in another way too."""
    found: list[ast.AST] = []
    for node in ast.walk(scope):
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load):
            call = module.parent(node)
            if not (isinstance(call, ast.Call) and call.args == [node] and not call.keywords):
                return []
            if not (isinstance(call.func, ast.Name) and call.func.id == "len"):
                return []
            found.append(call)
    return found


def _others_need(reader: Reader, fetch: Fetch) -> bool:
    """Whether objects that a variable keeps may spare other lines of the function a statement.

    `get()` finds them in the Session, and so does what points at them.
    """
    mapping = reader.walker.mapping
    if not any(isinstance(each, Class) for each in fetch.items):
        return False
    pointed = any(
        related.direction == "MANYTOONE" and related.target == fetch.owner
        for mapper in mapping.mappers
        for related in mapper.relationships
    )
    session = fetch.run.func if fetch.run is not None else None
    said = ast.unparse(session.value) if isinstance(session, ast.Attribute) else "session"
    for node in ast.walk(reader.scope):
        if not isinstance(node, ast.Call) or node is fetch.run:
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if name in ("get", "get_one", "refresh") or any(ast.unparse(a) == said for a in node.args):
            return True
        if pointed and (name in RUNS or (name == "query" and node is not fetch.root)):
            return True
    return False


def _known(module: Module, scope: Scope, name: str) -> bool:
    """Whether a name means something in a function, or around it."""
    if name in parameters(scope) or name in module.imports or name in module.defined:
        return True
    return any(isinstance(each, ast.Name) and each.id == name for each in ast.walk(scope))


def _binds(tree: ast.Module, name: str) -> bool:
    """Whether a module gives a name another meaning anywhere, imports apart."""
    for node in ast.walk(tree):
        if isinstance(node, ast.arg) and node.arg == name:
            return True
        if isinstance(node, ast.Name) and node.id == name and not isinstance(node.ctx, ast.Load):
            return True
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == name:
            return True
    return False


def _in_text(module: Module, node: ast.AST) -> bool:
    """Whether a node stands within an f-string, where a place is not to be relied on."""
    found: ast.AST | None = node
    while found is not None and not isinstance(found, ast.stmt):
        if isinstance(found, ast.JoinedStr):
            return True
        found = module.parent(found)
    return False


def _takes_any(module: Module, node: ast.AST) -> bool:
    """Whether `a or b` may stand in a node's place without parentheses."""
    return isinstance(module.parent(node), _TAKES_ANY)


def _before(module: Module, node: ast.AST) -> int:
    return int(getattr(node, "col_offset", 0))


def _behind(module: Module, node: ast.AST) -> int:
    line, column = getattr(node, "end_lineno", 1), getattr(node, "end_col_offset", 0)
    return len(module.source.lines[line - 1].encode()[column:].rstrip())

"""Loader options written into the user's source, at the query that they are for.

The syntax tree says where they go; all else of the file stays as it is.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dbwright.core.claim import Chain, Trial
from dbwright.recipes import model_splice

_SENDERS = frozenset({"scalars", "scalar", "execute", "stream", "stream_scalars", "paginate"})
_GETTERS = frozenset({"get", "get_one"})
_ENDS = frozenset(
    {"all", "first", "one", "one_or_none", "paginate", "first_or_404", "one_or_404", "get_or_404"}
)
_POSTFIX = (ast.Name, ast.Attribute, ast.Call, ast.Subscript)


@dataclass(frozen=True, slots=True)
class _Place:
    """A place in the text where options go: behind a query, or into the call of a `get`."""

    end: int
    start: int | None = None
    lead: str = "."
    into_call: str | None = None


def with_options(text: str, trials: Sequence[Trial]) -> tuple[str, list[Trial]]:
    """Gives a file's text with the options of trials at its lines, and those that have no place.

    A trial has none where its line sends no query that can be told, or two that it may mean.
    """
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return text, list(trials)
    names = _Names(tree)
    inserted: list[tuple[int, str]] = []
    left: list[Trial] = []
    for (line, class_), chains in _by_query(trials).items():
        place = _place(text, tree, line, class_.rpartition(".")[2])
        codes = [names.code(chain) for chain in chains]
        if place is None or None in codes:
            left += [each for each in trials if (each.line, each.class_) == (line, class_)]
            continue
        inserted += _texts(place, ", ".join(code for code in codes if code))
        for chain in chains:
            names.use(chain)
    for at, added in sorted(inserted, key=lambda each: each[0], reverse=True):
        text = text[:at] + added + text[at:]
    for module, wanted in sorted(names.missing.items()):
        text = model_splice.with_import(text, module, tuple(sorted(wanted)))
    return text, left


def _by_query(trials: Sequence[Trial]) -> dict[tuple[int, str], list[Chain]]:
    """Gives the chains of each query; one that another one begins with is in that."""
    found: dict[tuple[int, str], list[Chain]] = {}
    for trial in trials:
        known = found.setdefault((trial.line, trial.class_), [])
        known += [chain for chain in trial.options if chain not in known]
    return {
        key: [c for c in chains if not any(o is not c and o[: len(c)] == c for o in chains)]
        for key, chains in found.items()
    }


def _texts(place: _Place, code: str) -> Iterator[tuple[int, str]]:
    if place.into_call is not None:
        yield place.end, f"{place.into_call}options=[{code}]"
        return
    if place.start is not None:
        yield place.start, "("
    yield place.end, f"{')' if place.start is not None else ''}{place.lead}options({code})"


class _Names:
    """How a file says classes and loaders, and what it has to import for them."""

    def __init__(self, tree: ast.Module) -> None:
        self.missing: dict[str, set[str]] = {}
        self._bound: dict[str, str] = {}
        self._prefixes: dict[str, str] = {}
        for node in _at_run_time(tree):
            if isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    self._bound.setdefault(alias.name, alias.asname or alias.name)
            elif isinstance(node, ast.ClassDef):
                self._bound[node.name] = node.name
            elif isinstance(node, ast.Attribute) and isinstance(
                node.value, (ast.Name, ast.Attribute)
            ):
                self._prefixes.setdefault(node.attr, ast.unparse(node))

    def code(self, chain: Chain) -> str | None:
        """Gives a chain as the file says it; None where a class cannot be named there."""
        parts = []
        for loader, owner, attribute, arguments in chain:
            said = self._class(owner)
            if said is None:
                return None
            given = [said if attribute is None else f"{said}.{attribute}"]
            for key, value in arguments:
                if key == "classes" and isinstance(value, tuple):
                    classes = [self._class(each) for each in value]
                    if None in classes:
                        return None
                    given.append(f"[{', '.join(each for each in classes if each)}]")
                else:
                    given.append(f"{key}={value!r}")
            parts.append(f"{loader}({', '.join(given)})")
        return ".".join(parts)

    def use(self, chain: Chain) -> None:
        """Takes down what a chain needs that the file does not import."""
        for number, (loader, owner, _, arguments) in enumerate(chain):
            if number == 0:
                self.missing.setdefault("sqlalchemy.orm", set()).add(loader)
            more = [each for _, value in arguments if isinstance(value, tuple) for each in value]
            for class_ in (owner, *more):
                module, _, name = class_.rpartition(".")
                if name not in self._bound and name not in self._prefixes:
                    self.missing.setdefault(module, set()).add(name)

    def _class(self, qualified: str) -> str | None:
        module, _, name = qualified.rpartition(".")
        found = self._bound.get(name) or self._prefixes.get(name)
        if found is None and (module == "__main__" or "<locals>" in qualified):
            return None
        return found or name


def _at_run_time(tree: ast.AST) -> Iterator[ast.AST]:
    """Gives the nodes that are there when the file runs: not those for type checkers alone."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        yield node
        yield from _at_run_time(node)


def _place(text: str, tree: ast.Module, line: int, class_: str) -> _Place | None:
    statement = _statement(tree, line)
    if statement is None:
        return None
    nodes = list(_own(statement))
    offsets = _Offsets(text)
    for find in (_legacy, _sent, _got, _ended, _gone_through):
        found = list(find(nodes, class_, offsets))
        if found:
            return found[0] if len(set(found)) == 1 else None
    return None


def _statement(tree: ast.Module, line: int) -> ast.stmt | None:
    found: ast.stmt | None = None
    for node in ast.walk(tree):
        if not isinstance(node, ast.stmt) or (found is not None and node.lineno < found.lineno):
            continue
        if node.lineno <= line <= (node.end_lineno or node.lineno):
            found = node
    return found


def _own(statement: ast.stmt) -> Iterator[ast.AST]:
    """Gives a statement and the expressions in it, of no statement within."""
    yield statement
    waiting = [each for each in ast.iter_child_nodes(statement) if not isinstance(each, ast.stmt)]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += [each for each in ast.iter_child_nodes(node) if not isinstance(each, ast.stmt)]


class _Offsets:
    """Where nodes are in a text: the tree counts bytes of lines."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._lines = text.splitlines(keepends=True)
        self._starts = [0]
        for each in self._lines:
            self._starts.append(self._starts[-1] + len(each))

    def at(self, line: int, column: int) -> int:
        """Gives the place of a line and a column in bytes."""
        before = self._lines[line - 1].encode()[:column].decode()
        return self._starts[line - 1] + len(before)

    def behind(self, node: ast.expr) -> _Place:
        """Gives the place behind a query: on a line of its own where its last call is on one."""
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        end = self.at(node.end_lineno, node.end_col_offset)
        if not isinstance(node, _POSTFIX):
            return _Place(end, self.at(node.lineno, node.col_offset))
        lead = "."
        last = node.func if isinstance(node, ast.Call) else None
        if isinstance(last, ast.Attribute) and last.end_lineno is not None:
            own = self._lines[last.end_lineno - 1]
            if own.lstrip().startswith(f".{last.attr}"):
                lead = f"\n{own[: len(own) - len(own.lstrip())]}."
        return _Place(end, lead=lead)


def _legacy(nodes: list[ast.AST], class_: str, offsets: _Offsets) -> Iterator[_Place]:
    """`session.query(Author)` and `Author.query`."""
    for node in nodes:
        if isinstance(node, ast.Call) and _called(node) == "query":
            if any(_last(each) == class_ for each in node.args):
                yield offsets.behind(node)
        elif isinstance(node, ast.Attribute) and (node.attr, _last(node.value)) == (
            "query",
            class_,
        ):
            yield offsets.behind(node)


def _sent(nodes: list[ast.AST], class_: str, offsets: _Offsets) -> Iterator[_Place]:
    """`session.scalars(QUERY)`; of several queries the one that names the class."""
    found = [
        node.args[0]
        for node in nodes
        if isinstance(node, ast.Call) and _called(node) in _SENDERS and node.args
    ]
    found = [each for each in found if _is_query(each)]
    naming = [each for each in found if _names(each, class_)]
    for each in naming or [each for each in found if not _selects(each)]:
        yield offsets.behind(each)


def _got(nodes: list[ast.AST], class_: str, offsets: _Offsets) -> Iterator[_Place]:
    """`session.get(Author, 1)`, where the options are an argument."""
    for node in nodes:
        if isinstance(node, ast.Call) and _called(node) in _GETTERS and len(node.args) > 1:
            taken = any(each.arg == "options" for each in node.keywords)
            if _last(node.args[0]) == class_ and not taken:
                last = max((*node.args, *(k.value for k in node.keywords)), key=_end)
                yield _Place(offsets.at(*_end(last)), into_call=", ")


def _ended(nodes: list[ast.AST], class_: str, offsets: _Offsets) -> Iterator[_Place]:
    """`query.all()`: a result would have been sent by another line, so it is a Query."""
    for node in nodes:
        if isinstance(node, ast.Call) and _called(node) in _ENDS:
            assert isinstance(node.func, ast.Attribute)
            if isinstance(node.func.value, _POSTFIX):
                yield offsets.behind(node.func.value)


def _gone_through(nodes: list[ast.AST], class_: str, offsets: _Offsets) -> Iterator[_Place]:
    """`for author in query`."""
    for node in nodes:
        iterated = node.iter if isinstance(node, (ast.For, ast.comprehension)) else None
        if isinstance(iterated, (ast.Name, ast.Attribute)):
            yield offsets.behind(iterated)


def _end(node: ast.expr) -> tuple[int, int]:
    return node.end_lineno or node.lineno, node.end_col_offset or 0


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else ""


def _last(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _names(node: ast.AST, class_: str) -> bool:
    return any(_last(each) == class_ for each in ast.walk(node))


def _selects(node: ast.AST) -> bool:
    """Whether an expression writes its select out, so that its classes can be read there."""
    return any(
        isinstance(each, ast.Call) and "select" in (_called(each), _last(each.func))
        for each in ast.walk(node)
    )


def _is_query(node: ast.expr) -> bool:
    """Whether an argument may be a query of objects: not a text, not a constant."""
    if isinstance(node, ast.Call) and "text" in (_called(node), _last(node.func)):
        return False
    return not isinstance(node, (ast.Constant, ast.JoinedStr, ast.Starred))

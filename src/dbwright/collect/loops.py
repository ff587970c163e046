"""The loops in source files and templates: whether a line is run again and again."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterator
from functools import reduce
from pathlib import Path

from dbwright.collect.around_line import head_at
from dbwright.collect.call_values import Value, value_at
from dbwright.collect.fixed_loops import Fixed
from dbwright.collect.guarded_turns import Guard, expected_at, guard_at
from dbwright.core.source import parsed

_LOOPS = (
    ast.For,
    ast.AsyncFor,
    ast.While,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
)
_CALLED_AGAIN = frozenset({"map", "filter", "sorted", "min", "max", "reduce", "any", "all", "sum"})
_TREES = 32
_LONGEST, _WIDEST = 200, 100
_FRAMES = ("<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>")
Span = tuple[int, int, int, bool]
"""First and last line of what is repeated, the line that the loop begins at, and whether what is
repeated may run in a frame of its own: that of a comprehension."""


class Loops:
    """Reads each file once; `root` is the folder that relative names stand in."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._spans: dict[str, list[Span] | None] = {}
        self._ends: dict[str, list[tuple[int, int]]] = {}
        self._lines: dict[str, list[str]] = {}
        self._trees: dict[str, ast.Module | None] = {}
        self._guards: dict[tuple[str, int], Guard] = {}
        self._expected: dict[tuple[str, int], tuple[str, ...]] = {}
        self._values: dict[tuple[str, int], Value] = {}
        self._codes: dict[tuple[str, int], str] = {}

    def around(self, file: str, line: int, frame: str = "") -> tuple[bool | None, int | None]:
        """Gives whether a line is in a loop of its own function, and where that begins.

        None and None where there is no source. What ends in `return` or `raise` is turned once; so
        is what a comprehension goes through, which runs in another `frame` (its function's name)
        than the comprehension. From Python 3.12 on they share one (PEP 709): none is given.
        """
        if file not in self._spans:
            self._spans[file] = self._read(file)
        spans = self._spans[file]
        if spans is None:
            return None, None
        inside = [span for span in spans if span[0] <= line <= span[1]]
        if frame and not frame.endswith(_FRAMES):
            inside = [span for span in inside if not span[3]]
        for first, last in self._ends.get(file, ()):
            if first <= line <= last:
                inside = [span for span in inside if span[0] >= first and span[1] <= last]
        if not inside:
            return False, None
        return True, min(inside, key=lambda span: span[1] - span[0])[2]

    def guard(self, file: str, line: int) -> Guard:
        """Gives how a line is tried; nothing where there is no source."""
        if (file, line) not in self._guards:
            tree = self.tree(file) if file.endswith(".py") else None
            self._guards[file, line] = guard_at(tree, line) if tree is not None else ""
        return self._guards[file, line]

    def expected(self, file: str, line: int) -> tuple[str, ...]:
        """Gives the errors that handlers around a line name; nothing where there is no source."""
        if (file, line) not in self._expected:
            tree = self.tree(file) if file.endswith(".py") else None
            self._expected[file, line] = expected_at(tree, line) if tree is not None else ()
        return self._expected[file, line]

    def value(self, file: str, line: int) -> Value:
        """Gives what becomes of the value of a line's call; nothing where there is no source."""
        if (file, line) not in self._values:
            tree = self.tree(file) if file.endswith(".py") else None
            self._values[file, line] = value_at(tree, line) if tree is not None else ""
        return self._values[file, line]

    def code(self, file: str, line: int) -> str:
        """Gives the statement of a line or the head of its block, empty where there is none.

        Of one that is too long, or has a comment within, the line alone.
        """
        if (file, line) not in self._codes:
            lines = self._text(file)
            tree = self.tree(file) if file.endswith(".py") else None
            first, last = head_at(tree, line) if tree is not None else (line, line)
            parts = [part for each in lines[first - 1 : last] if (part := each.strip())]
            code = reduce(_joined, parts, "")
            if len(parts) > 1 and (len(code) > _WIDEST or "#" in code):
                code = lines[line - 1].strip()
            self._codes[file, line] = code[:_LONGEST]
        return self._codes[file, line]

    def text(self, file: str) -> str:
        """Gives a file's text, empty where there is none."""
        return "\n".join(self._text(file))

    def tree(self, file: str) -> ast.Module | None:
        """Gives the syntax tree of a Python file, None for what is none."""
        if file not in self._trees:
            if len(self._trees) >= _TREES:  # of thousands of files they would fill the memory
                del self._trees[next(iter(self._trees))]
            try:
                self._trees[file] = parsed(self.text(file))
            except (SyntaxError, ValueError):
                self._trees[file] = None
        return self._trees[file]

    def _text(self, file: str) -> list[str]:
        if file not in self._lines:
            path = Path(self.root, file)
            try:
                text = path.read_text(encoding="utf-8") if path.is_file() else ""
            except (OSError, UnicodeDecodeError):
                text = ""
            self._lines[file] = text.splitlines() or linecache.getlines(file)
        return self._lines[file]

    def _read(self, file: str) -> list[Span] | None:
        lines = self._text(file)
        if not lines:
            return None
        tree = self.tree(file)
        if tree is None:
            return _template(self.text(file))
        self._ends[file] = list(_ends(tree))
        return list(_python(tree))


def _ends(tree: ast.AST) -> Iterator[tuple[int, int]]:
    """Gives the lines that leave the loop around them: one that tries again has one good turn."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.Return, ast.Raise)):
            yield node.lineno, _end(node)
        elif isinstance(node, (ast.Try, ast.With, ast.AsyncWith)) and _leaves(node.body):
            yield node.body[0].lineno, _end(node.body[-1])


def _leaves(body: list[ast.stmt]) -> bool:
    """Whether statements end in a return, and none before goes on with the next turn."""
    if any(isinstance(each, ast.Continue) for one in body for each in ast.walk(one)):
        return False
    last = body[-1]
    within = isinstance(last, (ast.With, ast.AsyncWith)) and _leaves(last.body)
    return within or isinstance(last, (ast.Return, ast.Raise))


def _python(tree: ast.AST) -> Iterator[Span]:
    """Gives what loops repeat: not what they go through, which is made once.

    A function that is made within a loop is called when somebody calls it. A loop over values that
    stand in the source turns as often in a year as today.
    """
    fixed = Fixed(tree)
    for node in ast.walk(tree):
        if isinstance(node, _LOOPS) and fixed.turns(node):
            continue
        if isinstance(node, (ast.For, ast.AsyncFor)):
            yield node.body[0].lineno, _end(node.body[-1]), node.lineno, False
            yield from _target(node)
        elif isinstance(node, ast.While):
            yield node.lineno, _end(node.body[-1]), node.lineno, False
        elif isinstance(node, _LOOPS):
            yield node.lineno, _end(node), node.lineno, True
        elif isinstance(node, ast.Call) and _calls_again(node):
            yield node.lineno, _end(node), node.lineno, False


def _target(node: ast.For | ast.AsyncFor) -> Iterator[Span]:
    """A body on the loop's own line is repeated, and that line with it."""
    if node.body[0].lineno == node.lineno:
        yield node.lineno, node.lineno, node.lineno, False


def _calls_again(node: ast.Call) -> bool:
    name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    given = [*node.args, *(each.value for each in node.keywords if each.arg == "key")]
    return name in _CALLED_AGAIN and any(
        isinstance(each, (ast.Lambda, ast.Name, ast.Attribute)) for each in given[:1] + given[-1:]
    )


def _joined(before: str, after: str) -> str:
    """Gives two lines of a statement as one."""
    close = not before or before.endswith(("(", "[", "{")) or after.startswith((")", "]", "}", "."))
    if after.startswith((")", "]")):
        before = before.removesuffix(",")
    return f"{before}{after}" if close else f"{before} {after}"


def _end(node: ast.stmt | ast.expr) -> int:
    return node.end_lineno or node.lineno


def _template(text: str) -> list[Span] | None:
    """Gives the loops of a Jinja template, None for what is none."""
    from jinja2 import Environment, TemplateError, nodes

    extensions = ["jinja2.ext.do", "jinja2.ext.loopcontrols", "jinja2.ext.i18n"]
    try:
        tree = Environment(extensions=extensions).parse(text)
    except TemplateError:
        return None
    last = text.count("\n") + 1
    return [
        (each.lineno, _template_end(each, last), each.lineno, False)
        for each in tree.find_all(nodes.For)
    ]


def _template_end(node: object, last: int) -> int:
    from jinja2 import nodes

    assert isinstance(node, nodes.For)
    inner = [each for part in node.body for each in (part, *part.find_all(nodes.Node))]
    return max(each.lineno or 0 for each in (node, *inner))  # Jinja gives an operand no line

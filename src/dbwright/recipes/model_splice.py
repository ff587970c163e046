"""Cuts one statement, class or import out of a file, lets it be edited, and puts it back.

Only the piece is parsed by libcst, which keeps its formatting; the rest of the file is not touched.
A file of thousands of lines costs no more than a short one.
"""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Callable

import libcst as cst
from libcst.metadata import MetadataWrapper

from dbwright.recipes import model_imports

Edit = Callable[[MetadataWrapper, int], cst.Module | None]
_TRIES = 12
_SIMPLE = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr, ast.Return)


def at_statement(text: str, line: int, edit: Edit) -> str | None:
    """Gives the text with the simple statement at the line edited; None where that fails.

    `edit` gets the statement as a module of its own and the line inside it.
    """
    found = _statement(text, line)
    return _spliced(text, *found, line, edit) if found else None


def at_class(
    text: str, name: str, edit: Callable[[cst.ClassDef], cst.ClassDef | None]
) -> str | None:
    """Gives the text with a class of the module edited; None where that fails."""
    found = _class(text, name)
    if found is None:
        return None

    def edited(wrapper: MetadataWrapper, _: int) -> cst.Module | None:
        body = list(wrapper.module.body)
        last = body[-1] if body else None
        after = edit(last) if isinstance(last, cst.ClassDef) else None
        return wrapper.module.with_changes(body=[*body[:-1], after]) if after else None

    return _spliced(text, *found, found[0], edited)


def without_lines(text: str, line: int) -> str | None:
    """Gives the text without the simple statement at the line."""
    found = _statement(text, line)
    if found is None:
        return None
    lines = text.splitlines(keepends=True)
    return "".join(lines[: found[0] - 1] + lines[found[1] :])


def before_class(text: str, name: str, code: str) -> str | None:
    """Gives the text with statements put in front of a class of the module."""
    found = _class(text, name)
    if found is None:
        return None
    lines = text.splitlines(keepends=True)
    first = found[0] - 1
    while first and lines[first - 1].startswith("@"):
        first -= 1
    return "".join([*lines[:first], f"{code.rstrip()}\n\n\n", *lines[first:]])


def with_import(
    text: str, module: str, names: tuple[str, ...], own: frozenset[str] = frozenset()
) -> str:
    """Gives the text with `from module import names`, or `import module` without names.

    What stands there already is not written again; names join an import of the same module. A new
    import goes where isort sorts it: behind the standard library, before the project's `own`
    packages.
    """
    body = _head(text)
    if not names:
        known = any(
            isinstance(node, ast.Import)
            and any(a.name == module and not a.asname for a in node.names)
            for node in body
        )
        return (
            text if known else model_imports.inserted(text, body, module, f"import {module}\n", own)
        )
    there = [node for node in body if isinstance(node, ast.ImportFrom) and node.module == module]
    there = [node for node in there if not node.level]
    have = {alias.name for node in there for alias in node.names if not alias.asname}
    missing = sorted({name for name in names if name not in have})
    if not missing or "*" in have:
        return text
    if len(there) > 1 and all(len(node.names) == 1 for node in there):
        return model_imports.each_alone(text, there, module, missing)
    if there:
        return _joined(text, there[-1], missing)
    code = f"from {module} import {', '.join(missing)}\n"
    return model_imports.inserted(text, body, module, code, own)


def _joined(text: str, node: ast.ImportFrom, names: list[str]) -> str:
    """The names put where they sort into an import that stands there."""

    def edit(wrapper: MetadataWrapper, _: int) -> cst.Module | None:
        line = wrapper.module.body[0]
        statement = line.body[0] if isinstance(line, cst.SimpleStatementLine) else None
        if not isinstance(statement, cst.ImportFrom) or isinstance(statement.names, cst.ImportStar):
            return None
        aliases = list(statement.names)
        for name in names:
            aliases = _sorted_in(aliases, name)
        changed = statement.with_changes(names=aliases)
        assert isinstance(line, cst.SimpleStatementLine)
        return wrapper.module.with_changes(body=[line.with_changes(body=[changed])])

    end = node.end_lineno or node.lineno
    done = _spliced(text, node.lineno, end, node.lineno, edit) or text
    lines = done.splitlines()
    first = lines[node.lineno - 1]
    if end == node.lineno and len(first) > 100 and "(" not in first:
        head, _, tail = first.partition(" import ")
        broken = [f"{head} import (", *(f"    {name}," for name in tail.split(", ")), ")"]
        lines[node.lineno - 1 : node.lineno] = broken
        return "\n".join(lines) + ("\n" if done.endswith("\n") else "")
    return done


def _sorted_in(aliases: list[cst.ImportAlias], name: str) -> list[cst.ImportAlias]:
    """One more name among the others, in their order, with their commas."""
    texts = [alias.evaluated_name for alias in aliases]
    at = next((n for n, other in enumerate(texts) if _order(other) > _order(name)), len(aliases))
    new = cst.ImportAlias(cst.Name(name))
    between = next((a.comma for a in aliases[:-1] if isinstance(a.comma, cst.Comma)), None)
    comma = between or cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
    if at < len(aliases):
        return [*aliases[:at], new.with_changes(comma=comma), *aliases[at:]]
    last = aliases[-1]
    return [*aliases[:-1], last.with_changes(comma=comma), new.with_changes(comma=last.comma)]


def _order(name: str) -> tuple[bool, bool, str]:
    """Constants, then classes, then functions, as isort and ruff sort them."""
    return (not name.isupper(), not name[:1].isupper(), name)


def _spliced(text: str, first: int, last: int, line: int, edit: Edit) -> str | None:
    lines = text.splitlines(keepends=True)
    piece = "".join(lines[first - 1 : last])
    bare = piece.lstrip(" \t")
    indent = piece[: len(piece) - len(bare)]
    try:
        module = cst.parse_module(bare)
    except cst.ParserSyntaxError:
        return None
    after = edit(MetadataWrapper(module, unsafe_skip_copy=True), line - first + 1)
    if after is None:
        return None
    return "".join([*lines[: first - 1], f"{indent}{after.code}", *lines[last:]])


def _statement(text: str, line: int) -> tuple[int, int] | None:
    """The first and last line of the simple statement at a line.

    The block at the left margin that holds the line is parsed, not the file.
    """
    first, last = block(text, line)
    found: ast.stmt | None = None
    for node in ast.walk(_parsed(text, first, last)):
        if isinstance(node, _SIMPLE):
            low, high = node.lineno + first - 1, (node.end_lineno or node.lineno) + first - 1
            if low <= line <= high and found is None:
                found = node
    if found is None:
        return None
    return found.lineno + first - 1, (found.end_lineno or found.lineno) + first - 1


def _class(text: str, name: str) -> tuple[int, int] | None:
    """The first and last line of a class of the module."""
    match = re.search(rf"^class {re.escape(name)}\b", text, re.MULTILINE)
    if match is None:
        return None
    first, last = block(text, text.count("\n", 0, match.start()) + 1)
    lines = text.splitlines()
    while last > first and not lines[last - 1].strip():
        last -= 1
    return first, last


def block(text: str, line: int) -> tuple[int, int]:
    """Gives the first and last line of the statement at the left margin that holds a line."""
    lines = _lines(text)
    first = min(line, len(lines))
    while first > 1 and not _begins(lines[first - 1]):
        first -= 1
    last = max(line, first)
    while last < len(lines) and not _begins(lines[last]):
        last += 1
    return _whole(text, first, last)


def _whole(text: str, first: int, last: int) -> tuple[int, int]:
    """The block, or more of the file where a text at the left margin stood inside a string."""
    lines = _lines(text)
    low = first
    for _ in range(_TRIES):
        high = last
        for _ in range(_TRIES):
            if _parses(lines[low - 1 : high]):
                return low, high
            high = _next(lines, high + 1)
        low = _previous(lines, low - 1)
    return 1, len(lines)


def _parses(lines: list[str]) -> bool:
    try:
        ast.parse("\n".join(lines))
    except (SyntaxError, ValueError, RecursionError):
        return False
    return True


def _next(lines: list[str], at: int) -> int:
    while at < len(lines) and not _begins(lines[at]):
        at += 1
    return min(at, len(lines))


def _previous(lines: list[str], at: int) -> int:
    while at > 1 and not _begins(lines[at - 1]):
        at -= 1
    return max(at, 1)


def _begins(line: str) -> bool:
    """Whether a statement at the left margin may begin with the line."""
    return line[:1] not in ("", " ", "\t", ")", "]", "}", "#", "\n", "\r")


@functools.lru_cache(maxsize=64)
def _lines(text: str) -> list[str]:
    return text.splitlines()


def _parsed(text: str, first: int, last: int) -> ast.Module:
    try:
        return ast.parse("\n".join(_lines(text)[first - 1 : last]))
    except (SyntaxError, ValueError, RecursionError):
        return ast.Module([], [])


def _head(text: str) -> tuple[ast.stmt, ...]:
    """The statements above the first class or function: where imports stand."""
    match = re.search(r"^(class |def |async def |@)", text, re.MULTILINE)
    lines = _lines(text)
    last = text.count("\n", 0, match.start()) if match else len(lines)
    return tuple(_parsed(text, 1, last).body)

"""A place in a project's code that a user names: a file, a function of it, or a line."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from dbwright.collect.models_source import python_files
from dbwright.collect.source_files import SIZE_LIMIT

_REFERENCE = re.compile(r"(?P<file>[^\s:]+\.py)(?::{1,2}(?P<where>\w+))?")
_NAME = re.compile(r"[A-Za-z_]\w*")
_MOST_FILES = 3_000
_MOST_NAMED = 100


@dataclass(frozen=True, slots=True)
class CodeReference:
    """A file, relative to where the user stands, and perhaps a function or a line of it."""

    file: str
    function: str = ""
    line: int | None = None

    def __str__(self) -> str:
        where = self.function or (str(self.line) if self.line else "")
        return f"{self.file}:{where}" if where else self.file


def code_reference(argument: str, root: Path) -> CodeReference | None:
    """Gives what `FILE.py`, `FILE.py:FUNCTION` or `FILE.py:LINE` names, None for anything else.

    >>> code_reference("select 1", Path()) is None
    True
    """
    found = _REFERENCE.fullmatch(argument.strip()) if len(argument) <= 1000 else None
    if found is None or not Path(root, found["file"]).is_file():
        return None
    where = found["where"] or ""
    if where.isdecimal():
        return CodeReference(found["file"], line=int(where))
    return CodeReference(found["file"], where)


def references(argument: str, root: Path) -> list[CodeReference]:
    """Gives the places that an argument names, one on each line; none for what names others."""
    found = [code_reference(line, root) for line in argument.split("\n")[:_MOST_NAMED]]
    return [] if None in found else [each for each in found if each is not None]


def references_in(words: str, root: Path) -> list[CodeReference]:
    """Gives the places that a request names: files with `.py`, and functions of the project.

    A function is named as code is: with an underscore, in backticks, or with its parentheses.
    """
    files = [code_reference(match[0], root) for match in _REFERENCE.finditer(words)]
    found = [each for each in files if each is not None]
    names = set(_named(words))
    if found:
        alone = [each for each in found if not (each.function or each.line)]
        inside = [
            CodeReference(each.file, name)
            for each in alone
            for name in sorted(names | set(_NAME.findall(words)))
            if name in _functions(Path(root, each.file))
        ]
        return inside or found
    return list(_defined(names, root)) if names else []


def _named(words: str) -> Iterator[str]:
    for match in _NAME.finditer(words):
        around = words[match.start() - 1 : match.start()] + words[match.end() : match.end() + 1]
        if "_" in match[0] or "`" in around or around.endswith("("):
            yield match[0]


def _defined(names: Iterable[str], root: Path) -> Iterator[CodeReference]:
    marks = {name: f"def {name}(".encode() for name in sorted(names)}
    for count, file in enumerate(python_files(root)):
        if count >= _MOST_FILES:
            return
        try:
            content = file.read_bytes() if file.stat().st_size <= SIZE_LIMIT else b""
        except OSError:
            continue
        for name, mark in marks.items():
            if mark in content:
                yield CodeReference(file.relative_to(root).as_posix(), name)


def _functions(file: Path) -> set[str]:
    try:
        tree = ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError):
        return set()
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in ast.walk(tree) if isinstance(node, kinds)}

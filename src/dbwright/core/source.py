"""Source: the text of a file of the user's, its syntax tree, and files that could not be read."""

from __future__ import annotations

import ast
import fnmatch
import functools
import gc
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Source:
    """One Python file: its path relative to the project's root, and its text."""

    path: str
    text: str

    @property
    def tree(self) -> ast.Module:
        """The syntax tree; a file that does not parse raises SyntaxError."""
        return _kept(self.text)

    @property
    def lines(self) -> list[str]:
        """The lines without their ends."""
        return self.text.splitlines()


@dataclass(frozen=True, slots=True)
class Problem:
    """A file, or a part of one, that could not be read: where, why, and the way out."""

    file: str
    message: str
    line: int | None = None
    way_out: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.message}"


TESTS = (
    *(f"{before}{folder}/*" for folder in ("tests", "test", "testing") for before in ("", "*/")),
    *(f"{before}{name}" for name in ("test_*.py", "conftest.py") for before in ("", "*/")),
    "*_test.py",
)
"""Patterns of the files of tests."""


@functools.cache
def is_test(file: str) -> bool:
    """Whether a file is of the tests, by its name or its folder's.

    >>> is_test("tests/factories.py"), is_test("shop/api_test.py"), is_test("shop/testing.py")
    (True, True, False)
    """
    return any(fnmatch.fnmatch(file, pattern) for pattern in TESTS)


def parsed(text: str) -> ast.Module:
    """Gives the syntax tree of a text, which raises SyntaxError where it is none.

    Garbage waits meanwhile: a finalizer of the user's that logs a traceback parses as well, and
    before Python 3.11.8 and 3.12.2 one parser within the other is a SystemError.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        return ast.parse(text)
    finally:
        if collects:
            gc.enable()


@functools.lru_cache(maxsize=4096)
def _kept(text: str) -> ast.Module:
    return parsed(text)

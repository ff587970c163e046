"""Source: the text of a file of the user's and its syntax tree."""

from __future__ import annotations

import ast
import functools
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Source:
    """One Python file: its path relative to the project's root, and its text."""

    path: str
    text: str

    @property
    def tree(self) -> ast.Module:
        """The syntax tree; a file that does not parse raises SyntaxError."""
        return _parse(self.text)

    @property
    def lines(self) -> list[str]:
        """The lines without their ends."""
        return self.text.splitlines()


@functools.lru_cache(maxsize=4096)
def _parse(text: str) -> ast.Module:
    return ast.parse(text)

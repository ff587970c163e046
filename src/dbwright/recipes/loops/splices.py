"""Splices: parts of a file that become another text."""

from __future__ import annotations

from collections.abc import Sequence

from dbwright.core.application import Span


def spliced(text: str, edits: Sequence[tuple[Span, str]]) -> str:
    """Gives a text with each part replaced; parts do not overlap.

    >>> spliced("a = len(b)", [((1, 4, 1, 10), "c")])
    'a = c'
    """
    lines = text.encode().splitlines(keepends=True)
    for (line, column, last, end), code in sorted(edits, reverse=True):
        made = lines[line - 1][:column] + code.encode() + lines[last - 1][end:]
        lines[line - 1 : last] = [made]
    return b"".join(lines).decode()

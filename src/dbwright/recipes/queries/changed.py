"""The lines of a text that another form of it changes."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

_WORTH = 0.7
"""Changed lines that are more of the whole than this say less than the whole."""


def changed(before: str, after: str) -> str:
    """Gives the lines that go and those that come, empty where the whole is as short.

    >>> changed("select a\\nfrom t\\nwhere b\\nlimit 5", "select a\\nfrom t\\nlimit 5")
    '- where b'
    """
    found = [
        line.rstrip()
        for line in _different(_lines(before), _lines(after))
        if not line.startswith(("- from ", "- import "))
    ]
    told = [line for line in found if not line.startswith(("+ from ", "+ import "))]
    worth = 0 < len(told) <= _WORTH * len(_lines(after))
    return "\n".join(_dedented(found)) if worth else ""


def _different(before: list[str], after: list[str]) -> Iterator[str]:
    """Yields the lines that are in one text only, each run of them first as it was.

    `difflib.ndiff`, which sets similar lines side by side, takes half a minute for 500 of them.
    """
    found = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for kind, start, end, new_start, new_end in found.get_opcodes():
        if kind != "equal":
            yield from (f"- {line}" for line in before[start:end])
            yield from (f"+ {line}" for line in after[new_start:new_end])


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]


def _dedented(lines: list[str]) -> list[str]:
    """Takes the margin away that all lines have behind their sign."""
    margin = min(len(line) - 2 - len(line[2:].lstrip()) for line in lines)
    return [line[:2] + line[2 + margin :] for line in lines]

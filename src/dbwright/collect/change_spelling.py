"""Misspelt command words of a clause, put right; names are left as they are."""

from __future__ import annotations

import re
from collections.abc import Callable

VERBS = (
    "add", "create", "remove", "drop", "delete", "rename", "make", "change", "convert", "index",
    "store", "track", "link", "connect", "alter", "allow", "increase",
)  # fmt: skip
NOUNS = (
    "column", "columns", "field", "fields", "attribute", "index", "constraint", "relationship",
    "unique", "nullable", "required", "optional", "default", "timestamp", "timestamps", "boolean",
    "integer", "numeric", "decimal", "varchar", "model", "models", "table", "tables",
)  # fmt: skip
WORDS = frozenset({"mode", "modes", "filed", "fielded", "sort", "moods", "cables", "fable", "soft",
    "tale", "tales", "tablet", "tablets", "modal", "modals", "motel", "motels"})  # fmt: skip
"""Words of their own that look like a misspelt one."""
SHORTEST = 4


def corrected(clause: str, is_name: Callable[[str], bool]) -> tuple[str, tuple[str, ...]]:
    """Gives the clause with its command words spelled right, and what was read as what.

    `is_name` tells the names of models and columns, which are never changed; nor is a word that
    stands where a new name does, behind a dot or with an underscore.

    >>> corrected("renmae Post.body to content", lambda word: False)
    ('rename Post.body to content', ('“renmae” is read as “rename”',))
    """
    told: list[str] = []

    def right(match: re.Match[str]) -> str:
        word = match[0]
        first = match.start() == 0
        found = _nearest(word.lower(), VERBS if first else NOUNS, 2 if first else SHORTEST)
        if not found or is_name(word) or not (word.islower() or first):
            return word
        told.append(f"“{word}” is read as “{found}”")
        return found

    return re.sub(r"(?<![\w.'\"`(])[A-Za-z]+(?![\w.'\"`)])", right, clause), tuple(told)


def verb(word: str) -> str:
    """Gives the command that a word is or nearly is, else the word."""
    return _nearest(word, VERBS, 2) or word


def _nearest(word: str, known: tuple[str, ...], shortest: int) -> str:
    if word in known or word in WORDS or word in VERBS or word in NOUNS or len(word) < shortest:
        return ""
    near = [item for item in known if item[0] == word[0] and is_one_slip(word, item)]
    return near[0] if len(near) == 1 else ""


def is_one_slip(word: str, other: str) -> bool:
    """Whether two words differ by one letter: missing, too many, another one, or two swapped.

    >>> [is_one_slip(word, "column") for word in ("colum", "coulmn", "columm", "calm")]
    [True, True, True, False]
    """
    if word == other or abs(len(word) - len(other)) > 1:
        return False
    at = next((n for n, (a, b) in enumerate(zip(word, other, strict=False)) if a != b), None)
    if at is None:
        return True
    rest, wanted = word[at:], other[at:]
    swapped = rest[:2] == wanted[1::-1] and rest[2:] == wanted[2:]
    return swapped or rest[1:] == wanted[1:] or rest[1:] == wanted or rest == wanted[1:]

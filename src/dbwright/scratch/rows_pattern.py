"""Strings that match a regular expression, for CHECK constraints that ask for one."""

from __future__ import annotations

import random
import re
import string
from re import _parser as parser  # type: ignore[attr-defined]  # no public parse tree exists
from typing import Any

_PLAIN = string.ascii_lowercase + string.digits + string.ascii_uppercase + "-_. @/"
_CATEGORIES = {
    "CATEGORY_DIGIT": string.digits,
    "CATEGORY_WORD": string.ascii_lowercase + string.digits + "_",
    "CATEGORY_SPACE": " ",
    "CATEGORY_NOT_DIGIT": string.ascii_lowercase,
    "CATEGORY_NOT_WORD": "-. ",
    "CATEGORY_NOT_SPACE": string.ascii_lowercase + string.digits,
}
_POSIX = {
    "[:alpha:]": "a-zA-Z",
    "[:digit:]": "0-9",
    "[:alnum:]": "a-zA-Z0-9",
    "[:lower:]": "a-z",
    "[:upper:]": "A-Z",
    "[:space:]": " ",
    "[:punct:]": "!-/",
    "[:xdigit:]": "0-9a-f",
}
_MORE = 6


def matching(
    pattern: str, rng: random.Random, shortest: int = 0, longest: int | None = None
) -> str | None:
    """Gives a string that the pattern finds a match in, or None when none could be made.

    >>> matching("^[a-c]{3}-7$", random.Random(0))
    'bba-7'
    >>> len(matching("^[a-f]+$", random.Random(0), 32, 32))
    32
    """
    for name, characters in _POSIX.items():
        pattern = pattern.replace(name, characters)
    try:
        tree = parser.parse(pattern)
        for extra in (rng.randint(0, _MORE), *range(shortest + 1)):
            text = _sequence(tree, rng, extra)
            fits = shortest <= len(text) and (longest is None or len(text) <= longest)
            if fits and re.search(pattern, text):
                return text
        return None
    except (re.error, RecursionError, OverflowError, IndexError):
        return None


def like(pattern: str) -> str:
    """Gives a string that LIKE takes: `%` becomes a word, `_` a letter.

    >>> like("%@%.org")
    'some@some.org'
    """
    return pattern.replace("%", "some").replace("_", "x")


def glob(pattern: str) -> str:
    """Gives the regular expression of a GLOB pattern.

    >>> glob("[a-z]*")
    '^[a-z].*$'
    """
    return "^" + pattern.replace(".", "\\.").replace("*", ".*").replace("?", ".") + "$"


def _piece(op: Any, value: Any, rng: random.Random, extra: int) -> str:
    name = str(op)
    if name == "LITERAL":
        return chr(value)
    if name == "ANY":
        return rng.choice(string.ascii_lowercase)
    if name in ("IN", "NOT_LITERAL"):
        return rng.choice(_allowed(value if name == "IN" else [("NEGATE", None), (op, value)]))
    if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        low, high, inner = value
        count = min(int(high), low + extra)
        return "".join(_sequence(inner, rng, extra) for _ in range(count))
    if name == "SUBPATTERN":
        return _sequence(value[-1], rng, extra)
    if name == "ATOMIC_GROUP":
        return _sequence(value, rng, extra)
    if name == "BRANCH":
        return _sequence(rng.choice(value[1]), rng, extra)
    return ""


def _sequence(items: Any, rng: random.Random, extra: int) -> str:
    return "".join(_piece(op, value, rng, extra) for op, value in items)


def _allowed(items: list[Any]) -> str:
    negated = str(items[0][0]) == "NEGATE"
    found = "".join(_characters(op, value) for op, value in items)
    if negated:
        return "".join(sign for sign in _PLAIN if sign not in found)
    return found


def _characters(op: Any, value: Any) -> str:
    name = str(op)
    if name in ("LITERAL", "NOT_LITERAL"):
        return chr(value)
    if name == "RANGE":
        return "".join(map(chr, range(value[0], min(value[1], value[0] + 128) + 1)))
    return _CATEGORIES.get(str(value), "") if name == "CATEGORY" else ""

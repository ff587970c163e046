"""Shows that a value put into SQL text is run: the user's own text with a hostile value in it."""

from __future__ import annotations

import re

from dbwright.core.claim import SqlProbe
from dbwright.recipes.injection import Hole, Injection

# What the value makes the database compute: a division by zero that no one asked for.
_HOSTILE = {"postgresql": "(1/0)"}
_CODE = "22012"
_BIND = re.compile(r"(?<![:\w]):(\w+)")
_EXPANDED = re.compile(r"\bin\s+:(\w+)", re.IGNORECASE)


def probe(injection: Injection, dialect: str) -> SqlProbe | None:
    """Gives the statement with a harmless and then a hostile value, None for a mere piece."""
    if not injection.is_statement:
        return None
    harmless = _filled(injection, None)
    expression = _HOSTILE.get(dialect)
    if expression is not None:
        return SqlProbe((harmless, _filled(injection, expression)), "error", _CODE)
    quoted = any(_in_quotes(injection, hole) for hole in injection.holes if hole.tainted)
    if not quoted:
        return None
    return SqlProbe((harmless, _filled(injection, "'")), "error")


def _in_quotes(injection: Injection, wanted: Hole) -> bool:
    text = ""
    for part in injection.parts:
        if part is wanted:
            break
        text += part if isinstance(part, str) else "x"
    return text.count("'") % 2 == 1


def _filled(injection: Injection, hostile: str | None) -> str:
    """The whole statement; only the first hole from outside gets the hostile value."""
    text, used = "", False
    for part in injection.parts:
        if isinstance(part, str):
            text += part
            continue
        quoted = text.count("'") % 2 == 1
        if hostile is None or used or not part.tainted:
            text += "x" if quoted else "1"
            continue
        used = True
        if hostile == "'":
            text += "x'y"
        else:
            text += f"x' || {hostile}::text || 'x" if quoted else hostile
    text = _EXPANDED.sub("in (null)", text)
    text = _BIND.sub("null", text).rstrip().rstrip(";")
    return " ".join(text.split())

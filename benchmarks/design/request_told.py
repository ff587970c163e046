"""Whether what a request misses was told: a note that names what the must names."""

from __future__ import annotations

import re
from collections.abc import Iterable

from request_file import Must

_ENDINGS = ("ations", "ation", "ings", "ing", "ies", "ied", "es", "ed", "y", "s", "e")
_PLAIN = {"id", "at", "on", "is", "lower", "desc", "asc", "same", "other", "none", "true", "false"}


def is_told(must: Must, why: str, told: Iterable[str]) -> bool:
    """Whether one of the texts has a word of the columns or values that the must names.

    Where the table is missing, or nothing but a table is named, a word of the table is enough.
    """
    if must.kind == "reported":
        return False
    tables, columns = _named(must)
    wanted = columns | (
        tables if not columns or "table" in why or "->" in str(must.what) else set()
    )
    said = {_stem(word) for text in told for word in re.findall(r"[^\W_]+", text.lower())}
    return why == "no models" or must.kind == "standing" or bool(wanted & said)


def _named(must: Must) -> tuple[set[str], set[str]]:
    if isinstance(must.what, dict):
        ((tables, rows),) = must.what.items()
        given = rows if isinstance(rows, list) else [rows]
        columns = " ".join(f"{name} {value}" for row in given for name, value in row.items())
        return _stems(tables), _stems(columns)
    tables, columns = "", ""
    for alternative in str(must.what).split(" | "):
        source, _, target = alternative.partition("->")
        table, _, column = source.replace("(", ".", 1).partition(".")
        tables, columns = f"{tables} {table} {target}", f"{columns} {column}"
    return _stems(tables), _stems(columns)


def _stems(text: str) -> set[str]:
    words = (word for word in re.findall(r"[^\W_]+", text.lower()) if word not in _PLAIN)
    return {_stem(word) for word in words}


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) > 2:
            return word[: -len(ending)]
    return word

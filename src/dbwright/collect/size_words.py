"""How many rows a request says that there are."""

from __future__ import annotations

import re
from dataclasses import dataclass

_FACTORS = {
    "k": 1e3, "thousand": 1e3, "m": 1e6, "mio": 1e6, "mln": 1e6, "million": 1e6, "millions": 1e6,
    "bn": 1e9, "b": 1e9, "billion": 1e9,
}  # fmt: skip
_NUMBER = (
    r"(?P<number>\d{1,3}(?:[,_']\d{3})+|\d{1,15}(?:\.\d{1,3})?)\s*"
    r"(?P<factor>k|thousand|mio|mln|millions?|m|bn|billion|b)?\b"
)
_ROWS = re.compile(
    r"(?:(?P<table>\w+)\s+(?:table\s+)?(?:has|have|holds?|with|of|is)\s+"
    r"(?:about\s+|around\s+|over\s+|some\s+|~\s*)?)?"
    rf"{_NUMBER}\s+(?P<what>[a-z_]\w*)",
    re.IGNORECASE,
)
_ROW_WORDS = {"rows", "row", "records", "record", "entries", "lines", "tuples"}
_TIMES = {"second", "seconds", "s", "ms", "minutes", "minute", "hours", "hour", "days", "day",
    "pm", "am", "characters", "chars", "letters", "times", "queries", "letter"}  # fmt: skip
_NO_TABLES = {"table", "tables", "it", "that", "which", "a", "an", "the", "this", "big", "huge"}
LEAST = 1000


@dataclass(frozen=True, slots=True)
class Size:
    """A number of rows, and the word that may name the table, "" where none does."""

    rows: int
    of: str = ""


def read_size(text: str) -> Size | None:
    """Gives the number of rows that a request names, None where it names none.

    >>> read_size("is it safe on a table of 200 million rows?")
    Size(rows=200000000, of='')
    >>> read_size("orders has 80M rows in prod"), read_size("fine with 30 million users?")
    (Size(rows=80000000, of='orders'), Size(rows=30000000, of='users'))
    """
    for found in _ROWS.finditer(text[:5000]):
        what = found["what"].lower()
        number = float(re.sub(r"[,_']", "", found["number"]))
        rows = number * _FACTORS.get((found["factor"] or "").lower(), 1.0)
        if what in _TIMES or rows < LEAST or rows > 1e15:
            continue
        if what in _ROW_WORDS:
            table = found["table"] or ""
            return Size(int(rows), "" if table.lower() in _NO_TABLES else table)
        if found["factor"]:
            return Size(int(rows), what)
    return None


def spelled(rows: int) -> str:
    """Gives a number of rows in words.

    >>> spelled(200_000_000), spelled(1500)
    ('200 million', '1,500')
    """
    for factor, word in ((10**9, "billion"), (10**6, "million")):
        if rows >= factor:
            return f"{rows / factor:g} {word}"
    return f"{rows:,}"

"""Gathering: the rows of a read as they come, until a limit is reached, without their secrets."""

from __future__ import annotations

import datetime
import json
import math
from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any

from dbwright.core.reading import Answer, Column, Cut, Limits
from dbwright.core.secrets import HIDDEN, redacted

HUNG_UP = "the server looked at no cancel, and still works on it"
"""Said of a read whose connection was closed while the server worked."""
_DEEP = 40
"""Levels of a JSON value that are kept."""


class Gathering:
    """Rows of JSON-able values up to the limits.

    `full` says that no more are wanted. A text in `known` is a secret wherever it stands.
    """

    def __init__(self, limits: Limits, known: Collection[str] = ()) -> None:
        self.limits = limits
        self.known = tuple(sorted(set(known), key=len, reverse=True))
        self.columns: tuple[Column, ...] = ()
        self.rows: list[tuple[Any, ...]] = []
        self.truncated = False
        self.full = False
        self.size = 0
        self.shortened = 0
        self.cut: list[Cut] = []
        self.taken_out: dict[str, int] = {}

    def add(self, values: Sequence[Any]) -> bool:
        """Takes a row; whether another one is wanted."""
        if len(self.rows) >= self.limits.rows:
            self.stop("rows", f"the answer has more than {self.limits.rows:,} rows")
            return False
        row, size = [], self.size
        for value in values:
            row.append(self.plain(value))
            size += len(str(row[-1]))
            if size > self.limits.bytes:
                self.stop("rows", f"the answer is longer than {self.limits.bytes:,} characters")
                return False
        self.size = size
        self.rows.append(tuple(row))
        return True

    def stop(self, what: str, why: str) -> None:
        """Notes that rows are missing, and why."""
        self.truncated = self.full = True
        self.cut.append(Cut(what, why))

    def plain(self, value: Any, depth: int = 0) -> Any:
        """Gives a value as JSON has it, shortened, without secrets."""
        if value is None or isinstance(value, (bool, int)):
            return value
        if isinstance(value, float):
            return value if math.isfinite(value) else str(value)
        if isinstance(value, dict) and depth < _DEEP:
            return self._object(value, depth)
        if isinstance(value, (list, tuple)) and depth < _DEEP:
            return [self.plain(item, depth + 1) for item in value]
        return self.text(_as_text(value, self.limits.value))

    def _object(self, value: dict[Any, Any], depth: int) -> dict[str, Any]:
        found = {}
        for name, item in value.items():
            key = self.text(str(name))
            told = f"{name}={item}" if isinstance(item, str) else ""
            # {"password": "…"} is a connection string by another spelling
            secret = bool(told) and redacted(told)[0] == f"{name}={HIDDEN}"
            found[key] = HIDDEN if secret else self.plain(item, depth + 1)
            if secret:
                self._take_out("password in a connection string")
        return found

    def text(self, text: str) -> str:
        """Gives a text shortened, without its secrets."""
        # a secret that the cut goes through would not be known as one any more: so it is cut twice
        clean, found = redacted(text[: 2 * self.limits.value + 1], self.known)
        for what in found:
            self._take_out(what)
        if len(clean) <= self.limits.value and len(text) <= 2 * self.limits.value + 1:
            return clean
        self.shortened += 1
        return clean[: self.limits.value] + "…"

    def _take_out(self, what: str) -> None:
        self.taken_out[what] = self.taken_out.get(what, 0) + 1

    def answer(self, seconds: float, database: str) -> Answer:
        """Gives what was gathered."""
        cut = list(self.cut)
        if self.shortened:
            noun = "value is" if self.shortened == 1 else "values are"
            why = f"longer than {self.limits.value:,} characters"
            cut.append(Cut("values", f"{self.shortened:,} {noun} {why}"))
        return Answer(
            self.columns,
            tuple(self.rows),
            self.truncated,
            tuple(cut),
            tuple(f"{what} ({many})" for what, many in self.taken_out.items()),
            round(seconds, 3),
            database,
        )


def from_json(text: str) -> Any:
    """Gives the value of a JSON text, the text itself where it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _as_text(value: Any, most: int) -> str:
    if isinstance(value, (bytes, bytearray, memoryview)):
        return "\\x" + bytes(value[: most // 2 + 1]).hex()
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f") if value.is_finite() else str(value)
    if isinstance(value, (dict, list, tuple)):
        return "…"  # deeper than anybody reads
    return str(value)

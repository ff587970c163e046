"""The text of a recorded statement: its parameters as literals, or as `$1` where none is known."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import literal

from dbwright.core.identifiers import string_literal
from dbwright.dialects.postgresql import grammar, statements

_QUOTED = (
    r"""\b[eE]'(?:[^'\\]|\\.|'')*'|'[^']*'|"[^"]*"|`[^`]*`|--[^\n]*|/\*.*?\*/"""
    r"|\$(?P<tag>(?!\d)\w*)\$.*?\$(?P=tag)\$"
)
_PLACES = {
    "pyformat": r"%\((?P<name>.+?)\)s|%(?P<next>s)",
    "format": r"%(?P<next>s)",
    "qmark": r"(?P<next>\?)",
    "named": r"(?<![:\w]):(?P<name>[A-Za-z_]\w*)",
    "numeric": r"(?<![:\w]):(?P<number>\d+)",
    "numeric_dollar": r"\$(?P<number>\d+)",
    "at": r"(?<![@\w<>~!#%^&|?*/+-])@(?P<name>[A-Za-z_]\w*)",
}
_PATTERNS = {style: re.compile(f"{_QUOTED}|{place}", re.S) for style, place in _PLACES.items()}
_KNOWN = 2_000
_LONGEST = 20_000
"""A longer literal is left out."""

Key = str | int
Pieces = tuple[tuple[str, Key | None], ...]
"""Texts, each with the parameter that stands behind it."""


class Texts:
    """Makes the texts; `values` says whether parameters and constants may stand in them."""

    def __init__(self, values: bool) -> None:
        self.values = values
        self._pieces: dict[tuple[str, str, bool], Pieces] = {}
        self._bare: dict[str, str | None] = {}
        self._literals: dict[str, Literals] = {}

    def text(self, dialect: Any, statement: str, parameters: Any, doubled: bool) -> str | None:
        """Gives a statement that can be planned, None where its values cannot be left out.

        `doubled` says that the driver reads %% as a percent sign.
        """
        pieces = self._read(dialect.paramstyle, statement, doubled)
        if not self.values:
            return self._without(dialect, pieces)
        literals = self._literals.get(dialect.name)
        if literals is None:
            literals = self._literals[dialect.name] = Literals(dialect)
        return joined(pieces, lambda key: literals.of(_value(parameters, key)))

    def _read(self, style: str, statement: str, doubled: bool) -> Pieces:
        key = (style, statement, doubled)
        found = self._pieces.get(key)
        if found is None:
            found = pieces(style, statement, doubled)
            _keep(self._pieces, key, found)
        return found

    def _without(self, dialect: Any, pieces: Pieces) -> str | None:
        if dialect.name != "postgresql":
            return None
        sql = joined(pieces, lambda key: None)
        if sql not in self._bare:
            _keep(self._bare, sql, grammar.bare(sql) if statements.is_planned(sql) else None)
        return self._bare[sql]


def _keep(known: dict[Any, Any], key: Any, value: Any) -> None:
    if len(known) >= _KNOWN:
        known.clear()
    known[key] = value


def pieces(style: str, statement: str, doubled: bool) -> Pieces:
    """Gives the texts between the placeholders of a driver's style; quoted ones are none."""
    undoubled = doubled and style in ("format", "pyformat")
    found: list[tuple[str, Key | None]] = []
    start = number = 0
    for place in _PATTERNS[style].finditer(statement):
        groups = place.groupdict()
        if groups.get("name") is not None:
            key: Key = groups["name"]
        elif groups.get("number") is not None:
            key = int(groups["number"]) - 1
        elif groups.get("next") is not None:
            key, number = number, number + 1
        else:
            continue
        text = statement[start : place.start()]
        found.append((text.replace("%%", "%") if undoubled else text, key))
        start = place.end()
    text = statement[start:]
    return (*found, (text.replace("%%", "%") if undoubled else text, None))


def joined(pieces: Pieces, literal_of: Callable[[Key], str | None]) -> str:
    """Gives the text; what has no literal is numbered as PostgreSQL's parameters are."""
    numbers: dict[Key, int] = {}
    found = []
    for text, key in pieces:
        found.append(text)
        if key is not None:
            known = literal_of(key)
            found.append(known or f"${numbers.setdefault(key, len(numbers) + 1)}")
    return "".join(found)


class _Missing:
    """What stands for a parameter that is not there."""


def _value(parameters: Any, key: Key) -> Any:
    if isinstance(parameters, (dict, Mapping)):
        return parameters.get(key, _Missing)
    if isinstance(parameters, (tuple, Sequence)) and isinstance(key, int) and key < len(parameters):
        return parameters[key]
    return _Missing


class Literals:
    """Writes what a driver is given as the literals of a dialect."""

    def __init__(self, dialect: Any) -> None:
        self.dialect = dialect
        self._plain = dialect.name == "postgresql"
        self._undoubled = dialect.paramstyle in ("format", "pyformat")
        self._known: dict[type, Callable[[Any], str] | None] = {}

    def of(self, value: Any) -> str | None:
        """Gives a literal; None for a value that has none, or a very long one."""
        found = self._of(value)
        return found if found is not None and len(found) <= _LONGEST else None

    def _of(self, value: Any) -> str | None:
        if value is None:
            return "null"
        if type(value) is int:
            # no sign may stand behind another: that is a comment
            return str(value) if value >= 0 else f"({value})"
        if isinstance(value, bool) and self._plain:
            return "true" if value else "false"
        if isinstance(value, str) and self._plain and "\0" not in value:
            return string_literal(value)
        if isinstance(value, (float, Decimal)) and not math.isfinite(value):
            return f"'{value}'"
        if isinstance(value, (int, float, Decimal)) and value < 0:
            return f"({value})"
        if isinstance(value, (bytes, bytearray, memoryview)):
            return f"'\\x{value.hex()}'" if self._plain else f"x'{value.hex()}'"
        if isinstance(value, (list, tuple)):
            return self._array(value)
        if hasattr(value, "obj"):  # psycopg's Json and Jsonb
            return string_literal(json.dumps(value.obj, default=str))
        return self._by_type(value)

    def _array(self, value: Sequence[Any]) -> str | None:
        parts = [self._of(each) for each in value]
        if not self._plain or None in parts:
            return None
        return f"array[{', '.join(str(part) for part in parts)}]" if parts else "'{}'"

    def _by_type(self, value: Any) -> str | None:
        kind = type(value)
        if kind not in self._known:
            type_ = literal(value).type.dialect_impl(self.dialect)
            _keep(self._known, kind, type_.literal_processor(self.dialect))
        processor = self._known[kind]
        if processor is None:
            return None
        try:
            found = str(processor(value))
        except Exception:  # what a type says that knows no literals
            return None
        return found.replace("%%", "%") if self._undoubled else found

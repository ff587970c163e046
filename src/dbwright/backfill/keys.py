"""The key that batches are cut by: its columns in SQL, and its values as text."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import Row

KeyValues = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class KeyColumn:
    """A column of the key: its quoted name, what is read of it, and how that is written again.

    `read` gives a value that JSON holds exactly; `{p}` in `written` is the parameter.
    """

    quoted: str
    read: str
    written: str = ":{p}"


@dataclass(frozen=True, slots=True)
class Key:
    """Columns that are unique together and never null, in the order of an index.

    `rows_compare` says that the database takes `(a, b) > (1, 2)` for what the index can look up.
    """

    columns: tuple[KeyColumn, ...]
    rows_compare: bool = True

    @property
    def read(self) -> str:
        """The columns of a SELECT that gives the key, under names that no column has.

        ORDER BY would take a column of the same name for the text that is given.
        """
        return ", ".join(f"{each.read} AS dbwright_{n}" for n, each in enumerate(self.columns))

    @property
    def order(self) -> str:
        """What ORDER BY takes."""
        return ", ".join(each.quoted for each in self.columns)

    def behind(self, prefix: str) -> str:
        """Gives the condition that a row comes after the values of the parameters."""
        return self._compared(prefix, ">", ">")

    def since(self, prefix: str) -> str:
        """Gives the condition that a row is the one of the parameters, or comes after it."""
        return self._compared(prefix, ">", ">=")

    def up_to(self, prefix: str) -> str:
        """Gives the condition that a row is the one of the parameters, or comes before it."""
        return self._compared(prefix, "<", "<=")

    def _compared(self, prefix: str, strict: str, last: str) -> str:
        names = [each.quoted for each in self.columns]
        values = [each.written.format(p=f"{prefix}{n}") for n, each in enumerate(self.columns)]
        if len(names) == 1:
            return f"{names[0]} {last} {values[0]}"
        if self.rows_compare:
            return f"({', '.join(names)}) {last} ({', '.join(values)})"
        ways = []
        for place in range(len(names)):
            same = [f"{names[n]} = {values[n]}" for n in range(place)]
            sign = last if place == len(names) - 1 else strict
            ways.append(" AND ".join([*same, f"{names[place]} {sign} {values[place]}"]))
        return "(" + " OR ".join(f"({way})" for way in ways) + ")"

    def parameters(self, prefix: str, values: KeyValues | None) -> dict[str, Any]:
        """Gives the parameters of `behind` or `up_to`; none for no values."""
        return {f"{prefix}{n}": value for n, value in enumerate(values or ())}


def values_of(row: Row[Any] | Sequence[Any] | None) -> KeyValues | None:
    """Gives the key that a row starts with, or None for no row."""
    return None if row is None else tuple(row)


def to_text(values: KeyValues | None) -> str | None:
    """Gives key values as JSON.

    >>> to_text((7, "a")), to_text((b"z",)), to_text(None)
    ('[7, "a"]', '[{"hex": "7a"}]', None)
    """
    if values is None:
        return None
    return json.dumps([_told(each) for each in values], ensure_ascii=False)


def of_text(text: str | None) -> KeyValues | None:
    """Gives the values that `to_text` wrote.

    >>> of_text('[{"hex": "7a"}, 1]')
    (b'z', 1)
    """
    if text is None:
        return None
    return tuple(
        bytes.fromhex(each["hex"]) if isinstance(each, Mapping) else each
        for each in json.loads(text)
    )


def _told(value: Any) -> Any:
    return {"hex": value.hex()} if isinstance(value, bytes) else value

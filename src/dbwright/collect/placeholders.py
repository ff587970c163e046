"""Placeholders of any driver's style as PostgreSQL's own: $1, $2, with the names that they had."""

from __future__ import annotations

from dataclasses import dataclass

from dbwright.collect.recording_text import joined, pieces
from dbwright.dialects.postgresql import statements

_STYLES = ("named", "pyformat", "format", "qmark", "at")


@dataclass(frozen=True, slots=True)
class Numbered:
    """A statement with numbered parameters; `names` are those that stood there, in their order."""

    sql: str
    names: tuple[str, ...] = ()

    def spelled(self, sql: str) -> str:
        """Gives another text of the statement with the placeholders as the user writes them."""
        if not self.names:
            return sql
        found = []
        for text, key in pieces("numeric_dollar", sql, doubled=False):
            found.append(text)
            if isinstance(key, int) and key < len(self.names):
                found.append(self.names[key])
            elif key is not None:
                found.append(f"${int(key) + 1}")
        return "".join(found)


def numbered(sql: str) -> Numbered:
    """Gives a statement of PostgreSQL's grammar, of one in the style of any driver.

    What is none in any style comes back as it is, for the database to say what is wrong. `@name`
    is a parameter, though the grammar could read it as an operator before a column.
    """
    plain = statements.fault(sql) is None
    for style in ("at",) if plain else _STYLES:
        found = pieces(style, sql, doubled=True)
        text = joined(found, lambda key: None)
        if len(found) > 1 and statements.fault(text) is None:
            return Numbered(text, tuple(_names(style, found)))
    return Numbered(sql)


def _names(style: str, found: tuple[tuple[str, str | int | None], ...]) -> list[str]:
    spellings = {"named": ":{}", "pyformat": "%({})s", "at": "@{}"}
    keys = dict.fromkeys(key for _, key in found if key is not None)
    plain = {"qmark": "?"}.get(style, "%s")
    return [
        spellings[style].format(key) if isinstance(key, str) and style in spellings else plain
        for key in keys
    ]

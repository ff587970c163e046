"""One small database as data: rows in the order of their insertion, and the session's settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

Values = dict[str, str | None]


@dataclass(frozen=True, slots=True)
class NewRow:
    """A row to insert: texts by column, None for NULL; a column left out has its default.

    `later` are columns set when all rows stand: keys that point at rows inserted after it.
    """

    table: str
    values: Values
    later: Values = field(default_factory=dict)

    @property
    def whole(self) -> Values:
        """The values with those that come later."""
        return {**self.values, **self.later}


@dataclass(frozen=True, slots=True)
class Instance:
    """The rows, the settings of the session, and the values of the queries' parameters."""

    rows: tuple[NewRow, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    parameters: tuple[str | None, ...] = ()

    def with_rows(self, rows: tuple[NewRow, ...]) -> Instance:
        """Gives the same with other rows."""
        return replace(self, rows=rows)


@dataclass(frozen=True, slots=True)
class Mood:
    """How the rows of one database are drawn.

    `least` and `most` rows a table; `nulls`, `near` and `edges` are the shares of values that are
    NULL where they may be, near a constant, at the edge of the type; `meets` is the share of the
    near ones that meet a condition; `palette` is how many other values there are of a type.
    `crowd` is the share of rows that belong to one and the same parent.
    """

    least: int = 2
    most: int = 5
    nulls: float = 0.15
    near: float = 0.6
    meets: float = 0.4
    edges: float = 0.0
    palette: int = 3
    empty: float = 0.0
    crowd: float = 0.0


MOODS = (
    Mood(),
    Mood(least=3, most=6, near=0.85, nulls=0.05, palette=2, meets=0.9),
    Mood(nulls=0.5),
    Mood(least=1, most=2, near=0.9, nulls=0.1),
    Mood(palette=1, near=0.3, least=3, most=6),
    Mood(empty=0.4),
    Mood(least=5, most=9, palette=4),
    Mood(edges=0.3, near=0.4),
    Mood(near=0.95, nulls=0.0, palette=1, meets=0.8),
    Mood(near=0.2, palette=5, nulls=0.1, edges=0.05),
)

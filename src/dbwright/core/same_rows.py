"""What a test of two queries on many small databases came to: values only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Row = tuple[str | None, ...]
Kind = Literal["error", "names", "types", "rows", "order"]
_MOST_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Answer:
    """What one query returned on one database, or the error that it raised.

    Values are the database's own texts, None for NULL. `types` say the type of each column with
    its size, where the database has types of columns. `code` is the error's SQLSTATE.
    """

    names: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    error: str | None = None
    code: str = ""

    @property
    def words(self) -> str:
        """Says in a few words what was returned."""
        if self.error is not None:
            return f"raises: {self.error}"
        if not self.rows:
            return "returns no row"
        return f"returns {_rows(self.rows)}"


@dataclass(frozen=True, slots=True)
class TableRows:
    """The rows of one table in a counter-example; the columns that the queries are about."""

    table: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...] = ()

    @property
    def words(self) -> str:
        """Says the rows in one line."""
        if not self.rows:
            return f"{self.table} empty"
        return f"{self.table} ({', '.join(self.columns)}) = {_rows(self.rows)}"


@dataclass(frozen=True, slots=True)
class CounterExample:
    """A database on which two queries differ, as small as it could be made.

    `kind` says in what: one raises, the names or types of the columns, the rows as a bag, or
    their order. `settings` are those of the session that differ from its own (a time zone);
    `statements` make the rows again.
    """

    kind: Kind
    tables: tuple[TableRows, ...]
    first: Answer
    second: Answer
    settings: Mapping[str, str] = field(default_factory=dict)
    parameters: tuple[str | None, ...] = ()
    statements: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """How many rows the database holds."""
        return sum(len(table.rows) for table in self.tables)

    @property
    def words(self) -> str:
        """Says the difference as an engineer would put it."""
        given = [table.words for table in self.tables]
        given += [f"{name} {value}" for name, value in self.settings.items()]
        given += [f"${n} = {_value(value)}" for n, value in enumerate(self.parameters, start=1)]
        start = f"With {'; '.join(given)}: " if given else ""
        if self.kind == "names":
            return (
                f"The first returns the columns {', '.join(self.first.names)}, "
                f"the second {', '.join(self.second.names)}."
            )
        if self.kind == "types":
            return _types(self.first, self.second)
        order = " The rows are the same, their order is not." if self.kind == "order" else ""
        return f"{start}the first {self.first.words}; the second {self.second.words}.{order}"


@dataclass(frozen=True, slots=True)
class SameRows:
    """No database was found on which the queries differ.

    `filled` of the `databases` had the first query return rows; on `raised` both raised. On
    `open` the first query itself leaves open which rows come (ties under a LIMIT), and the
    second's were among those that it gives. `held` says for each table that is read on how many
    of them it had rows; `empty` names those that no row could be made for, each with the reason.
    """

    databases: int
    filled: int
    raised: int = 0
    open: int = 0
    empty: tuple[str, ...] = ()
    held: Mapping[str, int] = field(default_factory=dict)

    @property
    def proves(self) -> bool:
        """Whether enough databases had rows to say anything: one in ten."""
        return self.filled * 10 >= self.databases > 0

    @property
    def words(self) -> str:
        """Says it in one line."""
        text = f"same rows on {self.databases} generated databases, {self.filled} with rows"
        if self.raised:
            text += f", {self.raised} on which both raise"
        if self.open:
            text += f"; on {self.open} the first leaves open which rows come"
        if self.empty:
            text += f"; empty stayed {', '.join(self.empty)}"
        return text if self.proves else f"{text}: that proves nothing"


@dataclass(frozen=True, slots=True)
class Different:
    """The queries differ on a database that the constraints admit."""

    example: CounterExample
    databases: int

    @property
    def words(self) -> str:
        """Says it in one or two sentences."""
        return self.example.words


@dataclass(frozen=True, slots=True)
class NotTestable:
    """The queries were not compared; `why` is a sentence without its end."""

    why: str

    @property
    def words(self) -> str:
        """Says it in one line."""
        return f"not tested: {self.why}"


Verdict = SameRows | Different | NotTestable


def _rows(rows: Sequence[Row]) -> str:
    shown = ", ".join(f"({', '.join(map(_value, row))})" for row in rows[:_MOST_SHOWN])
    more = len(rows) - _MOST_SHOWN
    return f"{shown} and {more} more" if more > 0 else shown


def _value(value: str | None) -> str:
    """Gives a value as it is read best: text with blanks or nothing in it in quotes.

    >>> _value(None), _value("12"), _value("a "), _value("")
    ('NULL', '12', "'a '", "''")
    """
    if value is None:
        return "NULL"
    plain = value and value == value.strip() and "," not in value and value.upper() != "NULL"
    return value if plain else "'" + value.replace("'", "''") + "'"


def _types(first: Answer, second: Answer) -> str:
    found = [
        f"{name} is {one} in the first and {other} in the second"
        for name, one, other in zip(first.names, first.types, second.types, strict=False)
        if one != other
    ]
    return f"The column {'; '.join(found)}."

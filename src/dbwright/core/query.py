"""Query: one statement with its schema, its statistics and its plan, as rules read it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from dbwright.core.candidate import Candidate
from dbwright.core.explained import Explained
from dbwright.core.place import Place
from dbwright.core.plan import Node
from dbwright.core.schema import Schema
from dbwright.core.statistics import ColumnStatistics, RelationSize, Statistics
from dbwright.core.target import Target

Ground = Literal["live", "twin", "scratch", "given", "none"]
"""Where a plan was made: the user's database, its twin, made-up rows, by the user, nowhere."""


@dataclass(frozen=True, slots=True)
class Query:
    """One statement with what is known of the database that it runs on.

    `explained` is its plan, None where no database could be asked. `rows` are the rows by table
    key, `statistics` what the planner knows, empty where nobody could tell.
    `candidates` are indexes that are not there and that the planner took when they were, the
    best first. `values` are literals for its parameters ($1), typical ones from the statistics,
    by their numbers, `settings` those of the session that statements run in: TimeZone.
    `written` is the statement as it was given, where `sql` is another form of it.
    """

    sql: str
    schema: Schema
    target: Target
    explained: Explained | None = None
    place: Place | None = None
    rows: dict[str, int] = field(default_factory=dict)
    statistics: Statistics = field(default_factory=Statistics)
    settings: dict[str, str] = field(default_factory=dict)
    values: tuple[tuple[int, str], ...] = ()
    candidates: tuple[Candidate, ...] = ()
    ground: Ground = "none"
    origin: str = "sql"
    written: str = ""

    @property
    def root(self) -> Node | None:
        """The plan's first node."""
        return self.explained.root if self.explained is not None else None

    @property
    def ran(self) -> bool:
        """Whether its nodes have what a run of the statement counted."""
        return self.explained is not None and self.explained.analyzed

    def rows_of(self, table: str) -> float | None:
        """Gives how many rows a table has, by its key; None where that is not known."""
        if table in self.rows:
            return float(self.rows[table])
        found = self.size_of(table)
        return found.rows if found is not None and found.rows >= 0 else None

    def size_of(self, table: str) -> RelationSize | None:
        """Gives the size of a table, by its key."""
        return next((each for each in self.statistics.relations if each.key == table), None)

    def column_statistics(self, table: str, column: str) -> ColumnStatistics | None:
        """Gives what the planner knows of the values of a table's column."""
        schema, _, name = table.rpartition(".")
        for each in self.statistics.columns:
            if (each.relation, each.column) == (name, column) and each.schema in (
                schema or "public",
            ):
                return each
        return None


class Itself:
    """A query as a key that only itself equals: to compare two would read their whole schemas."""

    __slots__ = ("query",)

    def __init__(self, query: Query) -> None:
        self.query = query

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Itself) and other.query is self.query

    def __hash__(self) -> int:
        return id(self.query)

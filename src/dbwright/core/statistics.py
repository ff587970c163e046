"""Statistics: how large a database is and how its values are spread, as its planner sees it."""

from __future__ import annotations

from dataclasses import dataclass

from dbwright.core.schema import qualified


@dataclass(frozen=True, slots=True)
class RelationSize:
    """A table, materialized view or index with its size.

    `kind` is pg_class.relkind. `pages` are those that its file has now, `known_pages`, `rows` and
    `visible_pages` those of the last VACUUM or ANALYZE (relpages, reltuples, relallvisible);
    `rows` is -1 where nothing was ever counted. `height` is a b-tree's: 0 is a single leaf.
    `ends` are the least and the greatest value of its first key, as the planner sees them.
    `toast_pages` are those of a table's values that are kept apart from its rows.
    """

    schema: str
    name: str
    kind: str
    pages: int
    known_pages: int
    rows: float
    visible_pages: int = 0
    table: str | None = None
    method: str | None = None
    height: int | None = None
    ends: tuple[str, str] | None = None
    toast_pages: int = 0

    @property
    def key(self) -> str:
        """Its key: the schema in front unless it is `public`."""
        return qualified(self.name, None if self.schema == "public" else self.schema)

    @property
    def bytes(self) -> int:
        """What its file takes, without TOAST."""
        return self.pages * PAGE


PAGE = 8192
"""Bytes of a page of PostgreSQL, as all packagers build it."""


@dataclass(frozen=True, slots=True)
class ColumnStatistics:
    """A row of pg_stats: of a table's column, or of an expression of an index.

    Lists of values are array literals in the server's own spelling, since their type is the
    column's. https://www.postgresql.org/docs/current/view-pg-stats.html
    """

    schema: str
    relation: str
    column: str
    inherited: bool
    null_fraction: float
    width: int
    distinct: float
    common_values: str | None = None
    common_frequencies: tuple[float, ...] | None = None
    histogram: str | None = None
    correlation: float | None = None
    elements: str | None = None
    element_frequencies: tuple[float, ...] | None = None
    element_counts: tuple[float, ...] | None = None
    range_lengths: str | None = None
    range_empty: float | None = None
    range_bounds: str | None = None


@dataclass(frozen=True, slots=True)
class CommonValues:
    """The most common combinations of an extended statistics object."""

    values: tuple[tuple[str | None, ...], ...]
    frequencies: tuple[float, ...]
    base_frequencies: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class ExtendedStatistics:
    """A row of pg_stats_ext, with those of pg_stats_ext_exprs: of several columns together.

    `keys` are the numbers of the columns as `distinct` and `dependencies` name them.
    """

    schema: str
    name: str
    inherited: bool
    keys: tuple[int, ...] = ()
    distinct: str | None = None
    dependencies: str | None = None
    common: CommonValues | None = None
    expressions: tuple[ColumnStatistics, ...] = ()


@dataclass(frozen=True, slots=True)
class TableActivity:
    """What was done to a table since the server began to count (pg_stat_user_tables).

    `changed` are the rows that were written since the last ANALYZE, `dead` those that a VACUUM
    would take away.
    """

    schema: str
    name: str
    inserted: int
    updated: int
    updated_in_place: int
    deleted: int
    whole_reads: int
    changed: int = 0
    dead: int = 0
    analyzed: str | None = None
    vacuumed: str | None = None


@dataclass(frozen=True, slots=True)
class IndexActivity:
    """How often an index was used since the server began to count (pg_stat_user_indexes)."""

    schema: str
    name: str
    scans: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """All that the planner reads beside the schema, and how much is written and read."""

    relations: tuple[RelationSize, ...] = ()
    columns: tuple[ColumnStatistics, ...] = ()
    extended: tuple[ExtendedStatistics, ...] = ()
    tables: tuple[TableActivity, ...] = ()
    indexes: tuple[IndexActivity, ...] = ()
    counted_since: str | None = None

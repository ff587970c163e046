"""What the statistics of a table say of an index that is not there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import psycopg

from dbwright.core.candidate import Candidate, IndexKey
from dbwright.core.statistics import ColumnStatistics
from dbwright.dialects.postgresql import gin_keys
from dbwright.dialects.postgresql.gin_size import Keys
from dbwright.dialects.postgresql.question import ask
from dbwright.dialects.postgresql.value_samples import Sample, columns, of_expression, sample

_NAMES = """
    select c.relname as name, array_agg(a.attname::text order by a.attnum) as columns
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
    where c.relname = any(%(names)s) group by c.relname
"""
Place = tuple[str, str, str]


class IndexStatistics:
    """Samples of the expressions of indexes, each taken once; `rows` are those of each table."""

    def __init__(
        self, connection: psycopg.Connection[Any], rows: Mapping[tuple[str, str], float]
    ) -> None:
        self.connection, self.rows = connection, rows
        self.samples: dict[Place, Sample | None] = {}
        self.known: dict[Place, ColumnStatistics | None] = {}
        self.keys: dict[tuple[Place, str, float], list[Keys]] = {}

    def of_expressions(self, candidates: Sequence[Candidate]) -> Iterator[ColumnStatistics]:
        """Gives what ANALYZE would give of the expressions of indexes that are there, empty."""
        several = [each for each in candidates if not all(key.is_column for key in each.keys)]
        rows = ask(self.connection, _NAMES, names=[each.name for each in several])
        names = {row.name: row.columns for row in rows}
        for each in several:
            for key, column in zip(each.keys, names.get(each.name, ()), strict=False):
                found = None if key.is_column else self._expression(each, key)
                if found is not None:
                    yield replace(found, schema=each.schema, relation=each.name, column=column)

    def _expression(self, each: Candidate, key: IndexKey) -> ColumnStatistics | None:
        place = (each.schema, each.table, key.expression)
        if place not in self.known:
            found = self._sample(place)
            rows = self.rows.get((each.schema, each.table), 0.0)
            try:
                self.known[place] = (
                    of_expression(self.connection, found, key.expression, rows) if found else None
                )
            except psycopg.Error:
                self.known[place] = None
        return self.known[place]

    def gin(self, each: Candidate, opclass: str, rows: float) -> list[Keys]:
        """Gives the keys of a GIN index of so many rows; none where nothing is known of them."""
        key = each.keys[0]
        place = (each.schema, each.table, key.expression)
        if (place, opclass, rows) not in self.keys:
            self.keys[place, opclass, rows] = self._gin(place, key, opclass, rows)
        return self.keys[place, opclass, rows]

    def _gin(self, place: Place, key: IndexKey, opclass: str, rows: float) -> list[Keys]:
        if key.is_column and opclass in ("array_ops", "tsvector_ops"):
            (column,) = columns(key.expression)
            found = gin_keys.of_elements(self.connection, *place[:2], column, rows)
            if found:
                return found
        known = self._sample(place)
        if known is None:
            return []
        return gin_keys.of_sample(self.connection, known, key.expression, opclass, rows)

    def _sample(self, place: Place) -> Sample | None:
        if place not in self.samples:
            self.samples[place] = sample(self.connection, *place)
        return self.samples[place]

"""How the values of several columns together are spread, where CREATE STATISTICS has told it.

https://www.postgresql.org/docs/current/view-pg-stats-ext.html
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import psycopg

from dbwright.dialects.postgresql.index_size import Spread
from dbwright.dialects.postgresql.question import Row, ask

_EXTENDED = """
    select s.schemaname as schema, s.tablename as table, s.attnames::text[] as columns,
           x.stxkeys::int[] as numbers, s.n_distinct::text as distinct,
           s.most_common_vals as common, s.most_common_freqs::float8[] as frequencies
    from pg_stats_ext s
    join pg_namespace n on n.nspname = s.statistics_schemaname
    join pg_statistic_ext x on x.stxnamespace = n.oid and x.stxname = s.statistics_name
    where s.n_distinct is not null
"""
Columns = frozenset[str]


@dataclass(frozen=True, slots=True)
class _Known:
    """One statistics object: how many combinations each set of its columns has."""

    row: Row
    distinct: dict[Columns, float]


class JointStatistics:
    """The extended statistics of a database, read once."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.known: dict[tuple[str, str], list[_Known]] = {}
        for row in ask(connection, _EXTENDED):
            self.known.setdefault((row.schema, row.table), []).append(_Known(row, _distinct(row)))

    def of(self, schema: str, table: str, columns: Sequence[str | None]) -> dict[Columns, Spread]:
        """Gives sets of these columns, none in two, of which it is known; the largest go first."""
        several = self.known.get((schema, table), [])
        left = {column for column in columns if column is not None}
        found: dict[Columns, Spread] = {}
        for size in range(len(left) if several else 0, 1, -1):
            for names in map(frozenset, combinations(sorted(left), size)):
                each = next((one for one in several if names in one.distinct), None)
                if each is not None and names <= left:
                    found[names] = Spread(each.distinct[names], 0.0, _common(each.row, names))
                    left -= names
        return found


def _distinct(row: Row) -> dict[Columns, float]:
    """Gives the numbers of {"1, 2": 5} by the names of the columns; expressions have none."""
    names = dict(zip(row.numbers, row.columns or (), strict=True))
    found = {}
    for key, count in json.loads(row.distinct).items():
        numbers = [int(each) for each in key.split(",")]
        if all(number in names for number in numbers):
            found[frozenset(names[number] for number in numbers)] = float(count)
    return found


def _common(row: Row, names: Columns) -> tuple[float, ...]:
    """Gives the shares of the most common combinations of some of the columns."""
    places = [place for place, name in enumerate(row.columns) if name in names]
    shares: Counter[tuple[str | None, ...]] = Counter()
    for values, share in zip(row.common or (), row.frequencies or (), strict=True):
        shares[tuple(values[place] for place in places)] += share
    return tuple(share for _, share in shares.most_common())

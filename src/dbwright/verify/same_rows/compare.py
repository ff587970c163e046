"""Two answers compared: errors, names, types, rows as bags, order as far as it is asked for."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable

from dbwright.core.same_rows import Answer, Kind, Row

Ranks = Callable[[], Answer | None]
"""Gives the first query's answer with each row's rank by its ORDER BY as the last column."""


def difference(first: Answer, second: Answer, ordered: bool, ranks: Ranks) -> Kind | None:
    """Gives in what two answers differ, None where they are the same."""
    if (first.error is None) != (second.error is None):
        return "error"
    if first.error is not None:
        return None
    if first.names != second.names:
        return "names"
    if first.types != second.types:
        return "types"
    if first.rows == second.rows:
        return None
    if Counter(first.rows) != Counter(second.rows):
        return "rows"
    return "order" if ordered and not _in_order(first, second, ranks()) else None


def within_ties(first: Answer, second: Answer, ranked: Answer, start: int) -> bool:
    """Whether the second's rows are a choice that the first's LIMIT leaves open.

    `ranked` has the first's rows without the LIMIT, each with its rank, `start` is where the
    LIMIT begins. Of the ranks that it cuts through any rows may come.
    """
    if ranked.error is not None or len(first.rows) != len(second.rows):
        return False
    end, place, taken = start + len(first.rows), 0, 0
    for group in _ties(ranked):
        count = min(place + group.total(), end) - max(place, start)
        place += group.total()
        if count > 0:
            if not Counter(second.rows[taken : taken + count]) <= group:
                return False
            taken += count
    return taken == len(second.rows)


def _ties(ranked: Answer) -> list[Counter[Row]]:
    found: defaultdict[int, Counter[Row]] = defaultdict(Counter)
    for row in ranked.rows:
        found[int(row[-1] or 0)][row[:-1]] += 1
    return [found[rank] for rank in sorted(found)]


def _in_order(first: Answer, second: Answer, ranked: Answer | None) -> bool:
    """Whether the second's rows come by rank; rows of one rank may come in any order."""
    if ranked is None or ranked.error is not None:
        return False
    if Counter(row[:-1] for row in ranked.rows) != Counter(first.rows):
        return False
    place = 0
    for group in _ties(ranked):
        count = group.total()
        if Counter(second.rows[place : place + count]) != group:
            return False
        place += count
    return True

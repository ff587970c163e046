"""Which query an object came from: the last ones of the ORM by the numbers that it gives them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable

from .groups import Group, Tally

_KEPT = 1_024
_SOURCES = 8


class Origins:
    """The last thousand queries of the ORM, and the numbers before which they were sent."""

    def __init__(self, number: Callable[[], int]) -> None:
        self.number = number
        self._queries: list[tuple[int, Tally]] = []

    def add(self, tally: Tally) -> None:
        """Takes down a query that is about to be sent; of twice as many the older half goes."""
        self._queries.append((self.number(), tally))
        if len(self._queries) > 2 * _KEPT:
            self._queries = self._queries[-_KEPT:]

    def shape(self, run: int | None) -> int:
        """Gives the shape of the query with a number, 0 for none."""
        queries = self._queries
        place = bisect_left(queries, (run,)) - 1 if run is not None else -1
        return queries[place][1].shape if place >= 0 else 0

    def link(self, run: int, group: Group) -> None:
        """Takes down which query the object came from that a statement is for."""
        source = self.shape(run)
        if source and (source in group.sources or len(group.sources) < _SOURCES):
            group.sources[source] = group.sources.get(source, 0) + 1

    def link_eager(self, tally: Tally, group: Group) -> None:
        """Takes down the query that a loader's own SELECT belongs to: the last that is none."""
        tally.eager = True
        for _, each in reversed(self._queries[-_SOURCES:]):
            if not each.eager:
                group.sources[each.shape] = group.sources.get(each.shape, 0) + 1
                return

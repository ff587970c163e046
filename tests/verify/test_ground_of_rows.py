"""What the runs of two sides say: labelled from runs on PostgreSQL 18."""

from __future__ import annotations

import pytest

from dbwright.verify.queries.postgresql import Seen, compared


@pytest.mark.parametrize(
    ("times", "gains"),
    [
        ((28.8, 28.1, 30.4), False),  # an index-only scan of every row, slower than the table's
        ((16.9, 17.4, 18.0), True),  # as fast from the cache: fewer pages come from the disk
        ((6.2, 6.4, 6.3), True),
    ],
)
def test_fewer_pages_are_no_gain_where_the_clock_goes_against_them(
    times: tuple[float, ...], gains: bool
) -> None:
    table = Seen([17.1, 17.0, 17.9], pages=2729, cost=6929.0)
    index = Seen(list(times), pages=647, cost=6112.9)
    assert compared(table, index).gains is gains

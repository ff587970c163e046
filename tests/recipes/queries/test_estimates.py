"""What the counts of a server say of statistics, whenever a session reported them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dbwright.core.query import Query
from dbwright.core.schema import Column, Schema, Table
from dbwright.core.statistics import ColumnStatistics, RelationSize, Statistics, TableActivity
from dbwright.core.target import Target
from dbwright.recipes.queries import estimates

TABLE = Table("visits", columns=(Column("id", "integer"),))
LOADED = TableActivity("public", "visits", 5000, 0, 0, 0, 1, changed=5000)


@pytest.mark.parametrize(
    ("pages", "activity", "fresh"),
    [
        (100, LOADED, True),
        (150, LOADED, False),
        (100, replace(LOADED, updated=5000), False),
        (100, replace(LOADED, deleted=1), False),
        (150, replace(LOADED, changed=400), True),
    ],
)
def test_rows_counted_late_do_not_make_statistics_old(
    pages: int, activity: TableActivity, fresh: bool
) -> None:
    size = RelationSize("public", "visits", "r", pages, 100, 5000.0)
    column = ColumnStatistics("public", "visits", "id", False, 0.0, 4, -1.0)
    known = Statistics((size,), (column,), tables=(activity,))
    query = Query("select 1", Schema((TABLE,)), Target("postgresql", (18,)), statistics=known)
    assert estimates.is_fresh(query, TABLE) is fresh

"""Comparisons of lower() and upper() where the column's collation holds either case for equal."""

from __future__ import annotations

from sqlglot import exp

from dbwright.core.query import Query
from dbwright.recipes.queries.bare_column import Change, change
from dbwright.recipes.queries.comparisons import Comparison, string
from dbwright.recipes.queries.reading import Reading
from dbwright.recipes.queries.remedies import MYSQL


def without_case(query: Query, reading: Reading, comparison: Comparison) -> Change | None:
    """Gives `lower(column) = 'text'` as `column = 'text'`; None where the case may matter."""
    side = comparison.side
    if query.target.dialect not in MYSQL or not isinstance(side, (exp.Lower, exp.Upper)):
        return None
    found = reading.reference(side.this)
    if found is None or not comparison.is_equality:
        return None
    value = comparison.bounds[0][1]
    text = string(value.this if isinstance(value, (exp.Lower, exp.Upper)) else value)
    collation = found.column.collation or str(found.table.info.get("collation", ""))
    if text is None or not text.isascii() or not collation.endswith("_ci"):
        return None
    bare = exp.EQ(this=side.this.copy(), expression=exp.Literal.string(text))
    return change(comparison, found, [bare], f"{collation} holds letters of either case for equal")

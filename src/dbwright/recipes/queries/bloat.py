"""What a table's rows need of its file: the rest is room that a scan reads for nothing."""

from __future__ import annotations

from dbwright.core.query import Query
from dbwright.core.schema import Table
from dbwright.core.statistics import PAGE, RelationSize
from dbwright.recipes.queries import estimates
from dbwright.recipes.queries.estimates import Scan

TIMES, PAGES = 5.0, 50
"""A file of fifty pages and more with five times the pages that its rows fill is bloated."""
WHOLE = ("Seq Scan", "Sample Scan")
_HEADER, _LINE, _PAGE_HEADER, _ALIGNED = 24, 4, 24, 8
"""Bytes of a row's header, of its line pointer, of a page's header; and what rows are aligned to.
https://www.postgresql.org/docs/current/storage-page-layout.html"""


def needed(query: Query, table: Table) -> float | None:
    """Gives the pages that the rows of a bloated table fill; None for a table that is not."""
    size = query.size_of(table.key)
    if size is None or size.pages < PAGES:
        return None
    found = pages_needed(query, table, size)
    return found if found is not None and size.pages >= TIMES * found else None


def pages_needed(query: Query, table: Table, size: RelationSize) -> float | None:
    """Gives the pages that a table's rows fill; None where widths or rows are not known of now."""
    rows = counted(query, table)
    if rows is None and size.rows >= 0 and estimates.is_fresh(query, table):
        rows = size.rows
    if size.kind not in ("r", "m") or rows is None:
        return None
    width = 0.0
    for column in table.columns:
        known = query.column_statistics(table.key, column.name)
        if known is None:
            return None
        width += (known.width + _ALIGNED - 1) * (1 - known.null_fraction)  # padding at its worst
    row = _HEADER + _LINE + width + _ALIGNED + len(table.columns) / 8
    return max(rows * row / (PAGE - _PAGE_HEADER), 1.0)


def counted(query: Query, table: Table) -> float | None:
    """Gives the rows of a table as a run that read all of it counted them."""
    if not query.ran:
        return None
    whole = (each for each in estimates.scans(query) if each.table.key == table.key)
    found = [_counted(each) for each in whole if each.node.name == "Seq Scan"]
    return max((each for each in found if each is not None), default=None)


def _counted(scan: Scan) -> float | None:
    step, node = scan.step, scan.node
    if step.found is None or step.early or not node.loops:
        return None
    reads = node.loops / step.processes if step.partial else node.loops
    return (step.found + (node.removed or 0.0) * node.loops) / max(reads, 1.0)

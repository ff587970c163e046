"""How much a finding weighs, by the number of rows that a table holds in production.

Without a number (no --sizes, no database) every function leaves the rule's own severity.
"""

from __future__ import annotations

from dbwright.core.finding import Severity
from dbwright.core.mapping import Mapping

SMALL = 1_000
LARGE = 1_000_000


def severity(
    mapping: Mapping, table: str, own: Severity, *, large: Severity | None = None
) -> Severity:
    """Gives `info` for a small table, `large` from a million rows on, else the rule's own."""
    rows = mapping.rows.get(table)
    if rows is None:
        return own
    if rows < SMALL:
        return "info"
    return large if large is not None and rows >= LARGE else own


def evidence(mapping: Mapping, table: str) -> tuple[str, ...]:
    """Gives the number of rows in words, where it is known."""
    rows = mapping.rows.get(table)
    return () if rows is None else (f"{table} holds {rows:,} rows (--sizes)",)


def filled(mapping: Mapping, table: str, most: int) -> float | None:
    """Gives which part of a counter's range the rows have used up, None where not known."""
    rows = mapping.rows.get(table)
    return None if rows is None else rows / most

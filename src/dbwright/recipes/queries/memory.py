"""What sorts and hash tables of a plan need, and what work_mem lets them have, in kilobytes."""

from __future__ import annotations

from dbwright.core.plan import Node
from dbwright.core.query import Query

DEFAULT = 4096
"""PostgreSQL's work_mem where nobody set it."""
_UNITS = {"kB": 1, "MB": 1024, "GB": 1024 * 1024}
_MOST = 512 * 1024
"""More is not given to one step of one statement."""
_TUPLE = 48
"""Bytes that a sorted row takes beside its values: its header and its place in the array.
(tuplesort.c)"""


def work_mem(query: Query) -> int:
    """Gives the work_mem that a plan was made with."""
    text = query.explained.settings.get("work_mem", "") if query.explained else ""
    return kilobytes(text) or DEFAULT


def kilobytes(text: str) -> int | None:
    """Gives an amount of memory as the server spells it.

    >>> kilobytes("64MB"), kilobytes("100kB"), kilobytes("a lot")
    (65536, 100, None)
    """
    number, unit = text[:-2], text[-2:]
    return int(number) * _UNITS[unit] if number.isdigit() and unit in _UNITS else None


def of_sort(rows: float, width: int) -> float:
    """Gives what so many rows take to be sorted in memory."""
    return rows * (width + _TUPLE) / 1024


def of_node(node: Node, rows: float) -> float:
    """Gives what the rows that a node sorts take in memory, as it ran or as was expected."""
    found = of_sort(rows, node.width or 0)
    if node.sort is not None and node.sort.on_disk and node.sort.kilobytes:
        return max(found, 2.0 * node.sort.kilobytes)
    return found


def enough(needed: float) -> str | None:
    """Gives the work_mem that holds an amount, a power of two of MB; None for too much.

    >>> enough(5000), enough(60000), enough(9_000_000)
    ('8MB', '128MB', None)
    """
    megabytes = 8
    while megabytes * 1024 < needed * 1.25:
        megabytes *= 2
    return f"{megabytes}MB" if megabytes * 1024 <= _MOST else None

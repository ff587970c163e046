"""What keeping an index costs: an entry for each row that is written, in the planner's units.

A unit is about what reading a page in order takes. An entry of a b-tree is a descent and a write
of two pages that are mostly in memory; of GIN one for each element, gathered first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dbwright.core.candidate import Candidate

ENTRY = {"btree": 1.0, "hash": 1.0, "gin": 5.0, "gist": 2.0, "spgist": 2.0, "brin": 0.05}
ROW = 2.0
"""What writing the row itself costs, in its table's page and in the log."""
LOST_HOT = 1.0
"""What an update costs more where its new row version has to enter the table's other indexes."""


@dataclass(frozen=True, slots=True)
class Write:
    """Rows that the workload writes to a table; `columns` are those that an update sets."""

    schema: str
    table: str
    action: str
    rows: float
    columns: frozenset[str] = frozenset()


def keeping(
    candidate: Candidate,
    columns: frozenset[str],
    share: float,
    writes: Sequence[Write],
    others: int,
) -> float:
    """Gives the cost of the candidate's entries, `share` being the part of rows that it holds.

    `columns` are those that its keys, its WHERE and what it carries are made of. `others` is the
    number of the table's other indexes, which an update spares only while it changes no indexed
    column (heap-only tuples).
    """
    cost = 0.0
    for write in writes:
        if (write.schema, write.table) != (candidate.schema, candidate.table):
            continue
        if write.action == "insert":
            cost += write.rows * ENTRY[candidate.method] * share
        elif write.action == "update" and write.columns & columns:
            cost += write.rows * (ENTRY[candidate.method] + LOST_HOT * others)
    return cost


def written(
    writes: Sequence[Write],
    indexes: Mapping[tuple[str, str], Sequence[tuple[str, frozenset[str]]]],
) -> float:
    """Gives what the writes cost as things are: their rows, and entries in the indexes there are.

    `indexes` has of each table, by schema and name, the method of each index and its columns. What
    finding the rows costs is no part of it.
    """
    cost = 0.0
    for write in writes:
        there = indexes.get((write.schema, write.table), ())
        entries = sum(ENTRY.get(method, 1.0) for method, _ in there)
        moved = any(write.columns & columns for _, columns in there)
        if write.action == "delete" or (write.action == "update" and not moved):
            entries = 0.0
        cost += write.rows * (ROW + entries)
    return cost

"""A query's candidates: indexes that the planner would take, told apart by why they are missing."""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.candidate import Candidate
from dbwright.core.query import Query
from dbwright.core.schema import Table, qualified


def by_table(query: Query) -> Iterator[tuple[Table, list[Candidate]]]:
    """Gives the candidates of each table, the best first."""
    found: dict[str, list[Candidate]] = {}
    for each in query.candidates:
        found.setdefault(table_key(each), []).append(each)
    for key, candidates in found.items():
        table = query.schema.table(key)
        if table is not None:
            yield table, candidates


def table_key(candidate: Candidate) -> str:
    """Gives the key of the table that a candidate is of."""
    default = candidate.schema in ("public", "main")
    return qualified(candidate.table, None if default else candidate.schema)


def width(candidate: Candidate) -> int:
    """Gives how many columns and expressions an index holds: the fewer, the cheaper to keep."""
    return len(candidate.keys) + len(candidate.include)


def is_plain(candidate: Candidate) -> bool:
    """Whether it is a b-tree of columns, ordered as they are."""
    keys = candidate.keys
    return candidate.method == "btree" and all(each.is_column and not each.opclass for each in keys)


def existing_with_first_key(table: Table, candidate: Candidate) -> str | None:
    """Gives the name of an index of all rows that leads with the candidate's first column."""
    first = candidate.keys[0].expression.strip('"')
    if table.primary_key and table.primary_key.columns[0] == first:
        return table.primary_key.name or "the primary key"
    for unique in table.uniques:
        if unique.columns[0] == first:
            return unique.name or "a UNIQUE"
    for index in table.indexes:
        if index.valid and index.predicate is None and index.columns[:1] == (first,):
            return index.name
    return None

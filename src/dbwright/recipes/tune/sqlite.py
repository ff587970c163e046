"""Candidates for SQLite, whose indexes are b-trees that carry what they carry as further keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from dbwright.core.access import Access, Condition
from dbwright.core.candidate import Candidate, IndexKey
from dbwright.core.operation import Data
from dbwright.recipes.tune.candidates import Surroundings, candidates

ENTRY = 50.0
"""What the entry of a row in an index costs, in steps beside those that are counted.

200,000 rows of a table in memory took 1.9 µs an entry more than their steps, of 0.075 µs each:
25 steps; twice that where the page goes to a disk as well."""


def candidates_of(
    accesses: Sequence[Access],
    rowids: Mapping[str, str],
    fixed: Callable[[Access, Condition], bool],
) -> dict[Access, tuple[Candidate, ...]]:
    """Gives the indexes that could serve each access.

    `rowids` names each table's column that is its rows' number, which every index ends with.
    """
    around = Surroundings(True, False, fixed, lambda access, condition: False)
    found = candidates(accesses, around)
    return {
        access: tuple(dict.fromkeys(_written(several, rowids.get(access.table))))
        for access, several in found.items()
    }


def _written(several: Sequence[Candidate], rowid: str | None) -> Iterator[Candidate]:
    for each in several:
        if each.method != "btree":
            continue
        known = {key.expression for key in each.keys}
        carried = (IndexKey(name) for name in each.include if name not in known | {rowid})
        keys = [_key(key) for key in each.keys]
        while keys and keys[-1].expression == rowid and not keys[-1].descending:
            keys.pop()
        if keys and keys[0].expression != rowid:
            yield replace(each, keys=(*keys, *carried), include=())


def _key(key: IndexKey) -> IndexKey:
    """Gives a key without words on NULLs, which SQLite sorts first and an index cannot move."""
    return replace(key, nulls_first=key.descending)


def keeping(
    candidate: Candidate,
    share: float,
    writes: Sequence[tuple[Data, float]],
    columns: frozenset[str],
) -> float:
    """Gives what the entries of an index cost, `writes` being operations with the rows of all runs.

    `share` is the part of rows that it holds, `columns` what it is made of.
    """
    cost = 0.0
    for operation, rows in writes:
        if operation.table.lower() != candidate.table.lower():
            continue
        if operation.action in ("insert", "delete"):
            cost += rows * share * ENTRY
        elif {each.lower() for each in operation.columns} & {each.lower() for each in columns}:
            cost += rows * 2 * ENTRY
    return cost

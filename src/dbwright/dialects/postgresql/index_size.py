"""How many pages an index will have, from the statistics of its table.

B-trees are laid out as CREATE INDEX lays them out (src/backend/access/nbtree/nbtsort.c): leaves
filled to 90 %, equal keys folded into posting lists of at most a tenth of a page, where the types
let them be. The other methods are estimates.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from dbwright.core.statistics import PAGE

_USABLE = PAGE - 24 - 16
_LEAF = int(PAGE * 0.9) - 24 - 16
_LINE = 4
_ENTRY = 8
_POSTING = 812
_TID = 6


@dataclass(frozen=True, slots=True)
class KeyWidth:
    """A column of an index: its average bytes, its alignment (1, 2, 4, 8), whether it can be null.

    `distinct` is how many values it has, `folds` whether equal ones can share a posting list,
    `common` the shares of its most common values.
    """

    bytes: float
    align: int
    null: float = 0.0
    distinct: float = 1.0
    folds: bool = True
    common: tuple[float, ...] = ()


def btree_pages(rows: float, keys: Sequence[KeyWidth], carried: Sequence[KeyWidth] = ()) -> int:
    """Gives the pages of a b-tree over so many rows, its first page included."""
    if rows < 1:
        return 1
    size = _tuple_size([*keys, *carried])
    folds = not carried and all(key.folds for key in keys)
    space = _folded(rows, keys, size) if folds else rows * (size + _LINE)
    leaves = max(1, math.ceil(space / (_LEAF - size)))
    pages, level = leaves, leaves
    branches = max(2, int(_USABLE * 0.7 / (_tuple_size(keys) + _LINE)))
    while level > 1:
        level = math.ceil(level / branches)
        pages += level
    return pages + 1


def _tuple_size(keys: Sequence[KeyWidth]) -> int:
    """Gives the bytes of an entry, as index_form_tuple makes it."""
    at = 0.0
    for key in keys:
        at = math.ceil(at / key.align) * key.align + key.bytes * (1 - key.null)
    with_nulls = any(key.null > 0.5 for key in keys)
    return _aligned((16 if with_nulls else _ENTRY) + at)


def _aligned(size: float) -> int:
    return 8 * math.ceil(size / 8)


def _folded(rows: float, keys: Sequence[KeyWidth], size: int) -> float:
    """Gives the bytes of the leaves' entries where equal keys share posting lists."""
    values = distinct_together(rows, keys)
    most = max(1, (_POSTING - size) // _TID)
    space, left, others = 0.0, rows, values
    if len(keys) == 1:
        for share in keys[0].common:
            space += _postings(share * rows, most, size)
            left -= share * rows
            others -= 1
        if keys[0].null:
            space += _postings(keys[0].null * rows, most, size)
            left -= keys[0].null * rows
    if left >= 1:
        others = max(1.0, min(others, left))
        space += others * _postings(left / others, most, size)
    return space


def _postings(rows: float, most: int, size: int) -> float:
    """Gives the bytes of the entries of one key with so many rows."""
    if rows < 2:
        # part of the keys has one row and part two
        double = max(0.0, rows - 1)
        return (1 - double) * (size + _LINE) + double * (size + _aligned(2 * _TID) + _LINE)
    lists, rest = divmod(rows, most)
    space = lists * (size + _aligned(most * _TID) + _LINE)
    if rest >= 1:
        space += size + (_aligned(rest * _TID) if rest >= 2 else 0) + _LINE
    return float(space)


def distinct_together(rows: float, keys: Sequence[KeyWidth]) -> float:
    """Gives how many combinations of independent columns so many rows have.

    Of D equally likely ones, rows drawn at random meet D (1 - exp(-rows / D)).
    """
    product = math.prod(max(1.0, key.distinct + (key.null > 0)) for key in keys)
    if len(keys) == 1:
        return min(product, rows)
    return min(rows, product * -math.expm1(-rows / product))


def hash_pages(rows: float) -> int:
    """Gives the pages of a hash index: entries of 20 bytes, buckets filled to three quarters."""
    return 2 + math.ceil(rows * 20 / (PAGE * 0.75)) + 1


def brin_pages(table_pages: int, bytes_: float, range_: int = 128) -> int:
    """Gives the pages of a BRIN index: a map, and one entry of two values for each range."""
    ranges = math.ceil(table_pages / range_)
    return 2 + math.ceil(ranges / 1360) + math.ceil(ranges * (2 * bytes_ + 16) / _USABLE)


def gin_pages(rows: float, elements: float, distinct: float, bytes_: float) -> int:
    """Gives the pages of a GIN index of so many elements a row, each of some bytes."""
    entries = distinct * (_aligned(_ENTRY + bytes_) + _LINE)
    postings = rows * elements * 2.2
    return 2 + math.ceil((entries + postings) / (_USABLE * 0.9))


def gist_pages(rows: float, bytes_: float) -> int:
    """Gives the pages of a GiST index, whose pages are filled to about two thirds."""
    return 1 + math.ceil(rows * (_aligned(_ENTRY + bytes_) + _LINE) / (_USABLE * 0.66))

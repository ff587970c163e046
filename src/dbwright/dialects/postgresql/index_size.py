"""How many pages an index will have, from the statistics of its table.

B-trees are laid out as CREATE INDEX lays them out (src/backend/access/nbtree/nbtsort.c): leaves
filled to 90 %, equal keys folded into posting lists of at most a tenth of a page, where the types
let them be. The other methods are estimates.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

from dbwright.core.statistics import PAGE

_USABLE = PAGE - 24 - 16
_LEAF = int(PAGE * 0.9) - 24 - 16
_LINE = 4
_ENTRY = 8
_POSTING = 812
_TID = 6
_HEAVY = 512
"""How many combinations of common values are counted apart."""


@dataclass(frozen=True, slots=True)
class KeyWidth:
    """A column of an index: its average bytes, its alignment (1, 2, 4, 8), the share of nulls.

    `folds` says whether equal values can share a posting list.
    """

    bytes: float
    align: int
    null: float = 0.0
    folds: bool = True


@dataclass(frozen=True, slots=True)
class Spread:
    """How the values of a column, or of several together, are spread over the rows.

    `distinct` is how many there are, `null` the share of rows without one, `common` the shares of
    the most common ones.
    """

    distinct: float
    null: float = 0.0
    common: tuple[float, ...] = ()


def btree_pages(
    rows: float,
    keys: Sequence[KeyWidth],
    spreads: Sequence[Spread],
    carried: Sequence[KeyWidth] = (),
) -> int:
    """Gives the pages of a b-tree over so many rows, its first page included.

    `spreads` are those of the keys, one for each or for some together; they are taken to be
    independent of one another.
    """
    if rows < 1:
        return 1
    size = _tuple_size([*keys, *carried])
    folds = not carried and all(key.folds for key in keys)
    space = _folded(rows, spreads, _entries(keys, size)) if folds else rows * (size + _LINE)
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


def _entries(keys: Sequence[KeyWidth], size: int) -> tuple[int, int]:
    """Gives the bytes of an entry with a value and of one with NULL; of several keys the mean."""
    if len(keys) > 1:
        return size, size
    return _tuple_size([replace(keys[0], null=0.0)]), 2 * _ENTRY


def _folded(rows: float, spreads: Sequence[Spread], sizes: tuple[int, int]) -> float:
    """Gives the bytes of the leaves' entries where equal keys share posting lists.

    NULL and common values are counted apart, since few keys have most of the rows then.
    """
    heavy = _HEAVY if len(spreads) == 1 else round(_HEAVY ** (1 / len(spreads)))
    space = 0.0
    for parts in product(*(_parts(each, heavy) for each in spreads)):
        here = rows * math.prod(each.share for each in parts)
        if here <= 0:
            continue
        size = sizes[any(each.null for each in parts)]
        most = max(1, (_POSTING - size) // _TID)
        values = math.prod(each.values for each in parts)
        if len(spreads) > 1:
            values *= -math.expm1(-here / values)
        values = min(values, here) if here >= 1 else here
        space += values * _postings(here / values, most, size)
    return space


@dataclass(frozen=True, slots=True)
class _Part:
    """A share of the rows with so many values."""

    share: float
    values: float
    null: bool = False


def _parts(each: Spread, heavy: int) -> list[_Part]:
    """Gives the parts of the rows: NULL, the most common values, the rest."""
    parts = [_Part(each.null, 1.0, null=True)] if each.null else []
    common = each.common[:heavy]
    parts += [_Part(share, 1.0) for share in common]
    rest = 1.0 - each.null - sum(common)
    return [*parts, _Part(max(0.0, rest), max(1.0, each.distinct - len(common)))]


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


def hash_pages(rows: float) -> int:
    """Gives the pages of a hash index: entries of 20 bytes, buckets filled to three quarters."""
    return 2 + math.ceil(rows * 20 / (PAGE * 0.75)) + 1


def brin_pages(table_pages: int, bytes_: float, range_: int = 128) -> int:
    """Gives the pages of a BRIN index: a map, and one entry of two values for each range."""
    ranges = math.ceil(table_pages / range_)
    return 2 + math.ceil(ranges / 1360) + math.ceil(ranges * (2 * bytes_ + 16) / _USABLE)


def gist_pages(rows: float, bytes_: float) -> int:
    """Gives the pages of a GiST index, whose pages are filled to about two thirds."""
    return 1 + math.ceil(rows * (_aligned(_ENTRY + bytes_) + _LINE) / (_USABLE * 0.66))

"""How many pages a GIN index will have, from a sample of its keys.

Keys with few rows have them in their entry; those with more than fit there have a tree of pages
that hold nothing else. Rows are kept as differences, seven bits a byte
(src/backend/access/gin/ginpostinglist.c). Entries come in their order while an index is built, so
their pages are split in halves that are not filled again; the trees' pages are full.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from dbwright.core.statistics import PAGE
from dbwright.dialects.postgresql.value_samples import in_order

_ENTRY_PAGE = (PAGE - 40) * 0.49
_TREE_PAGE = PAGE - 64
_INLINE = 2_700
_FEW = 5


@dataclass(frozen=True, slots=True)
class Keys:
    """So many keys of an index with so many rows each; `bytes` is what one takes."""

    count: float
    rows: float
    bytes: float


@dataclass(frozen=True, slots=True)
class Seen:
    """A key in a sample: of which family (a path of JSON), in how many of its rows, its bytes.

    `share` is the part of the table's rows that these stand for, `place` the first of them.
    """

    family: str
    times: int
    share: float
    bytes: float
    place: int


def pages(groups: Iterable[Keys], table_pages: int) -> int:
    """Gives the pages of an index of these keys over a table of so many pages."""
    space, trees = 0.0, 0.0
    for each in groups:
        if each.count <= 0 or each.rows <= 0:
            continue
        list_ = 8 + max(0.0, each.rows - 1) * _difference(table_pages, each.rows)
        if list_ > _INLINE:
            leaves = math.ceil(list_ / _TREE_PAGE)
            trees += each.count * (leaves + (leaves > 1))
            list_ = 0.0
        space += each.count * (8 * math.ceil((8 + _even(each.bytes) + list_) / 8) + 4)
    leaves = max(1, math.ceil(space / _ENTRY_PAGE))
    inner = math.ceil(leaves / 200) if leaves > 1 else 0
    return 1 + leaves + inner + math.ceil(trees)


def _even(bytes_: float) -> float:
    return 2 * math.ceil(bytes_ / 2)


def _difference(table_pages: int, rows: float) -> float:
    """Gives the bytes of a difference between two of so many rows spread over the pages.

    Within a page it takes one; eight pages are the most that two can tell, 1,024 three.
    """
    pages_ = max(1.0, float(table_pages))
    met = pages_ * -math.expm1(-rows / pages_)
    rarely = 1.0 - met / pages_
    return 1.0 + met / rows * (1.0 + rarely**8 + rarely**1024)


def keys_of(seen: Sequence[Seen], rows: float) -> Iterator[Keys]:
    """Gives the keys of a table of so many rows from those of a sample, sorted in each family.

    What is met twice has about its share of the rows. What is met once stands for the others of
    its family: where all are, every row has its own, as ANALYZE takes it; else there are as many
    as the estimator of Haas and Stokes gives.
    """
    families: dict[str, list[Seen]] = {}
    for each in seen:
        families.setdefault(each.family, []).append(each)
    for several in families.values():
        once = [each for each in several if each.times == 1]
        yield from (Keys(1, each.share * rows, each.bytes) for each in several if each.times > 1)
        if not once:
            continue
        others = sum(each.share for each in once) * rows
        count = max(1.0, min(others, _count(several, len(once), others, rows)))
        yield Keys(count, others / count, sum(each.bytes for each in once) / len(once))


def _count(several: Sequence[Seen], once: int, others: float, rows: float) -> float:
    """Gives how many keys there are of those that a sample has met once.

    Where the sample lies in their order, it could not meet them twice: a number between is taken.
    """
    if once == len(several):
        if once < _FEW:
            return float(once)
        between = in_order([each.place for each in several])
        return once**0.25 * others**0.75 if between else others
    met = sum(each.times for each in several)
    all_rows = max(float(met), sum(each.share for each in several) * rows)
    every = met * len(several) / (met - once + once * met / all_rows)
    return every - (len(several) - once)

"""So many candidates as can be tried: those of the statements that could gain most.

Each candidate is made as a real index, and each plan of a table's statement looks at all of the
table's. What a statement could gain at most is what reading its tables whole costs all its runs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dbwright.core.access import Access
from dbwright.core.candidate import Candidate

MOST = 12_000
"""So many candidates are tried in all."""
MOST_OF_TABLE = 400
"""So many are tried of one table."""
Proposed = Mapping[Access, Sequence[Candidate]]


@dataclass(frozen=True, slots=True)
class Reads:
    """What one statement asks, and what reading its tables whole costs all its runs."""

    accesses: Sequence[Access]
    cost: float


def bounded(
    proposed: Proposed, reads: Sequence[Reads], most: int = MOST, of_table: int = MOST_OF_TABLE
) -> tuple[Proposed, str | None]:
    """Gives the candidates of each access that are tried, with words on those that are not.

    A statement has all its candidates, or those that others have brought.
    """
    every = dict.fromkeys(one for several in proposed.values() for one in several)
    tables = Counter(_table(one) for one in every)
    if len(every) <= most and max(tables.values(), default=0) <= of_table:
        return proposed, None
    taken: set[Candidate] = set()
    count: Counter[tuple[str, str]] = Counter()
    lost = 0.0
    short = 0
    for each in sorted(reads, key=lambda one: -one.cost):
        own = {one for access in each.accesses for one in proposed.get(access, ())}
        new = Counter(map(_table, own - taken))
        if len(taken) + new.total() > most or any(count[t] + n > of_table for t, n in new.items()):
            lost += each.cost
            short += 1
            continue
        taken |= own
        count += new
    kept = {
        access: [one for one in several if one in taken] for access, several in proposed.items()
    }
    return kept, _words(
        len(every) - len(taken), short, lost / (_whole(reads) or 1.0), most, of_table
    )


def _table(each: Candidate) -> tuple[str, str]:
    return each.schema, each.table


def _whole(reads: Iterable[Reads]) -> float:
    return sum(each.cost for each in reads)


def _words(left: int, short: int, share: float, most: int, of_table: int) -> str:
    candidates = "1 candidate" if left == 1 else f"{left:,} candidates"
    has = "1 statement lacks some" if short == 1 else f"{short:,} statements lack some"
    return (
        f"{candidates}, as at most {most:,} are tried and {of_table:,} of a table: {has} of "
        f"theirs, with {share:.1%} of what it would cost to read every statement's tables whole"
    )

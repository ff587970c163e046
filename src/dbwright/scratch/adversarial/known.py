"""Constants of queries with their values, as the database itself reads them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation


@dataclass(frozen=True, slots=True)
class Known:
    """A constant's value: the database's text, its type's family, where it stands.

    `columns` stand beside it, `group` is shared by the constants of one comparison.
    """

    text: str
    family: str
    columns: tuple[str, ...] = ()
    group: int = -1

    @property
    def number(self) -> Decimal | None:
        """The value as a number, None where the text is none."""
        try:
            found = Decimal(self.text.strip())
        except InvalidOperation:
            return None
        return found if found.is_finite() else None


def grouped(several: Iterable[Known]) -> list[list[Known]]:
    """Gives the constants comparison by comparison; those of none stand alone.

    >>> len(grouped([Known("1", "integer", group=3), Known("2", "integer", group=3)]))
    1
    """
    groups: defaultdict[int, list[Known]] = defaultdict(list)
    alone = []
    for known in several:
        if known.group < 0:
            alone.append([known])
        else:
            groups[known.group].append(known)
    return [*groups.values(), *alone]


def interleaved(several: Iterable[list[str]]) -> list[str]:
    """Gives each text once, the first of every list before the second of any.

    >>> interleaved([["a", "b"], ["c", "a"]])
    ['a', 'c', 'b']
    """
    lists = [list(each) for each in several]
    longest = max(map(len, lists), default=0)
    found = (each[place] for place in range(longest) for each in lists if place < len(each))
    return list(dict.fromkeys(found))

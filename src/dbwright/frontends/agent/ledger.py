"""The ledger: what dbwright found for one request, each thing with an id that can be cited."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from dbwright.core.codec import to_json

Kind = Literal[
    "recommendation", "unverified", "change", "design", "answer", "index", "rehearsal", "table",
    "rule", "plan", "rows", "draft",
]  # fmt: skip
LEVELS = ("", "refuted", "reasoned", "observed", "verified")
"""How far something is proved, the least first; "" where nothing was to be proved."""
_LETTERS: dict[Kind, str] = {
    "recommendation": "r", "unverified": "u", "change": "c", "design": "m", "answer": "a",
    "index": "i", "rehearsal": "h", "table": "t", "rule": "p", "plan": "e", "rows": "d",
    "draft": "w",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Source:
    """A thing that dbwright found: `thing` is its own value, `texts` all that it says.

    `level` is how far it is proved, the least of its proofs.
    """

    id: str
    kind: Kind
    thing: Any = field(repr=False, compare=False)
    level: str = ""
    texts: tuple[str, ...] = field(default=(), repr=False)


@dataclass(slots=True)
class Ledger:
    """All sources of a request. `names` are the tables, columns and models that are known."""

    sources: dict[str, Source] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    dialect: str = "postgresql"

    def add(self, kind: Kind, thing: Any, level: str = "", *more: Any) -> Source:
        """Takes a thing down and gives it its id; the same thing keeps the one that it has.

        `more` are values beside it that belong to what it says.
        """
        for known in self.sources.values():
            if known.kind == kind and known.thing == thing:
                return known
        letter = _LETTERS[kind]
        number = sum(1 for each in self.sources.values() if each.kind == kind) + 1
        texts = tuple(dict.fromkeys(texts_of([thing, *more])))
        source = Source(f"{letter}{number}", kind, thing, level, texts)
        self.sources[source.id] = source
        return source

    def of(self, kind: Kind) -> list[Source]:
        """Gives the sources of a kind, in the order in which they were found."""
        return [each for each in self.sources.values() if each.kind == kind]


def texts_of(value: Any) -> Iterator[str]:
    """Yields every text and number that is in a value, its names of fields left out."""
    data = to_json(value)
    waiting = [data]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            waiting += each.values()
            yield from (key for key in each if not key.isidentifier())
        elif isinstance(each, (list, tuple, set, frozenset)):
            waiting += each
        elif isinstance(each, str):
            yield each
        elif isinstance(each, (int, float)) and not isinstance(each, bool):
            yield _number(each)


def _number(value: float) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def least(levels: Iterator[str] | list[str]) -> str:
    """Gives the lowest of some levels, "" where there is none."""
    found = [level for level in levels if level]
    return min(found, key=LEVELS.index) if found else ""

"""Writing: a write that was planned, and waits for a human's yes to exactly it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

SECONDS = 3600
"""How long a plan may be approved: what it was made on changes."""


@dataclass(frozen=True, slots=True)
class PlannedStatement:
    """One statement of a plan: what it is, the tables it names, and the rows it is about.

    `rows` is the planner's estimate, None where there is none, and `why` says why. `everything`
    is an UPDATE or DELETE without a WHERE.
    """

    sql: str
    kind: str
    tables: tuple[str, ...] = ()
    rows: int | None = None
    why: str = ""
    everything: bool = False


@dataclass(frozen=True, slots=True)
class WritePlan:
    """Exactly what would run, where, and its hash, which is what a human approves.

    `database` is the URL without its password; `tried` says what a trial that was rolled back
    has shown, empty where none was asked for.
    """

    hash: str
    database: str
    statements: tuple[PlannedStatement, ...]
    created: float
    alone: bool = False
    tried: str = ""
    notes: tuple[str, ...] = ()

    @property
    def expires(self) -> float:
        """When it can no more be approved."""
        return self.created + SECONDS


@dataclass(frozen=True, slots=True)
class Written:
    """What an approved plan has done: the rows of each statement, None where none are counted."""

    hash: str
    database: str
    rows: tuple[int | None, ...]
    seconds: float


def hash_of(database: str, statements: tuple[str, ...]) -> str:
    """Gives the SHA-256 of the database and the exact statements: any changed letter changes it.

    >>> hash_of("a", ("x",)) == hash_of("a", ("x ",))
    False
    """
    text = json.dumps([database, *statements], ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()

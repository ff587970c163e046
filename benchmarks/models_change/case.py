"""One request to one project, and what must come of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Case:
    """One request to one project, and what must come of it.

    `same_tables` says that the database needs no change.
    """

    project: str
    words: str
    columns: dict[str, dict[str, Any]] = field(default_factory=dict)
    sides: tuple[str, ...] = ()
    has: tuple[str, ...] = ()
    hasnt: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    indexes: tuple[tuple[str, ...], ...] = ()
    checks: tuple[str, ...] = ()
    refused: str = ""
    asks: str = ""
    choose: str = ""
    warns: str = ""
    given: tuple[tuple[str, str], ...] = ()
    database: str = "postgresql"
    same_tables: bool = False


STAMP = "timestamp with time zone"

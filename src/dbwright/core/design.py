"""A design: the files that a brief leads to, why they are as they are, and what was proved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dbwright.core.brief import Brief, Reading
from dbwright.core.finding import Edit, Unverified

Layout = Literal["module", "package", "by size"]
"""Whether models stand in one file; "by size" is a package where that is long to read."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided about parts of a design, why, and what else could have been done."""

    subjects: tuple[str, ...]
    what: str
    why: str
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Proved:
    """What a run showed of a design: how often what held, and on which server."""

    what: str
    count: int
    scope: str = ""


@dataclass(frozen=True, slots=True)
class Designed:
    """The answer to a brief: files that were proved, decisions, and what could not be proved.

    `reading` is how a request in words was understood, None where there was only a brief;
    `diagram` shows its tables in Mermaid.
    """

    brief: Brief
    edits: tuple[Edit, ...] = ()
    decisions: tuple[Decision, ...] = ()
    proved: tuple[Proved, ...] = ()
    unverified: tuple[Unverified, ...] = ()
    notes: tuple[str, ...] = ()
    reading: Reading | None = None
    diagram: str = ""

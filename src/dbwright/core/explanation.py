"""An explanation: what an error or a question comes down to, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass

from dbwright.core.finding import Alternative, Unverified
from dbwright.core.place import Place


@dataclass(frozen=True, slots=True)
class Do:
    """One thing to do: in words, and as code or commands to paste."""

    title: str
    code: str = ""
    language: str = "python"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason, and where it stands."""

    text: str
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """What lies behind an error or a question, what to do first, and what that costs.

    `place` is the line of the user's code. `known` says what was read to say so; no part that a
    reader acts on is empty: "none needed" carries its why.
    """

    reading: str
    answer: str
    do: tuple[Do, ...]
    reasons: tuple[Reason, ...]
    alternatives: tuple[Alternative, ...]
    risk: str
    undo: str
    tests: str
    backup: str
    known: str
    place: Place | None = None
    unverified: tuple[Unverified, ...] = ()
    more: tuple[str, ...] = ()

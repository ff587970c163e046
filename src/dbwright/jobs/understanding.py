"""What a request was taken to mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dbwright.collect.pasted import Pasted
from dbwright.collect.size_words import Size

Kind = Literal[
    "project", "models", "migrations", "file", "revision", "query", "change", "design", "question",
    "unable", "failure", "pasted", "plan", "live", "how", "loads", "dropped",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Understanding:
    """What a request was taken to mean, in words for the reader, and what it is about."""

    kind: Kind
    words: str
    subject: str = ""
    pasted: Pasted | None = None
    size: Size | None = None


def unable(why: str) -> Understanding:
    """Gives that a request is not done, and why."""
    return Understanding("unable", why)

"""A problem of a brief, and the nearest known name where one is not known."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from dbwright.core.brief import Brief

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a part of a brief; `path` leads to it, `way_out` says what to do."""

    path: Path
    message: str
    way_out: str = ""


def near(name: str, known: Iterable[str]) -> str:
    """Gives a question for the nearest known name, else the known ones."""
    options = [text for text in known if text]
    folded = {text.lower(): text for text in options}
    close = difflib.get_close_matches(name.lower(), folded, n=1, cutoff=0.6)
    if close:
        return f"Did you mean {folded[close[0]]}?"
    shown = ", ".join(options[:12]) + (", …" if len(options) > 12 else "")
    return f"There are: {shown}." if shown else ""


def no_entity(brief: Brief, path: Path, name: str) -> Problem:
    """Gives the problem of an entity that is not there."""
    known = near(name, (entity.name for entity in brief.entities))
    return Problem(path, f"there is no entity {name}", known)

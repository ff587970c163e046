"""The answer to a question about models as text and as data."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from dbwright.core.answered import Answered, Fact
from dbwright.render.parts import printable

WIDTH = 80
MOST = 20


def as_json(found: Answered) -> dict[str, Any]:
    """Gives the answer as plain data, as render/answer_schema.py says."""
    return {
        "version": 1,
        "kind": "answer",
        "reading": found.reading,
        "answer": found.answer,
        "facts": [
            {
                "text": fact.text,
                "file": fact.place.file if fact.place else None,
                "line": fact.place.line if fact.place else None,
                "known": fact.known or found.evidence,
            }
            for fact in found.facts
        ],
        "notes": list(found.notes),
        "more": list(found.more),
    }


def as_text(found: Answered, *, full: bool = False) -> str:
    """Gives the answer, a line for each thing with its place, and what there is to run next.

    Twenty lines at most, all of them with `full`.
    """
    return printable("\n".join(_lines(found, full))) + "\n"


def _lines(found: Answered, full: bool) -> Iterator[str]:
    yield from _wrapped(f"Read as: {found.reading[:1].lower()}{found.reading[1:]}.")
    yield ""
    yield from _wrapped(found.answer)
    shown = found.facts if full else found.facts[:MOST]
    if shown:
        yield ""
    for fact in shown:
        yield from _fact(fact)
    if len(found.facts) > len(shown):
        yield f"  … and {len(found.facts) - len(shown)} more (--full shows all)"
    if found.notes:
        yield ""
    for note in found.notes:
        yield from _wrapped(note)
    if found.evidence:
        yield ""
        yield from _wrapped(f"Seen: {found.evidence}.")
    for number, command in enumerate(found.more):
        yield f"{'Next:' if not number else '     '} {command}"


def _fact(fact: Fact) -> Iterator[str]:
    """A thing, and behind or below it where it stands."""
    known = f" ({fact.known})" if fact.known else ""
    place = str(fact.place) if fact.place else ""
    lines = _wrapped(f"{fact.text}{known}", "  ", 4)
    if place and len(lines[-1]) + len(place) + 2 <= WIDTH:
        yield from lines[:-1]
        yield f"{lines[-1]}  {place}"
        return
    yield from lines
    if place:
        yield f"    {place}"


def _wrapped(text: str, start: str = "", indent: int = 0) -> Sequence[str]:
    return textwrap.wrap(
        text, WIDTH, initial_indent=start, subsequent_indent=" " * indent,
        break_on_hyphens=False, break_long_words=False,
    )  # fmt: skip

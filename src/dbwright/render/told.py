"""An answer to a request laid out in sections, for every format that is no report's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Shape = Literal["text", "list", "code", "diff"]


@dataclass(frozen=True, slots=True)
class Part:
    """A section: its label, its lines, and how they are shown.

    `brief` parts are on the default screen, with at most so many lines.
    """

    label: str
    lines: tuple[str, ...]
    shape: Shape = "text"
    language: str = ""
    brief: int = 0


@dataclass(frozen=True, slots=True)
class Told:
    """An answer: how the request was read, the answer in a sentence, its parts, what comes next."""

    kind: str
    reading: str
    answer: str
    parts: tuple[Part, ...]
    place: str = ""
    more: tuple[str, ...] = ()
    data: dict[str, Any] = field(default_factory=dict)


def part(
    label: str, lines: Sequence[str], shape: Shape = "text", *, brief: int = 0, language: str = ""
) -> tuple[Part, ...]:
    """Gives a section in a tuple, an empty one where it has no lines."""
    kept = tuple(line for line in lines if line or shape in ("code", "diff"))
    return (Part(label, kept, shape, language, brief),) if kept else ()

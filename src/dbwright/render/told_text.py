"""An answer for the terminal: short by default, all of it with --full."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from dbwright.render.parts import printable
from dbwright.render.told import Part, Told

WIDTH = 80
LABEL = 8


def as_text(told: Told, *, full: bool = False, width: int = WIDTH) -> str:
    """Gives the answer in at most thirty lines or so, or with `full` all of it."""
    return printable("\n".join(_lines(told, full, width))) + "\n"


def _lines(told: Told, full: bool, width: int) -> Iterator[str]:
    yield from wrapped(f"Read as: {told.reading.rstrip('.')}.", width)
    yield ""
    yield from wrapped(told.answer, width)
    if told.place:
        yield f"  {told.place}"
    yield ""
    hidden = 0
    for each in told.parts:
        if not full and not each.brief:
            hidden += 1
            continue
        yield from _part(each, full, width)
    if hidden and not full:
        yield "        --full: risk, undo, tests, backup and the rest"
    for number, command in enumerate(told.more if full else told.more[:2]):
        yield f"{'Next:' if not number else '     '}   {command}"


def _part(part: Part, full: bool, width: int) -> Iterator[str]:
    label = f"{part.label:<{LABEL}}"
    blank = " " * LABEL
    shown = list(part.lines) if full else list(part.lines[: part.brief])
    left = len(part.lines) - len(shown)
    if part.shape in ("code", "diff"):
        if part.label:
            yield label.rstrip()
        yield from (f"{blank}{line}".rstrip() for line in shown)
        if left:
            yield f"{blank}… {left} more lines"
        return
    for number, line in enumerate(shown):
        start = label if not number else blank
        yield from wrapped(line, width, start, blank)
    if left and part.shape == "list":
        yield f"{blank}… and {left} more"


def wrapped(text: str, width: int = WIDTH, start: str = "", rest: str = "") -> list[str]:
    """Gives the lines of a paragraph."""
    return textwrap.wrap(
        text, width, initial_indent=start, subsequent_indent=rest,
        break_on_hyphens=False, break_long_words=False,
    )  # fmt: skip

"""How much room a table needs: its columns folded to a readable number, its text measured."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from dbwright.render.diagram.values import Box, Line
from dbwright.render.parts import printable

MOST_LINES = 16
"""A table with more columns shows its keys and as many others as still fit."""
MOST_NAME, MOST_TYPE = 32, 24
CHARACTER = 7.25
"""The advance of a monospaced character at 12 px, the widest of the fonts asked for."""
HEAD, LINE, PAD = 28, 18, 8
SHORT = (
    ("timestamp with time zone", "timestamptz"),
    ("timestamp without time zone", "timestamp"),
    ("time with time zone", "timetz"),
    ("time without time zone", "time"),
    ("character varying", "varchar"),
    ("character", "char"),
)


@dataclass(frozen=True, slots=True)
class Text:
    """A text as it is shown; `whole` is what was cut, empty where nothing was."""

    shown: str
    whole: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A box with its size, the lines that are shown and those that are not.

    `marks` is the room before a column's name, for the marks of its keys.
    """

    box: Box
    width: float
    height: float
    marks: float
    shown: tuple[Line, ...]
    hidden: tuple[Line, ...] = ()


def sheet(box: Box, outside: frozenset[str] = frozenset()) -> Sheet:
    """Gives the size of a box. Keys of tables `outside` are named in the line that refers."""
    shown, hidden = _folded(box.lines)
    marks = max((len(" ".join(line.marks)) for line in shown), default=0) * 6.1
    marks += 7 if marks else 0
    widths = [
        marks + _width(label(line.name, MOST_NAME), type_text(line, outside)) for line in shown
    ]
    title = label(box.key, MOST_NAME).shown
    widths += [room(title) * 13 / 12 + 2 * PAD + (70 if kind_words(box) else 0), 120.0]
    lines = len(shown) + bool(hidden)
    return Sheet(box, round(max(widths)), HEAD + LINE * lines + 6, marks, shown, hidden)


def label(text: str, most: int) -> Text:
    """Gives the text on one line, in at most so many columns of a terminal."""
    line = " ".join(printable(text).split())
    if _columns(line) <= most:
        return Text(line)
    short = line[:most]
    while _columns(short) >= most:
        short = short[:-1]
    return Text(f"{short}…", line)


def type_text(line: Line, outside: frozenset[str]) -> Text:
    """Gives what stands at the right of a line: its type, or the table elsewhere it refers to."""
    elsewhere = [key for key in line.refers if key in outside]
    if elsewhere:
        return label(f"→ {', '.join(elsewhere)}", MOST_TYPE)
    type = line.type
    for long, short in SHORT:
        if type.startswith(long):
            type = type.replace(long, short, 1)
            break
    return label(type + ("?" if line.nullable else ""), MOST_TYPE)


def kind_words(box: Box) -> str:
    """Gives what a box is, where it is no plain table."""
    return "joins" if box.association else "" if box.kind == "table" else box.kind.split()[-1]


def room(text: str) -> float:
    """Gives the width of a text in pixels."""
    return _columns(text) * CHARACTER


def _width(name: Text, type: Text) -> float:
    return PAD + room(name.shown) + 14 + room(type.shown) + PAD


def _columns(text: str) -> int:
    return sum(1 + (unicodedata.east_asian_width(c) in "WF") for c in text)


def _folded(lines: tuple[Line, ...]) -> tuple[tuple[Line, ...], tuple[Line, ...]]:
    if len(lines) <= MOST_LINES:
        return lines, ()
    keys = [line for line in lines if line.marks][: MOST_LINES - 1]
    others = [line for line in lines if not line.marks][: MOST_LINES - 1 - len(keys)]
    kept = {line.name for line in (*keys, *others)}
    shown = tuple(line for line in lines if line.name in kept)
    return shown, tuple(line for line in lines if line.name not in kept)

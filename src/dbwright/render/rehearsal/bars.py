"""The lock timeline as text: for each lock a bar over the revision's time."""

from __future__ import annotations

from collections.abc import Sequence

from dbwright.core.rehearsed import Span
from dbwright.render.layout import Style, shorten
from dbwright.render.rehearsal import words

ALL, WRITES, NOTHING = "█", "▒", "·"
ASCII = {ALL: "#", WRITES: "=", NOTHING: "."}
LEGEND = ((ALL, "reads and writes waited"), (WRITES, "writes waited"), (NOTHING, "nobody waited"))
_NAME = 16
_LABEL = 37


def timeline(spans: Sequence[Span], total: float, style: Style) -> list[str]:
    """Gives a line for each lock, then what its bar means; nothing without locks."""
    if not spans:
        return []
    room = style.width - 2 - _NAME - 1 - 1 - _LABEL
    total = max(total, *(span.end for span in spans)) or 1.0
    lines = []
    for span in spans:
        name = shorten(style.line(span.relation), _NAME, style)
        bar = _bar(span, total, room, style)
        label = f"{words.mode(span.mode)} {words.passage(span)}"
        lines.append(f"  {name.ljust(_NAME)} {bar} {shorten(label, _LABEL, style)}")
        if span.estimated is not None and span.stops:
            held = f"{words.stops(span.stops)} would wait about {words.duration(span.estimated)}"
            lines.append(f"  {''.ljust(_NAME)} {style.line(held)}")
    used = {_glyph(span) for span in spans}
    legend = ", ".join(f"{_mark(mark, style)} {text}" for mark, text in LEGEND if mark in used)
    return [*lines, f"  {''.ljust(_NAME)} {legend}"]


def _bar(span: Span, total: float, room: int, style: Style) -> str:
    start = min(round(span.begin / total * room), room - 1)
    end = min(max(round(span.end / total * room), start + 1), room)
    return " " * start + _mark(_glyph(span), style) * (end - start) + " " * (room - end)


def _glyph(span: Span) -> str:
    if "SELECT" in span.stops:
        return ALL
    return WRITES if "INSERT" in span.stops else NOTHING


def _mark(mark: str, style: Style) -> str:
    return ASCII[mark] if style.ascii else mark

"""The lock timeline as a drawing: one SVG, with nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dbwright.core.rehearsed import Span
from dbwright.core.trace import Trace
from dbwright.render.parts import markup as text
from dbwright.render.rehearsal import words

SMALL = 'class="small" fill="#5c6670" font-size="11"'
INSIDE = 'class="in" fill="#fff" font-size="11"'
WIDTH, NAMES, RIGHT = 960, 190, 16
ROW, TOP = 30, 46
CLASSES = {"reads and writes": "all", "writes": "writes", "": "none"}
# A reader that knows no page's style has these; the style of the page goes over them.
FILLS = {"all": "#b3261e", "writes": "#b26a00", "none": "#6b7785"}


def drawing(spans: Sequence[Span], trace: Trace) -> str:
    """Gives an SVG of the locks over the time of a run, empty without locks.

    Its colors are the page's classes `all`, `writes` and `none`.
    """
    if not spans:
        return ""
    total = max(trace.milliseconds, *(span.end for span in spans)) or 1.0
    relations = list(dict.fromkeys(span.relation for span in spans))
    height = TOP + ROW * len(spans) + 34
    title = f"Locks on {', '.join(map(text, relations))} over {words.duration(total)}"
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{title}" '
        'xmlns="http://www.w3.org/2000/svg">',
        f"<title>{title}</title>",
        *_statements(trace, total, height),
        *_bars(spans, total),
        *_axis(total, height),
        "</svg>",
    ]
    return "\n".join(parts)


def _x(at: float, total: float) -> float:
    return NAMES + (WIDTH - NAMES - RIGHT) * at / total


def _statements(trace: Trace, total: float, height: int) -> Iterator[str]:
    """A line at the start of each statement, with its number where there is room."""
    last = -100.0
    for number, item in enumerate(trace.statements, 1):
        x = _x(min(item.began, total), total)
        ends = f'x1="{x:.1f}" y1="30" x2="{x:.1f}" y2="{height - 30}"'
        yield f'<line class="tick" stroke="#d5dae0" {ends}/>'
        if x - last > 18:
            yield f'<text {SMALL} x="{x:.1f}" y="22" text-anchor="middle">{number}</text>'
            last = x


def _bars(spans: Sequence[Span], total: float) -> Iterator[str]:
    before = None
    for row, span in enumerate(spans):
        y = TOP + row * ROW
        if span.relation != before:
            name = text(_short(span.relation))
            yield f'<text x="0" y="{y + 14}">{name}</text>'
        before = span.relation
        start, end = _x(span.begin, total), _x(span.end, total)
        label = f"{words.mode(span.mode)} {words.passage(span)}"
        kind = CLASSES[words.stops(span.stops)]
        yield (
            f'<rect class="{kind}" fill="{FILLS[kind]}" x="{start:.1f}" y="{y}" '
            f'width="{max(end - start, 2):.1f}" '
            f'height="20" rx="3"><title>{text(_told(span))}</title></rect>'
        )
        yield from _label(text(label), start, end, y + 14, len(label))


def _label(label: str, start: float, end: float, y: int, length: int) -> Iterator[str]:
    """The label in its bar where it has room, else before it or behind it."""
    room = length * 6.6
    if end - start > room + 8:
        yield f'<text {INSIDE} x="{start + 6:.1f}" y="{y}">{label}</text>'
    elif start - NAMES > room:
        place = f'x="{start - 6:.1f}" y="{y}" text-anchor="end"'
        yield f"<text {SMALL} {place}>{label}</text>"
    else:
        yield f'<text {SMALL} x="{end + 6:.1f}" y="{y}">{label}</text>'


def _told(span: Span) -> str:
    waiting = words.stops(span.stops)
    parts = [
        f"{words.mode(span.mode)} on {span.relation} {words.passage(span)}",
        f"{words.duration(span.end - span.begin)} here",
        f"{waiting} of a second session waited" if waiting else "nobody waited",
    ]
    if span.estimated is not None:
        parts.append(f"about {words.duration(span.estimated)} over production's rows")
    return "; ".join(parts)


def _axis(total: float, height: int) -> Iterator[str]:
    y = height - 12
    yield f'<text {SMALL} x="{NAMES}" y="{y}">0</text>'
    end = words.duration(total)
    place = f'x="{WIDTH - RIGHT}" y="{y}" text-anchor="end"'
    yield f"<text {SMALL} {place}>{end}</text>"


def _short(name: str) -> str:
    return name if len(name) <= 26 else name[:25] + "…"

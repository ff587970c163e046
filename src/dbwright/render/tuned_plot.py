"""The cost of the workload against the bytes of new indexes, drawn as SVG."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dbwright.core.advice import Tuned
from dbwright.render import tuned_words
from dbwright.render.parts import markup
from dbwright.render.twin import size_words

WIDTH, HEIGHT = 640, 300
LEFT, RIGHT, TOP, BOTTOM = 62, 24, 26, 46
_STEPS = (1, 2, 2.5, 5, 10)


def drawing(found: Tuned) -> str:
    """Gives the plot; "" where there is one point only."""
    points = tuned_words.reach(found)
    if len(points) < 2:
        return ""
    most = max(bytes_ for bytes_, _, _ in points) or 1
    most = max(most, found.budget if found.budget <= most * 1.6 else most)
    title = "The planner's cost of the workload by the bytes of new indexes"
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{title}">',
        *_grid(found, most),
        *_budget(found, most),
        *_line(points, most, found.before),
        *_dots(points, most, found.before),
        "</svg>",
    ]
    return "\n".join(parts)


def _x(bytes_: float, most: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * bytes_ / most


def _y(cost: float, before: float) -> float:
    return TOP + (HEIGHT - TOP - BOTTOM) * (1 - cost / before if before else 0)


def _grid(found: Tuned, most: float) -> Iterator[str]:
    """The axes: the cost in per cent of today's, the bytes in round numbers."""
    low = HEIGHT - BOTTOM
    for percent in (0, 25, 50, 75, 100):
        y = _y(found.before * percent / 100, found.before)
        yield f'<line class="tick" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        at = f'x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end"'
        yield f'<text class="small" {at}>{percent} %</text>'
    for bytes_ in _round_numbers(most):
        x = _x(bytes_, most)
        yield f'<line class="tick" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{low}"/>'
        yield (
            f'<text class="small" x="{x:.1f}" y="{low + 16}" text-anchor="middle">'
            f"{size_words(bytes_)}</text>"
        )
    yield f'<text class="small" x="{LEFT}" y="{TOP - 10}">cost of the workload</text>'
    yield (
        f'<text class="small" x="{WIDTH - RIGHT}" y="{HEIGHT - 8}" text-anchor="end">'
        "bytes of new indexes</text>"
    )


def _round_numbers(most: float) -> list[float]:
    """A few round sizes up to the greatest, in the unit that it is told in."""
    unit = 1.0
    while most / unit >= 1024:
        unit *= 1024
    step, ten = unit, 1.0
    while True:
        for factor in _STEPS:
            step = unit * ten * factor / 10
            if most / step <= 5:
                return [step * n for n in range(int(most / step) + 1)]
        ten *= 10


def _budget(found: Tuned, most: float) -> Iterator[str]:
    if not 0 < found.budget <= most:
        return
    x = _x(found.budget, most)
    low = HEIGHT - BOTTOM
    yield f'<line class="budget" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{low}"/>'
    end = "end" if x > WIDTH / 2 else "start"
    shift = -5 if end == "end" else 5
    at = f'x="{x + shift:.1f}" y="{TOP + 10}" text-anchor="{end}"'
    yield f'<text class="small" {at}>budget</text>'


def _line(points: Sequence[tuple[int, float, bool]], most: float, before: float) -> Iterator[str]:
    """What the best of each budget so far reaches: a further byte makes nothing worse."""
    best, path = before, []
    for bytes_, cost, _ in points:
        path.append(f"{_x(bytes_, most):.1f},{_y(best, before):.1f}")
        best = min(best, cost)
        path.append(f"{_x(bytes_, most):.1f},{_y(best, before):.1f}")
    path.append(f"{WIDTH - RIGHT:.1f},{_y(best, before):.1f}")
    yield f'<polyline class="reach" points="{" ".join(path)}"/>'


def _dots(points: Sequence[tuple[int, float, bool]], most: float, before: float) -> Iterator[str]:
    for bytes_, cost, own in points:
        x, y = _x(bytes_, most), _y(cost, before)
        told = f"{size_words(bytes_)}: {cost:,.0f}, {tuned_words.share(cost, before)}"
        yield (
            f'<circle class="{"own" if own else "other"}" cx="{x:.1f}" cy="{y:.1f}" '
            f'r="{6 if own else 4}"><title>{markup(told)}</title></circle>'
        )
        if own:
            end = "end" if x > WIDTH * 0.6 else "start"
            below = y + 20 if y + 26 < HEIGHT - BOTTOM else y - 12
            yield (
                f'<text x="{x:.1f}" y="{below:.1f}" text-anchor="{end}">this advice: '
                f"{markup(tuned_words.share(cost, before))} for {size_words(bytes_)}</text>"
            )

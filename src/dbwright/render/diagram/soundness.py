"""Whether an arrangement can be drawn: no boxes overlap, and edges keep to the space between."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise

from dbwright.render.diagram.arrangement import Arrangement, Point, Rect

SLACK = 0.01
Stretch = tuple[bool, float, float, float]


def is_sound(found: Arrangement, pairs: Sequence[tuple[int, int]]) -> bool:
    """Whether each path is orthogonal, leads from box to box, through none, on no other path."""
    if any(_overlap(a, b) for a, b in combinations(found.rects, 2)):
        return False
    stretches = [_stretches(path) for path in found.paths]
    if any(_run_together(a, b) for a, b in combinations(stretches, 2)):
        return False
    for path, (source, target) in zip(found.paths, pairs, strict=True):
        if not (_leaves(path, found.rects[source]) and _leaves(path[::-1], found.rects[target])):
            return False
        for a, b in pairwise(path):
            straight = abs(a[0] - b[0]) < SLACK or abs(a[1] - b[1]) < SLACK
            if not straight or any(_runs_through(a, b, rect) for rect in found.rects):
                return False
    return True


def _leaves(path: Sequence[Point], box: Rect) -> bool:
    """Whether the path begins on a side of the box, no corner, and goes straight away from it."""
    (x, y), (next_x, next_y) = path[0], path[1]
    right, bottom = box.x + box.width, box.y + box.height
    beside = (abs(x - box.x) < SLACK and next_x < x) or (abs(x - right) < SLACK and next_x > x)
    above = (abs(y - box.y) < SLACK and next_y < y) or (abs(y - bottom) < SLACK and next_y > y)
    return (beside and box.y < y < bottom) or (above and box.x < x < right)


def _stretches(path: Sequence[Point]) -> list[Stretch]:
    """The parts of a path: upright or not, where, from where to where."""
    found: list[Stretch] = []
    for (ax, ay), (bx, by) in pairwise(path):
        if abs(ax - bx) < abs(ay - by):
            found.append((True, ax, min(ay, by), max(ay, by)))
        else:
            found.append((False, ay, min(ax, bx), max(ax, bx)))
    return found


def _run_together(a: Sequence[Stretch], b: Sequence[Stretch]) -> bool:
    """Whether two paths are one line somewhere: then none can say which is which."""
    return any(
        upright == other and abs(at - where) < 1.0 and min(end, last) - max(start, first) > 1.0
        for upright, at, start, end in a
        for other, where, first, last in b
    )


def _runs_through(a: Point, b: Point, box: Rect) -> bool:
    return (
        max(a[0], b[0]) > box.x + SLACK
        and min(a[0], b[0]) < box.x + box.width - SLACK
        and max(a[1], b[1]) > box.y + SLACK
        and min(a[1], b[1]) < box.y + box.height - SLACK
    )


def _overlap(a: Rect, b: Rect) -> bool:
    return (
        a.x < b.x + b.width
        and b.x < a.x + a.width
        and a.y < b.y + b.height
        and b.y < a.y + a.height
    )

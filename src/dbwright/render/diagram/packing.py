"""Parts of a graph that no edge joins, arranged each and put on shelves like books."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from dbwright.render.diagram.arrangement import Arrangement, Point, Rect, Size

Pairs = Sequence[tuple[int, int]]
Layout = Callable[[Sequence[Size], Pairs], Arrangement]
ASPECT, GAP = 1.5, 40.0


def packed(sizes: Sequence[Size], pairs: Pairs, arrange: Layout) -> Arrangement:
    """Gives all boxes and paths, each connected part as `arrange` gives it, together compact."""
    parts = [_Part(boxes, sizes, pairs, arrange) for boxes in _connected(len(sizes), pairs)]
    rects: list[Rect] = [Rect(0, 0, *size) for size in sizes]
    paths: list[tuple[Point, ...]] = [() for _ in pairs]
    for part, (x, y) in zip(parts, _shelves(parts), strict=True):
        for number, rect in zip(part.boxes, part.found.rects, strict=True):
            rects[number] = rect.moved(x, y)
        for number, path in zip(part.edges, part.found.paths, strict=True):
            paths[number] = tuple((px + x, py + y) for px, py in path)
    return Arrangement.around(rects, paths)


class _Part:
    def __init__(
        self, boxes: list[int], sizes: Sequence[Size], pairs: Pairs, arrange: Layout
    ) -> None:
        local = {number: n for n, number in enumerate(boxes)}
        self.boxes = boxes
        self.edges = [n for n, (source, _) in enumerate(pairs) if source in local]
        inside = [(local[pairs[n][0]], local[pairs[n][1]]) for n in self.edges]
        self.found = arrange([sizes[number] for number in boxes], inside)


def _connected(count: int, pairs: Pairs) -> list[list[int]]:
    """The boxes of each part, in order; a part comes where its first box would."""
    leader = list(range(count))

    def lead(box: int) -> int:
        while leader[box] != box:
            leader[box] = leader[leader[box]]
            box = leader[box]
        return box

    for source, target in pairs:
        a, b = sorted((lead(source), lead(target)))
        leader[b] = a
    found: dict[int, list[int]] = {}
    for box in range(count):
        found.setdefault(lead(box), []).append(box)
    return list(found.values())


def _shelves(parts: Sequence[_Part]) -> list[Point]:
    """Where each part stands: the highest first, on shelves of a width that a screen has."""
    area = sum((p.found.width + GAP) * (p.found.height + GAP) for p in parts)
    widest = max((part.found.width for part in parts), default=0.0)
    width = max(widest, math.sqrt(area * ASPECT))
    places: list[Point] = [(0.0, 0.0)] * len(parts)
    x = y = height = 0.0
    for number in sorted(range(len(parts)), key=lambda n: -parts[n].found.height):
        found = parts[number].found
        if x and x + found.width > width:
            x, y, height = 0.0, y + height + GAP, 0.0
        places[number] = (x, y)
        x, height = x + found.width + GAP, max(height, found.height)
    return places

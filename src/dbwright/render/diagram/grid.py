"""The plain layout, without a library: rows and columns, with lanes for the edges between them.

Every edge leaves its box at the right and comes in at the left, and runs in the lanes between
columns and rows only, so that none crosses a box and no two share a lane.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence

from dbwright.render.diagram.arrangement import Arrangement, Point, Rect, Size

LANE = 7.0
GAP = 36.0
Pairs = Sequence[tuple[int, int]]


def arranged(sizes: Sequence[Size], pairs: Pairs) -> Arrangement:
    """Gives the boxes in a grid, those that refer to each other near in reading order."""
    if not sizes:
        return Arrangement((), (), 0.0, 0.0)
    columns = max(1, round(math.sqrt(len(sizes) * 1.2)))
    cells = {box: divmod(at, columns) for at, box in enumerate(_order(len(sizes), pairs))}
    lanes = _Lanes(cells, pairs)
    xs, ys = _starts(sizes, cells, lanes)
    rects = [Rect(xs[cells[n][1]], ys[cells[n][0]], *size) for n, size in enumerate(sizes)]
    paths = [_path(n, pair, rects, cells, lanes, (xs, ys)) for n, pair in enumerate(pairs)]
    return Arrangement.around(rects, paths)


class _Lanes:
    """Which lane each edge has in the gutters before the columns and above the rows it uses."""

    def __init__(self, cells: dict[int, tuple[int, int]], pairs: Pairs) -> None:
        self.of: dict[tuple[int, str, int], int] = {}
        self.used: dict[tuple[str, int], int] = defaultdict(int)
        self.ports: dict[tuple[int, str], list[int]] = defaultdict(list)
        for edge, (source, target) in enumerate(pairs):
            self._take(edge, "column", cells[source][1] + 1)
            self.ports[source, "right"].append(edge)
            if source == target:
                self.ports[source, "right"].append(-edge - 1)
                continue
            self.ports[target, "left"].append(edge)
            if cells[source][1] + 1 != cells[target][1]:
                self._take(edge, "row", cells[target][0])
                self._take(edge, "column", cells[target][1])

    def _take(self, edge: int, kind: str, number: int) -> None:
        self.of[edge, kind, number] = self.used[kind, number]
        self.used[kind, number] += 1

    def width(self, kind: str, number: int) -> float:
        """The room of a gutter."""
        return GAP + LANE * self.used[kind, number]

    def before(self, edge: int, kind: str, number: int) -> float:
        """How far before the next column or row the edge runs."""
        return GAP / 2 + LANE * self.of[edge, kind, number]


def _order(count: int, pairs: Pairs) -> list[int]:
    """Each box soon after one that it shares a key with."""
    near: dict[int, list[int]] = defaultdict(list)
    for source, target in pairs:
        near[source].append(target)
        near[target].append(source)
    order: dict[int, None] = {}
    for start in sorted(range(count), key=lambda n: (-len(near[n]), n)):
        waiting = [start]
        while waiting:
            box = waiting.pop(0)
            if box not in order:
                order[box] = None
                waiting += near[box]
    return list(order)


def _starts(
    sizes: Sequence[Size], cells: dict[int, tuple[int, int]], lanes: _Lanes
) -> tuple[list[float], list[float]]:
    """Where each column and row begins, one more each: there the last ones' gutters end."""
    found: tuple[list[float], list[float]] = ([], [])
    for axis, kind in ((1, "column"), (0, "row")):
        at = 0.0
        for number in range(max(cell[axis] for cell in cells.values()) + 2):
            at += lanes.width(kind, number)
            found[1 - axis].append(at)
            inside = [sizes[n][1 - axis] for n, cell in cells.items() if cell[axis] == number]
            at += max(inside, default=0.0)
    return found


def _path(
    edge: int,
    pair: tuple[int, int],
    rects: Sequence[Rect],
    cells: dict[int, tuple[int, int]],
    lanes: _Lanes,
    starts: tuple[list[float], list[float]],
) -> list[Point]:
    source, target = pair
    xs, ys = starts
    begin = _port(edge, source, "right", rects, lanes)
    after = cells[source][1] + 1
    x = xs[after] - lanes.before(edge, "column", after)
    if source == target:
        back = _port(-edge - 1, source, "right", rects, lanes)
        return [begin, (x, begin[1]), (x, back[1]), back]
    end = _port(edge, target, "left", rects, lanes)
    row, column = cells[target]
    if after == column:
        return [begin, (x, begin[1]), (x, end[1]), end]
    y = ys[row] - lanes.before(edge, "row", row)
    last = xs[column] - lanes.before(edge, "column", column)
    return [begin, (x, begin[1]), (x, y), (last, y), (last, end[1]), end]


def _port(edge: int, box: int, side: str, rects: Sequence[Rect], lanes: _Lanes) -> Point:
    """Where an edge leaves or enters; ports of neighbors are not level: they share a gutter."""
    ports, rect = lanes.ports[box, side], rects[box]
    below = rect.height * (ports.index(edge) + 1) / (len(ports) + 1)
    raster = 4.0 if rect.height > 4.0 * (len(ports) + 1) else 1.0
    y = rect.y + below - below % raster + (raster / 2 if side == "left" else 0.0)
    return (rect.x + rect.width if side == "right" else rect.x, y)

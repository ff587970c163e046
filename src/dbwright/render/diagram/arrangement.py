"""Where boxes and the paths between them stand: what each layout gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Point = tuple[float, float]
Size = tuple[float, float]
Direction = Literal["leftright", "topbottom"]


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle by its upper left corner."""

    x: float
    y: float
    width: float
    height: float

    def moved(self, x: float, y: float) -> Rect:
        """Gives the rectangle at another place."""
        return Rect(self.x + x, self.y + y, self.width, self.height)


@dataclass(frozen=True, slots=True)
class Arrangement:
    """The rectangles and paths in the order of the sizes and pairs; from (0, 0) on."""

    rects: tuple[Rect, ...]
    paths: tuple[tuple[Point, ...], ...]
    width: float
    height: float

    @classmethod
    def around(cls, rects: Sequence[Rect], paths: Sequence[Sequence[Point]]) -> Arrangement:
        """Gives the arrangement moved so that its upper left corner is (0, 0)."""
        xs = [edge for rect in rects for edge in (rect.x, rect.x + rect.width)]
        ys = [edge for rect in rects for edge in (rect.y, rect.y + rect.height)]
        xs += [x for path in paths for x, _ in path]
        ys += [y for path in paths for _, y in path]
        left, top = min(xs, default=0.0), min(ys, default=0.0)
        return cls(
            tuple(rect.moved(-left, -top) for rect in rects),
            tuple(tuple((x - left, y - top) for x, y in path) for path in paths),
            max(xs, default=0.0) - left,
            max(ys, default=0.0) - top,
        )

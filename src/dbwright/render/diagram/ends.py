"""The ends of an edge in crow's foot notation: what a key says of both sides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dbwright.render.diagram.arrangement import Point
from dbwright.render.diagram.values import Edge

FOOT, SPREAD, BAR, RING = 11.0, 6.0, 5.0, 3.5


def ends(edge: Edge, path: Sequence[Point]) -> str:
    """Gives the drawn ends of an edge whose path leads from the parent to the child."""
    return "".join((*_parent(edge, path[0], path[1]), *_child(edge, path[-1], path[-2])))


def _parent(edge: Edge, at: Point, toward: Point) -> Iterator[str]:
    """A bar for at most one; before it a second bar for at least one, or a ring for none."""
    yield _bar(at, toward, 6.0)
    yield _ring(at, toward, 13.5) if edge.optional else _bar(at, toward, 10.5)


def _child(edge: Edge, at: Point, toward: Point) -> Iterator[str]:
    """A foot for many or a bar for at most one, and a ring: no parent must have a child."""
    if edge.single:
        yield _bar(at, toward, 6.0)
        yield _ring(at, toward, 13.5)
        return
    (x, y), (nx, ny) = _step(at, toward, FOOT), _across(at, toward)
    left = f"{at[0] + nx * SPREAD:g},{at[1] + ny * SPREAD:g}"
    right = f"{at[0] - nx * SPREAD:g},{at[1] - ny * SPREAD:g}"
    yield f'<path d="M{left} L{x:g},{y:g} L{right}"/>'
    yield _ring(at, toward, FOOT + RING)


def _bar(at: Point, toward: Point, distance: float) -> str:
    (x, y), (nx, ny) = _step(at, toward, distance), _across(at, toward)
    ends = f"M{x + nx * BAR:g},{y + ny * BAR:g} L{x - nx * BAR:g},{y - ny * BAR:g}"
    return f'<path d="{ends}"/>'


def _ring(at: Point, toward: Point, distance: float) -> str:
    x, y = _step(at, toward, distance)
    return f'<circle cx="{x:g}" cy="{y:g}" r="{RING:g}"/>'


def _direction(at: Point, toward: Point) -> Point:
    dx, dy = toward[0] - at[0], toward[1] - at[1]
    length = (dx * dx + dy * dy) ** 0.5 or 1.0
    return dx / length, dy / length


def _step(at: Point, toward: Point, distance: float) -> Point:
    dx, dy = _direction(at, toward)
    return round(at[0] + dx * distance, 2), round(at[1] + dy * distance, 2)


def _across(at: Point, toward: Point) -> Point:
    dx, dy = _direction(at, toward)
    return -dy, dx

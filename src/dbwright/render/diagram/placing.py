"""The whole picture placed: tables inside of their groups, groups beside each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from dbwright.core.groups import Group, groups_of
from dbwright.render.diagram import grid, layered
from dbwright.render.diagram.arrangement import Point, Rect
from dbwright.render.diagram.measures import Sheet, sheet
from dbwright.render.diagram.packing import Layout, packed
from dbwright.render.diagram.values import Diagram, Edge

PANEL_PAD = 24.0


@dataclass(slots=True)
class Picture:
    """What is drawn where. A bundle holds the keys between the tables of two groups.

    `letter` is the size of the groups' names: the larger the picture, the farther one stands.
    """

    width: float = 0.0
    height: float = 0.0
    sheets: list[tuple[Sheet, Rect]] = field(default_factory=list)
    edges: list[tuple[Edge, tuple[Point, ...]]] = field(default_factory=list)
    panels: list[tuple[Group, Rect]] = field(default_factory=list)
    bundles: list[tuple[tuple[Edge, ...], tuple[Point, ...]]] = field(default_factory=list)
    outside: dict[str, frozenset[str]] = field(default_factory=dict)
    letter: float = 15.0


def placed(diagram: Diagram, *, plain: bool = False) -> Picture:
    """Gives the picture, in layers where the library is there and `plain` is not asked for."""
    arrange = grid.arranged if plain or not layered.is_there() else layered.arranged
    groups = groups_of(diagram.boxes, diagram.edges)
    inner = [_Inner(diagram, group, arrange) for group in groups]
    if len(inner) == 1:
        picture = Picture(inner[0].found.width, inner[0].found.height)
        inner[0].into(picture, 0.0, 0.0)
        return picture
    return _panels(diagram, inner)


def _panels(diagram: Diagram, inner: Sequence[_Inner]) -> Picture:
    home = {key: number for number, each in enumerate(inner) for key in each.group.keys}
    between: dict[tuple[int, int], list[Edge]] = {}
    for edge in diagram.edges:
        ends = (home[edge.parent], home[edge.child])
        if ends[0] != ends[1]:
            ends = ends if ends in between or ends[::-1] not in between else ends[::-1]
            between.setdefault(ends, []).append(edge)
    letter = min(15.0 + len(diagram.boxes) / 5, 60.0)
    head = 1.3 * letter + PANEL_PAD / 2
    sizes = [(e.found.width + 2 * PANEL_PAD, e.found.height + PANEL_PAD + head) for e in inner]
    found = grid.arranged(sizes, list(between))
    picture = Picture(found.width, found.height, letter=letter)
    for each, rect in zip(inner, found.rects, strict=True):
        picture.panels.append((each.group, rect))
        each.into(picture, rect.x + PANEL_PAD, rect.y + head)
    bundles = zip(between.values(), found.paths, strict=True)
    picture.bundles += [(tuple(edges), path) for edges, path in bundles]
    return picture


class _Inner:
    """The tables of one group, arranged."""

    def __init__(self, diagram: Diagram, group: Group, arrange: Layout) -> None:
        self.group = group
        number = {key: n for n, key in enumerate(group.keys)}
        self.edges = [e for e in diagram.edges if e.child in number and e.parent in number]
        self.outside = frozenset(_outside(diagram, number))
        boxes = [box for box in diagram.boxes if box.key in number]
        self.sheets = [sheet(box, self.outside) for box in boxes]
        pairs = [(number[edge.parent], number[edge.child]) for edge in self.edges]
        self.found = packed([(each.width, each.height) for each in self.sheets], pairs, arrange)

    def into(self, picture: Picture, x: float, y: float) -> None:
        """Adds the tables and their edges to the picture, with their corner at x, y."""
        for each, rect in zip(self.sheets, self.found.rects, strict=True):
            picture.sheets.append((each, rect.moved(x, y)))
            picture.outside[each.box.key] = self.outside
        for edge, path in zip(self.edges, self.found.paths, strict=True):
            picture.edges.append((edge, tuple((px + x, py + y) for px, py in path)))


def _outside(diagram: Diagram, inside: dict[str, int]) -> Iterator[str]:
    for box in diagram.boxes:
        if box.key in inside:
            yield from (key for line in box.lines for key in line.refers if key not in inside)

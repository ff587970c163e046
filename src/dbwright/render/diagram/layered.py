"""The layout in layers, by graphlay: parents before children, few crossings, orthogonal edges."""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Sequence
from typing import Any

from dbwright.render.diagram import grid
from dbwright.render.diagram.arrangement import Arrangement, Direction, Rect, Size
from dbwright.render.diagram.soundness import is_sound

ASPECT = 1.5
DIRECTIONS: tuple[Direction, ...] = ("leftright", "topbottom")
SPACING = {"layer_gap": 72.0, "node_gap": 34.0, "stub": 22.0, "isolated_gap": 34.0}
SELF = {"size": 30.0, "gap": 14.0}


def is_there() -> bool:
    """Whether the library can be imported: it is the extra `diagram`."""
    return importlib.util.find_spec("graphlay") is not None


def arranged(sizes: Sequence[Size], pairs: Sequence[tuple[int, int]]) -> Arrangement:
    """Gives the boxes in layers, in the direction that comes nearer to the shape of a screen.

    Where keys go both ways between two tables the library now and then ends an edge beside its
    box: an answer that cannot be drawn is not taken, and without any the plain layout is.
    """
    found = [in_layers(sizes, pairs, direction) for direction in DIRECTIONS]
    sound = [each for each in found if is_sound(each, pairs)]
    return min(sound, key=_strangeness) if sound else grid.arranged(sizes, pairs)


def in_layers(
    sizes: Sequence[Size], pairs: Sequence[tuple[int, int]], direction: Direction
) -> Arrangement:
    """Gives the library's own answer in one direction, unchecked."""
    import graphlay

    graph = graphlay.Graph()
    for number, (width, height) in enumerate(sizes):
        graph.node(number, width=width, height=height)
    for source, target in pairs:
        graph.edge(source, target)
    options: dict[str, Any] = {"direction": direction, "spacing": SPACING, "self_loops": SELF}
    found = graphlay.layout(graph, options=options)
    rects = [_rect(node) for node in found.nodes]
    paths = [[(point["x"], point["y"]) for point in edge["points"]] for edge in found.edges]
    return Arrangement.around(rects, paths)


def _rect(node: dict[str, Any]) -> Rect:
    width, height = node["size"]["width"], node["size"]["height"]
    return Rect(node["center"]["x"] - width / 2, node["center"]["y"] - height / 2, width, height)


def _strangeness(found: Arrangement) -> float:
    """How far the shape is from a screen's, weighed with the area: little paper is read faster."""
    shape = abs(math.log(max(found.width, 1.0) / max(found.height, 1.0) / ASPECT))
    return shape + math.log(max(found.width * found.height, 1.0))

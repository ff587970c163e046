"""What the signs of a drawing mean; a drawing without edges needs none."""

from __future__ import annotations

from dbwright.render.diagram.ends import ends
from dbwright.render.diagram.placing import Picture
from dbwright.render.diagram.values import Edge

WIDTH, HEIGHT = 760.0, 34.0
_SAMPLES = (
    (Edge("", "", (), (), optional=False), "one parent, any number of children"),
    (Edge("", "", (), (), optional=True), "or no parent"),
    (Edge("", "", (), (), single=True), "one child at most"),
)
_STEP = (310.0, 160.0, 190.0)


def legend(picture: Picture) -> str:
    """Gives the samples of the edges that are drawn, and of the bundles where there are any."""
    if not picture.edges:
        return ""
    parts, x = [], 0.0
    for (sample, words), step in zip(_SAMPLES, _STEP, strict=True):
        if any(_kind(edge) == _kind(sample) for edge, _ in picture.edges):
            path = ((x, 12.0), (x + 46.0, 12.0))
            line = f'<path d="M{x:g},12 H{x + 46:g}"/>{ends(sample, path)}'
            parts.append(f'<g class="edge">{line}</g>')
            parts.append(f'<text class="quiet" x="{x + 54:g}" y="16">{words}</text>')
            x += step
    if picture.bundles:
        parts.append(f'<g class="bundle"><path d="M{x:g},12 H{x + 30:g}"/></g>')
        parts.append(f'<text class="quiet" x="{x + 38:g}" y="16">keys between groups</text>')
    return "".join(parts)


def _kind(edge: Edge) -> tuple[bool, bool]:
    return (edge.optional and not edge.single, edge.single)

"""A diagram as Mermaid's erDiagram, for Markdown: any name is quoted so that it is read as one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dbwright.render.diagram.groups import groups_of
from dbwright.render.diagram.values import Box, Diagram, Edge, Line
from dbwright.render.parts import printable

WORD = re.compile(r"[A-Za-z_\u00C0-\uD7FF][A-Za-z0-9_\u00C0-\uD7FF]*")
NOT_IN_TYPE = re.compile(r"[^A-Za-z0-9_()\[\].\u00C0-\uD7FF-]+")
# What the grammar or the page would take for its own; each is written as its number.
CODED = '"%\\<>&#;`{}'


def render(diagram: Diagram, **options: object) -> str:
    """Gives the text of the diagram, without the fence that Markdown puts around it."""
    lines = ["erDiagram"]
    boxes = {box.key: box for box in diagram.boxes}
    groups = groups_of(diagram)
    for group in groups:
        if group.name:
            lines.append(f"    %% {_plain(group.name)}")
        for key in group.keys:
            lines += _box(boxes[key])
    lines += [_edge(edge) for edge in diagram.edges]
    return "\n".join(lines) + "\n"


def _box(box: Box) -> Iterator[str]:
    if not box.lines:
        yield f"    {_quoted(box.key)} {{ }}"
        return
    yield f"    {_quoted(box.key)} {{"
    for line in box.lines:
        yield f"        {_line(line)}"
    yield "    }"


def _line(line: Line) -> str:
    name, notes = line.name, [line.note] if line.note else []
    if not WORD.fullmatch(name) or name in ("PK", "FK", "UK"):
        notes.insert(0, name)
        name = f"_{re.sub(r'[^A-Za-z0-9_]+', '_', name).strip('_')}"
    notes += ["null"] if line.nullable else []
    parts = [_type(line.type), name]
    parts += [", ".join(line.marks)] if line.marks else []
    parts += [_quoted("; ".join(notes))] if notes else []
    return " ".join(parts)


def _type(text: str) -> str:
    found = NOT_IN_TYPE.sub("_", text.replace(", ", "-").replace(",", "-")).strip("_")
    return found if WORD.match(found) and found not in ("PK", "FK", "UK") else f"_{found}"


def _edge(edge: Edge) -> str:
    parent = "|o" if edge.optional else "||"
    child = "o|" if edge.single else "o{"
    line = "--" if edge.identifies else ".."
    ends = f"{_quoted(edge.parent)} {parent}{line}{child} {_quoted(edge.child)}"
    return f"    {ends} : {_quoted(', '.join(edge.columns))}"


def _quoted(text: str) -> str:
    return f'"{"".join(f"#{ord(c)};" if c in CODED else c for c in _plain(text)) or " "}"'


def _plain(text: str) -> str:
    return " ".join(printable(text).split())

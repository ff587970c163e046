"""A diagram as Mermaid's erDiagram, for Markdown: any name is quoted so that it is read as one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dbwright.core.groups import groups_of
from dbwright.render.diagram.values import Box, Diagram, Edge, Line
from dbwright.render.parts import printable

WORD = re.compile(r"[^\W\d]\w*")
NOT_IN_TYPE = re.compile(r"[^\w()\[\].-]+")
KEYS = ("PK", "FK", "UK")
LONGEST_TYPE = 40
"""A longer type stands without its arguments: the values of an enum would make the box as wide."""
# What the grammar, Markdown or the page would take for its own; each is written as its number.
# A direction is looked for in the middle of a line, too.
CODED = re.compile(r"""["%\\<>&#;`{}*]|^_|_$|(?<=(?i:direction)) """)


def render(diagram: Diagram, **options: object) -> str:
    """Gives the text of the diagram, without the fence that Markdown puts around it."""
    lines = ["erDiagram"]
    boxes = {box.key: box for box in diagram.boxes}
    groups = groups_of(diagram.boxes, diagram.edges)
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
    if not _is_word(name):
        notes.insert(0, name)
        name = f"_{re.sub(r'[^A-Za-z0-9_]+', '_', name).strip('_')}"
    notes += ["null"] if line.nullable else []
    parts = [_type(line.type), name]
    parts += [", ".join(line.marks)] if line.marks else []
    parts += [_quoted(", ".join(notes))] if notes else []
    return " ".join(parts)


def _type(text: str) -> str:
    short = _plain(text).replace(", ", "-").replace(",", "-")
    short = short if len(short) <= LONGEST_TYPE else short.partition("(")[0][:LONGEST_TYPE]
    found = NOT_IN_TYPE.sub("_", short).strip("_")
    first = re.split(r"[()\[\].-]", found)[0]
    return found if _is_word(first) else f"_{found.encode('ascii', 'ignore').decode()}"


def _is_word(name: str) -> bool:
    """Whether the grammar reads it as one name, and the drawing shows it as it is."""
    known = all(c < "\x80" or "\xc0" <= c <= "\ud7ff" for c in name)
    marked = name.startswith("_") and name.endswith("_")
    return known and not marked and name not in KEYS and WORD.fullmatch(name) is not None


def _edge(edge: Edge) -> str:
    parent = "|o" if edge.optional else "||"
    child = "o|" if edge.single else "o{"
    line = "--" if edge.identifies else ".."
    ends = f"{_quoted(edge.parent)} {parent}{line}{child} {_quoted(edge.child)}"
    return f"    {ends} : {_quoted(', '.join(edge.columns))}"


def _quoted(text: str) -> str:
    coded = CODED.sub(lambda found: f"#{ord(found[0])};", _plain(text))
    return f'"{coded or "?"}"'


def _plain(text: str) -> str:
    return " ".join(printable(text).split())

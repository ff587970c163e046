"""A diagram as one SVG: nothing is loaded, it runs no script, and follows light and dark."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from importlib import resources

from dbwright.render.diagram import legend, measures
from dbwright.render.diagram.arrangement import Point, Rect
from dbwright.render.diagram.ends import ends
from dbwright.render.diagram.measures import HEAD, LINE, PAD, Sheet, Text
from dbwright.render.diagram.placing import Picture, placed
from dbwright.render.diagram.values import Diagram, Edge, Line
from dbwright.render.parts import markup, plural

MARGIN = 20.0


def render(diagram: Diagram, **options: object) -> str:
    """Gives the drawing. `plain` forgoes the layout library; without `styled` a page has the style.

    Each table is a group with the id `table-N`, N its number in the diagram.
    """
    picture = placed(diagram, plain=bool(options.get("plain", False)))
    key = legend.legend(picture)
    width = max(picture.width, legend.WIDTH if key else 0.0, 200.0) + 2 * MARGIN
    height = picture.height + 2 * MARGIN + (legend.HEIGHT if key else 0.0)
    size = f'width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}"'
    parts = [
        f'<svg class="er" xmlns="http://www.w3.org/2000/svg" {size} role="img"'
        ' aria-labelledby="er-title er-desc">',
        f'<title id="er-title">{markup(_title(diagram))}</title>',
        f'<desc id="er-desc">{markup(_description(diagram))}</desc>',
        *([f"<style>{style()}</style>"] if options.get("styled", True) else []),
        f'<rect class="back" width="{width:.0f}" height="{height:.0f}"/>',
        f'<g transform="translate({MARGIN:g} {MARGIN:g})">',
        *_drawn(diagram, picture),
        "</g>",
        f'<g transform="translate({MARGIN:g} {height - legend.HEIGHT:g})">{key}</g>' if key else "",
        "</svg>",
    ]
    return "\n".join(part for part in parts if part) + "\n"


def style() -> str:
    """Gives the style of a drawing; it has light and dark colors."""
    return resources.files(__package__ or "").joinpath("er.css").read_text(encoding="utf-8")


def _drawn(diagram: Diagram, picture: Picture) -> Iterator[str]:
    numbers = {box.key: number for number, box in enumerate(diagram.boxes)}
    for group, rect in picture.panels:
        yield _rect("panel", rect, 8)
        name = markup(measures.label(group.name, int(rect.width / picture.letter * 1.5)).shown)
        place = f'x="{rect.x + 16:g}" y="{rect.y + 6 + picture.letter:g}"'
        yield f'<text class="group" font-size="{picture.letter:g}" {place}>{name}</text>'
    for edges, path in picture.bundles:
        yield _bundle(edges, path)
    for edge, path in picture.edges:
        yield _edge(edge, path, bool(picture.panels))
    for sheet, rect in picture.sheets:
        yield from _table(sheet, rect, numbers, picture.outside[sheet.box.key])


def _table(
    sheet: Sheet, rect: Rect, numbers: dict[str, int], outside: frozenset[str]
) -> Iterator[str]:
    box = sheet.box
    kind = " joins" if box.association else ""
    yield (
        f'<g class="table{kind}" id="table-{numbers[box.key]}"'
        f' transform="translate({rect.x:g} {rect.y:g})"><title>{markup(_told(sheet))}</title>'
    )
    yield _rect("box", Rect(0, 0, rect.width, rect.height), 5)
    yield f'<path class="head" d="{_head(rect.width)}"/>'
    name = measures.label(box.key, measures.MOST_NAME).shown
    yield f'<text class="name" x="{PAD}" y="19">{markup(name)}</text>'
    if words := measures.kind_words(box):
        yield _end(rect.width, 18, "kind", words)
    for number, line in enumerate(sheet.shown):
        yield _line(line, HEAD + LINE * number + 15, sheet, numbers, outside)
    if sheet.hidden:
        y = HEAD + LINE * len(sheet.shown) + 15
        names = ", ".join(line.name for line in sheet.hidden)
        text = f"… {len(sheet.hidden)} more"
        title = f"<title>{markup(names)}</title>"
        yield f'<text class="quiet" x="{PAD + sheet.marks:g}" y="{y}">{text}{title}</text>'
    yield "</g>"


def _line(
    line: Line, y: float, sheet: Sheet, numbers: dict[str, int], outside: frozenset[str]
) -> str:
    marks = " ".join(line.marks)
    name = measures.label(line.name, measures.MOST_NAME)
    type = measures.type_text(line, outside)
    parts = [f'<text class="key" x="{PAD}" y="{y:g}">{marks}</text>'] if marks else []
    parts.append(f'<text x="{PAD + sheet.marks:g}" y="{y:g}">{markup(name.shown)}</text>')
    end = _end(sheet.width, y, "quiet", type.shown)
    elsewhere = [key for key in line.refers if key in outside and key in numbers]
    if elsewhere:
        end = f'<a href="#table-{numbers[elsewhere[0]]}">{end}</a>'
    parts.append(end)
    title = _line_title(line, name, type, bool(elsewhere))
    return f"<g>{title}{''.join(parts)}</g>"


def _line_title(line: Line, name: Text, type: Text, elsewhere: bool) -> str:
    """What hovering says that the line itself does not."""
    if not (line.note or name.whole or type.whole or elsewhere):
        return ""
    null = "" if line.nullable else ", not null"
    note = f", {line.note}" if line.note else ""
    return f"<title>{markup(f'{line.name} {line.type}{null}{note}')}</title>"


def _edge(edge: Edge, path: Sequence[Point], within: bool) -> str:
    line = _path(path)
    return (
        f'<g class="edge{" within" if within else ""}"><title>{markup(edge.words)}</title>'
        f'<path d="{line}"/>{ends(edge, path)}<path class="grip" d="{line}"/></g>'
    )


def _bundle(edges: Sequence[Edge], path: Sequence[Point]) -> str:
    told = "\n".join(edge.words for edge in edges)
    line = _path(path)
    x, y = _middle(path)
    count = str(len(edges))
    room = 8 + 7 * len(count)
    rect = f'x="{x - room / 2:g}" y="{y - 9:g}" width="{room:g}" height="18" rx="9"'
    return (
        f'<g class="bundle"><title>{markup(told)}</title><path d="{line}"/>'
        f'<path class="grip" d="{line}"/><rect class="count" {rect}/>'
        f'<text x="{x:g}" y="{y + 4:g}" text-anchor="middle">{count}</text></g>'
    )


def _middle(path: Sequence[Point]) -> Point:
    """The middle of the longest part of a path: there a number has room."""
    parts = list(itertools.pairwise(path))
    (ax, ay), (bx, by) = max(parts, key=lambda p: abs(p[0][0] - p[1][0]) + abs(p[0][1] - p[1][1]))
    return (ax + bx) / 2, (ay + by) / 2


def _path(path: Sequence[Point]) -> str:
    return "M" + " L".join(f"{x:.1f},{y:.1f}" for x, y in path)


def _head(width: float) -> str:
    right = width - 0.5
    top = f"V5.5 Q0.5,0.5 5.5,0.5 H{right - 5:g} Q{right:g},0.5 {right:g},5.5"
    return f"M0.5,{HEAD} {top} V{HEAD} Z"


def _rect(name: str, rect: Rect, radius: int) -> str:
    place = f'x="{rect.x:g}" y="{rect.y:g}" width="{rect.width:g}" height="{rect.height:g}"'
    return f'<rect class="{name}" {place} rx="{radius}"/>'


def _end(width: float, y: float, name: str, text: str) -> str:
    place = f'x="{width - PAD:g}" y="{y:g}" text-anchor="end"'
    return f'<text class="{name}" {place}>{markup(text)}</text>'


def _told(sheet: Sheet) -> str:
    box = sheet.box
    facts = [box.key, box.kind if box.kind != "table" else "", plural(len(box.lines), "column")]
    facts += [f"mapped by {box.model}" if box.model else "", box.comment]
    return ", ".join(fact for fact in facts if fact)


def _title(diagram: Diagram) -> str:
    return f"{plural(len(diagram.boxes), 'table')}, {plural(len(diagram.edges), 'foreign key')}"


def _description(diagram: Diagram) -> str:
    """What a reader who cannot see it has of it: every key as a sentence."""
    left = f"{plural(diagram.left_out, 'table')} left out. " if diagram.left_out else ""
    return left + ". ".join(edge.words for edge in diagram.edges)

"""A plan as one SVG, or a plan beside the one after a change: no script, nothing loaded.

Bars are each step's own time; beside one another both plans have the same scale.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from importlib import resources

from dbwright.core.explained import Explained
from dbwright.core.plan_steps import Step
from dbwright.core.plan_times import Part, PlanTimes, plan_times
from dbwright.render.parts import markup, printable
from dbwright.render.plan import words
from dbwright.render.plan.summary import sentence

WIDTH = 980
_GAP = 20
_HEAD = 34
_LINE = 15
_SMALL = 22
_TIME, _BAR, _TREE = 66, 74, 136
_TRACK = 52
_LETTER, _SMALL_LETTER = 7.3, 6.7
_NAMED = {
    "planning": "planning",
    "jit": "just-in-time compilation",
    "serialization": "turning rows into what is sent",
    "rest": "starting and ending",
}


@dataclass(frozen=True, slots=True)
class _Row:
    """A step as it is drawn: where it begins, and its lines."""

    x: float
    y: float
    names: tuple[str, ...]
    facts: tuple[str, ...]

    @property
    def height(self) -> float:
        """What it takes, with the space below it."""
        return _LINE * (len(self.names) + len(self.facts)) + 8


@dataclass(frozen=True, slots=True)
class _Column:
    """One plan: where it stands, the total that its bars are parts of, the steps not shared."""

    title: str
    found: Explained
    times: PlanTimes
    left: float
    width: float
    scale: float
    alone: frozenset[int]
    kind: str
    rows: tuple[_Row, ...] = ()

    @property
    def bottom(self) -> float:
        """Where the steps end."""
        return self.rows[-1].y + self.rows[-1].height


def svg(before: Explained, after: Explained | None = None, *, styled: bool = True) -> str:
    """Gives the drawing, 980 wide; without `styled` the page has the style, see `style`.

    All text from outside is escaped. With `after` the steps that only one of the two plans has are
    marked, and hovering a step says all of it.
    """
    columns = [replace(each, rows=tuple(_rows(each))) for each in _columns(before, after)]
    height = max(_height(column) for column in columns)
    spoken = " ".join(f"{column.title}: {sentence(column.found)}" for column in columns)
    parts = [
        f'<svg class="qp" xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" '
        f'height="{height:.0f}" viewBox="0 0 {WIDTH} {height:.0f}" role="img" '
        f'aria-label="{markup(spoken)}">',
        *([f"<style>{style()}</style>"] if styled else []),
        f'<rect class="back" width="{WIDTH}" height="{height:.0f}"/>',
        *(part for column in columns for part in _drawn(column)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def style() -> str:
    """Gives the style of a drawing; it has light and dark colors."""
    return resources.files("dbwright.render.plan").joinpath("plan.css").read_text(encoding="utf-8")


def _columns(before: Explained, after: Explained | None) -> list[_Column]:
    times = plan_times(before)
    if after is None:
        title = _told(times)
        return [_Column(title, before, times, 0, WIDTH, times.total, frozenset(), "")]
    later = plan_times(after)
    same = times.unit == later.unit
    scale = max(times.total, later.total)
    gone, new = _differences(times.steps, later.steps)
    width = (WIDTH - _GAP) / 2
    change = f", {_change(times.total, later.total)}" if same and times.unit else ""
    return [
        _Column(f"before: {_told(times)}", before, times, 0, width,
                scale if same else times.total, gone, "gone"),
        _Column(f"after: {_told(later)}{change}", after, later, width + _GAP, width,
                scale if same else later.total, new, "new"),
    ]  # fmt: skip


def _told(times: PlanTimes) -> str:
    if not times.unit:
        return "no times, no costs"
    amount = words.amount(times.total, times.unit)
    return f"cost {amount}" if times.unit == "cost" else amount


def _change(before: float, after: float) -> str:
    if not before or not after:
        return "nothing to compare"
    factor = before / after
    if 1 / 1.05 < factor < 1.05:
        return "as before"
    times = words.figure(round(max(factor, 1 / factor), 1))
    return f"{times}× less" if factor > 1 else f"{times}× more"


def _key(step: Step) -> tuple[object, ...]:
    node = step.node
    named = (node.subplan or "").partition(" ")[0]
    return node.name, node.relation, node.source, node.index, node.join_type, node.parallel, named


def _differences(
    before: Sequence[Step], after: Sequence[Step]
) -> tuple[frozenset[int], frozenset[int]]:
    """The steps that only one of two plans has."""
    matcher = SequenceMatcher(None, [*map(_key, before)], [*map(_key, after)], autojunk=False)
    blocks = matcher.get_matching_blocks()
    kept = {block.a + n for block in blocks for n in range(block.size)}
    also = {block.b + n for block in blocks for n in range(block.size)}
    return (
        frozenset(range(len(before))) - kept,
        frozenset(range(len(after))) - also,
    )


def _outside(times: PlanTimes) -> list[Part]:
    return [part for part in times.parts if part.kind != "nodes"]


def _rows(column: _Column) -> Iterator[_Row]:
    deepest = max(step.depth for step in column.times.steps) or 1
    indent = min(16.0, column.width * 0.3 / deepest)
    y = float(_HEAD)
    for step in column.times.steps:
        x = _TREE + indent * step.depth
        name = words.label(step.node)
        if step.node.subplan and step.node.subplan not in name:
            name = f"{step.node.subplan}: {name}"
        facts = " · ".join(words.facts(step, column.found.costed))
        room = column.width - x - 12
        row = _Row(x, y, _lines(name, room, _LETTER), _lines(facts, room, _SMALL_LETTER))
        yield row
        y += row.height


def _lines(text: str, room: float, letter: float) -> tuple[str, ...]:
    """The text in as many lines as it needs, three at most."""
    most = max(int(room / letter), 12)
    shown = textwrap.wrap(printable(text), most, max_lines=3, placeholder="…")
    return tuple(shown)


def _height(column: _Column) -> float:
    outside = len(_outside(column.times))
    return column.bottom + (12 + _SMALL * outside if outside else 0) + 10


def _drawn(column: _Column) -> Iterator[str]:
    yield f'<g transform="translate({column.left:g} 0)">'
    title = markup(_fit(column.title, column.width - 16, 8))
    yield f'<text class="head" x="8" y="20">{title}</text>'
    for step in column.times.steps:
        yield from _branch(column, step)
    for step in column.times.steps:
        yield from _step(column, step)
    parts = _outside(column.times)
    y = column.bottom + 4
    if parts:
        yield f'<line class="rule" x1="8" x2="{column.width - 8:g}" y1="{y:g}" y2="{y:g}"/>'
    for number, part in enumerate(parts):
        yield from _part(column, part, y + 6 + _SMALL * number)
    yield "</g>"


def _branch(column: _Column, step: Step) -> Iterator[str]:
    if step.parent is None:
        return
    parent, own = column.rows[step.parent], column.rows[step.number]
    x, top, bottom = parent.x + 6, parent.y + parent.height - 6, own.y + 9
    yield f'<path class="branch" d="M{x:.1f},{top:g} V{bottom:g} H{own.x + 1:.1f}"/>'


def _step(column: _Column, step: Step) -> Iterator[str]:
    times, row = column.times, column.rows[step.number]
    hot = bool(times.unit) and times.is_hot(step.number)
    alone = column.kind if step.number in column.alone else ""
    kinds = [kind for kind, holds in (("hot", hot), ("never", step.node.never_executed)) if holds]
    yield f'<g class="{" ".join(["step", *kinds, *([alone] if alone else [])])}">'
    yield f"<title>{markup(_whole(column, step))}</title>"
    size = f'y="{row.y - 3:g}" height="{row.height - 2:g}"'
    yield f'<rect class="wash" fill="none" x="0" width="{column.width:g}" {size}/>'
    if alone:
        yield f'<rect class="mark" x="0" width="4" {size}/>'
    if times.unit:
        yield from _measured(column, times.own[step.number], row.y, times)
    off = " off" if words.off_words(step, 10) else ""
    classes = ["name"] * len(row.names) + [f"quiet{off}"] * len(row.facts)
    for number, (kind, line) in enumerate(zip(classes, (*row.names, *row.facts), strict=True)):
        at = f'x="{row.x + 4:.1f}" y="{row.y + 12 + _LINE * number:g}"'
        yield f'<text class="{kind}" {at}>{markup(line)}</text>'
    yield "</g>"


def _measured(column: _Column, amount: float, y: float, times: PlanTimes) -> Iterator[str]:
    share = min(amount / column.scale, 1.0) if column.scale else 0.0
    text = words.amount(amount, times.unit).removesuffix(" pages")
    yield f'<text class="own" x="{_TIME}" y="{y + 12:g}" text-anchor="end">{markup(text)}</text>'
    yield f'<rect class="track" x="{_BAR}" y="{y + 3:g}" width="{_TRACK}" height="10" rx="2"/>'
    if share * _TRACK >= 0.5:
        size = f'width="{share * _TRACK:.1f}" height="10"'
        yield f'<rect class="bar" x="{_BAR}" y="{y + 3:g}" {size} rx="2"/>'


def _part(column: _Column, part: Part, y: float) -> Iterator[str]:
    hot = " hot" if part.amount >= column.times.total * 0.2 else ""
    name = _NAMED.get(part.kind, "")
    if part.trigger is not None:
        trigger = part.trigger
        name = f"trigger {trigger.constraint or trigger.name}, {trigger.calls:,} calls"
    yield f'<g class="part{hot}"><title>{markup(name)}</title>'
    yield from _measured(column, part.amount, y, column.times)
    shown = markup(_fit(printable(name), column.width - _TREE - 12, _LETTER))
    yield f'<text class="name" x="{_TREE + 4}" y="{y + 12:g}">{shown}</text></g>'


def _whole(column: _Column, step: Step) -> str:
    """All that is known of a step, for hovering and for those who cannot see the bars."""
    times = column.times
    lines = [words.label(step.node)]
    if times.unit:
        share = words.percent(times.own[step.number], times.total)
        own = words.amount(times.own[step.number], times.unit)
        whole = words.amount(times.whole[step.number], times.unit)
        lines.append(f"own {own} ({share}), with what is below {whole}")
    lines += words.facts(step, column.found.costed)
    lines += [f"{name}: {text}" for name, text in words.conditions(step.node)]
    if step.number in column.alone:
        lines.append(f"only {'before' if column.kind == 'gone' else 'after'}")
    return "\n".join(lines)


def _fit(text: str, room: float, letter: float) -> str:
    most = max(int(room / letter), 8)
    return text if len(text) <= most else f"{text[: most - 1]}…"

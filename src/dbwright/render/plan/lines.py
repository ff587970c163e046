"""A plan as a tree for the terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from dbwright.core.explained import Explained
from dbwright.core.plan_steps import Step
from dbwright.core.plan_times import PlanTimes, plan_times
from dbwright.render.parts import printable
from dbwright.render.plan import words
from dbwright.render.plan.summary import sentence

BAR = 5
_GUTTER = 16
_DEEPEST = 18
_ASCII = str.maketrans({"│": "|", "├": "+", "└": "`", "─": "-", "█": "#", "▌": "#", "→": ">",
                        "×": "x", "·": ",", "…": "~"})  # fmt: skip


def tree(found: Explained, width: int = 80, *, ascii: bool = False) -> list[str]:
    """Gives the plan as lines of at most `width` columns: sentence, tree, what is outside of it.

    A step's line has its own time, without its children's, and a bar of its share; the mark is on
    those that take most. Below it: rows expected → found in all loops, with the factor where it
    is off, what was removed, pages. Of a plan that was not run it is the planner's cost.
    """
    times = plan_times(found)
    lines = [*textwrap.wrap(sentence(found, times), width), "", _heading(times)]
    for step in times.steps:
        lines += _step(step, times, found, width)
    lines += _outside(found, times, width)
    shown = [printable(line).rstrip() for line in lines]
    return [line.translate(_ASCII) for line in shown] if ascii else shown


def _heading(times: PlanTimes) -> str:
    name = {"ms": "own time", "pages": "own pages", "cost": "own cost", "": ""}[times.unit]
    return f"{name:>9}" if name else ""


def _step(step: Step, times: PlanTimes, found: Explained, width: int) -> Iterator[str]:
    hot = bool(times.unit) and times.is_hot(step.number)
    before, below = _branches(step, times.steps)
    gutter = _gutter(step, times, hot)
    label = words.label(step.node)
    if step.node.subplan and step.node.subplan not in label:
        label = f"{step.node.subplan}: {label}"
    blank = " " * len(gutter)
    room = max(width - len(gutter) - len(below), 24)
    for number, line in enumerate(textwrap.wrap(label, room) or [""]):
        yield f"{gutter}{before}{line}" if not number else f"{blank}{below}{line}"
    facts = words.facts(step, found.costed)
    for line in _filled(facts, room):
        yield f"{blank}{below}{line}"
    if hot or words.removed(step.node) > 0:
        for name, text in words.conditions(step.node):
            yield _cut(f"{blank}{below}{name}: {' '.join(text.split())}", width)


def _filled(facts: Sequence[str], room: int) -> Iterator[str]:
    """The facts in lines, none of them broken."""
    line = ""
    for fact in facts:
        longer = f"{line} · {fact}" if line else fact
        if line and len(longer) > room:
            yield line
            longer = fact
        line = longer
    if line:
        yield line[:room]


def _gutter(step: Step, times: PlanTimes, hot: bool) -> str:
    if not times.unit:
        return ""
    own = times.own[step.number]
    if step.node.never_executed:
        return " " * _GUTTER
    text = words.amount(own, times.unit).removesuffix(" pages")
    filled = times.share(step.number) * BAR
    bar = "█" * int(filled) + ("▌" if filled % 1 >= 0.5 else "")
    return f"{'!' if hot else ' '}{text:>8} {bar:<{BAR}} "


def _branches(step: Step, steps: Sequence[Step]) -> tuple[str, str]:
    """The lines of the tree before a step's first line and before its others."""
    parts: list[str] = []
    each = step
    while each.parent is not None:
        parent = steps[each.parent]
        last = each.node is parent.node.children[-1]
        if each is step:
            parts.append("└─ " if last else "├─ ")
        else:
            parts.append("   " if last else "│  ")
        each = parent
    parts.reverse()
    if len(parts) > _DEEPEST:
        parts = [f"…{len(parts) - _DEEPEST} ", *parts[-_DEEPEST:]]
    before = "".join(parts)
    if not parts:
        return "", "│  " if step.node.children else "   "
    own = "   " if parts[-1].startswith("└") else "│  "
    after = "".join([*parts[:-1], own]).replace("…", " ")
    return before, f"{after}{'│  ' if step.node.children else '   '}"


def _outside(found: Explained, times: PlanTimes, width: int) -> Iterator[str]:
    """What the statement took outside of its nodes, and what the text did not tell."""
    named = {"planning": "planning", "jit": "just-in-time compilation",
             "serialization": "turning rows into what is sent",
             "rest": "starting and ending"}  # fmt: skip
    outside = [part for part in times.parts if part.kind != "nodes"]
    if outside or times.unit == "ms":
        yield ""
    for part in outside:
        name = named.get(part.kind, "")
        if part.trigger is not None:
            trigger = part.trigger
            name = f"trigger {trigger.constraint or trigger.name}, {trigger.calls:,} calls"
        share = part.amount / times.total * BAR
        bar = "█" * int(share) + ("▌" if share % 1 >= 0.5 else "")
        hot = "!" if part.amount >= times.total * 0.2 else " "
        yield _cut(f"{hot}{words.duration(part.amount):>8} {bar:<{BAR}} {name}", width)
    if times.unit == "ms":
        yield f" {words.duration(times.total):>8} {'':<{BAR}} in all"
    for each in found.unread:
        yield _cut(f"Not read: {each}", width)


def _cut(line: str, width: int) -> str:
    return line if len(line) <= width else f"{line[: width - 1]}…"

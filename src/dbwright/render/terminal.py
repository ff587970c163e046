"""The report for a terminal: at most 30 lines by default, everything with `full`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dbwright.core.finding import Recommendation
from dbwright.core.report import Report
from dbwright.render import parts, plan
from dbwright.render.blocks import Block, block, one_line
from dbwright.render.layout import Style, clip, wrap

SCREEN = 30
WORST = 3
MOST_PLANS = 2
"""Of so many statements the screen says where their time goes."""
HEAD, LONG_HEAD = 6, 7
"""Lines above the findings, and those of a report on several statements."""
MOST_TREES = 100
"""So many plans are drawn with `full`."""
# What a block must show, then what it gets while there is room, in this order.
NEEDED = {"Seen": 1, "Do": 1, "code": 4}
WISHES = (
    {"Seen": 2, "Do": 2},
    {"code": 12},
    {"Seen": 3},
    {"Or": 3, "Seen": 99, "Do": 99},
    {"code": 99, "Or": 99},
    {"Risk": 99},
    {"Undo": 99, "Why": 99},
    {"Tried": 99},
    {"Test": 99, "Backup": 99},
)
Group = Sequence[Recommendation]


def render(report: Report, **options: object) -> str:
    """Gives the report; options: full, width, color, ascii, command, fixes."""
    style = Style.of(options)
    lines = _full(report, style) if style.full else _screen(report, style)
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _screen(report: Report, style: Style) -> list[str]:
    most = LONG_HEAD if len(report.looked) > 1 else HEAD
    head, foot = clip(_head(report, style), most, style), _foot(report, style)
    groups = _groups(report.recommendations)
    head, foot = [*head, ""] if head else [], foot
    room = SCREEN - len(head) - len(foot)
    worst, few = _worst(groups, style, room)
    rest = groups[len(worst) :]
    few = _grow(worst, len(rest), few, room)
    body: list[str] = []
    for shown in worst:
        body += [*shown.lines(style), ""]
    body += _rest(rest, few, style)
    return [*head, *body, *([""] if rest else []), *foot]


def _worst(groups: Sequence[Group], style: Style, room: int) -> tuple[list[Block], int]:
    """The blocks of the worst, as many as have room for what each must show.

    Also how many lines the others get at least.
    """
    for count in range(min(WORST, len(groups)), 0, -1):
        blocks = [block(group, style) for group in groups[:count]]
        for found in blocks:
            _give(found, NEEDED)
        few = min(2, len(groups) - count)
        if _height(blocks, few) <= room or count == 1:
            return blocks, few
    return [], 0


def _grow(blocks: Sequence[Block], others: int, few: int, room: int) -> int:
    """Gives what is left of the room to the blocks' rows, and lines to the others."""
    for wish in WISHES:
        for found in blocks:
            before = dict(found.shown)
            _give(found, wish)
            if _height(blocks, few) > room:
                found.shown = before
        while few < min(others, 5) and _height(blocks, few + 1) <= room:
            few += 1
    while few < others and _height(blocks, few + 1) <= room:
        few += 1
    return few


def _give(found: Block, wish: dict[str, int]) -> None:
    for name, most in wish.items():
        found.shown[name] = max(found.shown.get(name, 0), min(most, found.size(name)))


def _height(blocks: Sequence[Block], few: int) -> int:
    return sum(len(found) + 1 for found in blocks) + (few + 1 if few else 0)


def _rest(groups: Sequence[Group], most: int, style: Style) -> list[str]:
    if len(groups) <= most:
        return [one_line(group, style) for group in groups]
    shown, hidden = groups[: most - 1], groups[most - 1 :]
    count = sum(len(group) for group in hidden)
    return [*(one_line(group, style) for group in shown), f"{style.cut} and {count} more"]


def _full(report: Report, style: Style) -> list[str]:
    head = _head(report, style)
    lines = [*head, ""] if head else []
    for item in report.recommendations:
        found = block([item], style)
        found.show_all()
        lines += [*found.lines(style), ""]
    if report.unverified:
        lines.append("Not verified:")
    for missing in report.unverified:
        text = f"{missing.what}: {missing.why.rstrip('.')}. {missing.way_out}"
        lines += wrap(text, style, "? ", "  ")
    for waived in report.waived:
        where = parts.place(waived.location)
        text = f"Waived: {waived.rule} {where} because {waived.reason}"
        lines += wrap(text, style, "- ", "  ")
    if report.unverified or report.waived:
        lines.append("")
    return [*lines, *_foot(report, style)]


def _head(report: Report, style: Style) -> list[str]:
    summary = report.summary
    lines: list[str] = []
    for text in report.errors:
        lines += wrap(f"dbwright: {text}", style, "", "  ")
    if text := parts.read_words(report):
        lines += wrap(text, style)
    notes = [line for note in summary.notes for line in wrap(note, style)]
    plans = list(_plans(report, style))
    return [*lines, *notes, *plans] if len(report.looked) > 1 else [*lines, *plans, *notes]


def _plans(report: Report, style: Style) -> Iterator[str]:
    """Where the time of the heaviest statements goes; each is named where there are several."""
    several = len(report.looked) > 1
    for looked in report.heaviest(MOST_TREES if style.full else MOST_PLANS):
        if looked.explained is None:
            continue
        if style.full:
            yield from [f"{looked.named}:"] if several else []
            yield from plan.tree(looked.explained, style.width, ascii=style.ascii)
            continue
        name = f"{looked.named}: " if several else ""
        found = wrap(f"{name}{plan.sentence(looked.explained)}", style, "", "  " if name else "")
        yield from clip(found, 2, style) if several else found


def _foot(report: Report, style: Style) -> list[str]:
    lines = wrap(style.line(parts.outcome(report)), style, "", "  ")
    older = report.summary.older_remarks
    if older:
        together = f"{lines[-1]} {style.dot} {older} in older ones: --all"
        alone = f"{parts.plural(older, 'finding')} in older revisions: --all shows them"
        lines = [*lines[:-1], together] if len(together) <= style.width else [*lines, alone]
    if report.unverified and not style.full:
        first = report.unverified[0]
        text = wrap(f"Not verified: {first.what}: {first.why.rstrip('.')}.", style, "", "  ")
        lines += clip(text, 2, style)
    return [*lines, *_next(report, style)]


def _next(report: Report, style: Style) -> list[str]:
    """The commands that the reader needs next, each with what it does; in one line if it can."""
    found = list(_commands(report, style))
    if not found:
        return []
    together = "; ".join(f"{command} {what}" for command, what in found)
    if len(together) + 6 <= style.width:
        return [f"Next: {together}"]
    size = max(len(command) for command, _ in found)
    lines = []
    for n, (command, what) in enumerate(found):
        start = "Next:" if n == 0 else "     "
        line = f"{start} {command.ljust(size)}  {what}"
        lines.append(line if len(line) <= style.width else f"{start} {command}")
    return lines


def _commands(report: Report, style: Style) -> Iterator[tuple[str, str]]:
    items = report.recommendations
    safe = sum(1 for i in items if i.advice.fix.safety == "safe" and i.advice.fix.edits)
    start = style.command
    if safe and style.fixes:
        yield f"{start} --fix", f"applies {parts.plural(safe, 'safe fix', 'safe fixes')}"
        start = ""
    if style.full:
        return
    if items:
        yield f"{start} --full".strip(), "shows every part"
    elif len(report.unverified) > 1:
        yield f"{start} --full".strip(), "shows all that was not verified"


def _groups(items: Sequence[Recommendation]) -> list[Group]:
    groups: dict[tuple[str, str], list[Recommendation]] = {}
    for item in items:
        groups.setdefault((item.rule, item.severity), []).append(item)
    return list(groups.values())

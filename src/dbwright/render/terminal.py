"""The report for a terminal: at most 30 lines by default, everything with `full`."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dbwright.core.finding import Recommendation
from dbwright.core.report import Report
from dbwright.render import parts

SCREEN = 30
WORST = 3
MARKS = {"error": "✖", "warning": "!", "info": "i"}
ASCII = {"✖": "x", "✓": "ok", "·": "-", "→": "->", "…": "..."}
COLORS = {"error": "31", "warning": "33", "info": "36"}
ROWS = ("Seen", "Do", "Or", "Risk", "Undo", "Test", "Backup")


@dataclass(frozen=True, slots=True)
class Style:
    """How to lay out: columns, colors, ASCII only."""

    width: int = 80
    color: bool = False
    ascii: bool = False

    def paint(self, text: str, code: str) -> str:
        """Gives the text in that ANSI color, where colors are wanted."""
        return f"\x1b[{code}m{text}\x1b[0m" if self.color else text


def render(report: Report, **options: object) -> str:
    """Gives the report; options: full, width, color, ascii."""
    style = Style(
        width=max(40, int(str(options.get("width", 80)))),
        color=bool(options.get("color", False)),
        ascii=bool(options.get("ascii", False)),
    )
    lines = _full(report, style) if options.get("full") else _screen(report, style)
    text = "\n".join(line.rstrip() for line in lines) + "\n"
    if style.ascii:
        for mark, plain in ASCII.items():
            text = text.replace(mark, plain)
        text = text.encode("ascii", "backslashreplace").decode()
    return text


def _screen(report: Report, style: Style) -> list[str]:
    head = _head(report, style)
    foot = _foot(report, style)
    groups = _groups(report.recommendations)
    worst, rest = groups[:WORST], groups[WORST:]
    room = SCREEN - len(head) - len(foot)
    kept_for_rest = min(len(rest), 7)
    each = (room - kept_for_rest - (1 if rest else 0)) // max(1, len(worst))
    body: list[str] = []
    for group in worst:
        body += [*_block(group, style, ROWS[:3], max(5, each - 1)), ""]
    left = room - len(body)
    shown = rest if len(rest) <= left else rest[: max(0, left - 1)]
    body += [_line(group, style) for group in shown]
    if len(shown) < len(rest):
        hidden = sum(len(group) for group in rest[len(shown) :])
        body.append(f"… and {hidden} more: --full shows them")
    return [*head, *body, *foot]


def _full(report: Report, style: Style) -> list[str]:
    lines = _head(report, style)
    for item in report.recommendations:
        lines += [*_block([item], style, ROWS, 10_000), ""]
    for missing in report.unverified:
        text = f"could not be verified: {missing.what}: {missing.why} {missing.way_out}"
        lines += _wrapped(text, style, "? ", "  ")
    for waived in report.waived:
        text = f"waived: {waived.rule} {parts.place(waived.location)} because {waived.reason}"
        lines += _wrapped(text, style, "- ", "  ")
    if report.unverified or report.waived:
        lines.append("")
    return [*lines, *_foot(report, style, full=True)]


def _head(report: Report, style: Style) -> list[str]:
    summary = report.summary
    lines: list[str] = []
    for text in report.errors:
        lines += _wrapped(f"dbwright: {text}", style, "", "  ")
    read = [parts.plural(summary.models, "model")] if summary.models else []
    if summary.revisions:
        read.append(f"{summary.revisions_run} of {summary.revisions} revisions run")
    if read:
        where = f" on {summary.server}" if summary.server else ", nothing run"
        text = f"Read {', '.join(read)}{where}. {summary.scope}".strip()
        lines += _wrapped(text, style, "", "")
    lines += [line for note in summary.notes for line in _wrapped(note, style, "", "")]
    return [*lines, ""] if lines else []


def _foot(report: Report, style: Style, full: bool = False) -> list[str]:
    lines = [parts.totals(report)]
    if not report.recommendations and not report.unverified and not report.errors:
        lines = [f"✓ {parts.scope_words(report) or 'all that was read'}: nothing to mend."]
    if report.unverified and not full:
        first = report.unverified[0]
        more = f" (+{len(report.unverified) - 1} more, --full)" if report.unverified[1:] else ""
        text = f"Not verified: {first.what}: {first.why}{more}"
        lines += _clip(_wrapped(text, style, "", "  "), 2)
    older = report.summary.older_remarks
    if older:
        lines.append(f"{parts.plural(older, 'finding')} in older revisions: --all shows them")
    return [*lines, *_next(report, full)]


def _next(report: Report, full: bool) -> list[str]:
    safe = sum(
        1
        for item in report.recommendations
        if item.advice.fix.safety == "safe" and item.advice.fix.edits
    )
    if safe:
        noun = "safe fix" if safe == 1 else "safe fixes"
        return [f"Next: dbwright check --fix   applies {safe} {noun}, shows the diff first"]
    if report.recommendations and not full:
        return ["Next: dbwright check --full   shows every part of each recommendation"]
    return []


def _groups(items: Sequence[Recommendation]) -> list[list[Recommendation]]:
    groups: dict[tuple[str, str], list[Recommendation]] = {}
    for item in items:
        groups.setdefault((item.rule, item.severity), []).append(item)
    return list(groups.values())


def _line(group: Sequence[Recommendation], style: Style) -> str:
    item = group[0]
    mark = style.paint(MARKS[item.severity], COLORS[item.severity])
    more = f" (+{len(group) - 1})" if len(group) > 1 else ""
    where = parts.printable(parts.place(item.location).rsplit("/", 1)[-1])
    name = f"{item.rule}{more}"
    room = style.width - len(where) - len(name) - 6
    text = _shortened(parts.printable(parts.title(item)), room)
    return f"{mark} {text.ljust(max(0, room))}  {name}  {where}"


def _block(
    group: Sequence[Recommendation], style: Style, rows: Sequence[str], most: int
) -> list[str]:
    item = group[0]
    lines = _title(item, style)
    lines.append(f"  {item.rule} · {parts.proof_words(item.proof)}{_others(group)}")
    room = most - len(lines)
    full = most > SCREEN
    if full:
        lines += _row("Why", item.advice.reason, style)
    for name in rows:
        found = CONTENT[name](item, style)
        limit = len(found) if full else min(len(found), room if name != "Seen" else 3)
        if limit > 0:
            lines += _clip(found, limit)
            room -= limit
    return lines


def _title(item: Recommendation, style: Style) -> list[str]:
    mark = style.paint(MARKS[item.severity], COLORS[item.severity])
    where = parts.printable(parts.place(item.location))
    text = parts.printable(parts.title(item))
    gap = style.width - len(text) - len(where) - 2
    if gap >= 2:
        return [f"{mark} {text}{' ' * gap}{where}"]
    wrapped = textwrap.wrap(text, style.width - 2)
    return [f"{mark} {wrapped[0]}", *(f"  {line}" for line in wrapped[1:]), f"  {where}"]


def _others(group: Sequence[Recommendation]) -> str:
    names = list(dict.fromkeys(other.location.object or "" for other in group[1:]))
    names = [name for name in names if name]
    if not names:
        return f" · and {len(group) - 1} more" if len(group) > 1 else ""
    more = f" (+{len(names) - 2})" if len(names) > 2 else ""
    return f" · also {parts.printable(', '.join(names[:2]))}{more}"


def _row(name: str, text: str, style: Style) -> list[str]:
    return _wrapped(parts.printable(text), style, f"  {name:<7} ", " " * 10)


def _do(item: Recommendation, style: Style) -> list[str]:
    fix = item.advice.fix
    code = parts.printable(textwrap.dedent(fix.code).strip("\n")).splitlines()
    lines = [f"{' ' * 10}{line}" for line in code]
    return [*_row("Do", fix.title + (":" if code else ""), style), *lines]


def _or(item: Recommendation, style: Style) -> list[str]:
    lines: list[str] = []
    for other in item.advice.alternatives:
        lines += _row("Or" if not lines else "", f"{other.title}: {other.tradeoff}", style)
    return lines


CONTENT: dict[str, Callable[[Recommendation, Style], list[str]]] = {
    "Seen": lambda item, style: _row("Seen", parts.seen(item), style),
    "Do": _do,
    "Or": _or,
    "Risk": lambda item, style: _row("Risk", parts.risk(item), style),
    "Undo": lambda item, style: _row("Undo", parts.undo(item), style),
    "Test": lambda item, style: _row("Test", item.advice.tests, style),
    "Backup": lambda item, style: _row("Backup", item.advice.backup, style),
}


def _wrapped(text: str, style: Style, first: str, rest: str) -> list[str]:
    lines: list[str] = []
    for paragraph in parts.printable(text).split("\n"):
        lines += textwrap.wrap(
            paragraph,
            style.width,
            initial_indent=first if not lines else rest,
            subsequent_indent=rest,
            break_long_words=False,
            break_on_hyphens=False,
        )
    return lines


def _clip(lines: list[str], most: int) -> list[str]:
    if len(lines) <= most:
        return lines
    return [*lines[: most - 1], f"{lines[most - 1]} …"]


def _shortened(text: str, room: int) -> str:
    if len(text) <= room:
        return text
    return text[: max(1, room - 1)].rstrip() + "…"

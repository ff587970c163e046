"""A rehearsal for a terminal: what matters on one screen, everything with `full`."""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.finding import Finding
from dbwright.core.rehearsed import Outcome, RehearsalReport
from dbwright.core.trace import StatementTrace, Trace
from dbwright.render.layout import Style, clip, shorten, shorten_path, wrap
from dbwright.render.rehearsal import words
from dbwright.render.rehearsal.bars import timeline
from dbwright.render.rehearsal.results import results

SCREEN = 30
MARKS = {"danger": "✖", "unverified": "!", "clean": "✓"}
COLORS = {"danger": "error", "unverified": "warning", "clean": "info"}
SEVERITIES = {"error": "✖", "warning": "!", "info": "i"}


def render(report: RehearsalReport, **options: object) -> str:
    """Gives the report; options: full, width, color, ascii, command."""
    style = Style.of({"command": "dbwright migrations rehearse", **options})
    head = [line for text in report.errors for line in wrap(f"dbwright: {text}", style, "", "  ")]
    if not report.errors:
        head += wrap(words.head(report), style)
    head += [line for note in report.summary.notes for line in wrap(note, style)]
    foot = list(_foot(report, style))
    body = _body(report, style, SCREEN - len(head) - len(foot) - 2)
    parts = [part for part in (head, body, foot) if part]
    lines = [line for part in parts for line in ("", *part)][1:]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def revision(outcome: Outcome, **options: object) -> str:
    """Gives all of one revision, without the upgrade's neighbors; options as for `render`."""
    return "\n".join(line.rstrip() for line in _whole(outcome, Style.of(options)))


def _body(report: RehearsalReport, style: Style, room: int) -> list[str]:
    """The revisions: all of each with `full`, else as much of the worst as one screen takes."""
    if style.full:
        return _joined([_whole(item, style) for item in report.outcomes])
    ranks = {"danger": 0, "unverified": 1, "clean": 2}
    order = sorted(report.outcomes, key=lambda item: ranks[item.verdict])
    if len(order) == 1 and len(whole := _whole(order[0], style)) <= room + 2:
        return whole
    for count in range(min(3, len(order)), 0, -1):
        blocks = [_block(item, style) for item in order[:count]]
        lines = _joined(blocks)
        rest = [_line(item, style) for item in order[count:]]
        if len(lines) + len(rest) + bool(rest) <= room or count == 1:
            most = max(room - len(lines) - 1, 1)
            return [*lines, *([""] if rest else []), *_few(rest, most, style)]
    return []


def _few(rest: list[str], most: int, style: Style) -> list[str]:
    if len(rest) <= most:
        return rest
    return [*rest[: most - 1], f"{style.cut} and {len(rest) - most + 1} more"]


def _joined(blocks: list[list[str]]) -> list[str]:
    return [line for block in blocks for line in ("", *block)][1:]


def _line(outcome: Outcome, style: Style) -> str:
    """A revision in one line: the verdict, what it is called, the worst that was seen."""
    mark = style.paint(style.text(MARKS[outcome.verdict]), COLORS[outcome.verdict])
    worst = outcome.dangers[0].message if outcome.dangers else "".join(outcome.why_not[:1])
    text = words.title(outcome) + (f": {worst}" if worst else "")
    return f"{mark} {shorten(style.line(text), style.width - 2, style)}"


def _title(outcome: Outcome, style: Style) -> list[str]:
    mark = style.paint(style.text(MARKS[outcome.verdict]), COLORS[outcome.verdict])
    name = shorten(style.line(words.title(outcome)), style.width - 2, style)
    where = shorten_path(style.line(outcome.path), style.width - 2, style)
    return [f"{mark} {style.paint(name, 'title')}", f"  {style.paint(where, 'quiet')}"]


def _block(outcome: Outcome, style: Style) -> list[str]:
    """What matters of one revision: its dangers, the locks that others waited for, the order."""
    lines = _title(outcome, style)
    for item in outcome.dangers[:3]:
        lines += clip(_danger(item, outcome, style), 2, style)
    if len(outcome.dangers) > 3:
        lines.append(f"  {style.cut} and {len(outcome.dangers) - 3} more")
    for why in outcome.why_not[:1]:
        lines += clip(_row("Not seen", why, style), 2, style)
    run = outcome.rehearsal
    if run is not None and run.up is not None:
        waited = [span for span in outcome.locks if span.stops][:4]
        lines += timeline(waited, run.up.milliseconds, style)
    return lines + clip(_row("Deploy", outcome.order, style), 2, style)


def _danger(item: Finding, outcome: Outcome, style: Style) -> list[str]:
    mark = style.text(SEVERITIES[item.severity or "warning"])
    line = item.location.line if item.location.file == outcome.path else None
    text = f"line {line}: {item.message}" if line else item.message
    return wrap(text, style, f"  {mark} ", "    ")


def _whole(outcome: Outcome, style: Style) -> list[str]:
    """All of one revision."""
    lines = _title(outcome, style)
    run = outcome.rehearsal
    for item in outcome.dangers:
        lines += _danger(item, outcome, style)
    for why in outcome.why_not:
        lines += _row("Not seen", why, style)
    if run is None or run.up is None:
        return lines
    lines += _row("Ran", f"{words.runs(run)}; {words.rows(run)}", style)
    lines += _way("Up", run.up, outcome, style)
    lines += timeline(outcome.locks, run.up.milliseconds, style)
    if run.dialect == "sqlite":
        text = "SQLite lets one connection write at a time: others wait from the first statement"
        spent = words.duration(run.up.milliseconds)
        lines += _row("Locks", f"{text} to commit, {spent} here.", style)
    if style.full and run.down is not None:
        lines += _way("Down", run.down, outcome, style)
        lines += timeline(outcome.locks_down, run.down.milliseconds, style)
    for name, text in results(outcome):
        lines += _row(name, text, style)
    return lines


def _way(name: str, trace: Trace, outcome: Outcome, style: Style) -> list[str]:
    """The statements of one way, each with its place and time."""
    lines: list[str] = []
    estimates = {item.statement: item for item in outcome.estimates} if name == "Up" else {}
    for number, item in enumerate(trace.statements, 1):
        lines += _statement(number, item, outcome, style)
        if number in estimates:
            lines += wrap(words.estimate(estimates[number]), style, " " * 5, " " * 5)
    return [style.paint(f"  {name}", "title"), *lines] if lines else []


def _statement(number: int, item: StatementTrace, outcome: Outcome, style: Style) -> list[str]:
    spent = "failed" if item.error else words.duration(item.milliseconds)
    where = shorten_path(style.line(words.place(item, outcome.path)), 24, style)
    end = f"{where.rjust(5)} {spent.rjust(7)}"
    room = style.width - 5 - len(end) - 1
    sql = shorten(style.line(words.one_line(item.statement.sql)), room, style)
    lines = [f"  {str(number).rjust(2)} {sql.ljust(room)} {end}"]
    told = [*words.work(item), *words.waited(item)]
    if item.error is not None:
        told.append(item.error.message)
    if told:
        lines += wrap("; ".join(told), style, " " * 5, " " * 5)
    return lines


def _row(name: str, text: str, style: Style) -> list[str]:
    return wrap(text, style, f"  {name:<9} ", " " * 12) if text.strip() else []


def _foot(report: RehearsalReport, style: Style) -> Iterator[str]:
    if not report.errors:
        yield from wrap(words.end(report) + ".", style)
    shown = report.unverified if style.full else report.unverified[:1]
    for missing in shown:
        text = f"Not verified: {missing.what}: {missing.why.rstrip('.')}. {missing.way_out}"
        lines = wrap(text, style, "", "  ")
        yield from lines if style.full else clip(lines, 3, style)
    if report.outcomes and not style.full:
        yield f"Next: {style.command} --full, or -o html:PATH for all of it"

"""One recommendation, or several of a kind, as a block of lines for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field

from dbwright.core.finding import Recommendation
from dbwright.render import parts
from dbwright.render.code import squeezed
from dbwright.render.layout import Style, clip, shorten, shorten_path, whole, wrap

MARKS = {"error": "✖", "warning": "!", "info": "i"}
ROWS = ("Why", "Seen", "Do", "Tried", "Or", "Risk", "Undo", "Test", "Backup")
INDENT = " " * 10


@dataclass(slots=True)
class Block:
    """The lines of a block, row by row, and how many of each are shown."""

    head: list[str]
    rows: dict[str, list[str]]
    code: list[str]
    shown: dict[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.head) + sum(self.shown.values())

    @property
    def whole(self) -> bool:
        """Whether nothing of it is cut."""
        return all(self.shown.get(name, 0) == self.size(name) for name in (*self.rows, "code"))

    def size(self, name: str) -> int:
        """How many lines a row has; `code` is the fix's code."""
        return len(self.code) if name == "code" else len(self.rows[name])

    def show_all(self) -> None:
        """Shows every line."""
        self.shown = {name: self.size(name) for name in (*self.rows, "code")}

    def lines(self, style: Style) -> list[str]:
        """Gives the lines that are shown; a cut says that it is one."""
        lines = list(self.head)
        for name in ROWS:
            lines += clip(self.rows[name], self.shown[name], style) if self.shown.get(name) else []
            if name == "Do" and self.shown.get("code"):
                lines += self._code(self.shown["code"], style)
        return lines

    def _code(self, most: int, style: Style) -> list[str]:
        if len(self.code) <= most:
            return self.code
        kept = self.code[: most - 1]
        hidden = parts.plural(len(self.code) - most + 1, "more line")
        return [*kept, f"{INDENT}{style.cut} {hidden}"]


def block(group: Sequence[Recommendation], style: Style) -> Block:
    """Gives the block of recommendations of one rule: the first one's parts, the others' names."""
    item = group[0]
    advice = item.advice
    few = "" if style.full else advice.fix.changed
    text = textwrap.dedent(style.text(few or advice.fix.code)).strip("\n")
    code = text.splitlines() if style.full else squeezed(text, style.width - len(INDENT))
    rows = {
        "Why": _row("Why", advice.reason, style),
        "Seen": _row("Seen", parts.seen(item), style),
        "Do": _row("Do", advice.fix.title.rstrip(":. ") + (":" if code else "."), style),
        "Tried": _row("Tried", parts.tried(item), style),
        "Or": _alternatives(item, style),
        "Risk": _row("Risk", parts.risk(item), style),
        "Undo": _row("Undo", parts.undo(item), style),
        "Test": _row("Test", advice.tests, style),
        "Backup": _row("Backup", advice.backup, style),
    }
    return Block(
        _head(group, style), rows, [whole(f"{INDENT}{line}".rstrip(), style) for line in code]
    )


def one_line(group: Sequence[Recommendation], style: Style) -> str:
    """Gives the recommendations of one rule in one line: the object, the effect, the place."""
    item = group[0]
    where = shorten_path(style.line(parts.place(item.location)), style.width // 3, style)
    more = f" (+{len(group) - 1})" if len(group) > 1 else ""
    room = style.width - len(where) - len(more) - 4
    text = shorten(style.line(parts.title(item)), room, style) + more
    mark = style.paint(style.text(MARKS[item.severity]), item.severity)
    return f"{mark} {text.ljust(room + len(more))}  {where}"


def _head(group: Sequence[Recommendation], style: Style) -> list[str]:
    item = group[0]
    where = style.line(parts.place(item.location)) if item.location.file else ""
    title = textwrap.wrap(style.line(parts.title(item)), style.width - 2) or [""]
    title = title if style.full else clip(title, 3, style, indent=2)
    proof = style.line(parts.proofs(item))
    if not style.full:
        proof = proof.partition(";")[0]
    proofs = textwrap.wrap(f"{item.rule} {style.dot} {proof}", style.width - 2)
    mark = style.paint(style.text(MARKS[item.severity]), item.severity)
    lines = [(line, "title") for line in title]
    lines += [(line, "quiet") for line in (proofs if style.full else proofs[:1])]
    return _placed(lines, len(title), mark, where, style) + _others(group, style)


def _placed(
    lines: list[tuple[str, str]], titles: int, mark: str, where: str, style: Style
) -> list[str]:
    """The place stands at the right of the first line that has room, else on its own."""
    free = [style.width - 2 - len(text) - len(where) for text, _ in lines]
    at = next((n for n in (0, titles - 1, titles) if free[n] >= 2), None) if where else None
    result = []
    for n, (text, color) in enumerate(lines):
        start = f"{mark} " if n == 0 else "  "
        end = " " * free[n] + where if n == at else ""
        result.append(f"{start}{style.paint(text, color)}{end}")
    if at is None and where:
        own = textwrap.wrap(where, style.width, initial_indent="  ", subsequent_indent="  ")
        result[titles:titles] = own if style.full else clip(own, 2, style)
    return result


def _others(group: Sequence[Recommendation], style: Style) -> list[str]:
    names = dict.fromkeys(style.line(other.location.object or "") for other in group[1:])
    shown = [name for name in names if name and name != group[0].location.object]
    if not shown:
        same = len(group) - 1
        return [f"  {same} more of the same kind"] if same else []
    text = f"also {', '.join(shown)}"
    if len(text) > style.width - 2:
        kept = text[: style.width - 14].rpartition(",")[0]
        text = f"{kept or text[: style.width - 14]} (+{len(shown) - kept.count(',') - 1})"
    return [f"  {text}"]


def _alternatives(item: Recommendation, style: Style) -> list[str]:
    lines: list[str] = []
    for other in item.advice.alternatives:
        lines += _row("" if lines else "Or", f"{other.title}: {other.tradeoff}", style)
    return lines


def _row(name: str, text: str, style: Style) -> list[str]:
    return wrap(text, style, f"  {name:<7} ", INDENT) if text.strip() else []

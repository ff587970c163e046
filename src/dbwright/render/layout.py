"""How text is laid out on a terminal: columns, colors, ASCII, wrapping and cutting."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

from dbwright.render import parts

ASCII = {"✖": "x", "✓": "ok", "·": "-", "→": "->", "…": "...", "×": "x", "–": "-", "—": "-"}
COLORS = {"error": "31", "warning": "33", "info": "36", "title": "1", "quiet": "2"}


@dataclass(frozen=True, slots=True)
class Style:
    """How to lay out: columns, colors, ASCII only, all of it or one screen.

    `command` is what made the report, `fixes` whether it can apply fixes.
    """

    width: int = 80
    color: bool = False
    ascii: bool = False
    command: str = "dbwright check"
    fixes: bool = True
    full: bool = False

    @classmethod
    def of(cls, options: dict[str, object]) -> Style:
        """Gives the style that the options of `render` ask for."""
        return cls(
            width=max(40, int(str(options.get("width", 80)))),
            color=bool(options.get("color", False)),
            ascii=bool(options.get("ascii", False)),
            command=str(options.get("command") or "dbwright check"),
            fixes=bool(options.get("fixes", True)),
            full=bool(options.get("full", False)),
        )

    def paint(self, text: str, color: str) -> str:
        """Gives the text in a color of COLORS, where colors are wanted."""
        return f"\x1b[{COLORS[color]}m{text}\x1b[0m" if self.color and text else text

    def text(self, text: str) -> str:
        """Gives text from outside as it may stand on this terminal; lines are kept."""
        text = parts.printable(text).expandtabs(4)
        if not self.ascii:
            return text
        for mark, plain in ASCII.items():
            text = text.replace(mark, plain)
        return text.encode("ascii", "backslashreplace").decode()

    def line(self, text: str) -> str:
        """Gives text from outside as one line."""
        return " ".join(self.text(text).split())

    @property
    def cut(self) -> str:
        """The mark of a cut."""
        return self.text("…")

    @property
    def dot(self) -> str:
        """The mark between two facts of one line."""
        return self.text("·")


def wrap(text: str, style: Style, first: str = "", rest: str = "") -> list[str]:
    """Gives the text in lines of the style's width; only its first line is wrapped.

    Further lines of the text are code: they stay as they are.
    """
    head, *code = style.text(text).strip().split("\n")
    lines = textwrap.wrap(
        head,
        style.width,
        initial_indent=first,
        subsequent_indent=rest,
        break_on_hyphens=False,
    )
    return [*lines, *(whole(f"{rest}{line}".rstrip(), style) for line in code)]


def whole(line: str, style: Style) -> str:
    """Gives a line of code: in the full report as it is, on one screen cut at the width."""
    return line if style.full else shorten(line, style.width, style)


def shorten(text: str, room: int, style: Style) -> str:
    """Gives the text in at most `room` columns, with the mark of a cut where it was cut."""
    if len(text) <= room:
        return text
    return text[: max(0, room - len(style.cut))].rstrip() + style.cut


def shorten_path(text: str, room: int, style: Style) -> str:
    """Gives a place in at most `room` columns; the name's start and the line are kept."""
    if len(text) <= room:
        return text
    text = text.rsplit("/", 1)[-1]
    if len(text) <= room:
        return text
    end = text[text.rfind(".") :] if "." in text else ""
    if len(end) > 10:
        end = text[-6:]
    return text[: max(1, room - len(end) - len(style.cut))] + style.cut + end


def clip(lines: list[str], most: int, style: Style, indent: int = 0) -> list[str]:
    """Gives at most that many lines; the last one shows that there was more.

    `indent` are the columns that the lines still get at their start.
    """
    if len(lines) <= most:
        return lines
    last = lines[most - 1]
    room = style.width - indent - len(style.cut) - 1
    if len(last) > room:
        words = last[:room].rpartition(" ")[0]
        last = words if words.strip() else last[:room]
    return [*lines[: most - 1], f"{last.rstrip(' .,;:')} {style.cut}"]

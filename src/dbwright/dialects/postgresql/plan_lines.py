"""The lines of a plan that was copied: without the frames, quotes and breaks that it met.

psql frames a result in many ways and marks continued lines (`\\pset border`, `linestyle`), its
pager and mail break long lines, mail and chat quote and indent, a log has a tab before each line.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

_RULE = re.compile(r"^[\s\-+=|_─━═╌╭╮╰╯│┃║┌┬┐├┼┤└┴┘╔╦╗╠╬╣╚╩╝╒╤╕╞╪╡╘╧╛╓╥╖╟╫╢╙╨╜]*$")
_FRAMES = "|│┃║"
_CONTINUED = ("↵", "+")
_HEADING = re.compile(r'^"?QUERY PLAN"?$', re.IGNORECASE)
_COUNT = re.compile(r"^\(\d+ [^\W\d_]+\)$")
_MAIL = re.compile(r"^(?:> ?)+")
_FENCE = re.compile(r"^\s*(```|~~~)\w*\s*$")
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
_ARROW = re.compile(r"^-+[>»]|^→")
KEY = re.compile(
    r"^(?:Worker \d+|Trigger (?:for constraint )?[^:]+|JIT(?: for worker \d+)?|Planning|"
    r"[A-Z][A-Za-z0-9/]*(?:[ -][A-Za-z0-9/]+){0,5}):(?: |$)"
)
"""A line that begins as a property does."""
LABEL = re.compile(r"^(?:(?:InitPlan|SubPlan)(?: \S|$)|CTE \S)")
TARGET = re.compile(r"^(?:Foreign )?(?:Insert|Update|Delete|Merge) on \S")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a plan: its number in what was pasted, its column, its text."""

    number: int
    column: int
    text: str

    @property
    def is_node(self) -> bool:
        """Whether the line begins with an arrow."""
        return self.text.startswith("->")


def unframed(text: str) -> list[tuple[int, str]]:
    """Gives the lines as the server wrote them, with their numbers; trailing blanks are kept."""
    raw = text.translate(_INVISIBLE).replace("\u00a0", " ").replace("\r\n", "\n")
    lines = [
        (number, line.replace("\t", "    "))
        for number, line in enumerate(re.split(r"[\n\r\f\v\u2028\u2029]", raw), 1)
        if not _FENCE.match(line)
    ]
    lines = _without_mail(lines)
    framed = _is_framed(lines)
    lines = [(number, _inside(line) if framed else line) for number, line in lines]
    kept = [(n, line) for n, line in lines if not _is_decoration(line)]
    return _unquoted(_joined_by_marks(kept))


def logical(lines: list[tuple[int, str]]) -> list[Line]:
    """Gives the plan's own lines: those that were broken are whole again."""
    width = _width(lines)
    found: list[Line] = []
    columns: set[int] = set()
    before = ""
    for number, raw in lines:
        text, column = _ARROW.sub("->  ", raw.strip()), len(raw) - len(raw.lstrip())
        if text.startswith("->"):
            text = f"->  {text[2:].lstrip()}"
        if found and not _begins(found[-1], text, column, columns):
            last = found[-1]
            whole = f"{last.text}{_rest(last.text, before, raw, width)}"
            found[-1] = Line(last.number, last.column, whole)
        else:
            columns |= set() if text.startswith("->") else {column}
            found.append(Line(number, column, text))
        before = raw
    return found


def _without_mail(lines: list[tuple[int, str]]) -> list[tuple[int, str]]:
    full = [line for _, line in lines if line.strip()]
    if full and all(line.startswith(">") for line in full):
        return [(number, _MAIL.sub("", line)) for number, line in lines]
    return lines


def _is_framed(lines: list[tuple[int, str]]) -> bool:
    full = [line.strip() for _, line in lines if line.strip() and not _RULE.match(line)]
    ends = [line for line in full if line[0] in _FRAMES and line[-1] in _FRAMES and len(line) > 1]
    return len(ends) * 2 > len(full)


def _inside(line: str) -> str:
    stripped = line.strip()
    if len(stripped) > 1 and stripped[0] in _FRAMES and stripped[-1] in _FRAMES:
        return stripped[1:-1]
    return line


def _is_decoration(line: str) -> bool:
    text = line.strip()
    if not text:
        return True
    ruled = len(text) > 2 and bool(_RULE.match(line))
    return ruled or bool(_HEADING.match(text) or _COUNT.match(text))


def _joined_by_marks(lines: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """Takes away psql's marks of a value that goes on in the next line."""
    ends = Counter(line.rstrip()[-1:] for _, line in lines)
    for mark in _CONTINUED:
        if ends[mark] > 1 and ends[mark] >= (len(lines) - 1) / 2:
            return [
                (n, line.rstrip()[:-1] if line.rstrip().endswith(mark) else line)
                for n, line in lines
            ]
    return lines


def _unquoted(lines: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """Takes away the quotes that a table's cell has in CSV; those inside are doubled there."""
    if not lines:
        return lines
    for quote in "\"'":
        cells = [line.strip() for _, line in lines]
        if all(len(c) > 1 and c[0] == quote and c[-1] == quote for c in cells):
            return [(n, line.strip()[1:-1].replace(quote * 2, quote)) for n, line in lines]
        if len(cells) > 1 and all(c[-1] == quote and c[0] != quote for c in cells):
            return [(n, line.rstrip()[:-1]) for n, line in lines]
    first, last = lines[0][1].lstrip(), lines[-1][1].rstrip()
    if len(lines) > 1 and first[0] == '"' and last[-1] == '"' and first.count('"') % 2:
        text = "\n".join(line for _, line in lines).strip()[1:-1].replace('""', '"')
        return list(zip((n for n, _ in lines), text.split("\n"), strict=True))
    return lines


def _width(lines: list[tuple[int, str]]) -> int:
    """The width at which lines were cut, whatever stood there; 0 where they were not."""
    lengths = Counter(len(line) for _, line in lines if len(line) >= 40)
    widest = max(lengths, default=0)
    return widest if lengths[widest] > 1 else 0


def _begins(last: Line, text: str, column: int, columns: set[int]) -> bool:
    """Whether a line begins a thing of its own and does not end what the last one began."""
    own = bool(text.startswith("->") or LABEL.match(text) or TARGET.match(text))
    quote, depth = open_ends(last.text)
    if quote:
        return (own and column > 1) or (bool(KEY.match(text)) and column in columns)
    if own:
        return True
    if not KEY.match(text):
        return bool(_ROOT.search(text)) and depth == 0
    return depth == 0 or column in columns


_ROOT = re.compile(r"^[A-Z].*  \(cost=[\d.]+ rows=\d+ width=\d+\)")


def open_ends(text: str) -> tuple[str, int]:
    """Gives the quote that is open at the end of a text, and how many parentheses are."""
    quote, depth = "", 0
    for letter in text:
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        else:
            depth += (letter in "([") - (letter in ")]")
    return quote, max(depth, 0)


def _rest(text: str, before: str, raw: str, width: int) -> str:
    """What a line adds to the one that it ends, with the blank or the end of line between them."""
    if width and len(before) == width:
        blanks = len(before) - len(before.rstrip())
        glue = " " if not blanks and _MEASURE.match(raw) and text[-1:].isalnum() else " " * blanks
        return f"{glue}{raw.rstrip()}"
    if open_ends(text)[0] == "'":
        return f"\n{raw}"
    stripped = raw.strip()
    return f" {stripped}" if _looks_spaced(text, stripped) else stripped


def _looks_spaced(before: str, after: str) -> bool:
    """Whether a blank stood between two halves: not inside of a number, word or `..`."""
    if re.search(r"(?:cost|time)=[\d.]*$", before) and re.match(r"[\d.]", after):
        return False
    if re.search(r"(?:rows|width|loops)=\d*$", before) and re.match(r"\d", after):
        return False
    if re.match(r"[),:;=]", after) or before.endswith(("(", "=")):
        return False
    word = re.search(r"\(?(\w+)$", before)
    rest = re.match(r"\w+", after)
    if word and rest:
        return f"{word[1]}{rest[0]}" not in _TOKENS
    return True


_MEASURE = re.compile(r"(?:rows|width|time|loops)=")
_TOKENS = {"actual", "cost", "rows", "width", "time", "loops", "never", "executed"}

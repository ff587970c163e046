"""Small answers: tokens counted by one rule, long lists and texts given page by page."""

from __future__ import annotations

import copy
import json
import re
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from dbwright.core.errors import UsageError

MOST = 6_400
"""No answer has more tokens than this."""
OVERVIEW = 3_700
KEPT = 64
_TOKEN = re.compile(
    r" ?[A-Z]?[a-z]{1,6}|[A-Z]{1,2}|\d{1,2}|[^A-Za-z\d\x80-\U0010ffff]{1,3}|[^\0-\x7f]"
)
"""The rule: six letters from where a word begins, two capitals, two digits, three signs."""
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")
"""Emoji and the like: each is three tokens."""
_LONG_LINE = 300
_LONG_TEXT = 40
_ROOM = 400
"""Tokens of a page that are left to the list or text that is cut."""

Document = dict[str, Any]


def compact(value: Any) -> str:
    """Gives a value as JSON without spaces."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def tokens(value: Any) -> int:
    """Gives how many tokens a value costs its reader.

    It is an estimate that is seldom too low: no tokenizer is loaded for it.

    >>> tokens({"table": "orders"})
    5
    """
    text = value if isinstance(value, str) else compact(value)
    return len(_TOKEN.findall(text)) + 2 * len(_ASTRAL.findall(text))


@dataclass(frozen=True, slots=True)
class _Rest:
    """What is given page by page: `kept` stands on each page beside it."""

    field: str
    items: list[Any]
    kept: Document
    is_text: bool
    budget: int


class Pages:
    """The pages that were not asked for yet; the oldest are forgotten."""

    def __init__(self) -> None:
        self._rests: OrderedDict[str, _Rest] = OrderedDict()

    def first(
        self, document: Document, field: str, keep: tuple[str, ...] = (), budget: int = MOST
    ) -> Document:
        """Gives the document with as much of one of its lists or texts as there is room for.

        Where there is more, `next_cursor` asks for it; those pages have the fields of `keep`.
        """
        whole = document[field]
        is_text = isinstance(whole, str)
        items = _lines(whole) if is_text else list(whole)
        empty = {**document, field: "" if is_text else []}
        around = squeezed(empty, budget - min(_ROOM, budget // 2))
        rest = _Rest(field, items, {name: document[name] for name in keep}, is_text, budget)
        return self._page(secrets.token_urlsafe(9), rest, 0, around)

    def more(self, cursor: str) -> Document:
        """Gives the page that a cursor names; UsageError where there is none."""
        name, _, start = cursor.rpartition(".")
        rest = self._rests.get(name)
        if rest is None or not start.isascii() or not start.isdigit():
            raise UsageError(
                "this cursor names no page: it is of another run of the server, or too old",
                way_out="Call the tool again without the cursor.",
            )
        return self._page(name, rest, int(start), dict(rest.kept))

    def _page(self, name: str, rest: _Rest, start: int, around: Document) -> Document:
        taken: list[Any] = []
        used = tokens({**around, rest.field: "" if rest.is_text else []}) + 20  # the cursor
        for item in rest.items[start:]:
            cost = tokens(item) + 1
            if taken and used + cost > rest.budget:
                break
            if used + cost > rest.budget and not rest.is_text:
                item = _within(item, max(rest.budget - used, _ROOM // 4))
                around = {**around, "left_out": [*around.get("left_out", []), rest.field]}
            taken.append(item)
            used += cost
        end = start + len(taken)
        page = {**around, rest.field: "".join(taken) if rest.is_text else taken}
        if end < len(rest.items):
            self._rests[name] = rest
            self._rests.move_to_end(name)
            while len(self._rests) > KEPT:
                self._rests.popitem(last=False)
            page["next_cursor"] = f"{name}.{end}"
        return page


def _lines(text: str) -> list[str]:
    """The lines with their ends, a very long one in pieces."""
    lines = text.splitlines(keepends=True)
    return [
        line[start : start + _LONG_LINE]
        for line in lines
        for start in range(0, len(line), _LONG_LINE)
    ]


def _within(item: Any, budget: int) -> Any:
    return squeezed({"item": item}, budget)["item"]


def squeezed(document: Document, budget: int = MOST) -> Document:
    """Gives the document within a number of tokens: what is longest in it is cut, and says so."""
    if tokens(document) <= budget:
        return document
    found = copy.deepcopy(document)
    left_out: dict[str, None] = {}
    while tokens(found) + tokens(list(left_out)) > budget:
        holder, key, path = _longest(found)
        if holder is None:
            break
        value = holder[key]
        most = 8 * budget if isinstance(value, str) else budget
        half = value[: min(len(value) // 2, most)]
        holder[key] = f"{half.rstrip('…')}…" if isinstance(half, str) else half
        left_out[path] = None
    found["left_out"] = [*found.get("left_out", []), *left_out]
    return found


def _longest(document: Document) -> tuple[Any, Any, str]:
    """The longest text, else the list of most items, with what holds it and its path."""
    texts: tuple[int, Any, Any, str] = (_LONG_TEXT, None, None, "")
    lists: tuple[int, Any, Any, str] = (1, None, None, "")
    waiting: list[tuple[Any, str]] = [(document, "")]
    while waiting:
        holder, path = waiting.pop()
        named = isinstance(holder, dict)
        for key, value in holder.items() if named else enumerate(holder):
            where = f"{path}.{key}" if path and named else path or str(key)
            if isinstance(value, str) and len(value) > texts[0]:
                texts = (len(value), holder, key, where)
            if isinstance(value, list) and len(value) > lists[0]:
                lists = (len(value), holder, key, where)
            if isinstance(value, (dict, list)):
                waiting.append((value, where))
    best = texts if texts[1] is not None else lists
    return best[1], best[2], best[3]

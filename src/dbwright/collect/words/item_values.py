"""The values of an item: `role of owner or member`, `area (inside, bar)`, `status open, closed`."""

from __future__ import annotations

from dbwright.collect.words.draft import Draft
from dbwright.collect.words.item import Item
from dbwright.collect.words.morphology import is_plural
from dbwright.collect.words.phrases import said_type
from dbwright.collect.words.qualifiers import qualify
from dbwright.collect.words.scan import Scan
from dbwright.collect.words.values import value_list
from dbwright.collect.words.verbs import MODALS
from dbwright.collect.words.vocabulary import (
    BUNDLE_NAMES,
    CHOICES,
    NAME_TYPES,
    SAID_TYPES,
    THINGS,
    type_by_name,
)


def choices(scan: Scan, draft: Draft, item: Item) -> None:
    """`role of owner, admin or member`, `status: new, paid, shipped`."""
    if "values" in item.said or not item.words:
        return
    start = scan.at
    if item.words[-1].low not in CHOICES and item.words[0].low not in CHOICES:
        if not _alternative_values(scan, item):
            _enclosed_values(scan, item)
        return
    if scan.low() in (":", "of", "(", "—", "like", "=", "[", "{") and not item.negated:
        scan.at += 1
        if said_type(scan.tokens, scan.at):
            scan.at = start
            return
        values = value_list(scan, announced=scan.tokens[start].low != "of")
        alternative = any(token.low in ("or", "/", "|") for token in scan.tokens[start : scan.at])
        closed = scan.low() == _CLOSING.get(scan.tokens[start].low, "")
        scan.at += closed and scan.low() != ")"
        if len(values) > 1 and (alternative or closed or item.listed or _all(scan, start)):
            item.take({"values": values})
            qualify(scan, item)
            return
    scan.at = start


_CLOSING = {"(": ")", "[": "]", "{": "}"}


def _alternative_values(scan: Scan, item: Item) -> bool:
    """`payment: cash, card or transfer`: of a list with `or` behind a colon one is meant."""
    start = scan.at
    if scan.low() not in (":", "=") or is_plural(item.words[-1].low) or item.negated:
        return False
    scan.at += 1
    values = value_list(scan, announced=True)
    chosen = any(token.low == "or" for token in scan.tokens[start : scan.at])
    closed = scan.done or scan.low() in (",", ")", ";", "(", "default")
    if len(values) < 2 or not (chosen and closed) or all(map(_could_be_had, values)):
        scan.at = start
        return False
    item.take({"values": values})
    qualify(scan, item)
    return True


def _enclosed_values(scan: Scan, item: Item) -> None:
    """`area (inside, terrace, bar)`: words of which none is what a thing could have."""
    opener, start = scan.low(), scan.at
    if opener not in _CLOSING or is_plural(item.words[-1].low) or "type" in item.said:
        return
    if item.negated or item.target or item.marks.get("guess") in ("boolean", "datetime", "date"):
        return
    scan.at += 1
    values = value_list(scan)
    named = any(_could_be_had(value) for value in values)
    quoted = all(t.kind in ("quoted", "sign") for t in scan.tokens[start + 1 : scan.at])
    rule = scan.low(start + 1 - scan.at) in MODALS
    if len(values) < 2 or (named and not quoted) or rule or scan.low() != _CLOSING[opener]:
        scan.at = start
        return
    scan.at += opener != "("
    item.take({"values": values})
    qualify(scan, item)


def _could_be_had(value: str) -> bool:
    words = tuple(value.split("_"))
    phrase = " ".join(words)
    return (
        type_by_name(words) is not None
        or phrase in THINGS
        or phrase in SAID_TYPES
        or phrase in BUNDLE_NAMES
        or value.replace("_", "").isdigit()
        or len(words) > 2
    )


STATE_NOUNS = {"status", "state", "stage", "phase"}
"""Nouns that are a value set wherever they stand."""


def bare_values(scan: Scan, item: Item) -> None:
    """`priority low, normal, high, urgent (default normal)`, `side buy or sell`."""
    if len(item.words) != 2 or item.words[0].low not in CHOICES or scan.low() not in (",", "or"):
        return
    first = next(
        (at for at in range(scan.at) if scan.tokens[at] is item.words[1]),
        scan.at,
    )
    ahead = Scan(scan.tokens, first)
    values = value_list(ahead, announced=True)
    chosen = any(token.low == "or" for token in scan.tokens[first : ahead.at])
    defaulted = ahead.low() == "default" or (ahead.low() == "(" and ahead.low(1) == "default")
    defaulted = defaulted or (item.words[0].low in STATE_NOUNS and ahead.done and len(values) > 1)
    had = [value for value in values if _could_be_had(value)]
    if chosen or item.words[0].low in STATE_NOUNS:
        had = [each for each in had if NAME_TYPES.get(each.replace("_", " ")) != "boolean"]
        had = [each for each in had if each.replace("_", " ") in {*NAME_TYPES, *THINGS}]
    if len(values) < 2 or not (chosen or defaulted) or had:
        return
    item.words = item.words[:1]
    item.take({"values": values})
    scan.at = ahead.at


def _all(scan: Scan, start: int) -> bool:
    """Whether the list of values is all that the walk is about: one bullet, one attribute."""
    return (
        scan.tokens[start].low == ":"
        and start <= 4
        and (scan.done or scan.low() in (";", ",", "default", "("))
    )

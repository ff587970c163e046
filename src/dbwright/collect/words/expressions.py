"""What a value is computed or copied from, and values behind an equals sign."""

from __future__ import annotations

from collections.abc import Sequence

from dbwright.collect.words.item import Item
from dbwright.collect.words.phrases import qualifier
from dbwright.collect.words.scan import Scan
from dbwright.collect.words.tokens import Token
from dbwright.collect.words.values import number_or_scalar, states
from dbwright.collect.words.vocabulary import CHOICES


def noun_there(scan: Scan) -> Sequence[Token]:
    """Gives the words of the noun that stands there, none for none."""
    start = scan.at
    while (
        not scan.done
        and scan.now.is_name
        and not scan.separated()
        and scan.at - start < 3
        and scan.low()
        not in (
            "table",
            "model",
            "entity",
            "which",
            "that",
            "with",
            "on",
            "for",
            "is",
            "at",
            "when",
            "as",
            "in",
            "by",
            "once",
        )
        and qualifier(scan.tokens, scan.at) is None
    ):
        scan.at += 1
    return scan.tokens[start : scan.at]


def copied(scan: Scan, item: Item) -> bool:
    """Reads `copied from the product`, `at the time of the order`: a value that is frozen."""
    start = scan.at
    if scan.take("copied from", "taken from", "frozen from", "snapshot of", "copy of"):
        scan.take("the", "its", "a")
        words = noun_there(scan)
        if words:
            more = (scan.low() == "." and scan.tokens[scan.at + 1 : scan.at + 2]) or ()
            scan.at += 2 if more else 0
            item.marks["copied"] = [*words, *more]
            item.take({"immutable": True})
            scan.take("at that time", "at that moment", "at the time", "at this time",
                      "when it is made", "when ordered", "once")  # fmt: skip
            return True
    if scan.take(
        "at the time of", "at time of", "as of", "at the moment of", "valid at the time of"
    ):
        while not scan.done and scan.now.is_name and not scan.separated():
            scan.at += 1
        item.marks["frozen"] = True
        item.take({"immutable": True})
        return True
    scan.at = start
    return False


def computed(scan: Scan, item: Item) -> bool:
    """Reads `= quantity * unit_price`: what the value is computed from."""
    start = scan.at
    sign = scan.take(
        "=",
        "computed as",
        "calculated as",
        "computed from",
        "derived from",
        "computed:",
        "calculated from",
        "generated as",
    )
    if not sign:
        return False
    if sign and scan.tokens[start].low == "=" and _alternatives(scan, item):
        return True
    pieces: list[str] = []
    words: list[str] = []
    while not scan.done and scan.low() not in (",", ";", ")", "("):
        low = scan.low()
        if low in _OPERATORS:
            if not words:
                break
            pieces += ["_".join(words), "+" if scan.now.text == "+" else _OPERATORS[low]]
            words = []
            scan.at += 1
            scan.take("by")
            continue
        if low not in ("the", "its"):
            words.append(low.replace("-", "_") if scan.now.is_name else low)
        scan.at += 1
    if pieces and words:
        item.take({"computed": " ".join([*pieces, "_".join(words)])})
        return True
    scan.at = start
    return False


def _alternatives(scan: Scan, item: Item) -> bool:
    """`= single/double/suite`: three or more between strokes are values, no division."""
    ahead = Scan(scan.tokens, scan.at)
    found = states(ahead)
    chosen = bool(item.words) and item.words[-1].low in CHOICES
    if not found or len(found["values"]) < (2 if chosen else 3) or scan.low(2) in ("*", "-"):
        return False
    item.take(found)
    scan.at = ahead.at
    return True


def equals_default(scan: Scan, item: Item) -> bool:
    """`stock = 0`: a value behind an equals sign is what it is by default."""
    if scan.low() != "=":
        return False
    ahead = Scan(scan.tokens, scan.at + 1)
    value = number_or_scalar(ahead)
    if value is None:
        return False
    item.take({"default": value})
    scan.at = ahead.at
    return True


_OPERATORS = {
    "*": "*",
    "times": "*",
    "x": "*",
    "×": "*",
    "+": "+",
    "plus": "+",
    "-": "-",
    "minus": "-",
    "/": "/",
    "multiplied": "*",
    "divided": "/",
    "—": "-",
    "and": "+",
}

"""What a value is where nothing is given: that it is not set, a default, or of either sign."""

from __future__ import annotations

from dbwright.collect.words.item import Item
from dbwright.collect.words.morphology import singular
from dbwright.collect.words.scan import Scan
from dbwright.collect.words.values import default_value


def unset(scan: Scan, item: Item) -> bool:
    """`null until it is paid`, `empty as long as it runs`, `null = not used`: not set."""
    start = scan.at
    scan.take("is", "are", "stays", "remains", "can be", "may be")
    if not scan.take("null", "empty", "blank", "unset", "not set", "missing", "open", "not given",
                     "optional", "nullable", "none"):  # fmt: skip
        scan.at = start
        return False
    if scan.take("while", "until", "till", "as long as", "before", "so long as"):
        known = True
    else:
        known = scan.low() in ("=", "means", "meaning") and scan.low(1) not in ("", ",", ")")
    if not known:
        scan.at = start
        return False
    while not scan.done and scan.low() not in (",", ")", ";"):
        scan.at += 1
    item.take({"required": False})
    return True


def signed(scan: Scan, item: Item) -> bool:
    """`may be negative`, `prices may be negative`: that no limit is meant."""
    ahead = Scan(scan.tokens, scan.at)
    if _both_signs(ahead):
        item.marks["signed"] = True
        scan.at = ahead.at
        return True
    named = {singular(word.low) for word in item.words}
    if ahead.low(1) in ("may", "can") and singular(ahead.low()) in named:
        ahead.at += 1
    if not ahead.take(
        "may be negative", "can be negative", "may also be negative", "can also be negative",
        "may be below zero", "can be below zero", "negative allowed", "negative is allowed",
        "may be positive or negative", "can be positive or negative", "positive or negative",
    ):  # fmt: skip
        return False
    item.said.pop("minimum", None)
    item.marks["signed"] = True
    scan.at = ahead.at
    return True


def _both_signs(scan: Scan) -> bool:
    """`positive for incoming, negative for outgoing`: each sign means something."""
    first = scan.low()
    if first not in ("positive", "negative") or scan.low(1) not in ("for", "when", "if", "on", "="):
        return False
    other = {"positive": "negative", "negative": "positive"}[first]
    ends = [n for n in range(scan.at, len(scan.tokens)) if scan.tokens[n].low == other]
    if not ends:
        return False
    scan.at = ends[0] + 1
    while not scan.done and scan.low() not in (",", ")", ";"):
        scan.at += 1
    return True


def by_default(scan: Scan, item: Item) -> bool:
    """`3 by default`, `open by default`: the value before the words that say so."""
    ahead = Scan(scan.tokens, scan.at)
    if ahead.low() in (",", "(", ")") or ahead.low(1) != "by" or ahead.low(2) != "default":
        return False
    value = default_value(Scan(scan.tokens[scan.at : scan.at + 1]))
    if value is None:
        return False
    ahead.at += 3
    item.take({"default": value})
    if isinstance(value, bool):
        item.said.setdefault("type", "boolean")
    scan.at = ahead.at
    return True

"""How many an item is: `up to 5 images`, `1 to 12 seats`, `number (1, 2, 3, …)`."""

from __future__ import annotations

from dbwright.collect.words.item import Item
from dbwright.collect.words.morphology import is_plural
from dbwright.collect.words.phrases import Quantity
from dbwright.collect.words.scan import Scan
from dbwright.collect.words.vocabulary import NAME_TYPES

_LENGTHS = {"characters", "chars", "letters", "digits"}


def ranged(scan: Scan, item: Item) -> bool:
    """`1 to 12 seats`: a number that lies between two, before its name."""
    start = scan.at
    low = scan.number() if scan.now.kind == "number" else None
    if low is not None and scan.take("to", "-", "—", "up to"):
        high = scan.number()
        counted_by = NAME_TYPES.get(scan.low()) in (None, "integer")
        named = is_plural(scan.low()) and scan.low() not in _LENGTHS and counted_by
        if high is not None and named and high > low:
            item.take({"minimum": low, "maximum": high, "type": "integer"})
            return True
    scan.at = start
    return False


def numbered(scan: Scan, item: Item) -> None:
    """`number (1, 2, 3, …)`: what counts up."""
    ahead = Scan(scan.tokens, scan.at + 1)
    found = 0
    while scan.low() == "(" and not ahead.done and ahead.now.kind == "number":
        found += 1
        ahead.at += 1
        if not ahead.take(","):
            break
    if found < 2:
        return
    ahead.take("..", "and so on", "etc")
    item.take({"type": "integer"})
    scan.at = ahead.at


def is_list_of(scan: Scan, item: Item) -> bool:
    """`up to 10 photos (url, position)`: what each of several has, in parentheses."""
    many = item.quantity is not None and item.quantity.many
    if not many or scan.low() != "(" or not item.words or not is_plural(item.words[-1].low):
        return False
    first = scan.tokens[scan.at + 1 : scan.at + 3]
    return len(first) == 2 and first[0].is_name and first[1].low == ","


def counted(scan: Scan, item: Item) -> bool:
    """`up to 5 images`, `two addresses`: that there are several is kept, how many is not."""
    start = scan.at
    if scan.low().startswith("-"):
        return False
    scan.take(
        "up to",
        "at most",
        "at least",
        "exactly",
        "a maximum of",
        "a minimum of",
        "about",
        "no more than",
        "more than",
        "max",
        "maximum",
    )
    value = scan.number()
    if (
        value is None
        or scan.done
        or not scan.now.is_name
        or scan.low() in _LENGTHS
        or (not is_plural(scan.low()) and not is_plural(scan.low(1)))
    ):
        scan.at = start
        return False
    item.quantity = Quantity(many=True, limit=True)
    item.unread += scan.tokens[start : scan.at]
    item.why = "How many there may be at most or at least is not kept by a table."
    return True

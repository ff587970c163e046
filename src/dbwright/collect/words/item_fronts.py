"""What stands before the noun of an item: a length, an owner, or qualifiers and no noun."""

from __future__ import annotations

from dbwright.collect.words.draft import DETERMINERS, Draft, spelled
from dbwright.collect.words.item import Item
from dbwright.collect.words.morphology import noun_key, number
from dbwright.collect.words.phrases import qualifier
from dbwright.collect.words.qualifiers import qualified
from dbwright.collect.words.scan import Scan
from dbwright.collect.words.vocabulary import THINGS


def only_qualifies(scan: Scan) -> bool:
    """Whether qualifiers are all that stands up to the next item: `unique`, `default false`."""
    found = qualifier(scan.tokens, scan.at)
    if scan.low() == "default":
        return scan.low(1) not in ("", ",", ")") and scan.low(2) in ("", ",", ")", ";")
    return (
        found is not None
        and found[1].keys() <= {"required", "unique", "immutable", "minimum", "above"}
        and scan.low(found[0]) in ("", ")", ";", ",")
        and scan.low() not in ("required",)
    )


def letters(scan: Scan, item: Item) -> bool:
    """`two-letter ISO code`, `4-digit PIN`: a length before the noun."""
    words = scan.low().split("-")
    width = 1
    if scan.now.kind == "number" and scan.low(1) == "-":
        words, width = [words[0], scan.low(2)], 3
    if len(words) != 2 or words[1] not in ("letter", "digit", "character", "char"):
        return False
    value = number(words[:1])
    if value is None:
        return False
    item.take({"length": int(value), "minimum": int(value)})
    scan.at += width
    return True


def possessed(scan: Scan, draft: Draft, item: Item) -> bool:
    """`provider's payment id`: whose it is is part of its name where nothing else has it."""
    if draft.find([scan.now]) or scan.low() in DETERMINERS:
        return False
    item.words.append(scan.now)
    scan.at += 2
    return True


def is_table(scan: Scan, draft: Draft, item: Item, low: str) -> bool:
    """Whether the word only says that a table is meant: `users table`, no `medical record`."""
    if not item.words or scan.low(1) in ("name", "number"):
        return False
    if low not in ("record", "records", "object", "objects", "class", "classes"):
        return True
    key = noun_key([spelled(token) for token in item.words])
    return bool(draft.alias(key)) or key in THINGS


def qualifies(scan: Scan) -> bool:
    """Whether a limit or the like starts there, which is no part of a name."""
    return scan.low() in (
        "default",
        "defaults",
        "either",
        "between",
        "max",
        "min",
        "maximum",
        "minimum",
        "at",
        "up",
        "one",
        "enum",
        "positive",
        "in",
        "initially",
        "copied",
        "computed",
        "calculated",
        "more",
        "greater",
        "less",
        "many",
        "zero",
        "above",
        "below",
        "over",
        "limited",
        "exactly",
    ) and qualified(scan)

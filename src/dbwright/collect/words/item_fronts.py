"""What stands before the noun of an item: a length, an owner, or qualifiers and no noun."""

from __future__ import annotations

from dbwright.collect.words.draft import DETERMINERS, Draft, spelled
from dbwright.collect.words.item import Item
from dbwright.collect.words.morphology import is_plural, noun_key, number
from dbwright.collect.words.phrases import qualifier, said_type
from dbwright.collect.words.qualifiers import qualified, qualify
from dbwright.collect.words.scan import Scan
from dbwright.collect.words.vocabulary import THINGS


def only_qualifies(scan: Scan) -> bool:
    """Whether qualifiers are all that stands up to the next item: `unique`, `default false`."""
    found = qualifier(scan.tokens, scan.at)
    if scan.low(1) == "by" and scan.low(2) == "default":
        return scan.low(3) in ("", ",", ")", ";")
    if scan.low() in ("both", "all") and joint_word(scan, scan.at + 1):
        return True
    if scan.low() == "default":
        return scan.low(1) not in ("", ",", ")") and scan.low(2) in ("", ",", ")", ";")
    return (
        found is not None
        and found[1].keys() <= {"required", "unique", "immutable", "minimum", "above"}
        and scan.low(found[0]) in ("", ")", ";", ",")
        and scan.low() not in ("required",)
    )


ALL = 99
"""How many are meant where all that were named are."""


def joint_word(scan: Scan, at: int) -> bool:
    """Whether what is said of several stands there: `both optional`, `all required`."""
    return qualifier(scan.tokens, at) is not None or said_type(scan.tokens, at) is not None


def _some(scan: Scan) -> tuple[str, int] | None:
    """`at least one of them`, `exactly one of the two`."""
    for phrase, kind in (("at least", "at-least-one"), ("exactly", "exactly-one"),
                         ("at most", "at-most-one"), ("only", "exactly-one")):  # fmt: skip
        ahead = Scan(scan.tokens, scan.at)
        if ahead.take(phrase) and ahead.take("one of them", "one of the two", "one of these",
                                             "one of both", "one"):  # fmt: skip
            ahead.take(
                "is set", "is given", "is required", "must be set", "must be given", "required"
            )
            return (kind, ahead.at) if ahead.low() in ("", ")", ",", ";") else None
    return None


def joint(scan: Scan, item: Item) -> None:
    """`latitude and longitude (both optional)`: what is said of those before it as well."""
    if scan.low() in ("(", "—", "-") and (kind := _some(Scan(scan.tokens, scan.at + 1))):
        item.marks["some"] = kind[0]
        scan.at = kind[1]
        return
    low = scan.low(1)
    if scan.low() not in ("(", "—", "-") or low not in ("both", "all"):
        return
    if not joint_word(scan, scan.at + 2):
        return
    ahead, own = Scan(scan.tokens, scan.at + 2), Item()
    qualify(ahead, own)
    if not own.said:
        return
    item.marks["joint"] = (2 if low == "both" else ALL, own)
    item.take(own.said)
    scan.at = ahead.at


def of_several(scan: Scan, draft: Draft, item: Item) -> bool:
    """`both optional`, `both users`: notes how many of those before it are meant, and as what."""
    how_many = 2 if scan.low() == "both" else ALL
    if thing := _joint_thing(scan, draft):
        item.marks["joint_thing"] = (how_many, thing)
    elif joint_word(scan, scan.at + 1):
        item.marks["joint"] = (how_many, Item())
    else:
        return False
    return True


def _joint_thing(scan: Scan, draft: Draft) -> str:
    """`a reporter and an assignee, both users`: what those before it are."""
    if scan.low(2) not in ("", ",", ")", ";", "and") or not is_plural(scan.low(1)):
        return ""
    known = draft.find(scan.tokens[scan.at + 1 : scan.at + 2])
    return known[0] if known else ""


def is_example(scan: Scan) -> bool:
    """Whether an example stands in the parentheses there: `(e.g. "5a")`, `(for example 12)`."""
    ahead = Scan(scan.tokens, scan.at + 1)
    return ahead.take("e . g", "e.g", "eg", "for example", "for instance", "such as", "example",
                      "like", "i . e", "ex")  # fmt: skip


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

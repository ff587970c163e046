"""What stands behind a noun: types, limits, defaults, value sets, references."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dbwright.collect.words.defaults import by_default, signed, unset
from dbwright.collect.words.expressions import computed, copied, equals_default, noun_there
from dbwright.collect.words.item import Item
from dbwright.collect.words.limits import decimals, is_unit, limits, money, unit
from dbwright.collect.words.morphology import noun_key
from dbwright.collect.words.phrases import qualifier, quantity, said_type
from dbwright.collect.words.scan import Scan
from dbwright.collect.words.tokens import Token
from dbwright.collect.words.values import (
    ONE_OF,
    default_value,
    states,
    value_list,
)

CONNECT = {
    "which", "that", "is", "are", "must", "be", "should", "has", "have", "to", "can", "may", "(",
    ")", ":", "—", "-", "a", "an", "the", "as", "type", "it", "[", "]", "will",
    "who", "always", "also", "both", "being", "only", "needs", "stored", "whole", "kept", "of",
    "format", "but", "?", "!", "*", "value", "values", "defined", "saved", "goes",
}  # fmt: skip
_WITHIN = (
    "per", "within", "for each", "for every", "inside", "among", "in each", "in every", "for a",
    "together with", "for one", "in the same", "within the same", "in a", "in one", "in its",
    "in the", "for the same", "for its", "under its", "under the", "under", "below its",
    "below the", "across its", "inside its", "inside the", "of its", "of the same", "on the same",
    "on its", "on the",
)  # fmt: skip
_POINTING = (
    "references", "->", "refers to", "fk to", "fk ->", "foreign key to", "points to",
    "reference to", "foreign key ->", "foreign key references", "link to", "links to",
    "foreign key on", "fk references", "foreign key of", "referencing", "foreign key for",
    "fk of", "refs", "fk :", "belongs to", "fk", "pointing to",
)  # fmt: skip


def qualify(scan: Scan, item: Item) -> None:
    """Reads qualifiers from where the walk is until something is no qualifier."""
    while not scan.done:
        start = scan.at
        if _one(scan, item) or _across(scan, item):
            continue
        while not scan.done and scan.low() in CONNECT:
            scan.at += 1
            if not scan.done and _one(scan, item):
                break
        else:
            closed = start
            while closed < scan.at and scan.tokens[closed].low in (")", "]", "?", "!"):
                closed += 1
            scan.at = closed if not scan.done else scan.at
            return


def _across(scan: Scan, item: Item) -> bool:
    """`string, max 200 characters`: a qualifier that is all there is between two commas."""
    if scan.low() not in (",", ";", "and", "but"):
        return False
    ahead, own = Scan(scan.tokens, scan.at + 1), Item(said={"type": item.said.get("type", "")})
    while ahead.low() in (
        "and",
        "but",
        "is",
        "must",
        "be",
        "it",
        "which",
        "that",
        "also",
        "has",
        "a",
        "with",
    ):
        ahead.at += 1
    named = said_type(ahead.tokens, ahead.at) and ahead.low() not in _BARE_TYPES
    if ahead.done or (named and not _enclosed(scan)) or is_unit(ahead.low()):
        return False
    start = ahead.at
    joined = scan.low() in ("and", "but")
    if not _one(ahead, own) or ahead.at == start or "many" in own.marks or own.target:
        return False
    if "values" in own.said and (joined or ahead.tokens[start].low not in _VALUES_START):
        return False
    while not ahead.done and ahead.low() not in (",", ")", ";", "and", "(", "or"):
        named = said_type(ahead.tokens, ahead.at) and ahead.low() not in _BARE_TYPES
        if (named and not _enclosed(scan)) or not _one(ahead, own):
            break
    if ahead.low() in ("if", "when", "unless", "because", "for") and "required" in own.said:
        while not ahead.done and ahead.low() not in (",", ")", ";"):
            item.unread.append(ahead.now)
            ahead.at += 1
    if not ahead.done and ahead.low() not in (",", ")", ";", "and", "(", "but"):
        return False
    if len(own.unique_per) > 1 and item.marks.get("guess") in _MEASURED:
        return False  # `points, unique per exam and student`: which pair is unique
    if not own.said.get("type"):
        own.said.pop("type", None)
    item.take(own.said | own.marks)
    item.target = item.target or own.target
    item.unique_per += own.unique_per
    scan.at = ahead.at
    return True


def _enclosed(scan: Scan) -> bool:
    """Whether the walk is in parentheses, where a type is one rather than another name."""
    before = [token.low for token in scan.tokens[: scan.at] if token.kind == "sign"]
    return before.count("(") > before.count(")")


_VALUES_START = {phrase.split()[0] for phrase in ONE_OF}
_BARE_TYPES = {"string", "varchar", "int", "integer", "bigint", "decimal", "numeric", "float",
    "double", "bool",
               "boolean", "datetime", "uuid", "json", "jsonb"}  # fmt: skip


def qualified(scan: Scan) -> bool:
    """Whether a qualifier starts where the walk is."""
    return _one(Scan(scan.tokens, scan.at), Item())


def _one(scan: Scan, item: Item) -> bool:
    return any(read(scan, item) for read in _READERS)


def _constant(scan: Scan, item: Item) -> bool:
    found = qualifier(scan.tokens, scan.at)
    if found is None:
        return False
    scan.at += found[0]
    item.take(found[1])
    if found[1].get("unique"):
        item.marks["together"] = scan.take("together", "in combination", "as a pair") or None
        within(scan, item)
    return True


def within(scan: Scan, item: Item) -> None:
    """`unique per shop`, `unique within its course and year`."""
    if scan.take(
        "across all", "across the", "over all", "system wide", "globally", "in the system", "across"
    ):
        while not scan.done and scan.low() in ("all", "the", "system", "rows", "whole", "tenants"):
            scan.at += 1
        return
    if _among(scan, item):
        return
    plain = scan.low() == "in" and scan.low(2) in ("", ",", ")", ";")  # `unique in project`
    if not scan.take(*_WITHIN) and not (plain and scan.take("in")):
        return
    start = scan.at
    while not scan.done and (scan.now.is_name or scan.low() in (",",)):
        if scan.low() in _CONDITIONS:
            break
        if scan.separated() and (
            scan.low() == "," or not scan.low(1) or qualifier(scan.tokens, scan.at + 1)
        ):
            break
        if scan.low() in ("and",) and scan.at > start:
            item.unique_per.append(scan.tokens[start : scan.at])
            scan.at += 1
            start = scan.at
            if scan.low() in ("a", "an", "has", "have", "many") or scan.at - start > 3:
                scan.at -= 1
                return
            continue
        if scan.low() in ("is", "must", "has", "which", "that"):
            break
        scan.at += 1
    if scan.at > start:
        item.unique_per.append(scan.tokens[start : scan.at])
    _undeleted(scan, item)


def _among(scan: Scan, item: Item) -> bool:
    """`unique among non-deleted ones`, `unique for rows that are not deleted`."""
    ahead = Scan(scan.tokens, scan.at)
    ahead.take("among", "for", "across", "amongst", "within", "between")
    ahead.take("all", "the")
    if ahead.take("non-deleted", "undeleted", "not deleted", "live", "non deleted"):
        while not ahead.done and ahead.now.is_name and not ahead.separated():
            ahead.at += 1
        item.marks["undeleted"] = True
        scan.at = ahead.at
        return True
    return False


_CONDITIONS = {"as", "while", "unless", "if", "among", "until", "but", "where", "when", "may",
    "can", "should", "cannot", "with", "who"}  # fmt: skip


def _undeleted(scan: Scan, item: Item) -> None:
    """`as long as the page is not deleted`, `that are not deleted`: what soft deletion does."""
    ahead = Scan(scan.tokens, scan.at)
    if not ahead.take("as long as", "while", "unless", "if", "that", "which", "until"):
        return
    ahead.take("the", "a", "it", "they", "that")
    if ahead.low(1) in ("is", "are", "has", "have"):
        ahead.at += 1
    ahead.take("is", "are", "was", "were", "has been", "have been", "gets")
    ahead.take("not")
    if ahead.take("deleted", "soft-deleted", "soft deleted", "removed"):
        item.marks["undeleted"] = True
        scan.at = ahead.at


def _type(scan: Scan, item: Item) -> bool:
    found = said_type(scan.tokens, scan.at)
    if found is None or ("type" in item.said and scan.low() in ("number",)):
        return False
    if scan.low() == "long" and scan.low(-1) == "as":
        return False
    word = scan.low()
    scan.at += found[0]
    item.take(found[1])
    if scan.low() == "(":
        _sizes(scan, item, word)
    elif (
        word in ("varchar", "char", "string")
        and scan.tokens[scan.at : scan.at + 1]
        and (scan.now.kind == "number" and scan.low(1) in ("", ",", ")", "and", "not", "unique"))
    ):
        item.take({"length": int(scan.number() or 0)})
    return True


def _sizes(scan: Scan, item: Item, word: str) -> None:
    ahead = Scan(scan.tokens, scan.at + 1)
    if word in ("enum", "enumeration"):
        values = value_list(ahead, closing=True)
        if values and ahead.take(")"):
            item.take({"values": values})
            scan.at = ahead.at
        return
    first = ahead.number()
    if first is None:
        return
    second = ahead.number() if ahead.take(",") else None
    if not ahead.take(")"):
        return
    if item.said["type"] in ("string", "text"):
        item.take({"length": int(first), "type": "string"})
    elif item.said["type"] in ("decimal", "money"):
        item.take({"precision": int(first), "scale": int(second or 0)})
    scan.at = ahead.at


def _values(scan: Scan, item: Item) -> bool:
    start = scan.at
    if scan.take(*ONE_OF):
        rule = scan.tokens[scan.at - 1].low == "be"
        scan.take(":", "(", "—")
        first = scan.at
        values = value_list(scan)
        chosen = {"or", "/", "|"} & {token.low for token in scan.tokens[first : scan.at]}
        if len(values) > 1 and (chosen or not rule):
            item.take({"values": values})
            return True
        scan.at = start
        return False
    if found := states(scan):
        item.take(found)
        return True
    scan.at = start
    return False


def _default(scan: Scan, item: Item) -> bool:
    start = scan.at
    if by_default(scan, item):
        return True
    if not scan.take(
        "defaults to",
        "default to",
        "defaulting to",
        "default is",
        "default value",
        "by default",
        "default",
        "initially",
        "starts as",
        "starts at",
        "starting as",
        "defaults",
    ):
        return False
    scan.take("is", "of", "=", ":", "to")
    scan.take("is", "of", ":")
    value = default_value(scan)
    if value is None:
        scan.at = start
        return False
    item.take({"default": value})
    if isinstance(value, bool):
        item.said.setdefault("type", "boolean")
    return True


def _after(scan: Scan, item: Item) -> bool:
    """`not before opened at`, `later than valid from`: what it must not lie before."""
    ahead = Scan(scan.tokens, scan.at)
    if not ahead.take(*_LATER):
        return False
    ahead.take("the", "its", "their", "it", "they")
    start = ahead.at
    while (
        not ahead.done
        and ahead.now.kind == "word"
        and not ahead.separated()
        and ahead.at - start < 4
        and ahead.low() not in ("which", "that", "if", "when")
    ):
        ahead.at += 1
    words = scan.tokens[start : ahead.at]
    if not words or words[0].low in ("today", "now", "a", "an", "every", "each"):
        return False
    item.marks["after"] = words
    scan.at = ahead.at
    return True


def _up_to(scan: Scan, item: Item) -> bool:
    """`at most the amount claimed`, `can't exceed the quota`: another value it does not pass."""
    ahead = Scan(scan.tokens, scan.at)
    if not ahead.take(*_NOT_ABOVE) or ahead.number() is not None:
        return False
    ahead.take("the", "its", "their")
    start = ahead.at
    while not ahead.done and ahead.now.kind == "word" and not ahead.separated():
        ahead.at += 1
    words = scan.tokens[start : ahead.at]
    if not words or len(words) > _LONGEST_NAME or ahead.low() not in ("", ",", ")", ";"):
        return False
    item.marks["up_to"] = words
    scan.at = ahead.at
    return True


_MEASURED = {"integer", "decimal", "money", "percent", "float", "date", "datetime", "boolean"}
_LONGEST_NAME = 4
_NOT_ABOVE = ("at most", "not more than", "no more than", "cannot exceed", "must not exceed",
    "may not exceed", "never more than", "never above", "not above", "not greater than", "<=",
    "cannot be more than", "must not be more than", "never exceeds", "up to", "can never exceed",
    "does not exceed", "not higher than", "cannot be greater than", "cannot be higher than",
    "must not be greater than", "not exceeding")  # fmt: skip
_LATER = ("not before", "never before", "not earlier than", "after", "later than", "is after",
    "must be after", "always after", "must not be before", "cannot be before", "no earlier than",
    "must be later than", "never earlier than", "has to be after")  # fmt: skip


def _reference(scan: Scan, item: Item) -> bool:
    start = scan.at
    if scan.take(*_POINTING):
        scan.take("the", "a", "an", "one", "another", "its")
        words = noun_there(scan)
        if words:
            item.target = words
            if scan.low() == "." and scan.low(1):
                scan.at += 2
            elif scan.low() == "(" and scan.low(2) == ")":
                scan.at += 3
            scan.take("table", "model", "entity")
            return True
    scan.at = start
    return False


def _many(scan: Scan, item: Item) -> bool:
    found = quantity(scan.tokens, scan.at)
    if found is None or not found[1].many:
        return False
    scan.at += found[0]
    item.marks["many"] = True
    if not item.target and not scan.done and scan.now.is_name and not scan.separated():
        words = noun_there(scan)
        if words:
            item.target = words
    return True


_READERS: tuple[Callable[[Scan, Item], bool], ...] = (
    unset, _default, computed, _reference, decimals, signed, _values, _constant, _after, limits,
    _up_to,    money, unit, _type, _many,
    copied, equals_default,
)  # fmt: skip


def key_of(tokens: Sequence[Token]) -> str:
    """Gives the key of a noun phrase without its determiner."""
    return noun_key([token.low for token in tokens if token.low not in ("the", "a", "an", "its")])

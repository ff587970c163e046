"""The noun of an item: which words are part of its name, and where it ends."""

from __future__ import annotations

from dbwright.collect.words.draft import Draft
from dbwright.collect.words.item import Item
from dbwright.collect.words.item_forms import PARTICIPLE, direction
from dbwright.collect.words.item_fronts import is_table, qualifies
from dbwright.collect.words.limits import currency_of
from dbwright.collect.words.phrases import PREPOSITIONS, STOPS, qualifier, said_type
from dbwright.collect.words.qualifiers import qualified
from dbwright.collect.words.scan import Scan
from dbwright.collect.words.values import states
from dbwright.collect.words.vocabulary import CHOICES, PURE_TYPES, type_by_name

_TRAILING = {"at", "on", "by", "to", "from", "until", "since", "in", "out", "off", "till",
    "for"}  # fmt: skip
_ALONE = {"at", "on", "until", "since"}
_OF = {"date", "number", "time", "unit", "place", "country", "state", "year", "cost", "point",
    "terms",
       "rate", "amount", "method", "type", "kind", "line", "hours", "percentage", "mode", "proof",
       "city", "month", "day", "weight", "size", "units", "level", "duration", "end", "start",
       "beginning", "code", "quantity", "status_code", "certificate", "language",
       "letter"}  # fmt: skip
_TABLES = {"table", "tables", "model", "models", "entity", "entities", "record", "records", "class",
           "classes", "object", "objects", "rows"}  # fmt: skip
_NO_ADVERBS = {"monthly", "weekly", "daily", "yearly", "hourly", "quarterly", "only", "family",
    "reply",
               "supply", "assembly", "anomaly", "july", "early", "ally", "rally", "monopoly",
               "bully", "jelly",
               "butterfly", "apply", "friendly", "elderly", "nightly", "annually",
               "biweekly"}  # fmt: skip


def without_column(item: Item) -> None:
    """`archived flag`, `notes column`: the last word only says that it is one."""
    last = item.words[-1].low if len(item.words) > 1 else ""
    if last in ("flag", "field", "column", "attribute", "fields", "columns"):
        if last == "flag":
            item.take({"type": "boolean"})
        item.words.pop()


def unit_behind(item: Item) -> None:
    """`duration min`, `weight kg`: the last word of the name is what it is measured in."""
    last = item.words[-1].low if len(item.words) > 1 else ""
    known = last in _UNITS and type_by_name(tuple(t.low for t in item.words[:-1]))
    if last in _MEASURES and not known:
        item.take({"type": "decimal"})
    if known or last in _MEASURES:
        item.take({"unit": _UNITS[last]})
        item.words.pop()


_MEASURES = {"kg", "km", "cm", "mm", "kwh", "ml"}
"""Units that only a measured number has, whatever its noun."""
_UNITS = {"min": "minutes", "mins": "minutes", "sec": "seconds", "secs": "seconds", "kg": "kg",
    "km": "km", "cm": "cm", "mm": "mm", "kwh": "kwh", "hrs": "hours", "ml": "ml",
    "ms": "ms"}  # fmt: skip


def is_adverb(word: str) -> bool:
    """Whether a word says how something is done, which no name does."""
    if word in ("once", "twice", "again", "together", "anymore", "asap", "forever"):
        return True
    return len(word) > 4 and word.endswith("ly") and word not in _NO_ADVERBS


def read_name(scan: Scan, draft: Draft, item: Item) -> None:
    """Reads the words of the noun up to where it ends."""
    while not scan.done:
        low = scan.low()
        last = scan.low(1) in ("", ",", ")", "and", ":", "(")
        if (
            not (scan.now.is_name or (scan.now.kind == "number" and item.words and last))
            or scan.separated()
        ):
            break
        if low in _TABLES and is_table(scan, draft, item, low):
            item.marks["table"] = True
            scan.at += 1
            break
        if item.words and ends(scan, item):
            break
        if (low in PREPOSITIONS or low in ("about", "against")) and not item.words:
            direction(scan, draft, item)
            break
        if item.words and (low == "one" and scan.low(1) == "of"):
            break
        if item.words and scan.now.text.isupper() and currency_of(low):
            break
        names_it = low in ("starting", "linked", "during") and not item.words and _is_noun(scan)
        if (
            (low in STOPS and not names_it)
            or (low in ("a", "an", "the") and item.words)
            or is_adverb(low)
        ):
            break
        item.words.append(scan.now)
        scan.at += 1


def _is_noun(scan: Scan) -> bool:
    """Whether a noun follows, of which the word there is a part: `starting price`."""
    following = scan.tokens[scan.at + 1 : scan.at + 2]
    return bool(following) and following[0].is_name and scan.low(1) not in STOPS | PREPOSITIONS


def ends(scan: Scan, item: Item) -> bool:
    """Whether the noun's name ends before the word there."""
    low, following = scan.low(), scan.low(1)
    if (
        item.words[-1].low in CHOICES
        and following in ("/", "|")
        and states(Scan(scan.tokens, scan.at))
    ):
        return True
    ended = (
        not following
        or following in (",", "(", ")", ":", "and", ";", "-", "—", "?", "or", "=", "/", "[", "as")
        or qualified(Scan(scan.tokens, scan.at + 1))
    )
    if low == "of" and any(t.kind == "number" for t in scan.tokens[scan.at + 1 : scan.at + 2]):
        return True  # `code of 6 characters`
    if low == "of":
        return not (item.words[-1].low in _OF and following not in ("at", "one", "the", "a", "an"))
    if low == "per":
        return not following or "unique" in item.said
    if low == "number" and ended:
        return False
    if low in _TRAILING or low in ("in", "out", "off"):
        return _ends_before(item, low, following, ended)
    if low in PURE_TYPES:
        return not (low == "text" and following in ("content", "body"))
    found = said_type(scan.tokens, scan.at)
    if found and found[0] == 3 and found[1] == {"type": "boolean"}:
        return True  # `has projector yes/no`
    if found and ended and "_" in item.words[-1].text:
        return True  # `installed_on date`
    if found and found[0] > 1:
        name = tuple(token.low for token in item.words)
        return type_by_name(name) is not None
    if found and scan.low() not in PURE_TYPES and found[0] == 1:
        return False
    found_qualifier = qualifier(scan.tokens, scan.at)
    if (
        found_qualifier
        and low in ("key", "primary", "index", "self", "needed", "sensitive")
        and not ended
    ):
        return False
    return found_qualifier is not None or qualifies(scan)


def _ends_before(item: Item, low: str, following: str, ended: bool) -> bool:
    """Whether a preposition is no part of the name: `starts at`, `check in`, `valid until`."""
    last = item.words[-1].low
    if low in ("in", "out", "off"):
        compound = last in ("check", "clock", "opt", "sign", "log") or (
            following in ("at", "on") and bool(PARTICIPLE.search(last))
        )
        closed = following in ("", ",", "(", ")", ":", "and", ";") or (low == "off" and ended)
        known = compound and following in ("date", "time", "at")
        stocked = low == "in" and following in ("year", "stock", "total")
        return not (closed or known or stocked)
    if low == "on" and following == "hand":
        return False
    if not ended:
        return True
    plain = last == "valid" or (low not in ("to", "from") and low in _ALONE)
    return not (PARTICIPLE.search(last) or plain)

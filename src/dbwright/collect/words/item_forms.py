"""Forms of an item beyond a noun with qualifiers: moments, parts that are played, values."""

from __future__ import annotations

import re

from dbwright.collect.words.draft import Draft
from dbwright.collect.words.headings import is_attribute_noun
from dbwright.collect.words.item import Item
from dbwright.collect.words.phrases import PREPOSITIONS, STOPS, qualifier, quantity, said_type
from dbwright.collect.words.qualifiers import qualify
from dbwright.collect.words.scan import Scan
from dbwright.collect.words.vocabulary import (
    NAME_TYPES,
    type_by_name,
)
from dbwright.collect.words.yesno import done_then

_LENGTHS = {"characters", "chars", "letters", "digits"}
PARTICIPLE = re.compile(r"[a-z]{2,}(?:ed|en|wn|nt|ught|ade|old|aid)$")
_PAIRS = {("start", "end"), ("begin", "end"), ("opening", "closing"), ("check-in", "check-out"),
    ("created", "updated"),
          ("departure", "arrival"), ("pickup", "return"), ("issue", "due"), ("starting",
          "ending")}  # fmt: skip


def bare_moment(scan: Scan, item: Item) -> bool:
    """`episode, at, ip address`: when it happened."""
    if scan.low() != "at" or scan.low(1) not in ("", ",", ")", ";", "and"):
        return False
    item.words, item.marks["name"] = [scan.now], "occurred_at"
    item.take({"type": "datetime"})
    scan.at += 1
    return True


_WHEN = (
    "the time when",
    "time when",
    "the date when",
    "date when",
    "when",
    "the moment when",
    "the time at which",
    "the date on which",
    "time at which",
    "the day when",
    "date on which",
    "moment when",
    "time it",
    "date it",
    "the time it",
    "the date it",
    "day it",
    "the day it",
)
"""How a moment is opened that a verb names."""


def moment(scan: Scan, draft: Draft, item: Item) -> bool:
    """`when it was measured`, `the time when …`, `whether it is active`."""
    if _done_at(scan, item):
        return True
    start = scan.at
    kind = "whether" if scan.take("whether", "if it is", "if it was") else ""
    if not kind and scan.take(*_WHEN):
        kind = (
            "date"
            if any(t.low in ("date", "day") for t in scan.tokens[start : scan.at])
            else "time"
        )
    if not kind:
        return _year_of(scan, item)
    first = scan.at
    while not scan.done and not scan.separated() and scan.now.is_name:
        scan.at += 1
    if scan.at == first:
        scan.at = start
        return False
    last = scan.tokens[scan.at - 1]
    item.words = [last]
    if kind == "whether":
        item.marks["name"] = "is_" + last.low
        item.take({"type": "boolean"})
    elif PARTICIPLE.search(last.low) or last.low.endswith(("s", "ed")):
        item.marks["name"] = last.low + ("_on" if kind == "date" else "_at")
        item.take({"type": "date" if kind == "date" else "datetime"})
    else:
        scan.at, item.words = start, []
        return False
    qualify(scan, item)
    return True


def _year_of(scan: Scan, item: Item) -> bool:
    """`the year it was made`, `the place where it was found`: a noun, and what was done then."""
    last = done_then(scan.tokens, scan.at)
    if not last:
        return False
    noun = scan.at + (scan.low() == "the")
    item.words = [scan.tokens[noun], scan.tokens[last]]
    item.take({"type": type_by_name((scan.tokens[noun].low,)) or "string"})
    scan.at = last + 1
    qualify(scan, item)
    return True


_TIMES = {"date": "date", "day": "date", "time": "datetime", "point": "datetime",
    "moment": "datetime", "timestamp": "datetime"}  # fmt: skip


def _done_at(scan: Scan, item: Item) -> bool:
    """`moved in on a date`, `perhaps left at a later time`: a moment, by what was done."""
    ahead = Scan(scan.tokens, scan.at)
    optional = ahead.take("perhaps", "maybe", "possibly", "optionally", "sometimes")
    words = [ahead.now] if not ahead.done and PARTICIPLE.search(ahead.low()) else []
    ahead.at += len(words)
    if words and ahead.low() in ("in", "out", "up", "off") and ahead.low(1) in ("on", "at"):
        words.append(ahead.now)
        ahead.at += 1
    if not words or not ahead.take("on", "at") or not ahead.take("a", "an", "some", "the"):
        return False
    ahead.take("later", "certain", "given", "specific", "particular")
    kind = _TIMES.get(ahead.low())
    if kind is None:
        return False
    scan.at = ahead.at + 1
    item.words = [words[0]]
    name = "_".join(token.low for token in words)
    item.marks["name"] = name + ("_on" if kind == "date" else "_at")
    item.take({"type": kind})
    if optional:
        item.take({"required": False})
    qualify(scan, item)
    return True


def direction(scan: Scan, draft: Draft, item: Item) -> None:
    """`for a vehicle`, `from account, to account`: what it is of, the parts that two play."""
    if scan.low() in ("for", "of", "at", "by", "on", "in", "about", "against", "from", "to") and (
        scan.low(1)
    ) in (
        "a",
        "an",
        "the",
        "one",
        "exactly",
    ):
        first = scan.at + (3 if scan.low(1) == "exactly" else 2)
        for width in (2, 1):
            words = scan.tokens[first : first + width]
            if len(words) == width and draft.is_thing(words):
                item.words = list(words)
                item.take({"relation": "many-to-one"})
                scan.at = first + width
                return
    words = scan.tokens[scan.at + 1 : scan.at + 2]
    if scan.low() in ("from", "to") and scan.low(1) in ("date", "time", "day"):
        item.words = list(scan.tokens[scan.at : scan.at + 2])
        scan.at += 2
        return
    if (
        scan.low() in ("from", "to")
        and words
        and draft.is_thing(words)
        and (scan.low(2) in ("", ",", "(", "and"))
    ):
        item.words = list(scan.tokens[scan.at : scan.at + 2])
        item.target = words
        scan.at += 2


def either_or(scan: Scan, item: Item) -> None:
    """`paid or not`, `private or public`: one thing that is so or is not."""
    if len(item.words) != 1 or scan.low() != "or":
        return
    one, other = item.words[0].low, scan.low(1)
    booleans = {word for word in (one, other) if NAME_TYPES.get(word) == "boolean"}
    if one in booleans and (other == "not" or other in booleans):
        item.take({"type": "boolean"})
        scan.at += 2


def own_name(scan: Scan, item: Item) -> None:
    """`private or public (boolean is_private)`: the column's name in parentheses."""
    if scan.low() != "(" or not item.words:
        return
    ahead = Scan(scan.tokens, scan.at + 1)
    kind = said_type(ahead.tokens, ahead.at)
    if kind and ahead.low(kind[0]) and "_" in ahead.low(kind[0]):
        ahead.at += kind[0]
    elif not ahead.take("column", "field", "named", "called", "as"):
        kind = None
    if ahead.done or "_" not in ahead.low() or ahead.low(1) not in (")", ","):
        return
    if not kind and ahead.at == scan.at + 1 and ahead.low().split("_")[0] not in _FLAGS:
        return
    item.marks["name"] = ahead.low()
    if kind:
        item.take(kind[1])
    scan.at = ahead.at + 1


_FLAGS = {"is", "has", "last"}


def shared_ending(scan: Scan, draft: Draft, item: Item) -> None:
    """`start and end time` are a start time and an end time."""
    if (
        len(item.words) != 1
        or scan.low() not in ("and", "/")
        or not (scan.low(2) and scan.tokens[scan.at + 2].is_name)
        or scan.low(3) not in ("", ",", "and", ")", "(")
    ):
        return
    if (item.words[0].low, scan.low(1)) in _PAIRS:
        item.words.append(scan.tokens[scan.at + 2])


def typed_by_thing(scan: Scan, draft: Draft, item: Item) -> None:
    """`teacher (User)`, `reporter: User`, `items: list of products`."""
    _who_is(scan, draft, item)
    if not item.words or scan.low() not in ("(", ":"):
        return
    ahead = Scan(scan.tokens, scan.at + 1)
    relation = qualifier(scan.tokens, ahead.at)
    if relation and "relation" in relation[1]:
        ahead.at += relation[0]
        ahead.take("to", "with", "->")
    if found := quantity(scan.tokens, ahead.at):
        ahead.at += found[0]
    ahead.take("one of our", "one of the", "one of these", "one of", "a", "an", "the", "another")
    first = ahead.at
    while not ahead.done and ahead.now.is_name and ahead.at - first < 3 and not ahead.separated():
        if ahead.at > first and qualifier(scan.tokens, ahead.at):
            break
        ahead.at += 1
    words = scan.tokens[first : ahead.at]
    known = draft.find(words) if words else None
    named = known is not None and not known[1]
    if words and relation and "relation" in relation[1] and ahead.low() in ("", ")", ",", "("):
        named = True
    if not named or (
        ahead.low() not in ("", ")", ",", "(", "?", ";") and not qualifier(scan.tokens, ahead.at)
    ):
        return
    item.target = words
    if relation and "relation" in relation[1]:
        item.take(relation[1])
    if found:
        item.quantity = found[1]
    scan.at = ahead.at


def _who_is(scan: Scan, draft: Draft, item: Item) -> None:
    """`a manager who is also an employee`: the part that another thing plays."""
    ahead = Scan(scan.tokens, scan.at)
    ahead.take(",")
    if not (
        ahead.take("who", "which", "that") and ahead.take("is also", "is", "must be", "has to be")
    ):
        return
    ahead.take("another", "an", "a")
    words = scan.tokens[ahead.at : ahead.at + 1]
    if (
        item.words
        and words
        and words[0].is_name
        and draft.is_thing(words)
        and ahead.low(1) in ("", ",", "and")
    ):
        item.target = words
        scan.at = ahead.at + 1


def object_behind(scan: Scan, draft: Draft, item: Item) -> bool:
    """`subscriptions to plans`: the entity behind a preposition."""
    ahead = Scan(scan.tokens, scan.at + 1)
    found = quantity(scan.tokens, ahead.at)
    if found and found[0] and ahead.low(found[0]):
        ahead.at += found[0]
    first = ahead.at
    while (
        not ahead.done and ahead.now.is_name and not ahead.separated() and ahead.low() not in STOPS
    ):
        if ahead.low() in PREPOSITIONS or (ahead.at > first and qualifier(ahead.tokens, ahead.at)):
            break
        ahead.at += 1
    words = scan.tokens[first : ahead.at]
    led = scan.low() == "with" and scan.low(1) in ("a", "an", "one")  # with whom it is done
    could = led and len(words) < 3 and not is_attribute_noun(words)
    if not words or not (could or draft.is_thing(words) or scan.low() in ("through", "via")):
        return False
    item.marks.setdefault("objects", []).append((scan.low(), found[1] if found else None, words))
    scan.at = ahead.at
    return True

"""What stands behind a list or within it and is a rule: `one row per user`, `newest first`."""

from __future__ import annotations

from collections.abc import Sequence

from dbwright.collect.words.asking import ADJECTIVES, LEADS, VERBS
from dbwright.collect.words.attached import ENDS, TABLES, Part, noun_before, word
from dbwright.collect.words.draft import DETERMINERS, Draft
from dbwright.collect.words.phrases import STOPS
from dbwright.collect.words.tokens import Token
from dbwright.collect.words.verbs import FINITE, HAVE

_STORAGE = {"partitioned", "sharded", "clustered", "bucketed"}
_FIRST = {"newest", "latest", "oldest", "newest-first", "earliest"}
_SHOWN = {"listed", "shown", "displayed", "loaded", "fetched", "queried"}


def kept(tokens: list[Token], at: int, draft: Draft) -> tuple[Part, int] | None:
    """`readings partitioned by month`: how rows are stored is no business of the things."""
    if tokens[at].low not in _STORAGE or at + 2 >= len(tokens) or tokens[at + 1].low != "by":
        return None
    return Part(tuple(tokens[at : at + 3]), (tokens[at],)), at + 3


def behind(tokens: list[Token], at: int, draft: Draft) -> tuple[Part, int] | None:
    """`…, one row per user`, `…, newest first`: a rule in a list, of what the list is about."""
    if tokens[at].low != "," or at + 2 >= len(tokens):
        return None
    end = next((n for n in range(at + 1, len(tokens)) if tokens[n].low in (",", ";")), len(tokens))
    said = tokens[at + 1 : end]
    lows = [t.low for t in said]
    if not said:
        return None
    near = tokens[at + 1]
    if _is_once(lows):
        return Part(tuple(tokens[at:end]), tuple(said)), end
    if lows[0] == "with" and (noun := _headed(tokens, at, draft)):
        end = _listed_end(tokens, at)
        return Part(tuple(tokens[at:end]), (*noun, word("have", near), *tokens[at + 2 : end])), end
    looked = _ASKED & {t.low for t in tokens[:at]}
    if (
        not looked
        and end == len(tokens)
        and (lows[0] in _SHOWN or (lows[0] in _FIRST and lows[-1] == "first"))
    ):
        shown = said[1:] if lows[0] in _SHOWN else said
        noun = _headed(tokens, at, draft) or (word("them", near),)
        plain = (word("list", near), *noun, *shown)
        return Part(tuple(tokens[at:end]), plain), end
    return None


def _headed(tokens: Sequence[Token], at: int, draft: Draft) -> tuple[Token, ...]:
    """`add remarks to posts, with a text`: what is asked for, where nothing else is said of it."""
    before = tokens[:at]
    if any(t.low in FINITE | HAVE | {"with", ":", ";"} for t in before):
        return ()
    end = next((n for n in range(1, at) if tokens[n].low in _BEHIND_HEAD), at)
    noun = noun_before(tokens, end, draft) if end > 1 else ()
    first = end - len(noun) - (tokens[end - 1].low in TABLES)
    while noun and first > 0 and tokens[first - 1].is_name:
        if tokens[first - 1].low in DETERMINERS | _ASKING | STOPS:
            break
        first -= 1
        noun = (tokens[first], *noun)
    return noun


_BEHIND_HEAD = {"to", "for", "of", "per", "between"}
_ASKING = {each for phrase in (*LEADS, *VERBS) for each in phrase.split()} | ADJECTIVES


def _listed_end(tokens: Sequence[Token], at: int) -> int:
    """Where the list behind `, with` ends: before `, newest first`."""
    for place in range(at + 1, len(tokens)):
        lows = [t.low for t in tokens[place + 1 : place + 2]]
        if tokens[place].low == "," and lows and lows[0] in _FIRST | _SHOWN:
            return place
    return len(tokens)


_ASKED = _SHOWN | {"list", "lists", "show", "display", "look", "find", "search", "query", "load",
    "fetch", "see", "browse", "order", "ordered", "sorted", "looked", "want", "need", "read",
    "open", "opens", "lookup", "searched", "filter", "filtered"}  # fmt: skip
"""Words of a clause that is itself about how rows are looked up."""


def per(tokens: list[Token], at: int, draft: Draft) -> tuple[Part, int] | None:
    """`a stock level per product and warehouse`: one row for each pair of the two."""
    if tokens[at].low != "per" or not tokens[at - 1].is_name or at + 3 >= len(tokens):
        return None
    one, joint, other = tokens[at + 1 : at + 4]
    named = all(t.is_name and t.low not in STOPS | FINITE for t in (one, other))
    if joint.low != "and" or not named:
        return None
    first = at - 1
    while first > 0 and tokens[first - 1].is_name and at - first < 3:
        if tokens[first].low in DETERMINERS or tokens[first - 1].low in (*ENDS, "with", "and"):
            break
        first -= 1
    noun = [t for t in tokens[first:at] if t.low not in DETERMINERS]
    if not noun or tokens[first].low not in ("a", "an", "one"):
        return None
    end = at + 4
    plain = (word("one", tokens[at]), *noun, *tokens[at:end])
    return Part(tuple(tokens[at:end]), plain), end


def _is_once(lows: Sequence[str]) -> bool:
    """`one per currency and day`, `at most one row per user`."""
    at = 2 if list(lows[:2]) == ["at", "most"] else 1 if lows[:1] in (["only"], ["exactly"]) else 0
    if lows[at : at + 1] not in (["one"], ["1"]) or len(lows) < at + 3:
        return False
    at += 2 if lows[at + 1] in ("row", "record", "entry", "line") else 1
    return lows[at] in ("per", "for") and len(lows) > at + 1

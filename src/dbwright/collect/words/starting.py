"""Where a clause with a verb of its own starts, and where only an item of a list."""

from __future__ import annotations

from collections.abc import Sequence

from dbwright.collect.words.draft import DETERMINERS, Draft, attribute_name
from dbwright.collect.words.morphology import FINAL_PARTICIPLE, is_plural, number, verb_of
from dbwright.collect.words.phrases import quantity
from dbwright.collect.words.tokens import Token
from dbwright.collect.words.verbs import (
    ALL_VERBS,
    BELONG_PHRASES,
    FINITE,
    HAVE,
    MODALS,
    NOUNS_TOO,
)
from dbwright.collect.words.vocabulary import FILLERS, THINGS
from dbwright.collect.words.yesno import asked, done_then

_LEADS = {"it", "they", "we", "you", "i", "there", "he", "she"}
_LONGEST_SUBJECT = 7


def starts_clause(tokens: Sequence[Token], at: int, draft: Draft) -> bool:
    """Whether a clause with a verb of its own starts there, rather than an item of a list."""
    while at < len(tokens) and tokens[at].low in FILLERS:
        at += 1
    rest = tokens[at : at + _LONGEST_SUBJECT + 2]
    if len(rest) < 2 or asked(tokens, at) or done_then(tokens, at):
        return False
    first, second = rest[0].low, rest[1].low
    if _leads(rest):
        return True
    counted = _starts_counting(tokens, at, rest), _counts(tokens, at, rest)
    if any(each is not None for each in counted):
        return any(counted)
    if first in _KEEP and any(t.low == "for" for t in rest[1:5]) and not _is_noun_there(rest):
        return True
    unique = rest[2:3] and rest[2].low == "unique" and draft.find(rest[:1]) and is_plural(second)
    if unique or _keeps(rest) or first in ("deleting", "removing", "concurrent", "list"):
        return True
    if number([first]) is not None and any(
        t.low in ("month", "day", "week", "year", "hour") for t in tokens[at : at + 8]
    ):
        return True
    if first in ("about", "around", "roughly") and number([second]) is not None:
        return True
    if first in ("ordered", "sorted"):
        return False
    if first in ("joins", "links", "connects", "ties", "pairs"):
        return any(t.low in ("and", "to", "with") for t in rest[2:6]) and draft.is_thing(rest[1:2])
    if second in ("after", "before") and first.endswith("s") and len(rest) > 2:
        return True
    if FINAL_PARTICIPLE.match(first) and second in ("by", "to") and len(rest) > 2:
        return rest[2].low != "default"
    if (
        first in HAVE
        and (second in DETERMINERS or quantity(rest, 1))
        and first not in ("including", "containing")
    ):
        return True
    if first in ("when", "if", "once", "whenever"):
        return any(t.low in ("is", "are", "gets", "get") for t in rest) and any(
            t.low in ("deleted", "removed", ",", "must") for t in tokens[at : at + 12]
        )
    if first in (FINITE - NOUNS_TOO) | {"references"} and first not in ("optionally", "never"):
        return not (first in ("has", "is", "are") and second in (",", ")"))
    return _starts_with_verb(tokens, at, draft, rest)


def _leads(rest: Sequence[Token]) -> bool:
    """Whether the first words alone say so: `it …`, `kept for …`, `a piece once per concert`."""
    first, second = rest[0].low, rest[1].low
    lows = [token.low for token in rest]
    once = any(lows[n : n + 2] == ["once", "per"] for n in range(2, len(lows)))
    return (
        first in _LEADS
        or (first == "no" and second in ("two", "more"))
        or (first in ("kept", "retained") and second == "for")
        or (first in ("kept", "retained", "retention") and number([second]) is not None)
        or (first in ("a", "an", "one", "each") and once)
    )


def _starts_counting(tokens: Sequence[Token], at: int, rest: Sequence[Token]) -> bool | None:
    """Whether a rule on how many there are starts there, None where nothing is counted."""
    first, second = rest[0].low, rest[1].low
    if first in AT_MOST and second in ("one", "most", "1", "more", "once"):
        return any(t.low in ("per", "for", "each", "two", "them") for t in tokens[at : at + 9])
    if first in ("one", "1", "once") and any(t.low == "per" for t in rest[1:4]):
        return True
    return None


def _starts_with_verb(
    tokens: Sequence[Token], at: int, draft: Draft, rest: Sequence[Token]
) -> bool:
    """Whether a plain verb with its object starts there, or a subject and its verb."""
    first, second = rest[0].low, rest[1].low
    if first == "optionally":
        return second in FINITE
    if _predicate(rest, draft):
        return True
    if verb_of(first) == first and first in ALL_VERBS and first not in THINGS and rest[1].is_name:
        if second in MODALS and draft.is_thing(rest[:1]):
            return True  # `host can do several shows`
        return not is_plural(first) and (
            second in DETERMINERS
            or (is_plural(second) and draft.find(rest[1:2]) is not None)
            or (len(rest) > 2 and is_plural(rest[2].low) and draft.find(rest[1:3]) is not None)
        )
    return _subject_and_verb(tokens, at, draft)


AT_MOST = {"only", "at", "exactly", "just", "max", "maximum", "but", "no", "always"}
"""How a rule on how many there are begins."""


def _counts(tokens: Sequence[Token], at: int, rest: Sequence[Token]) -> bool | None:
    """Whether a rule of how many starts there, None where no such word does."""
    first, second = rest[0].low, rest[1].low
    if first == "for" and second in ("each", "every") and len(rest) > 4:
        return any(t.low in ("we", "i") for t in tokens[at + 2 : at + 9])
    of_them = len(rest) > 4 and (
        rest[2].low in ("can", "may") or [t.low for t in rest[2:4]] == ["of", "them"]
    )
    if first in ("only", "exactly") and second == "one" and of_them:
        return True
    if first in ("only", "at") and second in ("one", "most"):
        return any(t.low in ("per", "for") for t in tokens[at : at + 8])
    return None


_BELONGING = tuple(
    tuple(phrase.split()) for phrase in BELONG_PHRASES if phrase.split()[0] not in FINITE
)
_HAPPENS = {"starts", "ends", "begins", "expires", "happens", "occurs", "closes", "opens",
    "finishes", "takes"}  # fmt: skip


def _predicate(rest: Sequence[Token], draft: Draft) -> bool:
    """`has a name and holds tracks in order`: a verb that agrees with a subject before it."""
    first = rest[0].low
    lows = tuple(token.low for token in rest)
    if any(lows[: len(phrase)] == phrase for phrase in _BELONGING if len(phrase) > 1):
        return len(rest) > 2 and first.endswith("s")
    if first in _HAPPENS and lows[1] in ("at", "on") and lows[2:3] and lows[2] in DETERMINERS:
        return True
    verb = verb_of(first)
    known = verb in ALL_VERBS or first in HAVE
    if not known or verb == first or not first.endswith("s") or draft.find(rest[:1]) is not None:
        return False
    at = 2 if rest[1].low in ("to", "in", "for", "on", "by", "from", "with", "at") else 1
    counted = rest[at : at + 1] and rest[at].low in DETERMINERS
    things = any(
        len(rest) > at + width - 1
        and is_plural(rest[at + width - 1].low)
        and draft.find(rest[at : at + width]) is not None
        for width in (1, 2)
    )
    return bool(counted) or quantity(rest, at) is not None or (at == 1 and things)


def _keeps(rest: Sequence[Token]) -> bool:
    """`keep them 90 days`, `throw away after a year`: how long rows stay."""
    if rest[0].low not in _KEEP_AWAY or _is_noun_there(rest) or len(rest) > 6:
        return False
    counted = any(number([t.low]) is not None or t.low == "a" for t in rest)
    return counted and any(t.low in _SPANS for t in rest[1:])


_SPANS = {"month", "months", "day", "days", "week", "weeks", "year", "years"}
_KEEP_AWAY = {"keep", "retain", "drop", "throw", "purge", "discard"}
_KEEP = {"keep", "kept", "retain", "retained", "store", "stored"}


def _is_noun_there(rest: Sequence[Token]) -> bool:
    return rest[1].low in (",", "and")


_BELONG = {tuple(phrase.split()) for phrase in BELONG_PHRASES}


def _named_and_verb(tokens: Sequence[Token], at: int, draft: Draft) -> bool:
    """Whether an attribute of the request is spoken of there: `valid to is later than …`."""
    for width in (4, 3, 2):
        words = tokens[at : at + width]
        following = tokens[at + width : at + width + 2]
        if len(following) < 2 or following[0].low not in FINITE - NOUNS_TOO:
            continue
        if all(word.is_name for word in words) and draft.has_attribute(attribute_name(words)):
            return following[1].low not in (",", ")")
    paired = tokens[at + 1 : at + 2] and tokens[at + 1].low == "/" and len(tokens) > at + 4
    return bool(paired) and tokens[at + 3].low in ("are", "is", "must") and tokens[at].is_name


def _subject_and_verb(tokens: Sequence[Token], at: int, draft: Draft) -> bool:
    if _named_and_verb(tokens, at, draft):
        return True
    for place in range(at, min(len(tokens), at + _LONGEST_SUBJECT + 1)):
        token = tokens[place]
        low = token.low
        if not (token.is_name or low == "'s"):
            return False
        if low in (
            "and",
            "or",
            "with",
            "without",
            "which",
            "that",
            "who",
            "of",
            "to",
            "as",
            "at",
            "between",
            "when",
            "where",
            "how",
            "whether",
        ) or (low == "for" and tokens[place + 1 : place + 2] and tokens[place + 1].low == "each"):
            if low != "of" or place == at:
                return False
            continue
        if place == at:
            continue
        if tuple(t.low for t in tokens[place : place + 2]) in _BELONG:
            return place + 2 < len(tokens) and draft.is_thing(tokens[at:place])
        if low in _INTRANSITIVE and place + 1 == len(tokens):
            return True
        if low in FINITE and place + 1 < len(tokens):
            if low in NOUNS_TOO and not _agrees(tokens[place - 1], low):
                continue
            return tokens[place + 1].low not in (",", ")")
        if verb_of(low) in ALL_VERBS and _acts(tokens, place, draft):
            return True
    return False


_INTRANSITIVE = {"stay", "stays", "remain", "remains", "survive", "survives"}


def _agrees(before: Token, verb: str) -> bool:
    return is_plural(before.low) != verb.endswith("s")


def _acts(tokens: Sequence[Token], place: int, draft: Draft) -> bool:
    """Whether a word that could be a noun is the verb of the noun before it."""
    before, low = tokens[place - 1], tokens[place].low
    following = tokens[place + 1] if place + 1 < len(tokens) else None
    if (
        following is None
        or not following.is_name
        or following.low in ("and", "or", "at", "is", "of", "on")
    ):
        return (
            following is not None
            and following.low == "on"
            and _agrees(before, low)
            and draft.is_thing([before])
        )
    if low.endswith(("ed", "ing")) or before.low in DETERMINERS:
        return False
    return _agrees(before, low) and draft.is_thing([before])

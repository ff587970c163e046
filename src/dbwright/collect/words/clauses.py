"""Where one clause of a sentence ends and the next begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dbwright.collect.words.draft import DETERMINERS, Draft, attribute_name
from dbwright.collect.words.morphology import FINAL_PARTICIPLE, is_plural, number, verb_of
from dbwright.collect.words.phrases import qualifier, quantity
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

_CUTS = {
    ",",
    ";",
    "and",
    "but",
    "while",
    "whereas",
    "where",
    "—",
    ":",
    "so",
    "because",
    "although",
    "or",
}
_LEADS = {"it", "they", "we", "you", "i", "there", "he", "she"}
_WHEN = {"when", "if", "once", "whenever"}
_RELATIVE = {"which", "who", "that"}
_LONGEST_SUBJECT = 7


@dataclass(frozen=True, slots=True)
class Piece:
    """A clause; `about` is the noun that it follows: `lessons, which have a title`."""

    tokens: tuple[Token, ...]
    about: tuple[Token, ...] = ()


def pieces(tokens: Sequence[Token], draft: Draft) -> list[Piece]:
    """Gives the clauses of a sentence; together they are the sentence, but for the joints."""
    found: list[Piece] = []
    start, depth = 0, 0
    about: tuple[Token, ...] = ()
    at = 0
    while at < len(tokens):
        token = tokens[at]
        if token.kind == "sign" and token.low in "([{)]}":
            depth = max(0, depth + (1 if token.low in "([{" else -1))
        if not depth and at > start:
            cut = _cut(tokens, at, draft, start)
            if cut is not None:
                following, noun = cut
                found.append(Piece(tuple(tokens[start:at]), about))
                start, about = following, noun
                at = following
                continue
        at += 1
    if start < len(tokens):
        found.append(Piece(tuple(tokens[start:]), about))
    return [part for piece in found for part in _counted_per(piece)]


def _counted_per(piece: Piece) -> list[Piece]:
    """`at most one per loan, amount, paid`: behind the comma is what else there is."""
    lows = [token.low for token in piece.tokens]
    start = next((n for n, low in enumerate(lows) if low not in _CUTS and low not in FILLERS), 0)
    if not lows or lows[start] not in _AT_MOST | {"one", "once", "1"}:
        return [piece]
    per = next((n for n in range(start, min(start + 5, len(lows))) if lows[n] == "per"), 0)
    if not per and lows[start + 1 : start + 4] in (["one", "for", "each"], ["one", "for", "every"]):
        per = start + 3
    comma = lows.index(",", per) if per and "," in lows[per:] else 0
    if not comma or ("and" in lows[comma:] and "and" not in lows[per:comma]):
        return [piece]
    return [Piece(piece.tokens[:comma], piece.about), Piece(piece.tokens[comma + 1 :], piece.about)]


def _cut(
    tokens: Sequence[Token], at: int, draft: Draft, start: int
) -> tuple[int, tuple[Token, ...]] | None:
    """Where the next clause starts when one ends before `at`, and what it is about."""
    low = tokens[at].low
    following = at
    while following < len(tokens) and (tokens[following].low in _CUTS or _dash(tokens, following)):
        following += 1
    if following >= len(tokens):
        return None
    if _goes_on(tokens, start, at, following):
        return None
    noun = _noun_before(tokens, at, draft)
    relative = tokens[following].low in _RELATIVE
    if relative and noun and _verb(tokens, following + 1):
        if low not in _CUTS and _restricts(tokens, following + 2):
            return None
        return following, noun
    if (
        following > at
        and tokens[following].low == "each"
        and tokens[following + 1 : following + 2]
        and (tokens[following + 1].low in ("with", "having", "has"))
    ):
        return following, noun
    if (
        tokens[start].low in _WHEN
        and low == "and"
        and not any(
            t.low == "," or t.low in ("go", "goes", "stay", "are") for t in tokens[start + 3 : at]
        )
    ):
        return None
    if following == at or (low == "or" and tokens[following].low not in FINITE):
        return None
    if _closes_between(tokens, at, start) or (
        low == ","
        and tokens[start].low in _WHEN
        and not any(token.low == "," for token in tokens[start:at])
    ):
        return None
    return (following, ()) if starts_clause(tokens, following, draft) else None


def _goes_on(tokens: Sequence[Token], start: int, at: int, following: int) -> bool:
    """Whether what follows belongs to the clause before it, though a clause could start there."""
    low, first, then = tokens[at].low, tokens[start].low, tokens[following].low
    if low in ("-", "—") and _qualifies(tokens, following):
        return True
    if low == "where" and done_then(tokens, at - 1):
        return True
    if low == "but" and first == "from":
        return True
    if first in _DELETING and (low == ":" or then == "not"):
        return True
    if first in _WHEN and low == "," and then in _DELETING:
        return True
    if low == "while" and any(t.low in ("deleted", "removed") for t in tokens[start:at]):
        return True
    return low == "or" and then in ("is", "are") and _lacks(tokens, following + 1)


_DELETING = {"deleting", "removing", "delete", "remove", "deletes", "removes"}


def _restricts(tokens: Sequence[Token], at: int) -> bool:
    """`a sample that has results cannot be deleted`: the clause only says which are meant."""
    for token in tokens[at:]:
        if token.low in (",", ";", "and", "or", "with"):
            return False
        if token.low in MODALS:
            return True
    return False


def _qualifies(tokens: Sequence[Token], at: int) -> bool:
    """Whether what follows a dash is said of the noun before it: `- null until it is paid`."""
    return tokens[at].low in ("both", "all", "empty", "default") or bool(qualifier(tokens, at))


def _lacks(tokens: Sequence[Token], at: int) -> bool:
    """Whether `or is …` says that there is none: `hangs in a room or is in storage`."""
    return at < len(tokens) and tokens[at].low in (
        "in", "not", "on", "at", "without", "nowhere", "kept", "unassigned", "free", "stored",
    )  # fmt: skip


def _dash(tokens: Sequence[Token], at: int) -> bool:
    """Whether a dash with a space on both sides stands there, which parts clauses."""
    return (
        tokens[at].low == "-"
        and 0 < at < len(tokens) - 1
        and tokens[at].start > tokens[at - 1].end
        and tokens[at + 1].start > tokens[at].end
        and tokens[at + 1].kind != "number"
    )


def _closes_between(tokens: Sequence[Token], at: int, start: int) -> bool:
    """Whether the `and` there joins two numbers or two subjects: `row and number are unique`."""
    before = tokens[start:at]
    if any(t.low in ("final", "terminal") for t in tokens[at : at + 5]):
        return True
    if tokens[at + 1].low in ("we", "it", "they", "i", "you"):
        return False
    if (
        tokens[at].low in ("and", "or")
        and len(before) < 7
        and not any(_is_verb(token) for token in before)
    ):
        return True
    return tokens[at].low == "and" and any(
        t.low == "between" for t in tokens[max(start, at - 3) : at]
    )


def _is_verb(token: Token) -> bool:
    return (
        token.low in FINITE
        or token.low in HAVE
        or (verb_of(token.low) in ALL_VERBS and not token.low.endswith("ed"))
        or token.low == "with"
    )


def _noun_before(tokens: Sequence[Token], at: int, draft: Draft) -> tuple[Token, ...]:
    for length in (3, 2, 1):
        words = tokens[max(0, at - length) : at]
        if words and all(word.is_name for word in words):
            found = draft.find(words)
            if found is not None and not found[1]:
                return tuple(words)
    last = tokens[at - 1 : at]
    return tuple(last) if last and last[0].is_name and last[0].low in THINGS else ()


def _verb(tokens: Sequence[Token], at: int) -> bool:
    return (
        at < len(tokens) and (tokens[at].low in HAVE or tokens[at].low in ("belong", "belongs"))
    ) or (
        at + 1 < len(tokens)
        and tokens[at].low in ("can", "may", "must")
        and tokens[at + 1].low in ("have", "belong")
    )


def starts_clause(tokens: Sequence[Token], at: int, draft: Draft) -> bool:
    """Whether a clause with a verb of its own starts there, rather than an item of a list."""
    while at < len(tokens) and tokens[at].low in FILLERS:
        at += 1
    rest = tokens[at : at + _LONGEST_SUBJECT + 2]
    if len(rest) < 2 or asked(tokens, at) or done_then(tokens, at):
        return False
    first, second = rest[0].low, rest[1].low
    if (
        first in _LEADS
        or (first == "no" and second in ("two", "more"))
        or (first in ("kept", "retained") and second == "for")
    ):
        return True
    if (counts := _starts_counting(tokens, at, rest)) is not None:
        return counts
    if first in _KEEP and any(t.low == "for" for t in rest[1:5]) and not _is_noun_there(rest):
        return True
    if number([first]) is not None and any(
        t.low in ("month", "day", "week", "year", "hour") for t in tokens[at : at + 8]
    ):
        return True
    if first in ("about", "around", "roughly") and number([second]) is not None:
        return True
    if first in ("ordered", "sorted"):
        return False
    if first in ("deleting", "removing", "concurrent", "list"):
        return True
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


def _starts_counting(tokens: Sequence[Token], at: int, rest: Sequence[Token]) -> bool | None:
    """Whether a rule on how many there are starts there, None where nothing is counted."""
    first, second = rest[0].low, rest[1].low
    if first in _AT_MOST and second in ("one", "most", "1", "more", "once"):
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
    if verb_of(first) == first and first in ALL_VERBS and first not in THINGS and rest[1].is_name:
        return not is_plural(first) and (
            second in DETERMINERS
            or (is_plural(second) and draft.find(rest[1:2]) is not None)
            or (len(rest) > 2 and is_plural(rest[2].low) and draft.find(rest[1:3]) is not None)
        )
    return _subject_and_verb(tokens, at, draft)


_AT_MOST = {"only", "at", "exactly", "just", "max", "maximum", "but", "no", "always"}
_KEEP = {"keep", "kept", "retain", "retained", "store", "stored"}


def _is_noun_there(rest: Sequence[Token]) -> bool:
    return rest[1].low in (",", "and")


_BELONGING = {tuple(phrase.split()) for phrase in BELONG_PHRASES}


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
        if tuple(t.low for t in tokens[place : place + 2]) in _BELONGING:
            return place + 2 < len(tokens) and draft.is_thing(tokens[at:place])
        if low in FINITE and place + 1 < len(tokens):
            if low in NOUNS_TOO and not _agrees(tokens[place - 1], low):
                continue
            return tokens[place + 1].low not in (",", ")")
        if verb_of(low) in ALL_VERBS and _acts(tokens, place, draft):
            return True
    return False


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

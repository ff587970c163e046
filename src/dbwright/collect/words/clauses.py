"""Where one clause of a sentence ends and the next begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dbwright.collect.words.draft import DETERMINERS, Draft
from dbwright.collect.words.morphology import FINAL_PARTICIPLE, is_plural, number, verb_of
from dbwright.collect.words.phrases import quantity
from dbwright.collect.words.tokens import Token
from dbwright.collect.words.verbs import ALL_VERBS, BELONG_PHRASES, FINITE, HAVE, MODALS, NOUNS_TOO
from dbwright.collect.words.vocabulary import FILLERS, THINGS

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
    return found


def _cut(
    tokens: Sequence[Token], at: int, draft: Draft, start: int
) -> tuple[int, tuple[Token, ...]] | None:
    """Where the next clause starts when one ends before `at`, and what it is about."""
    low = tokens[at].low
    following = at
    while following < len(tokens) and tokens[following].low in _CUTS:
        following += 1
    if following >= len(tokens):
        return None
    noun = _noun_before(tokens, at, draft)
    relative = tokens[following].low in _RELATIVE
    if relative and noun and _verb(tokens, following + 1):
        if following == at and _is_embedded(tokens, following + 2):
            return None
        return following, noun
    if (
        following > at
        and tokens[following].low == "each"
        and tokens[following + 1 : following + 2]
        and (tokens[following + 1].low in ("with", "having", "has"))
    ):
        return following, noun
    if low == "but" and tokens[start].low == "from":
        return None
    if low == "while" and any(t.low in ("deleted", "removed") for t in tokens[start:at]):
        return None
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


def _is_embedded(tokens: Sequence[Token], at: int) -> bool:
    """Whether the verb of the clause around follows: `a post that has comments cannot …`."""
    for token in tokens[at : at + 6]:
        if token.low in (",", ";", "and", "with", "(", ":"):
            return False
        if token.low in MODALS or token.low in ("is", "are", "never"):
            return True
    return False


def _closes_between(tokens: Sequence[Token], at: int, start: int) -> bool:
    """Whether the `and` there joins two numbers or two subjects: `row and number are unique`."""
    colon = next((n for n in range(at - 1, start, -1) if tokens[n].low == ":"), start)
    if tokens[start].low in _WHEN:  # `if a user goes, their posts and the likes are deleted`
        commas = [n for n in range(start, at) if tokens[n].low == ","]
        colon = max(colon, commas[-1] + 1 if commas else colon)
    before = tokens[colon:at]
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
    if len(rest) < 2:
        return False
    first, second = rest[0].low, rest[1].low
    if (
        first in _LEADS
        or (first == "no" and second in ("two", "more"))
        or (first in ("kept", "retained") and second == "for")
    ):
        return True
    if (counts := _counts(tokens, at, rest)) is not None:
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
    if second in ("after", "before") and first.endswith("s") and len(rest) > 2:
        return True
    if FINAL_PARTICIPLE.match(first) and second in ("by", "to") and len(rest) > 2:
        return True
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
        return not is_plural(first) and (
            second in DETERMINERS
            or (is_plural(second) and draft.find(rest[1:2]) is not None)
            or (len(rest) > 2 and is_plural(rest[2].low) and draft.find(rest[1:3]) is not None)
        )
    return _subject_and_verb(tokens, at, draft)


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


_KEEP = {"keep", "kept", "retain", "retained", "store", "stored"}


def _is_noun_there(rest: Sequence[Token]) -> bool:
    return rest[1].low in (",", "and")


def _subject_and_verb(tokens: Sequence[Token], at: int, draft: Draft) -> bool:
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

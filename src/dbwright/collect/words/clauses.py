"""Where one clause of a sentence ends and the next begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dbwright.collect.words.draft import Draft
from dbwright.collect.words.morphology import verb_of
from dbwright.collect.words.phrases import qualifier
from dbwright.collect.words.starting import AT_MOST, starts_clause
from dbwright.collect.words.tokens import Token
from dbwright.collect.words.verbs import (
    ALL_VERBS,
    FINITE,
    HAVE,
    MODALS,
)
from dbwright.collect.words.vocabulary import FILLERS, THINGS
from dbwright.collect.words.yesno import done_then

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
_WHEN = {"when", "if", "once", "whenever"}
_RELATIVE = {"which", "who", "that"}


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
    if not lows or lows[start] not in AT_MOST | {"one", "once", "1"}:
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
    of_which = [t.low for t in tokens[following : following + 2]] in (
        ["of", "which"],
        ["of", "whom"],
    )
    if of_which and low == ",":
        return following, ()
    noun = _noun_before(tokens, at, draft)
    relative = tokens[following].low in _RELATIVE
    if relative and noun and _verb(tokens, following + 1):
        restricts = low not in _CUTS and _restricts(tokens, following + 2)
        if restricts or (following == at and _is_embedded(tokens, following + 2)):
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


def _is_embedded(tokens: Sequence[Token], at: int) -> bool:
    """Whether the verb of the clause around follows: `a post that has comments cannot …`."""
    for token in tokens[at : at + 6]:
        if token.low in (",", ";", "and", "with", "(", ":"):
            return False
        if token.low in MODALS or token.low in ("is", "are", "never"):
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

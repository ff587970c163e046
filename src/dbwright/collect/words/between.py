"""Things that stand between two others: `Assignment: which driver has which car from when`.

Three ways to say it: which of the one has which of the other, who does what to whom
(`Watch: user watches lot, once`), and what one row is (`a stay is a patient in a bed from …`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dbwright.collect.words.clause import Clause
from dbwright.collect.words.draft import DETERMINERS, Draft, Fact, attribute_name, shown_entity
from dbwright.collect.words.scan import inside
from dbwright.collect.words.telling import told_fact
from dbwright.collect.words.tokens import Token
from dbwright.core.brief import BriefRule, BriefUnique

_POINTING = DETERMINERS | {"which"}
_PLACES = {"in", "on", "at", "with", "for", "to", "using", "by", "from", "of"}
_EMPTY = {"empty", "optional", "null", "open", "nullable", "unset", "missing"}
_MOST_VERBS = 2


@dataclass(slots=True)
class Between:
    """The two that a thing stands between, its period, and what is said behind that."""

    one: str
    other: str
    period: tuple[str, str] | None = None
    open_end: bool = False
    since: bool = False
    once: bool = False
    rest: Sequence[Token] = ()


def between(tokens: Sequence[Token], draft: Draft, *, verbal: bool) -> Between | None:
    """Gives the two that a list's words stand between, None where they say something else."""
    one, at = _thing(tokens, 0, draft)
    start = at
    if verbal and tokens[at : at + 1] and tokens[at].low in _PLACES:
        return None  # `revisions of a page` are rows, which nobody does
    while at < len(tokens) and at - start < _MOST_VERBS and _joins(tokens[at], at - start):
        at += 1
    other, at = _thing(tokens, at, draft) if one and at > start else ("", at)
    if not other or one == other:
        return None
    found = Between(one, other)
    at = _period(found, tokens, at)
    if at < len(tokens) and tokens[at].low != ",":
        return None
    rest = list(tokens[at + 1 :])
    if rest and rest[0].low == "once":
        found.once = True
        rest = rest[next((n for n, t in enumerate(rest) if t.low == ","), len(rest)) :]
    found.rest = rest
    return found


def _joins(token: Token, place: int) -> bool:
    if not token.is_name or token.low in ("and", "or"):
        return False
    if token.low in ("is", "was", "are", "were"):
        return not place
    verbal = token.low.endswith("s") or token.low in ("have", "had") or token.low in _PLACES
    return verbal if not place else token.low in _PLACES


def _thing(tokens: Sequence[Token], at: int, draft: Draft) -> tuple[str, int]:
    while at < len(tokens) and tokens[at].low in _POINTING:
        at += 1
    for width in (3, 2, 1):
        words = tokens[at : at + width]
        found = draft.find(words) if len(words) == width else None
        plain = all(word.is_name for word in words)
        if plain and found is not None and not found[1] and found[0] in draft.known.entities:
            return found[0], at + width
    return "", at


def _period(found: Between, tokens: Sequence[Token], at: int) -> int:
    """`from when until when`, `from admitted_at until discharged_at (empty while there)`."""
    if [t.low for t in tokens[at : at + 2]] in (["since", "when"], ["as", "of"]):
        found.since = True
        return at + 2
    if at >= len(tokens) or tokens[at].low not in ("from", "between"):
        return at
    end = next((n for n in range(at + 2, min(len(tokens), at + 6))
                if tokens[n].low in ("until", "to", "till", "and")), 0)  # fmt: skip
    if not end:
        return at
    stop = end + 1
    while stop < len(tokens) and tokens[stop].is_name:
        stop += 1
    names = tuple(
        "" if "when" in [t.low for t in words] else attribute_name(words)
        for words in (tokens[at + 1 : end], tokens[end + 1 : stop])
    )
    found.period = (names[0] or "starts_at", names[1] or "ends_at")
    if stop < len(tokens) and tokens[stop].low == "(":
        found.open_end = tokens[stop + 1].low in _EMPTY
        stop = inside(tokens, stop) + 1
    return stop


def stand_between(clause: Clause, draft: Draft, key: str, found: Between) -> None:
    """Takes what was found as what the entity is."""
    own = draft.entity(key)
    own.defined = True
    for target in (found.one, found.other):
        draft.fact(Fact("refers", key, target, clause, required=True))
        clause.means(told_fact("refers", key, target, "", None))
    if found.once:
        own.uniques.append(BriefUnique(of=(found.one, found.other)))
        clause.means(f"{shown_entity(key)}: one for each pair of the two")
    if found.since:
        own.attribute("since").say(clause, type="datetime")
        clause.means(f"{shown_entity(key)}.since: datetime")
    if found.period:
        for name, required in zip(found.period, (True, not found.open_end), strict=True):
            own.attribute(name).say(clause, type="datetime")
            if not required:
                own.attribute(name).said["required"] = False
        own.rules.append(BriefRule("ordered", found.period))
        clause.means(f"{shown_entity(key)} lasts from {found.period[0]} to {found.period[1]}")
    draft.last = key

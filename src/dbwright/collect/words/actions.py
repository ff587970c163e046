"""Verbs of doing between two things: `authors write posts`, `students enroll in courses`."""

from __future__ import annotations

from collections.abc import Sequence

from dbwright.collect.words.attributes import Having
from dbwright.collect.words.clause import Clause
from dbwright.collect.words.draft import Draft, Fact
from dbwright.collect.words.item import Item
from dbwright.collect.words.morphology import is_plural, plural, verb_of
from dbwright.collect.words.objects import (
    ADVERBS,
    NEGATIONS,
    agrees,
    objects_of,
    say,
    with_of,
    without_hedges,
)
from dbwright.collect.words.phrases import PREPOSITIONS, quantity
from dbwright.collect.words.resolve import subject
from dbwright.collect.words.telling import told
from dbwright.collect.words.tokens import Token
from dbwright.collect.words.unknown_verbs import named_by_verb, unknown
from dbwright.collect.words.verbs import MAKING, MODALS, PAIR_NOUNS, PAYLOAD, SHARING
from dbwright.collect.words.vocabulary import type_by_name
from dbwright.core.brief import BriefUnique

_WRITERS = {
    "review": "review",
    "rate": "rating",
    "comment": "comment",
    "react": "reaction",
    "apply": "application",
}
HINTS = {"assigned": "assignee", "sent": "sender", "received": "recipient"}
_BOOKED = {"appointment", "booking", "reservation", "ticket", "slot", "visit", "trip", "session",
    "rental", "loan",
           "consultation", "meeting", "stay"}  # fmt: skip
BOOKING = {"book": "booking", "reserve": "reservation", "rent": "rental", "borrow": "loan"}
_TAKEN = {"course", "class", "exam", "quiz", "lesson", "test", "medication", "subject"}
_SELF_PARENT = {"reply", "answer", "respond"}


def _is_action(token: Token) -> bool:
    verb = verb_of(token.low)
    return verb in MAKING or verb in SHARING or verb in _WRITERS or verb in _SELF_PARENT


def action(tokens: Sequence[Token]) -> int | None:
    """Where the verb of doing stands, None for none."""
    for at, token in enumerate(tokens[:10]):
        low, verb = token.low, verb_of(token.low)
        if token.kind != "word" or at + 1 > len(tokens):
            continue
        after_modal = at > 0 and tokens[at - 1].low in (MODALS | ADVERBS)
        known = _is_action(token)
        if at == 0 and len(tokens) > 2 and _is_action(tokens[1]) and agrees(tokens, 1):
            continue  # `author writes books`: whoever does it comes first
        if at and known and (after_modal or agrees(tokens, at)) and not low.endswith(("ed", "ing")):
            return at
        if (
            at == 0
            and known
            and (
                low == verb
                or quantity(tokens, 1)
                or (tokens[2:] and tokens[1].low in ("a", "an", "to", "in", "for", "on"))
            )
        ):
            return at
    return None


def acts(clause: Clause, draft: Draft, tokens: Sequence[Token]) -> bool:
    """Reads a verb of doing between two things; a question where nothing says how many."""
    if named_by_verb(clause, draft, tokens):
        return True
    at = action(tokens)
    return unknown(clause, draft, tokens) if at is None else _known(clause, draft, tokens, at)


def _known(clause: Clause, draft: Draft, tokens: Sequence[Token], at: int) -> bool:
    verb = verb_of(tokens[at].low)
    before = list(tokens[:at])
    if NEGATIONS & {token.low for token in before}:
        return False
    while before and before[-1].low in MODALS | ADVERBS | {"which", "that", "who"}:
        before.pop()
    rest = list(tokens[at + 1 :])
    preposition = rest[0].low if rest and rest[0].low in PREPOSITIONS else ""
    if preposition:
        rest = rest[1:]
    if [t.low for t in rest[:2]] in (["each", "other"], ["one", "another"]) and len(rest) == 2:
        key = subject(clause, draft, before)
        if key and verb in EACH_OTHER:
            return _each_other(clause, draft, key, verb)
        if key and verb in SHARING:
            say(clause, draft, Fact("many-to-many", key, key, clause))
            return True
    rest, each = _once_per(rest)
    rest, attributes = _written(rest, verb)
    rest, once = _once(rest, each)
    objects = list(objects_of(clause, draft, rest))
    if not objects or any(item.negated for item in objects):
        return False
    source = subject(clause, draft, without_hedges(clause, before))
    after = with_of(objects, rest, draft)
    if not source or source in ("we", "i", "you"):
        return False
    draft.last = source
    done = [_act(clause, draft, source, verb, preposition, item) for item in objects]
    for item, did in zip(objects, done, strict=True):
        clause.unread(
            [] if did else [*item.words], f"What “{tokens[at].low}” makes of it is not known."
        )
        clause.unread([*item.inside, *item.unread], item.why)
    names = (source, draft.named(objects[0].words)) if all(done) else None
    _made(clause, draft, verb, names, once, attributes)
    if after and done[0]:
        made = _WRITERS.get(verb) or BOOKING.get(verb) if objects[0].words else ""
        owner = (
            made
            if made and draft.is_known(made) and draft.named(objects[0].words) != made
            else draft.named(objects[0].words)
        )
        Having(clause, draft, _paired(clause, draft, made or "", after) or owner).read(after)
    return any(done)


def _paired(clause: Clause, draft: Draft, made: str, after: Sequence[Token]) -> str:
    """`uses many ingredients with an amount`: the pair of the two has it, "" for none."""
    pair = draft.facts[-1] if draft.facts else None
    if made or pair is None or pair.kind != "many-to-many" or pair.source == pair.target:
        return ""
    if not {token.low for token in after[:3]} & PAYLOAD:
        return ""
    holder = draft.link(pair.source, pair.target, clause)
    clause.means(f"{holder.replace('_', ' ')} stands for a pair of the two")
    return holder


def _made(
    clause: Clause,
    draft: Draft,
    verb: str,
    names: tuple[str, str] | None,
    once: list[Token],
    attributes: list[Token],
) -> None:
    """What is said of what was made: `once`, and `rating from 1 to 5`."""
    made = _WRITERS.get(verb) or PAIR_NOUNS.get(verb, "")
    if once and names and (draft.is_known(made) or made in draft.entities):
        draft.entity(made).uniques.append(BriefUnique(names))
        clause.means(f"no two {plural(made)} have the same {' and '.join(names)}")
    else:
        clause.unread(once)
    if attributes and made in draft.entities:
        Having(clause, draft, made, listed=True).read(attributes)
    else:
        clause.unread(attributes)


EACH_OTHER = {
    "follow": ("follow", "follower", "followed"),
    "block": ("block", "blocker", "blocked"),
    "mute": ("mute", "muter", "muted"),
    "invite": ("invitation", "inviter", "invited"),
}
"""What one of a kind does to another: what a pair is called, who does it, to whom."""


def _each_other(clause: Clause, draft: Draft, key: str, verb: str) -> bool:
    """`users can follow each other`: a pair of which each plays a part of its own."""
    made, one, other = EACH_OTHER[verb]
    draft.entity(made).defined = True
    for role in (one, other):
        say(clause, draft, Fact("refers", made, key, clause, role, required=True))
    draft.entity(made).uniques.append(BriefUnique((one, other)))
    clause.means(f"no two {plural(made)} have the same {one} and {other}")
    draft.last = made
    return True


def _written(rest: list[Token], verb: str) -> tuple[list[Token], list[Token]]:
    """`review a product, rating from 1 to 5`: behind the comma is what a review has."""
    comma = next((at for at, token in enumerate(rest) if token.low == ","), 0)
    if not comma or not (verb in _WRITERS or verb in PAIR_NOUNS):
        return rest, []
    after = rest[comma + 1 :]
    named = [t for t in after[:4] if t.is_name and t.low not in ("a", "an", "the", "with")]
    if not any(type_by_name((token.low,)) for token in named[:2]):
        return rest, []
    return rest[:comma], [t for t in after if t.low != "with" or t is not after[0]]


def _once_per(rest: list[Token]) -> tuple[list[Token], list[Token]]:
    """`rate a recipe from 1 to 5, once per recipe, with a comment`."""
    for at in range(1, len(rest) - 2):
        if rest[at].low == "once" and rest[at + 1].low in ("per", "for"):
            end = next((n for n in range(at, len(rest)) if rest[n].low == ","), len(rest))
            start = at - (rest[at - 1].low == ",")
            return [*rest[:start], *rest[end:]], rest[at:end]
    return rest, []


_ONCE = (["only", "once"], ["at", "most", "once"], ["once"])


def _once(rest: list[Token], found: list[Token]) -> tuple[list[Token], list[Token]]:
    for end in _ONCE:
        if [token.low for token in rest[-len(end) :]] == end and len(rest) > len(end):
            return rest[: -len(end)], rest[-len(end) :]
    return rest, found


def _act(
    clause: Clause, draft: Draft, source: str, verb: str, preposition: str, item: Item
) -> bool:
    target = source if item.phrase in ("each other", "one another") else draft.named(item.words)
    one = bool(item.quantity and item.quantity.one)
    if any(token.low in ("another", "other", "day", "time") for token in item.words[1:-1]):
        return False
    if not (draft.is_thing(item.words) or is_plural(item.words[-1].low) or target == source):
        return False
    if verb in _SELF_PARENT:
        role = "parent" if source == target else ""
        say(clause, draft, Fact("refers", source, target, clause, role, False))
        return True
    if _makes_between(clause, draft, source, target, verb, preposition, item):
        return True
    shares = (verb in SHARING and (verb != "take" or target.rpartition("_")[2] in _TAKEN)) or (
        preposition in ("in", "for", "to") and verb in ("register", "sign")
    )
    if verb in ("buy", "purchase") and target.rpartition("_")[2] in _BOOKED:
        shares = False  # what is for one only
    if shares and one and target != source:
        required = item.quantity.required if item.quantity else None
        say(clause, draft, Fact("refers", source, target, clause, required=required))
        return True
    if shares:
        through = PAIR_NOUNS.get(verb, "")
        through = through if through and draft.is_known(through) else ""
        say(clause, draft, Fact("many-to-many", source, target, clause, through=through))
    else:
        hint = "sender" if verb == "send" else f"{_past(verb)}_by"
        say(clause, draft, Fact("refers", target, source, clause, hint=hint))
    for name, how_many, words in item.marks.get("objects", ()):
        other = draft.named(words)
        many = bool(how_many and how_many.many)
        if other == source or (name == "of" and other == target):
            continue
        owner = target if not shares else through if shares and through else ""
        if not owner:
            clause.unread(words)
            continue
        say(clause, draft, Fact("many-to-many" if many else "refers", owner, other, clause))
    return True


def _makes_between(
    clause: Clause,
    draft: Draft,
    source: str,
    target: str,
    verb: str,
    preposition: str,
    item: Item,
) -> bool:
    """`users review books`, `members book classes`: what is made stands between the two."""
    books = verb in BOOKING and target.rpartition("_")[2] not in _BOOKED
    writes = (
        verb in _WRITERS and preposition in ("on", "to", "for", "") and target != _WRITERS[verb]
    )
    if not (books or writes):
        return False
    made = BOOKING[verb] if books else _WRITERS[verb]
    limits = {key: value for key, value in item.said.items() if key in ("minimum", "maximum")}
    if limits:
        draft.entity(made).attribute("stars").say(clause, type="integer", **limits)
        clause.means(f"{made}.stars: integer, {told(limits)}")
    draft.entity(made).defined = True
    say(clause, draft, Fact("refers", made, source, clause))
    say(clause, draft, Fact("refers", made, target, clause))
    return True


def _past(verb: str) -> str:
    irregular = {
        "write": "written",
        "make": "made",
        "send": "sent",
        "run": "run",
        "teach": "taught",
    }
    if verb in irregular:
        return irregular[verb]
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return verb[:-1] + "ied"
    return verb + ("d" if verb.endswith("e") else "ed")

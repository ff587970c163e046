"""How things refer to each other: what has, belongs to, and does what to what."""

from __future__ import annotations

from collections.abc import Sequence

from dbwright.collect.words.actions import HINTS, action, acts
from dbwright.collect.words.attributes import Having
from dbwright.collect.words.clause import Clause
from dbwright.collect.words.draft import Draft, Fact, FactKind, attribute_name
from dbwright.collect.words.item import Item
from dbwright.collect.words.items import ItemReader
from dbwright.collect.words.morphology import FINAL_PARTICIPLE, is_plural, plural
from dbwright.collect.words.objects import (
    ADVERBS,
    NEGATIONS,
    agrees,
    nameable,
    objects_of,
    preposed,
    say,
    with_of,
    without_hedges,
)
from dbwright.collect.words.phrases import PREPOSITIONS, qualifier
from dbwright.collect.words.resolve import subject
from dbwright.collect.words.telling import told_fact
from dbwright.collect.words.tokens import Token
from dbwright.collect.words.verbs import (
    AUXILIARY,
    BELONG_PHRASES,
    HAVE,
    HAVE_PHRASES,
    MODALS,
)
from dbwright.collect.words.vocabulary import type_by_name

_LACK = ("does not have", "do not have", "does not need", "do not need", "needs no", "need no",
         "has no", "have no", "must not have", "should not have", "will not have", "does not store",
         "do not store", "cannot have", "never has", "never have", "does not require",
         "do not require", "should not store", "must not store", "does not keep")  # fmt: skip


def _verb_index() -> dict[str, list[tuple[tuple[str, ...], str]]]:
    found: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for kind, phrases in (
        ("lack", _LACK),
        ("have", (*HAVE_PHRASES, *HAVE)),
        ("belong", BELONG_PHRASES),
    ):
        for phrase in phrases:
            words = tuple(phrase.split())
            found.setdefault(words[0], []).append((words, kind))
    for entries in found.values():
        entries.sort(key=lambda entry: -len(entry[0]))
    return found


_VERBS = _verb_index()
_NOUNS_TOO = {"stores", "records", "holds", "lists", "needs", "features", "offers", "store",
    "record",
              "hold", "tracks", "track", "own", "contain", "reference", "references",
              "keep", "requires"}  # fmt: skip


def main_verb(tokens: Sequence[Token]) -> tuple[int, int, str] | None:
    """Gives where the verb of having or belonging starts and ends, and which it is."""
    depth = 0
    for at, token in enumerate(tokens):
        depth += {"(": 1, ")": -1}.get(token.low, 0) if token.kind == "sign" else 0
        if depth or token.low not in _VERBS:
            continue
        for phrase, kind in _VERBS[token.low]:
            end = at + len(phrase)
            if tuple(each.low for each in tokens[at:end]) != phrase or end >= len(tokens):
                continue
            if token.low in ("has", "have") and tokens[end].low in ("to", "been"):
                continue
            if len(phrase) == 1 and token.low in _NOUNS_TOO and not agrees(tokens, at):
                continue
            return at, end, kind
    for at in range(1, min(len(tokens) - 1, 6)):
        if tokens[at].low == "with":
            return at, at + 1, "have"
        if not tokens[at].is_name or tokens[at].low in AUXILIARY | MODALS:
            return None
    return None


def relate(clause: Clause, draft: Draft, tokens: Sequence[Token]) -> bool:
    """Reads `S has …`, `S belongs to …`, `S is written by …` and `S writes …`."""
    found = main_verb(tokens)
    passive = _passive(tokens)
    if passive is not None and (found is None or passive[0] < found[0]):
        return _belongs(clause, draft, tokens, *passive)
    if found is not None and not _acts_first(tokens, found[0]):
        start, end, kind = found
        if kind == "belong":
            return _belongs(clause, draft, tokens, start, end)
        return _has(clause, draft, tokens, found)
    return acts(clause, draft, tokens)


def _acts_first(tokens: Sequence[Token], at: int) -> bool:
    verb = action(tokens[:at])
    return verb is not None and verb > 0


def _has(
    clause: Clause, draft: Draft, tokens: Sequence[Token], found: tuple[int, int, str]
) -> bool:
    start, end, kind = found
    before = list(tokens[:start])
    if NEGATIONS & {token.low for token in before}:
        return False
    optional = bool(before and before[-1].low == "optionally")
    while before and before[-1].low in ADVERBS | {"which", "that", "who"}:
        before.pop()
    before = without_hedges(clause, before)
    owner = subject(clause, draft, before)
    if not owner:
        return False
    objects = list(tokens[end:])
    if kind == "lack":
        objects = [tokens[end - 1], *objects]
        return _lacks(clause, draft, owner, tokens[end:])
    if optional or tokens[start].low == "optionally":
        marker = next(t for t in tokens[max(0, start - 1) :] if t.low == "optionally")
        objects = [marker, *objects]
    draft.entity(owner)
    draft.last = owner
    must = "must" in {t.low for t in tokens[start:end]}
    if (
        objects
        and objects[0].low in ("the", "these")
        and [t.low for t in objects[1:3]][-1:]
        in (
            ["fields"],
            ["columns"],
            ["attributes"],
        )
    ):
        objects = objects[3:]
    if not objects:
        clause.means(f"what {plural(owner.replace('_', ' '))} have follows")
        return True
    return Having(clause, draft, owner, must=must).read(objects)


def _lacks(clause: Clause, draft: Draft, owner: str, objects: Sequence[Token]) -> bool:
    having = Having(clause, draft, owner)
    draft.last = owner
    for item in ItemReader(objects, draft).items():
        if item.words:
            having._absent(item)
        clause.unread([*item.inside, *item.unread])
    return having.said > 0


def _passive(tokens: Sequence[Token]) -> tuple[int, int] | None:
    """`is placed by`, `can be assigned to`, `are with`: where it starts and ends."""
    if (
        len(tokens) > 2
        and FINAL_PARTICIPLE.match(tokens[0].low)
        and tokens[1].low in ("by", "to", "in", "for", "from")
    ):
        return 0, 2
    for at in range(min(len(tokens) - 2, 14)):
        if tokens[at].low not in AUXILIARY or at == 0:
            continue
        following = at + 1
        while following < len(tokens) and tokens[following].low in ADVERBS:
            following += 1
        if following + 1 >= len(tokens):
            return None
        low = tokens[following].low
        if low in PREPOSITIONS - {"of", "at"}:
            return at, following + 1
        if FINAL_PARTICIPLE.match(low) and tokens[following + 1].low in PREPOSITIONS - {
            "of",
            "at",
            "with",
        }:
            return at, following + 2
        if (
            low in ("tagged", "labelled", "labeled", "associated")
            and tokens[following + 1].low == "with"
        ):
            return at, following + 2
        return None
    return None


_NO_BELONGING = {"copied", "taken", "frozen", "derived", "calculated", "computed", "changed",
    "unique", "identified", "ordered", "sorted", "deleted", "removed", "updated",
    "modified"}  # fmt: skip
"""What is done to values or rows, which makes nobody an owner."""
_RELATED = {"related", "linked", "connected", "associated", "similar"}
_NONE = {"is", "are", "not", "none", "nothing", "no", "nowhere", "without", "isn't", "in"}


def _or_none(tokens: Sequence[Token], end: int) -> tuple[Sequence[Token], bool]:
    """`hangs in one gallery or is in storage`: what follows `or` says that there may be none."""
    for at in range(end + 1, len(tokens) - 1):
        if tokens[at].low == "or" and tokens[at + 1].low in _NONE:
            return tokens[:at], True
    return tokens, False


def _belongs(clause: Clause, draft: Draft, tokens: Sequence[Token], start: int, end: int) -> bool:
    before = list(tokens[:start])
    if any(token.low in _NO_BELONGING for token in tokens[start:end]):
        return False
    tokens, lacking = _or_none(tokens, end)
    may = lacking or any(
        token.low in ("can", "may", "could", "optionally")
        for token in tokens[max(0, start - 2) : end]
    )
    while before and before[-1].low in MODALS | ADVERBS | {"which", "that", "who", "be"}:
        before.pop()
    if NEGATIONS & {t.low for t in tokens[:end]}:
        return False
    participle = next((t.low for t in tokens[start:end] if FINAL_PARTICIPLE.match(t.low)), "")
    preposition = tokens[end - 1].low
    behind, more = _attributes_behind(tokens[end:], draft)
    objects = list(objects_of(clause, draft, behind))
    after = with_of(objects, behind, draft)
    if not objects or not all(nameable(draft, item) for item in objects):
        return False
    source = subject(clause, draft, without_hedges(clause, before))
    if not source:
        return False
    one = bool(before) and not is_plural(before[-1].low)
    for position, item in enumerate(objects):
        target = draft.named(item.target or item.words)
        role = attribute_name(item.words) if item.target else ""
        required: bool | None = item.quantity.required if item.quantity else None
        if may and required is None and position == 0:
            required = False
        required = item.said.get("required", required)
        required = False if lacking and position == 0 else required
        kind = _kind_of(item, one or participle in ("tagged", "labelled", "labeled"))
        if item.marks.get("ordered") and kind == "refers":
            draft.entity(source).flags["position"] = target
            clause.means(f"{target} keeps them in a chosen order")
        if source == target and is_plural(item.words[-1].low) and participle in _RELATED:
            kind, role = "many-to-many", f"{participle}_{plural(target)}"
        hint = HINTS.get(
            participle, f"{participle}_by" if preposition == "by" and participle else ""
        )
        fact = Fact(kind, source, target, clause, role, required=required, hint=hint)
        _say(clause, draft, fact, loose=_is_loose(before, item, fact))
        if item.said.get("immutable"):
            clause.means(f"the {target} of a {source} never changes")
        preposed(clause, draft, source, item)
    _after(clause, draft, source, after, more)
    draft.latest = (source, "", draft.facts[-1].target) if draft.facts else None
    draft.last = source
    return True


def _say(clause: Clause, draft: Draft, fact: Fact, *, loose: bool) -> None:
    if not loose:
        say(clause, draft, fact)
        return
    draft.need(fact.source, fact.target, clause)
    clause.means(told_fact(fact.kind, fact.source, fact.target, "", fact.required))


def _is_loose(before: Sequence[Token], item: Item, fact: Fact) -> bool:
    """`users are in teams` does not say of how many: another clause may."""
    several = bool(before) and is_plural(before[-1].low) and is_plural(item.words[-1].low)
    return several and fact.kind == "refers" and not (fact.name or fact.hint or item.quantity)


def _attributes_behind(
    tokens: Sequence[Token], draft: Draft
) -> tuple[Sequence[Token], Sequence[Token]]:
    """`belongs to a patient, starts at, ends at`: behind a comma is what the subject has."""
    plain = [
        token
        for at, token in enumerate(tokens)
        if not (token.low == "to" and at and tokens[at - 1].low in ("or", "and", ","))
    ]
    for at, token in enumerate(plain):
        if token.low != "," or not plain[at + 1 : at + 2] or qualifier(plain, at + 1):
            continue
        if plain[at + 1].low == "with":
            return [*plain[:at], *plain[at + 1 :]], ()
        words = [t.low for t in plain[at + 1 : at + 4] if t.low not in ("a", "an", "the")]
        named = any(type_by_name(tuple(words[:width])) for width in range(1, len(words) + 1))
        if named and not draft.is_thing(plain[at + 1 : at + 2]):
            return plain[:at], plain[at + 1 :]
    return plain, ()


def _kind_of(item: Item, several: bool) -> FactKind:
    """Whether the one belongs to one or to many; a plural is many where one was spoken of."""
    many = bool(item.quantity and item.quantity.many)
    many = many or (several and is_plural(item.words[-1].low))
    said = item.marks.get("relation") == "many-to-many"
    return "many-to-many" if many or said else "refers"


def _after(
    clause: Clause, draft: Draft, source: str, after: Sequence[Token], more: Sequence[Token]
) -> None:
    """What stands behind `with`: of the pair where the two are many, else of the subject."""
    if more:
        Having(clause, draft, source, listed=True).read(more)
    if not after:
        return
    pair = draft.facts[-1] if draft.facts else None
    holder = source
    if pair and pair.kind == "many-to-many" and pair.source != pair.target:
        holder = draft.link(pair.source, pair.target, clause)
        clause.means(f"{holder.replace('_', ' ')} stands for a pair of the two")
    Having(clause, draft, holder).read(after)

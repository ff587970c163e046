"""What stands around a verb: its objects, hedges, negations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dbwright.collect.words.clause import Clause
from dbwright.collect.words.draft import DETERMINERS, Draft, Fact, FactKind
from dbwright.collect.words.item import Item
from dbwright.collect.words.items import ItemReader
from dbwright.collect.words.morphology import FINAL_PARTICIPLE, is_plural
from dbwright.collect.words.phrases import PREPOSITIONS, quantity
from dbwright.collect.words.telling import told_fact
from dbwright.collect.words.tokens import Token
from dbwright.collect.words.vocabulary import NAME_TYPES, THINGS

NEGATIONS = {"not", "cannot", "never", "no", "nobody", "without", "neither"}
ADVERBS = {"also", "optionally", "always", "only", "either", "both"}
HEDGES = {
    "usually",
    "sometimes",
    "typically",
    "mostly",
    "normally",
    "often",
    "rarely",
    "generally",
    "currently",
}


def agrees(tokens: Sequence[Token], at: int) -> bool:
    """Whether a word that is a noun too is the verb of the noun before it."""
    if at == 0:
        following = tokens[1:2]
        return bool(following) and (
            following[0].low in DETERMINERS or quantity(tokens, 1) is not None
        )
    before, low = tokens[at - 1], tokens[at].low
    if before.low in PREPOSITIONS or not before.is_name:
        return False
    if before.low in (
        "it",
        "they",
        "which",
        "that",
        "who",
        "also",
        "must",
        "can",
        "we",
        "should",
        "may",
    ):
        return True
    return is_plural(before.low) != low.endswith("s")


def without_hedges(clause: Clause, tokens: Sequence[Token]) -> list[Token]:
    """`usually` cannot be kept by a table, so it is told."""
    hedges = [token for token in tokens if token.low in HEDGES]
    clause.unread(hedges)
    return [token for token in tokens if token not in hedges]


def preposed(clause: Clause, draft: Draft, source: str, item: Item) -> None:
    """Notes what an item refers to by a preposition, and tells what is left of it."""
    for _, how_many, words in item.marks.get("objects", ()):
        kind: FactKind = "many-to-many" if how_many and how_many.many else "refers"
        required = how_many.required if how_many and kind == "refers" else None
        say(clause, draft, Fact(kind, source, draft.named(words), clause, required=required))
    clause.unread([*item.inside, *item.unread], item.why)


def say(clause: Clause, draft: Draft, fact: Fact) -> None:
    """Notes a fact and what it means."""
    draft.fact(fact)
    clause.means(told_fact(fact.kind, fact.source, fact.target, fact.name, fact.required))


def objects_of(clause: Clause, draft: Draft, tokens: Sequence[Token]) -> Iterator[Item]:
    """Gives the objects of a verb."""
    for item in ItemReader(tokens, draft, acting=True).items():
        if item.words:
            yield item
        else:
            clause.unread(item.unread)


def nameable(draft: Draft, item: Item) -> bool:
    """Whether an item can name a thing."""
    key = draft.named(item.words)
    plain = item.quantity is None and not is_plural(item.words[-1].low)
    valued = item.phrase in NAME_TYPES and item.phrase not in THINGS
    if plain and valued and draft.find(item.words) is None:
        return False  # `people are invited by email`
    return (
        bool(key)
        and len(item.words) <= 3
        and (draft.is_thing(item.words) or not FINAL_PARTICIPLE.match(item.words[0].low))
        and (draft.is_thing(item.words) or bool(item.quantity) or not item.said)
    )


def with_of(objects: list[Item], rest: Sequence[Token], draft: Draft) -> Sequence[Token]:
    """What stands behind `with` and is what the object has: it leaves the objects."""
    for place, item in enumerate(objects):
        if item.marks.get("with"):
            last = item.words[-1]
            at = next(
                (
                    n
                    for n, token in enumerate(rest)
                    if (token.low == "with" and token.start > last.start) or token.line > last.line
                ),
                0,
            )
            del objects[place + 1 :]
            return rest[at + 1 :] if at else ()
    return ()

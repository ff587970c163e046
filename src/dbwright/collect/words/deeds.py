"""Below an entity, what somebody does with something: the entity stands for that deed."""

from __future__ import annotations

from collections.abc import Sequence

from dbwright.collect.words.attributes import Having
from dbwright.collect.words.clause import Clause
from dbwright.collect.words.draft import DETERMINERS, Draft, Fact
from dbwright.collect.words.morphology import is_plural, verb_of
from dbwright.collect.words.phrases import PREPOSITIONS
from dbwright.collect.words.telling import told_fact
from dbwright.collect.words.tokens import Token
from dbwright.collect.words.verbs import AUXILIARY, HAVE, MODALS


def acted(clause: Clause, draft: Draft, owner: str, tokens: Sequence[Token]) -> bool:
    """Reads `Slot: artist plays on a stage`: a slot refers to an artist and to a stage."""
    if not owner or clause.subject != owner:
        return False
    who, at = _thing(draft, tokens, 0)
    if not who or who == owner or at >= len(tokens):
        return False
    verb = tokens[at].low
    if verb in AUXILIARY | MODALS | HAVE | _NO_DEEDS or verb_of(verb) == verb or verb[-1:] != "s":
        return False
    at += 1
    while at < len(tokens) and tokens[at].low in PREPOSITIONS:
        at += 1
    what, end = _thing(draft, tokens, at)
    behind = tokens[end + 1 :] if end < len(tokens) and tokens[end].low == "," else ()
    if not what or what in (owner, who) or (end != len(tokens) and not behind):
        return False
    for target in (who, what):
        draft.fact(Fact("refers", owner, target, clause))
        draft.placed.append((owner, "", target))
        clause.means(told_fact("refers", owner, target, "", None))
    draft.entity(owner).defined = True
    if behind:
        Having(clause, draft, owner, listed=True).read(behind)
    return True


_NO_DEEDS = {"belongs", "refers", "references", "points", "goes", "becomes", "equals", "lies",
    "starts", "stays"}  # fmt: skip


def _thing(draft: Draft, tokens: Sequence[Token], at: int) -> tuple[str, int]:
    """The one thing that is named there, and where its name ends."""
    while at < len(tokens) and tokens[at].low in DETERMINERS:
        at += 1
    for width in (3, 2, 1):
        words = tokens[at : at + width]
        if len(words) < width or not all(word.is_name for word in words):
            continue
        found = draft.find(words)
        if found is not None and not found[1] and not is_plural(words[-1].low):
            return found[0], at + width
    return "", at

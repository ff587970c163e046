"""Verbs that no list knows, between two things that the request knows: `parents pick up kids`."""

from __future__ import annotations

from collections.abc import Sequence

from dbwright.collect.words.attributes import Having
from dbwright.collect.words.clause import Clause
from dbwright.collect.words.draft import DETERMINERS, Draft, Fact, naming, shown_entity
from dbwright.collect.words.morphology import is_plural, noun_key
from dbwright.collect.words.objects import NEGATIONS, agrees, say
from dbwright.collect.words.phrases import PREPOSITIONS, quantity
from dbwright.collect.words.telling import told_fact
from dbwright.collect.words.tokens import Token
from dbwright.collect.words.verbs import MODALS

_BETWEEN = DETERMINERS | PREPOSITIONS | {"up", "out", "off", "over", "one", "or", "more", "many",
    "several", "multiple", "least", "most", "some", "with"}  # fmt: skip
"""Words that can stand between such a verb and its object."""
_LONGEST = 6


def _verb(draft: Draft, tokens: Sequence[Token]) -> int:
    """Where a word of which nothing is known stands behind a known thing, 0 for nowhere."""
    for at in range(1, min(len(tokens) - 1, _LONGEST)):
        if tokens[at].kind != "word" or not tokens[at - 1].is_name or tokens[at].low in _BETWEEN:
            continue
        modal = tokens[at - 1].low in MODALS
        subject = draft.find(tokens[: at - modal])
        if subject is not None and not subject[1] and (modal or agrees(tokens, at)):
            return at
    return 0


def _object(draft: Draft, tokens: Sequence[Token], at: int) -> tuple[int, int, str]:
    """Where the thing behind the verb starts and ends, and its key; zeros for none."""
    for start in range(at, min(at + _LONGEST, len(tokens))):
        for width in (3, 2, 1):
            words = tokens[start : start + width]
            found = draft.find(words) if all(t.is_name for t in words) else None
            if found and not found[1] and len(naming(words)) == len(words) == width:
                return start, start + width, found[0]
        if tokens[start].low not in _BETWEEN:
            break
    return 0, 0, ""


def unknown(clause: Clause, draft: Draft, tokens: Sequence[Token]) -> bool:
    """Takes what two things have to do with each other as their number says, and tells that."""
    at = _verb(draft, tokens)
    if not all(t.is_name for t in tokens[:at]) or "between" in {t.low for t in tokens}:
        return False
    start, end, other = _object(draft, tokens, at + 1) if at else (0, 0, "")
    subject = draft.find([t for t in tokens[:at] if t.low not in MODALS]) if at else None
    if not end or subject is None or NEGATIONS & {t.low for t in tokens}:
        return False
    one, behind = subject[0], tokens[end:]
    if any({fact.source, fact.target} == {one, other} for fact in draft.facts):
        clause.unread(
            clause.tokens, "It adds nothing to what else is said of the two that a table keeps."
        )
        return False
    event = draft.find([tokens[at]])
    if event is not None and not event[1] and event[0] not in (one, other):
        return _event(clause, draft, event[0], (one, other), behind)
    many = any((said := quantity(tokens, n)) and said[1].many for n in range(at + 1, start))
    single = not many and not is_plural(tokens[end - 1].low)
    several = is_plural(tokens[at - 1].low) or tokens[0].low in ("each", "every")
    holder = one
    if single and (several or tokens[at - 1].low in MODALS):
        draft.need(one, other, clause)
        clause.means(told_fact("refers", one, other, "", None))
    elif other in draft.roles_of(one).values() or one in draft.roles_of(other).values():
        clause.unread(
            clause.tokens, "It adds nothing to what else is said of the two that a table keeps."
        )
        return False
    elif behind and behind[0].low in ("with", "since"):
        holder = draft.link(one, other, clause)
        clause.means(f"{holder.replace('_', ' ')} stands for a pair of the two")
    else:
        say(clause, draft, Fact("many-to-many", one, other, clause))
    clause.means(f"as nothing says what “{tokens[at].low}” makes of how many, that was assumed")
    draft.last = one
    _behind(clause, draft, holder, behind)
    return True


def _behind(clause: Clause, draft: Draft, holder: str, behind: Sequence[Token]) -> None:
    if behind and behind[0].low == "with" and len(behind) > 1:
        Having(clause, draft, holder).read(behind[1:])
    else:
        clause.unread(behind)


def named_by_verb(clause: Clause, draft: Draft, tokens: Sequence[Token]) -> bool:
    """`employees request leave`, where there are leave requests: whose each of them is."""
    for at in range(1, min(len(tokens) - 1, 4)):
        key = noun_key([t.low for t in [*naming(tokens[at + 1 :]), tokens[at]]])
        who = draft.find(tokens[:at]) or (draft.named(tokens[:at]), ())
        named = draft.is_thing(tokens[:at]) and all(t.is_name for t in tokens[:at])
        if not named or who[1] or not draft.is_known(key) or key == who[0]:
            continue
        if not agrees(tokens, at) or draft.find(tokens[at + 1 :]) not in (None, (key, ())):
            return False
        say(clause, draft, Fact("refers", key, who[0], clause, hint=f"{tokens[at].low}er"))
        draft.last = key
        return True
    return False


def _event(
    clause: Clause, draft: Draft, event: str, ends: tuple[str, str], behind: Sequence[Token]
) -> bool:
    """`mechanics repair cars`, where a repair is a thing as well: it refers to both."""
    for end in ends:
        draft.need(event, end, clause)
        clause.means(told_fact("refers", event, end, "", None))
    clause.means(f"each {shown_entity(event)} is one time that it is done")
    draft.last = event
    _behind(clause, draft, event, behind)
    return True

"""One clause, read by the first construction that fits it."""

from __future__ import annotations

from collections.abc import Sequence

from dbwright.collect.words import (
    access,
    deletion,
    figures,
    growth,
    lifecycle,
    linking,
    notation,
    once,
    order,
    overlaps,
    pairwise,
    soft_deletion,
    spans,
    states,
    tenancy,
    uniqueness,
)
from dbwright.collect.words.attributes import Having
from dbwright.collect.words.clause import Clause, without_fillers
from dbwright.collect.words.describe import describe
from dbwright.collect.words.draft import Draft, Fact
from dbwright.collect.words.morphology import is_plural, verb_of
from dbwright.collect.words.patterns import joined
from dbwright.collect.words.relating import related
from dbwright.collect.words.relations import relate
from dbwright.collect.words.restate import restated
from dbwright.collect.words.scan import inside
from dbwright.collect.words.telling import told_fact
from dbwright.collect.words.tokens import Token
from dbwright.collect.words.verbs import FINITE
from dbwright.collect.words.vocabulary import BUNDLE_NAMES

_GRAMMARS = (
    linking.grammar, notation.grammar, deletion.grammar, soft_deletion.grammar,
    lifecycle.grammar, growth.grammar, tenancy.grammar, spans.grammar, overlaps.grammar,
    order.grammar, once.grammar, pairwise.grammar, uniqueness.grammar, states.grammar,
    access.grammar, figures.grammar,
)  # fmt: skip
_JOINTS = {",", ";", "and", "but", "while", "whereas", "—", ":", "so", "because", "although",
    "where",
           "-", "or", ".", "(", "then"}  # fmt: skip
_IT = Token("", "it", "word", 0, 0, 0)
"""Stands for the subject of a clause that names none: `and is never updated`."""
_LONGEST = 60
"""Words of a clause that patterns are tried on; longer ones are lists."""


def read_clause(clause: Clause, draft: Draft) -> bool:
    """Reads a clause; gives whether anything was made of it."""
    tokens = core(clause.plain or clause.tokens)
    if not tokens:
        return False
    if len(tokens) > _LONGEST:
        return _read(clause, draft, tokens)
    led = restated(draft, [_IT, *tokens]) if _is_predicate(tokens[0]) else ()
    for said in (*restated(draft, tokens), *led):
        if _tried(clause, draft, lambda said=said: _all_read(clause, draft, said)):
            return True
    if _read(clause, draft, tokens):
        return True
    _turn(clause, draft, tokens)
    return False


def _is_predicate(token: Token) -> bool:
    """Whether a clause starts with its verb: `and starts at a given time`."""
    verb = verb_of(token.low)
    return token.low in FINITE or (token.low.endswith("s") and verb != token.low)


def _turn(clause: Clause, draft: Draft, tokens: Sequence[Token]) -> None:
    """A clause of which nothing was made still says of what the next ones speak."""
    if tokens[0].low not in ("a", "an", "each", "every", "the") or clause.subject:
        return
    for length in (3, 2, 1):
        found = draft.find(tokens[1 : 1 + length]) if len(tokens) > length + 1 else None
        if found is not None and not found[1]:
            draft.last = found[0]
            return


def _all_read(clause: Clause, draft: Draft, said: Sequence[list[Token]]) -> bool:
    """Reads the clauses that say the same; what none of them holds was only how it was said."""
    read = [_read(clause, draft, core(each)) for each in said]
    return all(read)


def _read(clause: Clause, draft: Draft, tokens: list[Token]) -> bool:
    if len(tokens) > 1 and tokens[0].low == "each" and tokens[1].low in ("with", "having"):
        return Having(clause, draft, clause.subject or draft.last).read(tokens[2:])
    if len(tokens) <= _LONGEST and _by_pattern(clause, draft, tokens):
        return True
    if (
        tokens[0].low in FINITE
        and len(tokens) <= _LONGEST
        and _by_pattern(clause, draft, [_IT, *tokens])
    ):
        return True
    if len(tokens) <= _LONGEST and _aside(clause, draft, tokens):
        return True
    if tokens[0].low == "with" and len(tokens) > 1 and (clause.subject or draft.last):
        return Having(clause, draft, clause.subject or draft.last).read(tokens[1:])
    if _tried(clause, draft, lambda: relate(clause, draft, tokens)):
        return True
    led = _is_predicate(tokens[0]) and bool(clause.subject or draft.last)
    if led and _tried(clause, draft, lambda: relate(clause, draft, [_IT, *tokens])):
        return True
    if _tried(clause, draft, lambda: describe(clause, draft, tokens)):
        return True
    return _tried(clause, draft, lambda: noun_phrase(clause, draft, tokens))


def _aside(clause: Clause, draft: Draft, tokens: list[Token]) -> bool:
    """`a booking can be cancelled (cancelled_at)`: a construction with an aside in it."""
    at = next((n for n, token in enumerate(tokens) if token.low == "("), 0)
    if not at:
        return False
    end = inside(tokens, at)
    inner, outer = tokens[at + 1 : end], [*tokens[:at], *tokens[end + 1 :]]
    subject = clause.subject
    if not _by_pattern(clause, draft, outer):
        return False
    clause.subject = draft.last or subject
    said = len(clause.meanings)
    if not _by_pattern(clause, draft, inner) and not _named(clause, draft, inner):
        clause.unread(inner)
    elif len(clause.meanings) == said:
        clause.means("and that is the same")
    clause.subject = subject
    return True


def _named(clause: Clause, draft: Draft, inner: Sequence[Token]) -> bool:
    """Whether an aside only names what was said: `(cancelled_at)`, `(soft delete)`."""
    text = " ".join(token.low for token in inner)
    names = [name for key in draft.entities for name in draft.entities[key].attributes]
    return text.replace(" ", "_") in names or BUNDLE_NAMES.get(text) in (
        "versioning",
        "soft delete",
    )


def noun_phrase(clause: Clause, draft: Draft, tokens: Sequence[Token]) -> bool:
    """`API keys for accounts`: a thing, and what it refers to, in a clause without a verb."""
    found = related(tokens)
    if found is None or found.rest or found.inside or not is_plural(found.noun[-1].low):
        return False
    if not all(draft.is_thing(words) for _, words in found.objects) or len(found.noun) > 3:
        return False
    if draft.find(found.noun) is None and len(found.noun) < 2 and not draft.is_thing(found.noun):
        return False
    if len(found.noun) > 2 and any(is_plural(t.low) for t in found.noun[:-1]):
        return False  # `a laboratory analyses samples`: a verb stands among them
    known = draft.find(found.noun)
    if known is not None and len(found.noun) > 2 and known[1]:
        clause.unread(known[1])
    elif known is not None and known[1]:
        return False  # `open tickets of a user`: rows in a state are no entity of their own
    key = known[0] if known and len(found.noun) > 2 else draft.named(found.noun)
    draft.entity(key).defined = True
    for _, words in found.objects:
        target = draft.named(words)
        draft.fact(Fact("refers", key, target, clause))
        clause.means(told_fact("refers", key, target, "", None))
    draft.last = key
    return True


def read_pattern(clause: Clause, draft: Draft) -> bool:
    """Reads a clause that fits a construction as a whole."""
    tokens = core(clause.tokens)
    return 0 < len(tokens) <= _LONGEST and (
        _by_pattern(clause, draft, tokens) or _aside(clause, draft, tokens)
    )


def core(tokens: Sequence[Token]) -> list[Token]:
    """Gives the tokens without joints at their ends and words that say nothing."""
    found = without_fillers(_without_asides(tokens))
    while found and found[0].low in _JOINTS and len(found) > 1:
        found.pop(0)
    while found and (found[-1].low in _JOINTS or found[-1].low in ("!", "?")):
        found.pop()
    if [t.low for t in found[-2:]] == ["as", "well"]:
        found = found[:-2]
    return found


_ASIDES = (("of", "course"), ("over", "time"), ("in", "general"), ("by", "the", "way"),
    ("in", "addition"), ("for", "now"), ("at", "the", "moment"), ("if", "possible"),
    ("so", "to", "speak"), ("in", "other", "words"), ("on", "top", "of", "that"),
    ("so", "basically"), ("at", "first"), ("to", "be", "precise"))  # fmt: skip


def _without_asides(tokens: Sequence[Token]) -> list[Token]:
    """The tokens without phrases that say nothing by themselves: `of course`."""
    found: list[Token] = []
    at = 0
    while at < len(tokens):
        width = next(
            (
                len(phrase)
                for phrase in _ASIDES
                if tuple(t.low for t in tokens[at : at + len(phrase)]) == phrase
            ),
            0,
        )
        at += width
        if not width:
            found.append(tokens[at])
            at += 1
    return found


def _by_pattern(clause: Clause, draft: Draft, tokens: Sequence[Token]) -> bool:
    words = [token.low for token in tokens]
    text, there = joined(words), frozenset(words)
    for grammar in _GRAMMARS:
        for pattern, handler in grammar.rules:
            slots = pattern.match(words, text, there)
            if slots is None:
                continue
            found = {name: [tokens[at] for at in places] for name, places in slots.items()}
            if _tried(
                clause, draft, lambda handler=handler, found=found: handler(clause, draft, found)
            ):
                return True
    return False


def _tried(clause: Clause, draft: Draft, read: object) -> bool:
    """What was noted by a construction that did not fit after all is taken back."""
    meanings, reasons, spare = len(clause.meanings), len(clause.reasons), set(clause.spare)
    entities, facts, last = len(draft.entities), len(draft.facts), draft.last
    problems = len(clause.problems)
    if read():  # type: ignore[operator]
        del clause.problems[: clause.asked]  # what a construction asked that did not fit
        clause.asked = 0
        return True
    clause.asked += len(clause.problems) - problems
    del clause.meanings[meanings:]
    del draft.facts[facts:]
    kept = clause.reasons[reasons:]
    clause.reasons[reasons:] = kept[:1]
    clause.spare = spare
    draft.last = last
    while len(draft.entities) > entities:
        draft.entities.popitem()
    return False

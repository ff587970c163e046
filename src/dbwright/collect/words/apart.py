"""What a sentence says beside its main clause, taken apart: relative clauses, participles, asides.

`agents answer tickets opened by customers` says two things, `agents answer tickets` and `tickets
are opened by customers`; so does `couriers (name, phone) deliver parcels`.
"""

from __future__ import annotations

from collections.abc import Sequence

from dbwright.collect.words.attached import ENDS, Part, noun_before, word
from dbwright.collect.words.draft import DETERMINERS, Draft
from dbwright.collect.words.headings import is_attribute_noun, listing
from dbwright.collect.words.morphology import FINAL_PARTICIPLE, is_plural, verb_of
from dbwright.collect.words.phrases import PREPOSITIONS, STOPS, quantity
from dbwright.collect.words.scan import inside
from dbwright.collect.words.starting import starts_clause
from dbwright.collect.words.tokens import Token
from dbwright.collect.words.trailing import behind, kept, per
from dbwright.collect.words.verbs import ALL_VERBS, FINITE, HAVE, NOUNS_TOO
from dbwright.collect.words.vocabulary import THINGS

_RELATIVE = {"which", "who", "that"}
_PARTICIPLES_OF = {"belonging": "belong", "referencing": "reference", "containing": "contain",
    "having": "have", "holding": "have", "linking": "link", "owning": "own", "pointing": "point",
    "referring": "refer", "storing": "have", "recording": "have"}  # fmt: skip
"""Participles that say how two things refer to each other, and the verb that says it."""
_SHUT = {"when", "if", "once", "whenever", "no", "only", "from", "never", "deleting", "two",
    "while", "unless", "prevent", "either", "soft"}  # fmt: skip
"""Words that open a rule, which is read as a whole."""
_OF_ROWS = {"deleted", "removed", "copied", "taken", "frozen", "derived", "calculated", "computed",
    "sorted", "ordered", "based", "set", "updated", "changed", "unique", "identified", "numbered",
    "grouped", "called", "named", "archived", "marked"}  # fmt: skip
_MOST_WORDS = 12


def parts_of(tokens: Sequence[Token], draft: Draft) -> list[Part]:
    """Gives the main clause of a sentence and what else is said in it, in their order."""
    main, parts = _spread(tokens), []
    if not tokens or tokens[0].low in _SHUT:
        return [Part(tuple(tokens), tuple(tokens))]
    for found in (_aside, kept, per, _relative, _reduced, behind):
        at = 1
        while at < len(main):
            taken = found(main, at, draft)
            if taken is None:
                at += 1
                continue
            part, end = taken
            parts.append(part)
            del main[at:end]
    said = tuple(token for token in main if token.end > token.start)
    return [Part(said, tuple(main)), *sorted(parts, key=lambda p: _place(p.tokens[0]))]


def _spread(tokens: Sequence[Token]) -> list[Token]:
    """`when it was sent, opened and clicked` are three moments."""
    found: list[Token] = []
    led: list[str] = []
    for at, token in enumerate(tokens):
        lows = [t.low for t in tokens[at : at + 3]]
        before = tokens[at - 1].low if at else ""
        if lows[0] == "when" and lows[1:2] in (["it"], ["they"]) and lows[2:] in _WAS:
            led = lows
        elif led and before in (",", "and", "or") and FINAL_PARTICIPLE.match(token.low):
            found += [word(each, token) for each in led]
        elif led and token.low not in (*led, ",", "and", "or"):
            led = led if FINAL_PARTICIPLE.match(token.low) else []
        found.append(token)
    return found


_WAS = (["was"], ["were"], ["is"], ["are"], ["got"], ["gets"])


def _place(token: Token) -> tuple[int, int]:
    return token.line, token.start


def _aside(tokens: list[Token], at: int, draft: Draft) -> tuple[Part, int] | None:
    """`couriers (name, phone)`: what stands in parentheses behind a thing is what it has."""
    if tokens[at].low != "(" or tokens[at].kind != "sign":
        return None
    noun = noun_before(tokens, at, draft) or _opening(tokens, at)
    if not noun:
        return None
    end = inside(tokens, at)
    inner = tokens[at + 1 : end]
    if not inner or not any(t.low == "," for t in inner):
        return None
    noun = _head(tokens, at, noun, draft)
    if is_attribute_noun(noun) and noun[-1].low not in THINGS and not is_plural(noun[-1].low):
        return None
    commas = sum(1 for t in inner if t.low in (",", "and"))
    joined = tokens[at - 1].end == tokens[at].start and tokens[at - 1].line == tokens[at].line
    things = all(_is_thing(draft, t) for t in inner if t.is_name)
    joined = joined and noun[-1].text[:1].isupper()
    if (2 * listing(inner) < commas + 1 or things) and not joined:
        return None
    return Part(tuple(tokens[at : end + 1]), tuple(inner), noun), end + 1


def _opening(tokens: Sequence[Token], at: int) -> tuple[Token, ...]:
    """`a resident (name, address) can …`: the noun that a sentence starts with."""
    first = 1 if tokens[0].low in DETERMINERS else 0
    words = tokens[first:at] if at < 5 else []
    named = 0 < len(words) < 4 and all(word.is_name for word in words)
    if not named:
        return ()
    close = inside(tokens, at) + 1
    acts = (
        close < len(tokens) and tokens[close].kind == "word" and tokens[close].low not in ("and",)
    )
    return tuple(words) if acts and not is_attribute_noun(words) else ()


def _head(
    tokens: Sequence[Token], at: int, noun: tuple[Token, ...], draft: Draft
) -> tuple[Token, ...]:
    """`readings of sensors (value, time)` are what readings have."""
    before = at - len(noun) - 1
    while before > 0 and tokens[before].low in DETERMINERS:
        before -= 1
    if before > 0 and tokens[before].low == "of":
        return noun_before(tokens, before, draft) or noun
    return noun


def _is_thing(draft: Draft, token: Token) -> bool:
    found = draft.find([token])
    return found is not None and not is_attribute_noun([token])


def _relative(tokens: list[Token], at: int, draft: Draft) -> tuple[Part, int] | None:
    """`tickets, which are opened by customers`, `a coupon whose code is unique`."""
    start = at + (tokens[at].low == "," and at + 1 < len(tokens))
    if tokens[start].low not in _RELATIVE | {"whose"}:
        return None
    noun = noun_before(tokens, at, draft)
    end = _end(tokens, start + 1, draft)
    said = tokens[start + 1 : end]
    if len(said) < 2:
        return None
    near = tokens[start]
    if near.low != "whose" and said[0].low in _GOES and said[1].low in ("from", "through"):
        words = noun or _name_before(tokens, at)
        return (
            (Part(tuple(tokens[at:]), (*words, *tokens[start + 1 :])), len(tokens))
            if words
            else None
        )
    if near.low == "whose":
        if not any(t.low in FINITE for t in said[1:]):
            return None
        return (
            (Part(tuple(tokens[at:end]), (*noun, word("'s", near), *said)), end) if noun else None
        )
    if not noun:
        return None
    if near.low != "who" and (turned := _turned(noun, said, draft)):
        return Part(tuple(tokens[at:end]), turned), end
    if not _acts(said, draft) or any(_is_main(t) for t in said[2:]):
        return None
    return Part(tuple(tokens[at:end]), (*noun, *said)), end


_GOES = {"goes", "moves", "passes", "progresses", "changes", "go", "move", "pass", "moving",
    "going", "passing", "progressing", "changing"}  # fmt: skip


def _name_before(tokens: Sequence[Token], at: int) -> tuple[Token, ...]:
    last = tokens[at - 1 : at]
    return tuple(last) if last and last[0].is_name else ()


def _turned(noun: tuple[Token, ...], said: Sequence[Token], draft: Draft) -> tuple[Token, ...]:
    """`a rating that a user gives to a movie` is what a user gives to a movie."""
    at = 1 if said[0].low in DETERMINERS else 0
    for width in (2, 1):
        who, verb = said[at : at + width], said[at + width : at + width + 1]
        if len(who) < width or not verb or not draft.is_thing(who):
            continue
        if verb_of(verb[0].low) in ALL_VERBS and verb[0].low not in FINITE:
            more = said[at + width + 1 :]
            return (*said[:at], *who, *verb, word("a", verb[0]), *noun, *more)
    return ()


def _is_main(token: Token) -> bool:
    """Whether a word is a verb of the clause around: `a sample that … must not be deleted`."""
    return token.low in FINITE - NOUNS_TOO


def _acts(said: Sequence[Token], draft: Draft) -> bool:
    """Whether a relative clause says how two things refer to each other."""
    first, second = said[0].low, said[1].low
    if first in ("is", "are", "was", "were"):
        known = FINAL_PARTICIPLE.match(second) and second not in _OF_ROWS
        return (
            bool(known)
            and len(said) > 3
            and said[2].low in PREPOSITIONS
            and _things(said[3:], draft)
        )
    if verb_of(first) in ALL_VERBS or first in HAVE:
        return _things(said[1:], draft)
    return False


def _things(words: Sequence[Token], draft: Draft) -> bool:
    """Whether a thing starts there, behind how many of them."""
    at = 0
    while at < len(words) and (words[at].low in DETERMINERS or words[at].low in ("both", "either")):
        at += 1
    found = quantity(words, at)
    at += found[0] if found else 0
    for length in (3, 2, 1):
        noun = words[at : at + length]
        if len(noun) == length and all(t.is_name for t in noun) and draft.is_thing(noun):
            return True
    first = words[at : at + 1]
    if not first or not first[0].is_name or first[0].low in STOPS | FINITE:
        return False
    named = first[0].text[:1].isupper() or is_plural(first[0].low) or at > 0
    return named and not is_attribute_noun(first)


def _reduced(tokens: list[Token], at: int, draft: Draft) -> tuple[Part, int] | None:
    """`tickets opened by customers`, `tokens belonging to users`, `items referencing products`."""
    if tokens[at].low == "," and [t.low for t in tokens[at + 1 : at + 2]] == ["each"]:
        return _each_done(tokens, at, draft)
    low = tokens[at].low
    following = tokens[at + 1].low if at + 1 < len(tokens) else ""
    if low in _GOES and low.endswith("ing") and following in ("from", "through"):
        words = noun_before(tokens, at, draft) or _name_before(tokens, at)
        go = word("go", tokens[at])
        return Part(tuple(tokens[at:]), (*words, go, *tokens[at + 1 :])), len(tokens)
    active = _PARTICIPLES_OF.get(low)
    done = (
        FINAL_PARTICIPLE.match(low)
        and low not in _OF_ROWS
        and following in PREPOSITIONS - {"of"}
        and _things(tokens[at + 2 :], draft)
    )
    if not (done or (active and _things(tokens[at + 1 + (following == "to") :], draft))):
        return None
    noun = noun_before(tokens, at, draft)
    if not noun:
        return None
    end = _end(tokens, at + 1, draft, reduced=True)
    near = tokens[at]
    many = is_plural(noun[-1].low)
    if active:
        verb = active if many else "has" if active == "have" else active + "s"
        return Part(tuple(tokens[at:end]), (*noun, word(verb, near), *tokens[at + 1 : end])), end
    be = word("are" if many else "is", near)
    return Part(tuple(tokens[at:end]), (*noun, be, *tokens[at:end])), end


def _each_done(tokens: list[Token], at: int, draft: Draft) -> tuple[Part, int] | None:
    """`replies, each written by a user`."""
    said = tokens[at + 2 :]
    noun = noun_before(tokens, at, draft)
    if not noun or len(said) < 3 or not FINAL_PARTICIPLE.match(said[0].low):
        return None
    if said[1].low not in PREPOSITIONS or not _things(said[2:], draft):
        return None
    end = _end(tokens, at + 3, draft, reduced=True)
    be = word("are", said[0])
    return Part(tuple(tokens[at:end]), (*noun, be, *tokens[at + 2 : end])), end


def _end(tokens: Sequence[Token], at: int, draft: Draft, *, reduced: bool = False) -> int:
    """Where what is said beside the main clause ends."""
    both = any(t.low in ("both", "either", "between") for t in tokens[at : at + 3])
    for place in range(at, min(len(tokens), at + _MOST_WORDS)):
        low = tokens[place].low
        if low in ENDS and (place > at or reduced):
            return place
        joint = low in ("and", "or", "with") and not both
        if joint and (reduced or starts_clause(tokens, place + 1, draft)):
            return place
        if reduced and place > at and _is_main(tokens[place]):
            return place
    return min(len(tokens), at + _MOST_WORDS)

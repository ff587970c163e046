"""What is asked for: `create a User model with …`, `design a blog`, `a shop where …`."""

from __future__ import annotations

from collections.abc import Sequence

from dbwright.collect.words.asking import (
    ADJECTIVES,
    JOINTS,
    LEADS,
    LISTING,
    MODELS,
    PLACES,
    SCHEMAS,
    SYSTEMS,
    VERBS,
)
from dbwright.collect.words.attributes import Having
from dbwright.collect.words.clause import Clause
from dbwright.collect.words.draft import DETERMINERS, Draft, Fact, shown_entity
from dbwright.collect.words.headings import is_attribute_noun
from dbwright.collect.words.morphology import is_plural
from dbwright.collect.words.phrases import STOPS
from dbwright.collect.words.scan import Scan
from dbwright.collect.words.starting import starts_clause
from dbwright.collect.words.telling import told_fact
from dbwright.collect.words.tokens import Token
from dbwright.collect.words.verbs import FINITE
from dbwright.collect.words.vocabulary import FILLERS

_HAVING = {"we have", "i have", "there is", "there are", "we need", "i need", "i want", "we want",
    "need", "want", "i would like", "we would like", "help me", "let us"}  # fmt: skip
"""Leads behind which things can stand at once: `I need a Customer with …`."""


def goal(
    clause: Clause, draft: Draft, tokens: Sequence[Token], *, more: bool = False
) -> Sequence[Token] | None:
    """Reads what is asked for at the start of a request; `more` where clauses follow it.

    Gives the tokens that are left to be read as clauses, None where nothing is asked for.
    """
    scan = Scan(tokens)
    led = _lead(scan)
    said = " ".join(token.low for token in tokens[: scan.at] if token.low not in FILLERS)
    verb = scan.take(*VERBS) or (said in _HAVING and _names_thing(scan, draft))
    if not led and not verb and (names := _only_names(scan.tokens, draft)):
        Having(clause, draft, "").read(names)
        return scan.tokens[len(scan.tokens) :]
    scan.take("me", "us", "up")
    while not scan.done and (scan.low() in FILLERS or scan.low() in DETERMINERS | {"me"}):
        scan.at += 1
    start = scan.at
    noun = _noun(scan)
    if not noun and start and scan.tokens[start - 1].low in MODELS and scan.low() == "for":
        noun = list(scan.tokens[start - 1 : start])  # `model for a clinic`: no verb after all
    if not noun:
        if verb and scan.low() in (":", ""):
            clause.means("what is asked for follows")
            return scan.tokens[scan.at + 1 :]
        return None
    last = noun[-1].low
    classes = last in ("class", "classes") and not noun[0].text[:1].isupper()
    if last in MODELS and not (classes and not (verb and len(noun) > 1)):
        return _models(clause, draft, scan, noun, asked=verb or led)
    ours = tokens[0].low == "our" and scan.low() in ("has", "have")
    if last in SYSTEMS | PLACES and ours:
        scan.at += 1
        clause.means(f"the domain is {' '.join(token.low for token in noun)}")
        return _list(clause, draft, scan)
    if last in SYSTEMS or (
        last in PLACES and (verb or not led or scan.done) and _is_place(scan, draft, noun)
    ):
        return _domain(clause, draft, scan, noun)
    if verb and not (led and tokens[start - 1 : start] and tokens[0].low in ("it",)):
        rest = _things(clause, draft, scan, start)
        return rest if rest is not None else _about(clause, draft, scan, noun, more=more)
    if not verb and len(noun) > 1 and scan.low() == "" and more and noun[-1].low in _TREES:
        return _tree(clause, draft, noun)
    return None


_TREES = {"tree", "hierarchy"}


def _tree(clause: Clause, draft: Draft, noun: Sequence[Token]) -> Sequence[Token]:
    """`a category tree where …`: what has others of its kind below it."""
    key = draft.named([t for t in noun[:-1] if t.low not in ADJECTIVES])
    draft.entity(key).defined = True
    draft.last = key
    draft.fact(Fact("refers", key, key, clause, "parent", False))
    clause.means(
        f"{shown_entity(key)} is an entity", told_fact("refers", key, key, "parent", False)
    )
    return ()


def _names_thing(scan: Scan, draft: Draft) -> bool:
    """Whether a thing stands there: a known one, several of a kind, the name of a class."""
    at = scan.at
    while at < len(scan.tokens) and scan.tokens[at].low in DETERMINERS | ADJECTIVES | FILLERS:
        at += 1
    words = _noun(Scan(scan.tokens, at))
    if not words or words[0].low in ("to", "that", "about", "around", "some", "at"):
        return False
    if any(t.low in MODELS | SYSTEMS for t in words):
        return False
    kept = not is_attribute_noun(words) and not NO_THINGS & {t.low for t in words}
    return draft.is_thing(words) or (
        kept and (is_plural(words[-1].low) or words[0].text[:1].isupper())
    )


NO_THINGS = {"rows", "records", "million", "indexes", "deletes", "timestamps", "help", "support"}


def _only_names(tokens: Sequence[Token], draft: Draft) -> Sequence[Token]:
    """`Order and OrderLine models as well as Product`: names of things, and nothing else."""
    names: list[Token] = []
    words: list[list[Token]] = [[]]
    at = 0
    while at < len(tokens):
        low = tokens[at].low
        end = next((n for n in (3, 2, 1) if _joins([t.low for t in tokens[at : at + n]])), 0)
        if end:
            words.append([])
            names.append(Token(",", ",", "sign", tokens[at].line, tokens[at].start, tokens[at].end))
            at += end
            continue
        if low not in MODELS | DETERMINERS:
            words[-1].append(tokens[at])
            names.append(tokens[at])
        at += 1
    words = [each for each in words if each]
    if len(words) < 2 or any(not _is_class(each, draft) for each in words):
        return ()
    return names


def _joins(words: Sequence[str]) -> bool:
    return tuple(words) in {
        (",",), ("and",), ("plus",), ("as", "well", "as"), ("along", "with"), ("together", "with"),
        ("/",),
    }  # fmt: skip


def _is_class(words: Sequence[Token], draft: Draft) -> bool:
    if len(words) > 3 or not all(t.is_name and t.low not in FINITE | STOPS for t in words):
        return False
    known = draft.find(words)
    if (known is not None and not known[1]) or draft.is_thing(words):
        return True
    return all(t.text[:1].isupper() for t in words) and not is_attribute_noun(words)


def _about(
    clause: Clause, draft: Draft, scan: Scan, noun: Sequence[Token], *, more: bool
) -> Sequence[Token] | None:
    """`a support desk in which …`, `a simple inventory: items, locations`: what it is about."""
    joint = _joint(scan)
    rest = scan.tokens[scan.at :]
    where = joint in ("where", "in which") or (not joint and scan.done and more)
    lists = joint in (":", "—", "-", "with") and rest and _lists_things(rest, draft)
    if is_plural(noun[-1].low) or is_attribute_noun(noun) or not (where or lists):
        return None
    if noun[-1].low in _TREES and len(noun) > 1 and where:
        return _tree(clause, draft, noun) or rest
    draft.domain = draft.domain or " ".join(token.low for token in noun)
    clause.means(f"the domain is {draft.domain}")
    return _list(clause, draft, scan) if lists else rest


def _lists_things(rest: Sequence[Token], draft: Draft) -> bool:
    """Whether a list starts with several of a thing: `items with a name, locations`."""
    words = _noun(Scan(rest))
    if not words or starts_clause(rest, 0, draft):
        return False
    return is_plural(words[-1].low) and not is_attribute_noun(words)


def _lead(scan: Scan) -> bool:
    led = False
    while scan.take(*sorted(LEADS, key=len, reverse=True)) or (
        not scan.done and scan.low() in FILLERS
    ):
        led = True
    return led


def _noun(scan: Scan) -> list[Token]:
    found: list[Token] = []
    joints = {joint.split()[0] for joint in JOINTS} | {
        "is",
        "are",
        "has",
        "have",
        "can",
        "must",
        "may",
        "by",
        "per",
    }
    while not scan.done and scan.now.is_name and len(found) < 6:
        low = scan.low()
        if low in joints or (scan.separated() and low not in ("and",)):
            break
        found.append(scan.now)
        scan.at += 1
        if low in MODELS:
            break
    return found


def _is_place(scan: Scan, draft: Draft, noun: Sequence[Token]) -> bool:
    """Whether a shop is what the database is for rather than a thing in it."""
    return len(noun) < 4 and (
        scan.done
        or scan.low() in ("with", "where", ":", "that", "in", "for", "which", "—", "-", ",")
    )


def _joint(scan: Scan) -> str:
    before = scan.at
    scan.take(*sorted(JOINTS, key=len, reverse=True))
    return " ".join(token.low for token in scan.tokens[before : scan.at])


def _models(
    clause: Clause, draft: Draft, scan: Scan, noun: Sequence[Token], *, asked: bool
) -> Sequence[Token] | None:
    """`a User model with …`, `tables for users and posts`, `the users table has …`."""
    names = [t for t in noun[:-1] if t.low not in ADJECTIVES | DETERMINERS]
    if not names:
        joint = _joint(scan)
        if joint in ("called", "named") and not scan.done:
            return _named_model(clause, draft, scan, [scan.now])
        if joint in ("for", "of"):
            before = scan.at
            scan.take("a", "an", "the", "our")
            place = _noun(scan)
            if (
                place
                and place[-1].low in PLACES | SYSTEMS
                and scan.low() in ("", "with", "where", ":", "that", "which", "in", "—", "-")
            ):
                return _domain(clause, draft, scan, place)
            if place and not is_plural(place[-1].low) and scan.low() in (":", "with", "—", "-"):
                ahead = Scan(scan.tokens, scan.at + 1)
                if _lists_things(ahead.tokens[ahead.at :], draft):
                    return _domain(clause, draft, scan, place)
            scan.at = before
        if not joint or (noun[-1].low in ("model", "table") and joint not in ("for", "of")):
            return None
        if joint in ("where", "in which", "—"):
            return scan.tokens[scan.at :]
        return _list(clause, draft, scan)
    if not asked and scan.low() not in (
        "with",
        ":",
        "that",
        "having",
        "containing",
        "which",
        "where",
        "in",
        ",",
        "for",
        "",
    ):
        return None
    return _named_model(clause, draft, scan, names, past=False)


def _named_model(
    clause: Clause, draft: Draft, scan: Scan, names: Sequence[Token], *, past: bool = True
) -> Sequence[Token]:
    scan.at += past
    key = draft.named(names)
    draft.entity(key)
    draft.last = key
    clause.means(f"{shown_entity(key)} is an entity")
    joint = _joint(scan)
    behind = scan.tokens[scan.at :]
    if joint in ("and", ",") and _links(behind):
        Having(clause, draft, key).read(behind)
        return ()
    if joint in ("and", ",", "where", "in which"):
        return scan.tokens[scan.at - (joint in ("and", ",")) :]
    if not scan.done:
        Having(clause, draft, key).read(scan.tokens[scan.at :])
    return ()


def _links(tokens: Sequence[Token]) -> bool:
    """`and a many-to-many relation to Article`, `with theme and locale`: what it has goes on."""
    words = [t.low for t in tokens[:6] if t.low not in DETERMINERS]
    return bool(words) and (
        words[0] in ("relation", "relationship", "relationships", "relations", "many-to-many")
        or words[:3] in (["many", "to", "many"], ["one", "to", "many"], ["many", "to", "one"])
        or words[:1] in (["with"], ["having"])
    )


def _list(clause: Clause, draft: Draft, scan: Scan) -> Sequence[Token]:
    Having(clause, draft, "").read(scan.tokens[scan.at :])
    return ()


def _domain(clause: Clause, draft: Draft, scan: Scan, noun: Sequence[Token]) -> Sequence[Token]:
    """`a blog`, `a database for a clinic`: what it is about; what is in it follows."""
    words = [t for t in noun if t.low not in ADJECTIVES | {"schema", "model"}]
    if noun[-1].low in SCHEMAS and scan.take("for", "of", "to"):
        while not scan.done and scan.low() in DETERMINERS | ADJECTIVES:
            scan.at += 1
        before = scan.at
        place = _noun(scan)
        if place and (
            place[-1].low in SYSTEMS | PLACES
            or scan.done
            or scan.low() in (":", "with", "where", "in", "that", "—")
        ):
            words = place
        else:
            scan.at = before
            return _list(clause, draft, scan)
    draft.domain = draft.domain or " ".join(token.low for token in words)
    clause.means(f"the domain is {draft.domain}" if draft.domain else "a database is asked for")
    joint = _joint(scan)
    if joint in LISTING:
        return _list(clause, draft, scan)
    rest = scan.tokens[scan.at :]
    if (
        joint in (":", ",", "—", "-", "like", "such as", "for")
        and rest
        and not starts_clause(rest, 0, draft)
        and (draft.is_thing(rest[:1]) or is_plural(rest[0].low) or rest[0].low == "with")
    ):
        return _list(clause, draft, scan)
    return rest


def _things(clause: Clause, draft: Draft, scan: Scan, start: int) -> Sequence[Token] | None:
    """`users, roles and permissions`: things that are to be kept."""
    words = scan.tokens[start:]
    first = scan.tokens[start : scan.at]
    if any(t.low in ("column", "columns", "field", "index", "constraint") for t in first):
        return None
    if not (
        draft.is_thing(first)
        or draft.find(first)
        or any(t.low[-1:] == "s" for t in first[-1:])
        or any(t.text[:1].isupper() for t in first)
    ):
        return None
    colon = next((at for at, token in enumerate(words) if token.low == ":"), len(words))
    Having(clause, draft, "").read(words[:colon])
    if colon < len(words) and draft.entities:
        draft.last = next(iter(draft.entities))
    return words[colon + 1 :]

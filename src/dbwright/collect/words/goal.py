"""What is asked for: `create a User model with …`, `design a blog`, `a shop where …`."""

from __future__ import annotations

from collections.abc import Sequence

from dbwright.collect.words.attributes import Having
from dbwright.collect.words.clause import Clause
from dbwright.collect.words.clauses import starts_clause
from dbwright.collect.words.draft import DETERMINERS, Draft, shown_entity
from dbwright.collect.words.morphology import is_plural
from dbwright.collect.words.scan import Scan
from dbwright.collect.words.tokens import Token
from dbwright.collect.words.vocabulary import FILLERS

_LEADS = (
    "i need to", "we need to", "i need", "we need", "i want to", "we want to", "i want", "we want",
    "i would like to", "we would like to", "i would like", "we would like", "please", "can you",
    "could you",
    "would you", "help me to", "help me", "help us", "i am building", "we are building",
    "i have to", "we have to",
    "let us", "you should", "your task is to", "our goal is to", "the goal is to", "i am making",
    "we are making",
    "we run", "i run", "we have", "i have", "we operate", "this is", "it is", "imagine",
    "the system should",
    "the application should", "the app should", "the system must", "the application must",
    "the app must", "the system",
    "the application", "the app", "the database should", "the database must", "we are", "i am",
    "there is", "there are",
    "our", "need to", "want to", "need", "want", "we will", "how do i", "how can i", "you",
    "the database", "we",
)  # fmt: skip
_VERBS = (
    "create", "design", "model", "build", "make", "add", "set up", "define", "generate", "develop",
    "write",
    "implement", "give me", "store", "track", "manage", "save", "keep track of", "record",
    "stores", "tracks",
    "manages", "records", "handle", "collect", "collects", "handles", "sell", "building", "making",
    "have", "has",
    "introduce", "draft", "sketch", "needs", "keep", "keeps", "supports", "support", "contains",
    "includes",
)  # fmt: skip
_MODELS = {"model", "table", "entity", "class", "models", "tables", "entities", "classes"}
_SCHEMAS = {
    "database",
    "schema",
    "db",
    "backend",
    "databases",
    "schemas",
    "api",
    "structure",
    "datamodel",
}
_SYSTEMS = _SCHEMAS | {
    "app", "application", "system", "platform", "website", "site", "service", "tool", "tracker",
    "software",
    "saas", "product_line", "project_tool", "portal", "webshop", "crm", "erp", "cms", "web",
    "solution", "clone",
    "planner", "marketplace", "forum", "blog", "startup",
}  # fmt: skip
_PLACES = {"shop", "store", "clinic", "school", "library", "hotel", "gym", "restaurant",
    "hospital", "bank",
           "university", "farm", "garage", "museum", "cinema", "company", "bakery", "warehouse",
           "agency",
           "e-commerce", "ecommerce", "airline", "salon", "zoo", "practice", "bookshop",
           "bookstore", "chat"}  # fmt: skip
_JOINTS = ("with", "that has", "which has", "having", "containing", "including", "that have",
    "which have", "for",
           "that contains", "which contains", ":", "consisting of", "that stores", "which stores",
           "that tracks",
           "that keeps", "and", "of", "where", "in which", "that manages", "which tracks",
           "to track",
           "to store", "to manage", "to record", "to keep", "—", ",", "which includes",
           "that includes", "like", "such as",
           "called", "named", "that handles", "tracking", "storing", "managing", "-",
           "who")  # fmt: skip
_LISTING = {
    "with", "containing", "including", "having", "that has", "which has", "consisting of", "of",
    "for", "that tracks", "to track", "that stores", "to store", "to manage", "that manages",
    "which stores", "tracking", "storing", "managing", "which tracks", "that handles",
    "to record", "that includes", "which includes", "that contains", "which contains",
    "that keeps", "to keep",
}  # fmt: skip
"""Joints behind which things are listed."""
_ADJECTIVES = {"simple", "basic", "small", "new", "complete", "sqlalchemy", "relational",
    "typical", "full", "little",
               "minimal", "postgres", "postgresql", "following", "proper", "good", "online",
               "data", "database", "own",
               "modern", "couple", "few", "standard", "second", "python", "sql", "web-based",
               "clean", "normalized"}  # fmt: skip


def goal(clause: Clause, draft: Draft, tokens: Sequence[Token]) -> Sequence[Token] | None:
    """Reads what is asked for at the start of a request.

    Gives the tokens that are left to be read as clauses, None where nothing is asked for.
    """
    scan = Scan(tokens)
    led = _lead(scan)
    verb = scan.take(*_VERBS)
    scan.take("me", "us", "up")
    while not scan.done and (scan.low() in FILLERS or scan.low() in DETERMINERS | {"me"}):
        scan.at += 1
    start = scan.at
    noun = _noun(scan)
    if not noun:
        if verb and scan.low() in (":", ""):
            clause.means("what is asked for follows")
            return scan.tokens[scan.at + 1 :]
        return None
    last = noun[-1].low
    if last in _MODELS and not (last in ("class", "classes") and len(noun) == 1 and not verb):
        return _models(clause, draft, scan, noun, asked=verb or led)
    ours = tokens[0].low == "our" and scan.low() in ("has", "have")
    if last in _SYSTEMS | _PLACES and ours:
        scan.at += 1
        clause.means(f"the domain is {' '.join(token.low for token in noun)}")
        return _list(clause, draft, scan)
    if last in _SYSTEMS or (
        last in _PLACES and (verb or not led or scan.done) and _is_place(scan, draft, noun)
    ):
        return _domain(clause, draft, scan, noun)
    if verb and not (led and tokens[start - 1 : start] and tokens[0].low in ("it",)):
        return _things(clause, draft, scan, start)
    return None


def _lead(scan: Scan) -> bool:
    led = False
    while scan.take(*sorted(_LEADS, key=len, reverse=True)) or (
        not scan.done and scan.low() in FILLERS
    ):
        led = True
    return led


def _noun(scan: Scan) -> list[Token]:
    found: list[Token] = []
    joints = {joint.split()[0] for joint in _JOINTS} | {
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
        if low in _MODELS:
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
    scan.take(*sorted(_JOINTS, key=len, reverse=True))
    return " ".join(token.low for token in scan.tokens[before : scan.at])


def _models(
    clause: Clause, draft: Draft, scan: Scan, noun: Sequence[Token], *, asked: bool
) -> Sequence[Token] | None:
    """`a User model with …`, `tables for users and posts`, `the users table has …`."""
    names = [t for t in noun[:-1] if t.low not in _ADJECTIVES | DETERMINERS]
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
                and place[-1].low in _PLACES | _SYSTEMS
                and scan.low() in ("", "with", "where", ":", "that", "which", "in", "—", "-")
            ):
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
    if joint in ("and", ",", "where", "in which"):
        return scan.tokens[scan.at - (joint in ("and", ",")) :]
    if not scan.done:
        Having(clause, draft, key).read(scan.tokens[scan.at :])
    return ()


def _list(clause: Clause, draft: Draft, scan: Scan) -> Sequence[Token]:
    Having(clause, draft, "").read(scan.tokens[scan.at :])
    return ()


def _domain(clause: Clause, draft: Draft, scan: Scan, noun: Sequence[Token]) -> Sequence[Token]:
    """`a blog`, `a database for a clinic`: what it is about; what is in it follows."""
    words = [t for t in noun if t.low not in _ADJECTIVES | {"schema", "model"}]
    if noun[-1].low in _SCHEMAS and scan.take("for", "of", "to"):
        while not scan.done and scan.low() in DETERMINERS | _ADJECTIVES:
            scan.at += 1
        before = scan.at
        place = _noun(scan)
        if place and (
            place[-1].low in _SYSTEMS | _PLACES
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
    if joint in _LISTING:
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

"""Which lines of a request name an entity, and which only group what stands below them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from dbwright.collect.words.blocks import Node
from dbwright.collect.words.draft import DETERMINERS, Draft
from dbwright.collect.words.morphology import is_plural, noun_key
from dbwright.collect.words.phrases import qualifier, said_type
from dbwright.collect.words.scan import inside
from dbwright.collect.words.starting import starts_clause
from dbwright.collect.words.tokens import Token, lows
from dbwright.collect.words.verbs import FINITE, HAVE, NOUNS_TOO
from dbwright.collect.words.vocabulary import (
    BUNDLE_NAMES,
    CHOICES,
    NAME_TYPES,
    SECTIONS,
    THINGS,
    type_by_name,
)

_TABLES = {"table", "tables", "model", "models", "entity", "class"}
_OPENERS = {":", "-", "—", "(", "{", "->", "="}
MOST_WORDS = 4
NO_NAMES = {"and", "or", "of", "for", "with", "we", "i", "by", "to", "in", "on", "at", "from",
    "no", "not", "between", "about",
             "per", "which", "that", "unique", "only", "as", "please", "create", "design", "when",
             "if",
             "must", "can", "deleting", "each_other", "optional"}  # fmt: skip


ASKING = {
    "add",
    "create",
    "design",
    "build",
    "make",
    "generate",
    "define",
    "need",
    "want",
    "model",
    "track",
    "store",
}


@dataclass(slots=True)
class Heading:
    """A noun that opens a line, and what follows it on that line."""

    noun: Sequence[Token]
    rest: Sequence[Token] = ()
    inside: Sequence[Token] = ()
    opener: str = ""
    table: bool = False
    taken: list[Token] = field(default_factory=list)

    @property
    def phrase(self) -> str:
        """Its noun's words."""
        return " ".join(token.low for token in self.noun)


def heading(tokens: Sequence[Token]) -> Heading | None:
    """Gives the noun that a line starts with where it stands apart: `Order: id, total`."""
    at = 0
    while (
        at < len(tokens)
        and tokens[at].low in DETERMINERS | {"model", "table", "entity", "class", "create"}
        and (at + 1 < len(tokens) and tokens[at + 1].is_name)
    ):
        at += 1
    table = any(token.low in _TABLES for token in tokens[:at])
    start = at
    while at < len(tokens) and tokens[at].is_name and at - start < MOST_WORDS + 1:
        if tokens[at].low in NO_NAMES or tokens[at].low in FINITE - NOUNS_TOO:
            break
        at += 1
    noun = list(tokens[start:at])
    if len(noun) > 1 and noun[-1].low in _TABLES:
        noun, table = noun[:-1], True
    if (
        not noun
        or len(noun) > MOST_WORDS
        or any(token.low in DETERMINERS for token in noun)
        or (any(token.low in ASKING for token in noun) and not _alone(noun, tokens, at))
    ):
        return None
    found = Heading(noun, table=table)
    if (
        at < len(tokens)
        and tokens[at].low in ("has", "have", "with", "contains", "stores", "having")
        and (
            at + 1 == len(tokens)
            or tokens[at + 1].low == ":"
            or [t.low for t in tokens[at + 1 :]][-2:] in _FIELDS
        )
    ):
        return Heading(noun, opener=":", table=True)
    return _opened(found, tokens, at)


def _alone(noun: Sequence[Token], tokens: Sequence[Token], at: int) -> bool:
    """Whether a word that could be a verb stands alone before a list: `store - name, city`."""
    return len(noun) == 1 and at < len(tokens) and tokens[at].low in _OPENERS - {"("}


_FIELDS = (["fields", ":"], ["columns", ":"], ["attributes", ":"], ["following", ":"],
    ["following", "fields"],
           ["following", "columns"], ["properties", ":"])  # fmt: skip


def _opened(found: Heading, tokens: Sequence[Token], at: int) -> Heading | None:
    if at == len(tokens):
        return found
    if tokens[at].low not in _OPENERS or tokens[at].kind != "sign":
        return None
    found.opener = tokens[at].low
    if found.opener in ("(", "{"):
        end = inside(tokens, at)
        found.inside = tokens[at + 1 : end]
        at = end
        next_one = [token.low for token in tokens[at + 3 : at + 4]] == ["("]
        if next_one and tokens[at + 1].low == ",":
            return None  # `Kiln(name), Pot(glaze)`: a list of things
        if at + 1 < len(tokens) and tokens[at + 1].low in (":", "-", "—", "->", ",", ";"):
            at += 1
            found.opener = ":"
        elif at + 1 < len(tokens):
            return None
    found.rest = tokens[at + 1 :]
    return found


def is_section(found: Heading, *, strict: bool = False) -> bool:
    """Whether a heading groups rules, fields or tables rather than naming a thing.

    `strict` where it must group more than what stands in one table.
    """
    if strict and SECTIONS.get(found.phrase, "inside") == "inside":
        return False
    if found.phrase == "tables" and lists_columns(found.rest) and not only_things(found.rest):
        return False  # those of a restaurant: `Tables: number (unique), seats`
    return (found.phrase in SECTIONS or is_looking_up(found)) and not found.table


def is_looking_up(found: Heading) -> bool:
    """Whether ways in which rows are looked up stand below it: `Most used queries:`."""
    return found.noun[-1].low in _LOOKING_UP and (
        len(found.noun) > 1 or bool(found.rest) or found.opener == ":"
    )


_LOOKING_UP = {"query", "queries", "lookup", "lookups", "access", "accesses", "loading", "searches",
    "reads", "listings", "lists", "patterns",
    "indexes", "indices"}  # fmt: skip


def is_attribute_noun(noun: Sequence[Token]) -> bool:
    """Whether a noun is what a thing has rather than a thing."""
    phrase = " ".join(token.low for token in noun).replace("_", " ").replace("-", " ")
    words = tuple(phrase.split())
    if phrase in THINGS and phrase not in NAME_TYPES:
        return False
    return phrase in CHOICES or phrase in BUNDLE_NAMES or type_by_name(words) is not None


def names_entity(node: Node, draft: Draft) -> bool:
    """Whether a line among others defines an entity: by what it lists, or what stands below it."""
    found = heading(node.tokens)
    if found is None or is_section(found):
        return False
    if found.table:
        return True
    if node.children:
        return not is_attribute_noun(found.noun) or (
            is_plural(found.noun[-1].low) and draft.find(found.noun) is not None
        )
    listed = list(found.inside if found.opener == "(" else found.rest)
    if listed and is_elliptic(listed) and found.opener == ":":
        return not is_attribute_noun(found.noun)
    if not listed or starts_clause(listed, 0, draft):
        return False
    return defines(found, listed, draft)


def listing(listed: Sequence[Token]) -> int:
    """How many items of a list look like what a thing has."""
    return sum(1 for item in _items(listed) if _is_likely(item))


def lists_columns(listed: Sequence[Token]) -> bool:
    """Whether words list what a thing has: the first item looks like it, or names its values."""
    items = _items(listed)
    return bool(items) and (_is_likely(items[0]) or said_type(listed, 1) is not None)


def ends_in_columns(listed: Sequence[Token], draft: Draft) -> bool:
    """`artist plays on a stage, starts at`: whether behind the sentence stands a bare column."""
    items = _items(listed)
    return len(items) > 1 and _is_likely(items[-1]) and not starts_clause(items[-1], 0, draft)


def defines(found: Heading, listed: Sequence[Token], draft: Draft) -> bool:
    """Whether a noun with a list behind it is a thing with what it has."""
    if _points(listed, draft):
        return False
    if is_attribute_noun(found.noun) and not is_plural(found.noun[-1].low):
        return False
    items = _items(listed)
    if (said_type(listed, 0) and len(items) < 3) or (qualifier(listed, 0) and len(items) < 2):
        return False
    likely = [item for item in items if _is_likely(item)]
    plural_or_thing = is_plural(found.noun[-1].low) or found.phrase in THINGS
    return (len(items) > 1 and bool(likely)) or (bool(likely) and plural_or_thing)


def only_things(listed: Sequence[Token]) -> bool:
    """Whether a list names nothing but things, several of each: `accounts and entries`."""
    end = next((at for at, token in enumerate(listed) if token.low in (".", ";")), len(listed))
    items = _items(listed[:end])
    heads = []
    for item in items:
        words = [t for t in item if t.low not in DETERMINERS]
        stop = next(
            (at for at, t in enumerate(words) if not t.is_name or t.low == "with"), len(words)
        )
        heads.append(words[:stop])
        if stop < len(words) and words[stop].low not in ("(", "with"):
            return False
    return len(heads) > 1 and all(
        0 < len(head) < 4
        and is_plural(head[-1].low)
        and (
            type_by_name(tuple(t.low for t in head)) is None
            or noun_key([t.low for t in head]) in THINGS
        )
        for head in heads[:2]
    )


def _points(listed: Sequence[Token], draft: Draft) -> bool:
    """Whether the list is only what a noun refers to: `author (User)`."""
    items = _items(listed)
    first = [token for token in (items[0] if items else []) if token.is_name]
    known = draft.find(first) if first else None
    thing = known is not None and not known[1]
    return thing and all(qualifier(item, 0) is not None for item in items[1:])


def _is_likely(item: Sequence[Token]) -> bool:
    words: list[str] = []
    for at, token in enumerate(item):
        if (
            not token.is_name
            or token.low in ("unique", "optional", "required")
            or (words and said_type(item, at))
        ):
            break
        words.append(token.low.replace("_", " "))
    phrase = " ".join(words)
    return bool(words) and (
        type_by_name(tuple(phrase.split())) is not None
        or phrase in THINGS
        or phrase in CHOICES
        or phrase in BUNDLE_NAMES
    )


def _items(listed: Sequence[Token]) -> list[list[Token]]:
    found: list[list[Token]] = [[]]
    depth = 0
    for token in listed:
        if token.kind == "sign" and token.low in "()":
            depth += 1 if token.low == "(" else -1
        if token.low in (",", "and") and not depth:
            found.append([])
        else:
            found[-1].append(token)
    return [item for item in found if item]


def is_title(node: Node, draft: Draft) -> bool:
    """Whether a line with lines below it only groups them: most of them define entities."""
    if any(_is_section_line(child) for child in node.children):
        return True
    entities = sum(1 for child in node.children if names_entity(child, draft))
    if entities > 1 and names_entity(node.children[0], draft):
        return True
    others = sum(1 for child in node.children if _is_plain(child, draft))
    if all(_has_subject(child, draft) or names_entity(child, draft) for child in node.children):
        return True
    return entities > 0 and entities >= others


def _is_section_line(node: Node) -> bool:
    found = heading(node.tokens)
    return found is not None and bool(node.children) and is_section(found, strict=True)


def _has_subject(node: Node, draft: Draft) -> bool:
    """Whether a line is a sentence of its own: `a copy belongs to a book`."""
    first = node.tokens[0].low
    if is_elliptic(node.tokens) or first in ("joins", "links", "connects"):
        return False
    if first in ("deleting", "when", "if", "no", "only"):
        return True
    own = (
        first in DETERMINERS
        or is_plural(first)
        or (first in THINGS and node.tokens[0].text[:1].isupper())
    )
    return own and starts_clause(node.tokens, 0, draft)


def _is_plain(node: Node, draft: Draft) -> bool:
    return (
        not names_entity(node, draft)
        and not starts_clause(node.tokens, 0, draft)
        and node.tokens[0].low not in HAVE | {"belongs", "many-to-many"}
    )


def is_sentence(listed: Sequence[Token], draft: Draft) -> bool:
    """Whether a sentence of its own stands behind the colon."""
    if not starts_clause(listed, 0, draft) or is_elliptic(listed):
        return False
    return not any(is_attribute_noun(listed[:length]) for length in (1, 2)) or "," not in lows(
        listed
    )


def is_elliptic(listed: Sequence[Token]) -> bool:
    """Whether a clause starts that names no subject: `has many posts`, `only one per user`."""
    lows = [token.low for token in listed[:4]]
    if lows[0] in ("only", "at", "exactly", "just", "one", "max", "maximum", "once") and any(
        lows[at] in ("one", "once", "1") and lows[at + 1 : at + 2] in (["per"], ["for"])
        for at in range(3)
        if at < len(lows)
    ):
        return True
    return listed[0].low in (
        "has",
        "have",
        "belongs",
        "belong",
        "must",
        "can",
        "is",
        "are",
        "may",
    )


def is_definition(node: Node, found: Heading, draft: Draft, *, entities: bool) -> bool:
    """Whether a heading outside of an entity defines one."""
    if found.table or node.children or entities:
        return not (
            is_attribute_noun(found.noun) and not node.children and not entities and not found.table
        )
    listed = list(found.inside if found.opener in ("(", "{") else found.rest)
    if not listed:
        known = draft.find(found.noun)
        return known is not None and not known[1] and (node.marked or len(node.tokens) < 3)
    if is_elliptic(listed):
        return True
    likely = listing(listed)
    if found.opener in (":", "(", "{") and likely > 1 and found.noun[0].text[:1].isupper():
        return True
    if found.opener in ("-", "—", "->", "=") and not defines(found, listed, draft):
        return False
    if found.opener == ":" and (likely > 1 or (likely == 1 and said_type(listed, 0) is None)):
        return True
    return defines(found, listed, draft) or (
        found.opener == ":" and (not is_attribute_noun(found.noun) or len(_items(listed)) > 2)
    )

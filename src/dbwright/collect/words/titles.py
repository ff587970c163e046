"""The line that opens a request and only says what it is about: `Podcast platform models`."""

from __future__ import annotations

from collections.abc import Sequence

from dbwright.collect.words.blocks import Node, sentences
from dbwright.collect.words.draft import DETERMINERS, Draft
from dbwright.collect.words.headings import heading, is_attribute_noun, is_section, listing
from dbwright.collect.words.morphology import is_plural, singular
from dbwright.collect.words.relating import related
from dbwright.collect.words.scan import inside
from dbwright.collect.words.tokens import Token
from dbwright.collect.words.verbs import FINITE
from dbwright.collect.words.vocabulary import THINGS

_ASKING = {
    "model", "models", "table", "tables", "schema", "database", "db", "data", "please", "pls",
    "wanted", "needed", "sqlalchemy", "postgres", "postgresql", "mariadb", "mysql", "sqlite",
    "python", "orm", "sql", "sketch", "design", "backend", "draft", "for", "in", "on", "with", "my",
    "our", "i", "we", "need", "want", "structure", "needs", "following", "entities", "the", "a",
    "make", "create", "give", "me", "add", "build", "write", "use", "using", "help",
}  # fmt: skip
"""Words that ask for models and say nothing of what is in them."""
_SAID = {"has", "have", "with", "belongs", "belong"}
_LONGEST = 12


def opening(nodes: Sequence[Node], draft: Draft) -> bool:
    """Whether the first line is a title: what stands below or behind it defines the things."""
    if not nodes:
        return False
    first = nodes[0]
    if first.marked and not first.children and len(nodes) > 1 and nodes[1].rank >= first.rank:
        return False
    below = first.children or nodes[1:]
    if not below or not _is_bare(first.tokens):
        return False
    defining = sum(1 for node in below if _defines(node))
    if first.children:
        return defining > 1 and (defining * 2 >= len(below) or _defines(below[0]))
    alone = first.tokens[-1].low != ":" and any(node.children or node.marked for node in below)
    return alone and defining > 1


def _is_bare(tokens: Sequence[Token]) -> bool:
    """Whether a line's first sentence is a noun with no list and no verb behind it."""
    first = next(sentences(tokens), ())
    words = [token.low for token in outside(first)]
    words = words[: words.index(",")] if "," in words[1:] else words
    while words and words[-1] in (":", ".", ","):
        words.pop()
    asking = bool(words) and set(words[:2]) & {"i", "we"} and words[-1] in _ASKING
    if not words or len(words) > _LONGEST or words[0] in ("when", "if", "no", "only", "deleting"):
        return False
    return ":" not in words and not (set(words) & (FINITE | {"with"}) and not asking)


def outside(tokens: Sequence[Token]) -> list[Token]:
    """The tokens that stand in no parentheses."""
    found: list[Token] = []
    at = 0
    while at < len(tokens):
        if tokens[at].low == "(":
            at = inside(tokens, at)
        else:
            found.append(tokens[at])
        at += 1
    return found


def said_besides(tokens: Sequence[Token]) -> list[Sequence[Token]]:
    """What a title says behind a comma or in parentheses beyond asking for models."""
    found: list[Sequence[Token]] = []
    start = at = next((n for n, t in enumerate(tokens) if t.low in (",", "(")), len(tokens))
    while at < len(tokens):
        if tokens[at].low == "(":
            end = inside(tokens, at)
            found += [tokens[start + 1 : at], tokens[at + 1 : end]]
            start = at = end
        at += 1
    found.append(tokens[start + 1 :])
    return [part for part in found if any(t.is_name and t.low not in _ASKING for t in part)]


def is_bare_name(node: Node) -> bool:
    """Whether a bullet is nothing but the name of a thing: `- meeting rooms`."""
    found = heading(node.tokens)
    return (
        node.marked
        and found is not None
        and found.noun[0] is node.tokens[0]
        and not _says_more(found.noun)
        and not found.opener
        and not is_section(found)
        and is_plural(found.noun[-1].low)
        and (singular(found.noun[-1].low) in THINGS or not is_attribute_noun(found.noun))
    )


def _says_more(noun: Sequence[Token]) -> bool:
    """Whether a verb or how many stands among the words: `projects support many locales`."""
    if any(token.low in ("many", "several", "multiple", "all", "more") for token in noun):
        return True
    return len(noun) > 2 and any(is_plural(token.low) for token in noun[:-1])


def _defines(node: Node) -> bool:
    """Whether a line defines a thing: by a list behind its name, or by what it has."""
    tokens = node.tokens
    if node.children:
        found = heading(tokens)
        return found is None or not is_attribute_noun(found.noun) or is_plural(found.noun[-1].low)
    found = heading(tokens)
    if found is not None and found.opener and not is_attribute_noun(found.noun):
        listed = found.inside if found.opener in ("(", "{") else found.rest
        several = is_plural(found.noun[-1].low) and any(token.low == "," for token in listed)
        return several or listing(listed) > 0
    if found is not None and not found.opener:
        return is_bare_name(node)
    said = related(tokens)
    if said is not None and said.rest and is_plural(said.noun[-1].low):
        return not is_attribute_noun(said.noun)
    start = 1 if tokens[0].low in DETERMINERS else 0
    verb = next((at for at in range(start, min(start + 4, len(tokens) - 1))
                 if tokens[at].low in _SAID), 0)  # fmt: skip
    return verb > start and not is_attribute_noun(tokens[start:verb])

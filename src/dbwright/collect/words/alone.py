"""Lines that say something on their own of what other lines define."""

from __future__ import annotations

import abc
from collections.abc import Sequence

from dbwright.collect.words.between import between, stand_between
from dbwright.collect.words.blocks import Node, sentences
from dbwright.collect.words.changes import change, changes_said
from dbwright.collect.words.clause import Clause
from dbwright.collect.words.draft import DETERMINERS
from dbwright.collect.words.headings import Heading, heading, is_section
from dbwright.collect.words.lines import Lines
from dbwright.collect.words.sentence import read_pattern
from dbwright.collect.words.starting import starts_clause
from dbwright.collect.words.titles import is_bare_name
from dbwright.collect.words.tokens import Token


class Alone(Lines):
    """Reads lines that are neither a list of what a thing has nor a sentence."""

    @abc.abstractmethod
    def nodes(self, nodes: Sequence[Node], owner: str = "", entities: bool = False) -> None:
        """Reads lines that belong to `owner`; `entities` where each names one."""

    @abc.abstractmethod
    def _entity(self, node: Node, found: Heading, key: str = "") -> None:
        """Reads a heading with what stands behind and below it as an entity."""

    def _stated(self, tokens: Sequence[Token]) -> Sequence[Token]:
        """`email unique per petition` as a line of its own is a sentence without its verb."""
        at = next((n for n, t in enumerate(tokens[:5]) if t.low == "unique"), 0)
        signs = any(t.kind == "sign" and t.low not in "/" for t in tokens)
        if not at or signs or tokens[at - 1].low in ("is", "are", "be", "must", "has", "a"):
            return tokens
        if not all(t.is_name for t in tokens[:at]) or tokens[at + 1 : at + 2] == ():
            return tokens
        if tokens[at + 1].low not in ("per", "within", "in", "for", "across", "among"):
            return tokens
        self.draft.last = self.draft.before or self.draft.last
        verb = Token("", "is", "word", tokens[at].line, tokens[at].start, tokens[at].start)
        return (*tokens[:at], verb, *tokens[at:])

    def _between(self, node: Node) -> bool:
        """`Watch: user watches lot, once`: a thing that stands between two others."""
        first, *others = [*sentences(node.tokens)] or [()]
        colon = next((n for n, t in enumerate(first[:5]) if t.low in (":", "=", "—", "is")), 0)
        name = [t for t in first[:colon] if t.low not in DETERMINERS]
        said = heading(first[:colon])
        if not name or said is None or is_section(said) or node.children:
            return False
        found = between(first[colon + 1 :], self.draft, verbal=first[colon].low != "is")
        key = self.draft.named(name)
        if found is None or key in (found.one, found.other):
            return False
        rest = set(found.rest)
        clause = self._clause([t for t in first if t not in rest], key)
        stand_between(clause, self.draft, key, found)
        for part in (found.rest, *others):
            rule = Clause(part, self.lines, key)
            if part and read_pattern(rule, self.draft):
                self.clauses.append(rule)
            elif part:
                self._line(part, key)
        return True

    def _changes(self, node: Node, owner: str) -> bool:
        """`allowed status changes: draft to issued or void`: which state may follow which."""
        below = [child.tokens for child in node.children if not child.children]
        found = changes_said(node.tokens, below, owner)
        if found is None:
            return False
        clause = Clause([*node.tokens, *(t for line in below for t in line)], self.lines, owner)
        if not change(clause, self.draft, found, owner):
            return False
        self.clauses.append(clause)
        return True

    def _named_first(self, node: Node) -> bool:
        """`hosts, a show has several of them`: a thing, and what there is to say of it."""
        comma = next((at for at, token in enumerate(node.tokens) if token.low == ","), 0)
        name = Node(node.tokens[:comma], node.rank, node.marked)
        found = heading(name.tokens) if comma else None
        rest = node.tokens[comma + 1 :]
        if found is None or not is_bare_name(name) or not starts_clause(rest, 0, self.draft):
            return False
        self._entity(name, found)
        self._sentences(rest, "")
        self.nodes(node.children, self.draft.last)
        return True

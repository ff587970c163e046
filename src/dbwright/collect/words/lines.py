"""One line of a request: the clauses of running text, or the list of what an entity has."""

from __future__ import annotations

import abc
from collections.abc import Sequence

from dbwright.collect.words.access import looked, looked_of
from dbwright.collect.words.apart import parts_of
from dbwright.collect.words.attributes import Having
from dbwright.collect.words.blocks import Node, sentences
from dbwright.collect.words.clause import Clause, says_something
from dbwright.collect.words.clauses import pieces
from dbwright.collect.words.deeds import acted
from dbwright.collect.words.definitions import (
    ASKED,
    about,
    goes_on,
    only_lists,
    read_beside,
    starts_rule,
)
from dbwright.collect.words.draft import Draft
from dbwright.collect.words.goal import goal
from dbwright.collect.words.headings import (
    Heading,
    heading,
    lists_columns,
)
from dbwright.collect.words.rule_lines import FROZEN, is_rule, orders, says_who_stays
from dbwright.collect.words.sentence import core, read_clause, read_pattern
from dbwright.collect.words.starting import starts_clause
from dbwright.collect.words.tokens import Token, lows
from dbwright.collect.words.verbs import MODALS
from dbwright.collect.words.yesno import asked


class Lines(abc.ABC):
    """Reads lines into a draft, and keeps account of their clauses."""

    def __init__(self, lines: Sequence[str], draft: Draft) -> None:
        self.lines = lines
        self.draft = draft
        self.clauses: list[Clause] = []

    @abc.abstractmethod
    def defined(self, node: Node, found: Heading) -> bool:
        """Reads a sentence that defines an entity, `Order: id, total`; gives whether it does."""

    def _clause(self, tokens: Sequence[Token], subject: str = "") -> Clause:
        clause = Clause(tokens, self.lines, subject)
        if any(
            token.is_name or token.kind == "number" or says_something(token) for token in tokens
        ):
            self.clauses.append(clause)
        return clause

    def _line(self, tokens: Sequence[Token], owner: str) -> None:
        """A line within an entity: a clause about it, or a list of what it has."""
        for part in sentences(tokens):
            found = pieces(part, self.draft)
            lists = len(found) == 1 and only_lists(part, self.draft)
            lists = lists or bool(asked(core(part), 0))
            self.draft.last = self.draft.here = owner
            for piece in found:
                clause = self._clause(piece.tokens, self.draft.last or owner)
                inner = core(piece.tokens)
                about(clause, piece, self.draft)
                if len(inner) == 1 and tokens[0] is not part[0] and inner[0].low in FROZEN:
                    read_clause(clause, self.draft)  # `…, placed at. Immutable.`: of all of it
                    continue
                asking = inner and inner[0].low in ASKED | {"search", "by", "lookup", "indexed"}
                if asking and looked_of(clause, self.draft, owner, inner):
                    continue
                if acted(clause, self.draft, owner, inner):
                    continue
                more = not lists and goes_on(piece.tokens, self.draft)
                says = not lists and starts_clause(inner, 0, self.draft)
                if (more and self._led(clause, piece.tokens, owner)) or (
                    says and read_clause(clause, self.draft)
                ):
                    continue
                if lists and orders(inner) and read_clause(clause, self.draft):
                    continue
                rule = (lists and is_rule(inner)) or {"final", "terminal"} & {t.low for t in inner}
                if rule and read_clause(clause, self.draft):
                    continue
                if starts_rule(inner):
                    if lists or not starts_clause(inner, 0, self.draft):
                        read_clause(clause, self.draft)
                    continue
                if not lists and self._led(clause, piece.tokens, owner):
                    continue
                if not lists and self._is_rule(inner):
                    continue  # a rule that no construction fits is told, it lists nothing
                listing = Having(clause, self.draft, clause.subject, listed=True)
                if not listing.read(inner) and not clause.problems:
                    clause.spare.clear()
                    read_clause(clause, self.draft)

    def _is_rule(self, inner: Sequence[Token]) -> bool:
        words = lows(inner)
        return (
            bool(MODALS & set(words[:7]))
            and "," not in words
            and starts_clause(inner, 0, self.draft)
            and words[0] not in MODALS | {"has", "have"}
        )

    def _led(self, clause: Clause, tokens: Sequence[Token], owner: str) -> bool:
        """A rule, and behind a comma what else the entity has: both in one line."""
        comma = next((at for at, token in enumerate(tokens) if token.low == ","), 0)
        if not comma or "(" in lows(tokens[:comma]):
            return False
        if not starts_clause(core(tokens[:comma]), 0, self.draft):
            return False
        first = Clause(tokens[:comma], self.lines, owner)
        if not read_clause(first, self.draft):
            return False
        self.clauses[self.clauses.index(clause)] = first
        self._line(tokens[comma + 1 :], owner)
        return True

    # sentences

    def _sentences(self, tokens: Sequence[Token], owner: str) -> None:
        self.draft.here = owner
        for sentence in sentences(tokens):
            if not owner and self._goes_on(tokens, sentence):
                self._line(sentence, self.draft.last)
                continue
            found = heading(sentence) if not owner else None
            inline = (
                found is not None and found.opener in (":", "(") and (found.rest or found.inside)
            )
            if found is not None and inline and self.defined(Node(sentence, 0.0, False), found):
                continue
            if not self._listed(sentence, owner):
                self._sentence(sentence, owner)
            self.draft.here = owner or self.draft.last

    def _listed(self, tokens: Sequence[Token], owner: str) -> bool:
        """`Attachments belong to a post: file name, size`: a clause, and what its subject has."""
        at = next((n for n, t in enumerate(tokens) if t.low in (":", "(")), 0)
        if not at or tokens[at].low != ":" or at + 1 == len(tokens):
            return False
        before, behind = tokens[:at], tokens[at + 1 :]
        if not starts_clause(core(before), 0, self.draft) or not lists_columns(behind):
            return False
        if read_pattern(Clause(tokens, self.lines, owner), Draft(self.draft.known)):
            return False
        self._sentence(before, owner)
        if not self.clauses[-1].meanings or not self.draft.last:
            self._sentence(behind, owner)
        else:
            self._line(behind, self.draft.last)
        return True

    def _goes_on(self, tokens: Sequence[Token], part: Sequence[Token]) -> bool:
        """`A parcel goes to a depot; sent on; …`: behind a semicolon is what it has as well."""
        before = tokens.index(part[0]) - 1
        said = bool(self.clauses and self.clauses[-1].meanings and self.draft.last)
        if before < 0 or tokens[before].low != ";" or not said:
            return False
        inner = core(part)
        return bool(inner) and not starts_clause(inner, 0, self.draft) and lists_columns(inner)

    def _sentence(self, tokens: Sequence[Token], owner: str) -> None:
        held = Clause(tokens, self.lines, owner)
        if says_who_stays(tokens) and read_pattern(held, self.draft):
            self.clauses.append(held)
            return
        main, *beside = parts_of(tokens, self.draft)
        self._main(main.plain, owner)
        for part in beside:
            clause = self._clause(part.tokens, self.draft.named(part.owner) or owner)
            read_beside(clause, part, self.draft)

    def _main(self, tokens: Sequence[Token], owner: str) -> None:
        todo = pieces(tokens, self.draft)
        first = Clause(todo[0].tokens, self.lines, owner)
        if not owner and read_pattern(first, self.draft):
            self.clauses.append(first)
            todo = todo[1:]
            first = Clause((), self.lines)
        rest = None
        if first.tokens and (not owner or not self.draft.last):
            rest = goal(first, self.draft, core(first.tokens), more=len(todo) > 1)
        if rest is not None and (first.meanings or not rest):
            kept = set(rest)
            first.tokens = tuple(token for token in first.tokens if token not in kept)
            self.clauses.append(first)
            todo = [*(pieces(rest, self.draft) if rest else ()), *todo[1:]]
        accesses = -1
        for piece in todo:
            clause = self._clause(piece.tokens, owner)
            about(clause, piece, self.draft)
            inner = core(piece.tokens)
            asking = 0 <= accesses < len(self.draft.accesses)
            accesses = len(self.draft.accesses)
            asking = asking and not starts_clause(inner, 0, self.draft)
            if asking and looked(clause, self.draft, inner):
                accesses = 0  # `we look up rides by rider, and reports per bike`
                continue
            read_clause(clause, self.draft)

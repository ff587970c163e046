"""A request, read as a whole: the tree of its lines, sentence by sentence, clause by clause."""

from __future__ import annotations

from collections.abc import Sequence

from dbwright.collect.words.access import looked
from dbwright.collect.words.alone import Alone
from dbwright.collect.words.asking import MODELS
from dbwright.collect.words.attributes import Having
from dbwright.collect.words.blocks import Node, sentences, tree
from dbwright.collect.words.clause import Clause, says_something
from dbwright.collect.words.definitions import (
    ENTITY_SECTIONS,
    look_up,
    parenthesis,
    runs,
    whole,
)
from dbwright.collect.words.doubtful import doubtful, spoken_in
from dbwright.collect.words.draft import (
    Draft,
    Fact,
    Names,
    naming,
    shown_entity,
    spelled,
)
from dbwright.collect.words.finish import finish, guessed, unlinked
from dbwright.collect.words.goal import goal
from dbwright.collect.words.headings import (
    Heading,
    ends_in_columns,
    heading,
    is_attribute_noun,
    is_definition,
    is_looking_up,
    is_section,
    is_sentence,
    is_title,
    listing,
    names_entity,
    only_things,
)
from dbwright.collect.words.ledger import Place, account, place, without
from dbwright.collect.words.morphology import is_plural, noun_key
from dbwright.collect.words.refusals import ask_back, comparable
from dbwright.collect.words.relating import related
from dbwright.collect.words.scan import inside
from dbwright.collect.words.sentence import core
from dbwright.collect.words.starting import starts_clause
from dbwright.collect.words.telegraph import Title, noted
from dbwright.collect.words.titles import is_bare_name, opening, said_besides
from dbwright.collect.words.tokens import lows, shown
from dbwright.collect.words.vocabulary import THINGS
from dbwright.core.brief import Brief, Reading, Unused

_LOOKS = 3
"""How often a request is looked at: names that stand late in it make earlier ones clear."""
_EMPTY = "The request is empty: say what is to be kept, “a shop with customers and orders”."
_NO_NAME = "This would make a name of it, “{}”, which is none: say it another way."
_NO_DATA = "Nothing in the request names a thing that is to be kept."


def read(text: str) -> Reading:
    """Reads a request in English.

    Each clause is in what was understood, in what was not used, or among the problems; nothing
    is fetched and nothing fails, whatever the text.
    """
    lines = text.splitlines()
    nodes, look_at, retracted = _plausible(tree(lines), lines)
    brief = finish(look_at.draft)

    def again(nodes: Sequence[Node]) -> Brief:
        return finish(_looked_at(nodes, lines).draft)

    outside = account(nodes, look_at.clauses, brief, again, lines)
    return look_at.reading([*outside, *retracted])


def _plausible(nodes: list[Node], lines: list[str]) -> tuple[list[Node], _Look, list[Unused]]:
    """Looks until no name is doubtful; gives the lines that are left, and what was taken out."""
    retracted: list[Unused] = []
    for entirely in (False, True, True):
        look_at = _looked_at(nodes, lines)
        gone: set[Place] = set()
        for name in doubtful(finish(look_at.draft)):
            for clause, tokens in spoken_in(name, look_at.clauses):
                taken = clause.tokens if entirely else tokens
                why = _NO_NAME.format(" ".join(name))
                retracted.append(Unused(shown(taken, lines), clause.line, why))
                gone |= {place(token) for token in taken}
        if not gone:
            break
        nodes = without(nodes, gone)
    else:
        look_at = _looked_at(nodes, lines)
    return nodes, look_at, retracted


def _looked_at(written: Sequence[Node], lines: Sequence[str]) -> _Look:
    nodes, things = noted(written)
    names = Names(things)
    for look in range(_LOOKS):
        look_at = _Look(lines, Draft(names))
        look_at.request(nodes)
        found = look_at.draft.names()
        if found == names and look:
            break
        names = found
    return look_at


class _Look(Alone):
    """One look at a request with the names that the look before it found."""

    def reading(self, outside: Sequence[Unused]) -> Reading:
        """What was made of the request; some words stand outside of all clauses."""
        brief = comparable(finish(self.draft), self.clauses)
        ask_back(brief, self.clauses)
        unused = [found for clause in self.clauses for found in clause.unused()]
        problems = [problem for clause in self.clauses for problem in clause.problems]
        if not brief.entities:
            problems.append(Unused("", 1, _EMPTY if not self.clauses else _NO_DATA))
        return Reading(
            brief,
            tuple(filter(None, (clause.understood() for clause in self.clauses))),
            tuple(sorted((*unused, *outside), key=lambda each: each.line)),
            tuple(problems),
            guessed(self.draft, brief),
            unlinked(brief),
        )

    # the tree

    def request(self, nodes: Sequence[Node]) -> None:
        """Reads all lines; the first may only be the title of the others."""
        if opening(nodes, self.draft):
            first, *others = sentences(nodes[0].tokens)
            besides = said_besides(first)
            said = {token for part in besides for token in part}
            clause = self._clause([token for token in first if token not in said])
            clause.means("groups what stands below it")
            for other in (*besides, *others):
                self._sentences(other, "")
            self.nodes(nodes[0].children)
            nodes = nodes[1:]
        self.nodes(nodes)

    def nodes(self, nodes: Sequence[Node], owner: str = "", entities: bool = False) -> None:
        """Reads lines that belong to `owner`; `entities` where each names one."""
        for node in nodes:
            self._node(node, owner, entities)
            name = heading(node.tokens[: next((n for n, t in enumerate(node.tokens)
                                               if not t.is_name), len(node.tokens))])  # fmt: skip
            known = self.draft.find(name.noun) if name else None
            self.draft.before = known[0] if known and not known[1] else self.draft.last

    def _node(self, node: Node, owner: str, entities: bool) -> None:
        if isinstance(node, Title):
            self.draft.domain = " ".join(lows(node.tokens))
            self._clause(node.tokens).means(f"the domain is {self.draft.domain}")
            return
        if node.tokens[0].kind == "quoted" and not owner and self._named_query(node):
            return
        if self._changes(node, owner) or (not owner and self._between(node)):
            return
        found = heading(node.tokens)
        if found is not None and not owner and self._top(node, found, entities):
            return
        if found is None and not owner and self._related(node, entities):
            return
        if not owner and self._named_first(node):
            return
        if found is not None and owner and self._below(node, found, owner):
            return
        if owner and not runs(node.tokens):
            self._line(node.tokens, owner)
        else:
            self._sentences(node.tokens if owner else self._stated(node.tokens), owner)
        self.nodes(node.children, owner or self._opened(node), entities)

    def _opened(self, node: Node) -> str:
        """The entity that lines below a sentence are about: `A customer has:`."""
        last = node.tokens[-1].low if node.tokens else ""
        return (
            self.draft.last
            if node.children
            and last == ":"
            and self.draft.last
            and not any(names_entity(child, self.draft) for child in node.children)
            and self.clauses
            and self.clauses[-1].meanings
            else ""
        )

    def _top(self, node: Node, found: Heading, entities: bool) -> bool:
        """A heading outside of any entity; gives whether it was one."""
        if is_section(found):
            return self._section(node, found, "")
        listed = list(found.rest)
        if found.inside and listed and node.marked and listing(found.inside):
            self._entity(node, found)
            return True
        if found.opener in (":", "-", "—") and listed and is_sentence(listed, self.draft):
            named = self._is_thing(found) or ends_in_columns(listed, self.draft)
            if not node.marked or not named or "," not in lows(listed):
                return False
            self._entity(node, found)
            return True
        if node.children and is_title(node, self.draft) and not listed:
            clause = self._clause(node.tokens)
            clause.means("groups what stands below it")
            self.draft.domain = self.draft.domain or found.phrase
            self.nodes(node.children, "", entities)
            return True
        if (
            found.opener in (":", "-", "—")
            and not node.children
            and not is_plural(found.noun[-1].low)
            and only_things(listed)
        ):
            clause = self._clause(node.tokens)
            clause.means(f"the domain is {found.phrase}")
            self.draft.domain = self.draft.domain or found.phrase
            first, *others = sentences(listed)
            Having(clause, self.draft, "").read(first)
            clause.tokens = tuple(t for t in node.tokens if not any(t in other for other in others))
            for other in others:
                self._sentence(other, "")
            return True
        if is_bare_name(node) or is_definition(node, found, self.draft, entities=entities):
            self._entity(node, found)
            return True
        return False

    def _named_query(self, node: Node) -> bool:
        """`"my open tasks": tasks by assignee and status`: a name, and what is looked up."""
        tokens = node.tokens
        if len(tokens) < 3 or tokens[1].low not in (":", "—", "-", "=") or " " not in tokens[0].low:
            return False
        clause = Clause(tokens[2:], self.lines)
        if not looked(clause, self.draft, core(tokens[2:])):
            return False
        self.clauses.append(clause)
        return True

    def _is_thing(self, found: Heading) -> bool:
        """Whether a heading names a thing that the request speaks of elsewhere as well."""
        known = self.draft.find(found.noun)
        return known is not None and not known[1]

    def defined(self, node: Node, found: Heading) -> bool:
        """Reads a sentence that defines an entity; gives whether it does."""
        return self._top(node, found, False)

    def _related(self, node: Node, entities: bool) -> bool:
        """`Documents of a claim: …`, `status of an order: …`, a title with more in parentheses."""
        tokens = node.tokens
        if len(tokens) > 3 and tokens[1].low == "." and tokens[3].low == ":":
            known = self.draft.find(tokens[:1])  # `reservation.status: …`
            if known and not known[1]:
                self._line([tokens[2], *tokens[3:]], known[0])
                return True
        if node.children and is_title(node, self.draft) and self._title(node, entities):
            return True
        found = related(tokens)
        if found is None or found.noun[-1].low in MODELS:
            return False  # `tables for authors and books (many-to-many)` is no definition
        if not (found.rest or found.inside or node.children):
            return False
        known = self.draft.find(found.objects[0][1])
        if is_attribute_noun(found.noun) and not is_plural(found.noun[-1].low):
            if known is None or known[1] or not found.rest:
                return False
            colon = tokens[len(tokens) - len(found.rest) - 1]
            self._line([*found.noun, colon, *found.rest], known[0])
            return True
        things = any(self.draft.is_thing(words) for _, words in found.objects)
        if not things and not (node.marked and listing(found.rest) > 2):
            return False
        said = found.rest and not node.children and is_sentence(list(found.rest), self.draft)
        if said and not is_plural(found.noun[-1].low):
            return False
        self._entity(node, Heading(found.noun, found.rest, found.inside, ":"))
        return True

    def _title(self, node: Node, entities: bool) -> bool:
        """A line that only says what the lines below it are about, and more in parentheses."""
        if len(list(sentences(node.tokens))) > 1:
            return False
        opens = next((at for at, t in enumerate(node.tokens) if t.low == "("), len(node.tokens))
        outer = node.tokens[:opens]
        if (
            starts_clause(outer, 0, self.draft)
            or goal(Clause(outer, self.lines), Draft(self.draft.known), core(outer)) is not None
        ):
            return False
        end = inside(node.tokens, opens) if opens < len(node.tokens) else opens
        if any(says_something(token) for token in node.tokens[end + 1 :]) or not outer:
            return False
        besides = said_besides(node.tokens)
        said = {token for part in besides for token in part}
        clause = self._clause([token for token in outer if token not in said])
        clause.means("groups what stands below it")
        for part in besides:
            self._sentences(part, "")
        self.nodes(node.children, "", entities)
        return True

    def _section(self, node: Node, found: Heading, owner: str) -> bool:
        clause = self._clause(node.tokens[: len(node.tokens) - len(found.rest)], owner)
        clause.means("groups what stands below it" if not found.rest else "groups what follows")
        entities = found.phrase in ENTITY_SECTIONS and not owner
        if is_looking_up(found):
            for part in [
                *sentences(found.rest),
                *(s for c in node.children for s in sentences(c.tokens)),
            ]:
                look_up(self._clause(part, owner), self.draft)
            for child in node.children:
                self.nodes(child.children, owner)
            return True
        if found.rest and entities:
            Having(self._clause(found.rest), self.draft, "").read(found.rest)
        elif found.rest and owner and not starts_clause(found.rest, 0, self.draft):
            self._line(found.rest, owner)
        elif found.rest:
            self._sentences(found.rest, owner)
        if found.inside:
            clause.unread(found.inside)
        self.nodes(node.children, owner, entities)
        return True

    def _below(self, node: Node, found: Heading, owner: str) -> bool:
        """A line with lines below it, or a definition, within an entity."""
        if (
            is_section(found)
            and (node.children or found.rest)
            and not is_attribute_noun(found.noun)
        ):
            return self._section(node, found, owner)
        known = self.draft.find(found.noun)
        thing = (
            (known is not None and not known[1])
            or found.phrase in THINGS
            or is_plural(found.noun[-1].low)
        )
        if node.children and thing and not is_attribute_noun(found.noun):
            self._entity(node, found)
            return True
        if (
            found.opener == ":"
            and is_plural(found.noun[-1].low)
            and not is_attribute_noun(found.noun)
            and listing(found.rest) > 1
        ):
            self._part(node, found, owner)
            return True
        if found.table and found.opener and found.rest:
            self._entity(node, found)
            return True
        return False

    def _part(self, node: Node, found: Heading, owner: str) -> None:
        """`lines: description, quantity` within an invoice: what it has many of."""
        key = self.draft.named(found.noun)
        if not self.draft.is_known(key) and key in ("line", "item", "entry", "position", "detail"):
            key = f"{owner}_{key}"
        self._entity(node, found, key)
        clause = self.clauses[-1]
        self.draft.fact(Fact("has many", owner, key, clause))
        clause.means(f"{shown_entity(owner)} has many of them: {shown_entity(key)}")
        self.draft.last = owner

    def _entity(self, node: Node, found: Heading, key: str = "") -> None:
        """A definition: `Order (shared): id, total`, and what stands below it."""
        least = 0 if found.rest and node.marked else 1
        columns = set(found.inside) if listing(found.inside) > least else set()
        head = [t for t in node.tokens[: len(node.tokens) - len(found.rest)] if t not in columns]
        key = (
            key
            or noun_key([spelled(token) for token in naming(found.noun)])
            or self.draft.named(found.noun)
        )
        clause = self._clause(head, key)
        clause.means(f"{shown_entity(key)} is an entity")
        entity = self.draft.entity(key)
        entity.defined = True
        self.draft.last = key
        whole(self.draft, clause, key, node)
        if columns:
            self._line(found.inside, key)
        elif found.inside:
            parenthesis(self.draft, self.lines, clause, key, found)
        if found.rest:
            self._line(found.rest, key)
        self.nodes(node.children, key)

"""What a heading itself says of the entity that it defines, in its name and in parentheses."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dbwright.collect.words.access import looked, looked_of
from dbwright.collect.words.attached import Part
from dbwright.collect.words.attributes import Having
from dbwright.collect.words.blocks import Node, sentences
from dbwright.collect.words.clause import Clause
from dbwright.collect.words.clauses import Piece
from dbwright.collect.words.draft import Draft, Fact, FactKind, shown_entity, spoken
from dbwright.collect.words.headings import Heading, defines, heading, is_attribute_noun
from dbwright.collect.words.item import Item
from dbwright.collect.words.phrases import qualifier
from dbwright.collect.words.qualifiers import qualify
from dbwright.collect.words.relating import related
from dbwright.collect.words.scan import Scan
from dbwright.collect.words.sentence import core, read_clause
from dbwright.collect.words.starting import starts_clause
from dbwright.collect.words.targets import PARTS
from dbwright.collect.words.telling import told_fact
from dbwright.collect.words.tokens import Token, lows


def whole(draft: Draft, clause: Clause, key: str, node: Node) -> None:
    """What the heading itself says it is part of: `invoice lines`, `documents of a claim`."""
    said = related(node.tokens) if heading(node.tokens) is None else None
    marked = qualifier(said.inside, 0) if said and said.inside else None
    kind: FactKind = "refers"
    if marked and marked[1].get("relation") == "many-to-many":
        kind = "many-to-many"
    for sign, words in said.objects if said else ():
        if sign == "between" and len(said.objects if said else ()) == 1:
            continue  # `messages between two accounts`: the parts are named below
        if draft.is_thing(words) and (target := draft.named(words)) != key:
            draft.fact(Fact(kind, key, target, clause))
            clause.means(told_fact(kind, key, target, "", None))
        else:
            clause.unread(words)
    names = key.split("_")
    for length in range(len(names) - 1, 0, -1):
        start = "_".join(names[:length])
        if names[-1] in PARTS and start in draft.known.entities and start != key:
            draft.need(key, start, clause)
            clause.means(f"{shown_entity(key)} is part of a {spoken(start)}")
            return


def parenthesis(
    draft: Draft, lines: Sequence[str], clause: Clause, key: str, found: Heading
) -> None:
    """Reads what stands in parentheses behind the name: what it has, whose it is, a rule."""
    if _pair(draft, clause, key, found.inside):
        return
    item = Item()
    scan = Scan(found.inside)
    qualify(scan, item)
    if item.marks.get("shared"):
        draft.entity(key).flags["shared"] = True
        draft.shared.append((key, clause))
        clause.means(f"{shown_entity(key)} is shared, not owned")
        rest = found.inside[scan.at :]
        clause.unread(
            [
                t
                for t in rest
                if draft.find([t]) is None and t.low not in ("between", "by", "across")
            ]
        )
    elif found.opener in ("(", "{") or defines(found, found.inside, draft):
        Having(clause, draft, key, listed=True).read(found.inside)
    else:
        inner = Clause(found.inside, lines, key)
        if read_clause(inner, draft):
            clause.means(*inner.meanings)
            clause.unread(inner.spare)
        else:
            clause.unread(found.inside)


def _pair(draft: Draft, clause: Clause, key: str, tokens: Sequence[Token]) -> bool:
    """`Enrollment (student <-> course)`: the two that it stands between."""
    at = next((n for n, t in enumerate(tokens) if t.low in ("<->", "->", "<-->", "—")), 0)
    ends = [tokens[:at], tokens[at + 1 :]]
    if not at or not all(draft.is_thing(end) for end in ends):
        return False
    for end in ends:
        target = draft.named(end)
        draft.fact(Fact("refers", key, target, clause))
        clause.means(told_fact("refers", key, target, "", None))
    return True


ENTITY_SECTIONS = {"entities", "tables", "models", "classes", "objects", "resources",
    "the entities", "database",
                    "schema", "database schema", "data model", "entity", "model",
                    "data"}  # fmt: skip
RULE_STARTS = {"keep", "retain", "from", "only", "when", "if", "deleting", "whenever", "we",
    "nobody", "never", "there"}  # fmt: skip
"""Words that start a rule among the lines of an entity."""


def runs(tokens: Sequence[Token]) -> bool:
    """Whether a line is running text rather than an item of a list."""
    return sum(1 for part in sentences(tokens)) > 1 and len(tokens) > 25


def about(clause: Clause, piece: Piece, draft: Draft) -> None:
    """Lets a clause speak of the noun that it follows: `lessons, which have a title`."""
    if piece.about:
        found = draft.find(piece.about)
        clause.subject = found[0] if found else draft.named(piece.about)


ASKED = {"list", "show", "find", "get", "search", "look", "load", "fetch", "we", "display", "all",
    "filter", "sort", "query", "browse", "i"}  # fmt: skip
"""Words that start a clause on how rows are looked up."""


def look_up(clause: Clause, draft: Draft) -> None:
    """Reads a way in which rows are looked up, below a heading that says so."""
    tokens = core(clause.tokens)
    verbal = bool(tokens) and tokens[0].low in ASKED
    readers: list[Callable[[], bool]] = [
        lambda: read_clause(clause, draft),
        lambda: looked(clause, draft, tokens),
    ]
    if clause.subject and tokens:
        readers.insert(0, lambda: looked_of(clause, draft, clause.subject, tokens))
    if not tokens or not any(read() for read in (readers if verbal else readers[::-1])):
        clause.spare.update(clause.tokens)


def goes_on(tokens: Sequence[Token], draft: Draft) -> bool:
    """Whether a list of what a thing has follows a rule: `… is unique, total, status`."""
    comma = next((at for at, token in enumerate(tokens) if token.low == ","), 0)
    rest = tokens[comma + 1 :]
    return (
        bool(comma and rest) and is_attribute_noun(rest[:1]) and not starts_clause(rest, 0, draft)
    )


def read_beside(clause: Clause, part: Part, draft: Draft) -> None:
    """Reads what a sentence says beside its main clause; what is spoken of stays the same."""
    last = draft.last
    if part.owner:
        Having(clause, draft, clause.subject, listed=True).read(part.plain)
    else:
        clause.plain = part.plain
        read_clause(clause, draft)
    draft.last = last


def only_lists(tokens: Sequence[Token], draft: Draft) -> bool:
    """Whether a line within an entity lists what it has rather than saying something of it."""
    if not starts_clause(core(tokens), 0, draft):
        return True
    return is_attribute_noun(tokens[:1]) and "," in lows(tokens[:12])


def starts_rule(tokens: Sequence[Token]) -> bool:
    """Whether a rule starts among the lines of an entity."""
    first = tokens[0].low if tokens else ""
    return first in RULE_STARTS and not (first == "from" and "," in lows(tokens))

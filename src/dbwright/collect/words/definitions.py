"""What a heading itself says of the entity that it defines, in its name and in parentheses."""

from __future__ import annotations

from collections.abc import Sequence

from dbwright.collect.words.attributes import Having
from dbwright.collect.words.blocks import Node
from dbwright.collect.words.clause import Clause
from dbwright.collect.words.draft import Draft, Fact, shown_entity, spoken
from dbwright.collect.words.headings import Heading, defines, heading
from dbwright.collect.words.item import Item
from dbwright.collect.words.qualifiers import qualify
from dbwright.collect.words.relating import related
from dbwright.collect.words.scan import Scan
from dbwright.collect.words.sentence import read_clause
from dbwright.collect.words.targets import PARTS
from dbwright.collect.words.telling import told_fact
from dbwright.collect.words.tokens import Token


def whole(draft: Draft, clause: Clause, key: str, node: Node) -> None:
    """What the heading itself says it is part of: `invoice lines`, `documents of a claim`."""
    said = related(node.tokens) if heading(node.tokens) is None else None
    for _, words in said.objects if said else ():
        if draft.is_thing(words) and (target := draft.named(words)) != key:
            draft.fact(Fact("refers", key, target, clause))
            clause.means(told_fact("refers", key, target, "", None))
        else:
            clause.unread(words)
    words = key.split("_")
    for length in range(len(words) - 1, 0, -1):
        start = "_".join(words[:length])
        if words[-1] in PARTS and start in draft.known.entities and start != key:
            draft.need(key, start, clause)
            clause.means(f"{shown_entity(key)} is part of a {spoken(start)}")
            return


def parenthesis(
    draft: Draft, lines: Sequence[str], clause: Clause, key: str, found: Heading
) -> None:
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

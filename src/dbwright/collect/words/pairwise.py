"""Rules of what is there once for two things: `a buyer has at most one open offer per listing`."""

from __future__ import annotations

from collections.abc import Sequence

from dbwright.collect.words.clause import Clause
from dbwright.collect.words.draft import (
    Draft,
    Fact,
    attribute_name,
    naming,
    shown_entity,
    spoken,
)
from dbwright.collect.words.patterns import Grammar
from dbwright.collect.words.resolve import match_name, state, subject
from dbwright.collect.words.telling import told_fact
from dbwright.collect.words.tokens import Token
from dbwright.collect.words.uniqueness import between, names_in, unique

grammar = Grammar()
Found = dict[str, Sequence[Token]]
_ONCE = "only_once|at_most_once|no_more_than_once|just_once|once|at_most_one_time|only_one_time"
_PER = "per|for_each|for_every|of_each|of_every|in_each|in_every|on_each|in_the_same|for_the_same"


@grammar.reads(
    "{owners} <may>? have|has|hold|holds|own|owns|make|makes|place|places|write|writes|give|gives|"
    "leave|leaves|submit|submits|post|posts|take|takes|book|books|get|gets|add|adds|play|plays|"
    "keep|keeps|fill|cast|casts only|at_most|no_more_than|not_more_than|just|exactly|max|maximum "
    f"one|1|a_single {{rows}} {_PER} {{more*}}",
    "{owners} <may> only have|make|place|write|give|leave|submit|post|take|book|get|add one|1|"
    f"a_single {{rows}} {_PER} {{more*}}",
    "{owners} <not> have|make|place|write|give|leave|submit|post|take|book|get|add "
    f"more_than_one|two|several|multiple {{rows}} {_PER} {{more*}}",
)
def one_of_each(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`a device has at most one sensor of each kind`: the owner and what it is counted by."""
    rows = draft.find(slots["rows"])
    owner = draft.find(slots["owners"])
    if owner is None or owner[1]:
        return False
    if rows is None:
        return _had_once(clause, draft, owner[0], slots)
    if rows[0] == owner[0]:
        return False
    where = state(draft, rows[0], rows[1])
    if where is None:
        return False
    draft.last = rows[0]
    names = names_in(clause, draft, rows[0], slots["owners"])
    names += names_in(clause, draft, rows[0], slots["more"])
    unique(clause, draft, rows[0], names, dict(where))
    return True


@grammar.reads(
    "only|at_most|exactly|just? one|1 {role} ( a|an? {thing} ) per|for_each|for_every {owner*}",
)
def part_per(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`only one captain (a player) per team`: whom the team refers to, as what."""
    thing, owner = draft.find(slots["thing"]), draft.find(slots["owner"])
    if thing is None or owner is None or thing[1] or owner[1]:
        return False
    role = attribute_name(naming(slots["role"]))
    draft.fact(Fact("refers", owner[0], thing[0], clause, role))
    draft.latest, draft.last = (owner[0], role, thing[0]), owner[0]
    clause.means(told_fact("refers", owner[0], thing[0], role, None))
    return True


def _had_once(clause: Clause, draft: Draft, owner: str, slots: Found) -> bool:
    """`a passenger has only one seat per flight`: of what holds seats, passengers and flights."""
    more = draft.find(slots["more"])
    link = between(draft, owner, more[0]) if more and not more[1] else ""
    if not link or not match_name(draft.attributes_of(link), attribute_name(naming(slots["rows"]))):
        return False
    names = names_in(clause, draft, link, slots["owners"])
    unique(clause, draft, link, [*names, *names_in(clause, draft, link, slots["more"])])
    return True


@grammar.reads(
    "no {what} <may>|is|are be? {verb} to|by|for two|several|more_than_one {who} "
    "on|in|for|at|within the? same? {more*}",
    "no two {who} <may>? have|get|take|use|hold|share the? same {what} on|in|for|at|within "
    "the|a|one? same? {more*}",
)
def never_two(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`no seat can be given to two passengers on the same flight`."""
    what, more = attribute_name(naming(slots["what"])), draft.find(slots["more"])
    if more is None or more[1]:
        return False
    held = [
        key
        for key in draft.keys_of()
        if more[0] in draft.roles_of(key).values()
        and match_name([*draft.attributes_of(key), *draft.roles_of(key)], what)
    ]
    entity = draft.here if draft.here in held else held[0] if len(held) == 1 else ""
    if not entity:
        return False
    names = names_in(clause, draft, entity, slots["more"])
    unique(clause, draft, entity, [*names, *names_in(clause, draft, entity, slots["what"])])
    return True


@grammar.reads(
    f"{{what}} <may> only? be|appear|occur|exist|come {_ONCE} in|on|per|within|for a|an|the|each|"
    "every|one|any|its? {more*}",
    "{what} <may> be|appear|occur|exist|come only in|on|per|within a|an|the|each|every|one {more} "
    "once",
    f"{{what}} appears|occurs|is|are|exists {_ONCE} in|on|per|within|for a|an|the|each|every|one|"
    "any|its? {more*}",
    "{what} <not> be|appear|occur|exist|come twice|more_than_once in|on|per|within|for a|an|the|"
    "each|every|one|any|same {more*}",
    "{what} is|are|can_be|may_be a? {part} of|in|on a|an|the|each|every|one|any {more} "
    f"{_ONCE}",
)
def once_in(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`a product can be only once in an order`: of what stands between the two."""
    what, more = draft.find(slots["what"]), draft.find(slots["more"])
    if what is None or more is None or what[1] or more[1] or what[0] == more[0]:
        return False
    return _pair(clause, draft, what[0], more[0])


def _pair(clause: Clause, draft: Draft, one: str, other: str) -> bool:
    link = between(draft, one, other)
    if not link:
        facts = [f for f in draft.facts if {f.source, f.target} == {one, other}]
        if not any(fact.kind == "many-to-many" for fact in facts):
            return False
        clause.means(f"{shown_entity(one)} and {spoken(other)} are many-to-many, each pair once")
        return True
    names = []
    for target in (one, other):
        role = next((name for name, to in draft.roles_of(link).items() if to == target), "")
        draft.need(link, target, clause)
        names.append(role or target)
    draft.entity(link).defined = True
    unique(clause, draft, link, names)
    return True


@grammar.reads(
    f"[but] {_ONCE} {_PER}|in|for {{more*}}",
    f"[but] {_ONCE} each",
)
def once_each(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`…, only once per opening`, `…, but only once in each`: of the two that were spoken of."""
    key = clause.subject or draft.last
    placed = [fact for fact in draft.facts if fact.kind in ("refers", "many-to-many")][-2:]
    if not placed:
        return False
    last = placed[-1]
    if last.kind == "many-to-many":
        clause.means(
            f"{shown_entity(last.source)} and {spoken(last.target)} are many-to-many, each once"
        )
        return True
    refers = [fact for fact in placed if fact.source == last.source]
    if len(refers) == 2:
        unique(clause, draft, last.source, [fact.name or fact.target for fact in refers])
        return True
    return bool(key) and _pair(clause, draft, last.source, last.target)


@grammar.reads(
    "{owners} <may>? be|is|are {how} to|by|in|on|at|with only|at_most|no_more_than|just|exactly "
    "one|1 {other} at_a_time|at_once|at_the_same_time|at_any_time|at_one_time|simultaneously",
)
def held_by_one(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`an asset is assigned to at most one employee at a time`, where assignments are kept."""
    owner, other = draft.find(slots["owners"]), draft.find(slots["other"])
    if owner is None or other is None or owner[1] or other[1]:
        return False
    held = [
        (key, ends[0])
        for key in draft.keys_of()
        if {owner[0], other[0]} <= set(draft.roles_of(key).values())
        and len(ends := [n for n in draft.attributes_of(key) if n.rpartition("_")[0] in _OVER]) == 1
    ]
    if len(held) != 1:
        return False
    link, ends = held[0][0], [held[0][1]]
    draft.entity(link).attribute(ends[0]).say(clause, required=False)
    unique(clause, draft, link, names_in(clause, draft, link, slots["owners"]), {ends[0]: None})
    return True


_OVER = {"returned", "ended", "closed", "finished", "released", "completed", "given_back", "left",
    "removed", "ends", "handed_back", "unassigned", "detached", "checked_out"}  # fmt: skip


@grammar.reads(
    "{rows} plays|play|is|are|has|have|appears|appear at_most|only|no_more_than one|1 {what} "
    "as {role} in|on|per each|every|a|the? {more*}",
)
def once_as(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`a player plays at most one game as white in each round`: one of the parts, and the round."""
    what, who = draft.find(slots["what"]), draft.find(slots["rows"])
    if what is None or who is None or what[1]:
        return False
    said = "_".join(t.low for t in slots["role"] if t.low not in ("a", "an", "the"))
    roles = draft.roles_of(what[0])
    parts = [n for n, to in roles.items() if to == who[0] and n.split("_")[0] == said.split("_")[0]]
    if len(parts) != 1:
        return False
    more: list[Token] = []
    for token in slots["more"]:
        more.append(token if token.low not in ("of", "in") else _AND)
    names = names_in(clause, draft, what[0], more)
    draft.last = subject(clause, draft, slots["what"])
    unique(clause, draft, what[0], [*names, parts[0]])
    return True


_AND = Token("and", "and", "word", 0, 0, 0)

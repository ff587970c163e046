"""Rules of what is there once by what it is identified by, by a list, or by rows in a state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dbwright.collect.words.clause import Clause
from dbwright.collect.words.draft import Draft, Fact, attribute_name, naming, shown_entity
from dbwright.collect.words.morphology import FINAL_PARTICIPLE
from dbwright.collect.words.patterns import Grammar
from dbwright.collect.words.resolve import match_name, split_and, subject
from dbwright.collect.words.telling import told_fact
from dbwright.collect.words.tokens import Token
from dbwright.collect.words.uniqueness import holder, names_in, unique
from dbwright.collect.words.values import value_name
from dbwright.core.brief import BriefUnique, Where

grammar = Grammar()
Found = dict[str, Sequence[Token]]


@grammar.reads(
    "{rows} is|are|can_be uniquely? identified [within|in|inside its|their|the|a? {owner}] by "
    "[its|their|the] "
    "{names*}",
)
def identified(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`a seat is identified within its hall by row and number`."""
    entity = subject(clause, draft, slots["rows"])
    if not entity or any(t.low == "(" for t in slots["names"]):
        return False
    draft.entity(entity).defined = True
    draft.last = entity
    names = names_in(clause, draft, entity, slots["owner"]) if "owner" in slots else []
    for part in split_and(slots["names"]):
        words = [t for t in part if not _is_length(t)]
        names += names_in(clause, draft, entity, words or part)
    unique(clause, draft, entity, [name for name in names if name != draft.tenant])
    return True


def _is_length(token: Token) -> bool:
    return token.low.endswith(("-letter", "-digit", "-character"))


@grammar.reads(
    "{names} must_be|is|are|should_be|have_to_be unique within|per|in|for|inside "
    "a|an|the|its|their|each? "
    "{owner*}",
)
def together_within(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`season number and episode number are unique within a series`."""
    parts = split_and(slots["names"])
    owner = draft.find(slots["owner"])
    if len(parts) < 2 or owner is None or owner[1]:
        return False
    entity = holder(clause, draft, parts)
    if not entity:
        found = [key for key in draft.keys_of() if owner[0] in draft.roles_of(key).values()]
        entity = found[0] if len(found) == 1 else ""
    if not entity:
        return False
    names: list[str] = []
    for part in parts:
        name = attribute_name(naming(part))
        known = match_name([*draft.attributes_of(entity), *draft.roles_of(entity)], name) or name
        draft.entity(entity).attribute(known)
        names.append(known)
    draft.need(entity, owner[0], clause)
    unique(clause, draft, entity, [owner[0], *names])
    return True


@grammar.reads(
    "{owners} <may> be out? on|in|part_of|at {rows} only|at_most once "
    "at_a_time|at_once|at_the_same_time|at_any_time|at_one_time",
    "{owners} <may> only be out? on|in|part_of|at {rows} once "
    "at_a_time|at_once|at_the_same_time|at_any_time|at_one_time",
    "{owners} <may> be out? on|in|part_of|at only|at_most|no_more_than|just|exactly one|1 {rows} "
    "at_a_time|at_once|at_the_same_time|at_any_time|at_one_time",
)
def out_once(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`a copy can be out on only one loan at a time`: one of them that is not over."""
    owner, rows = draft.find(slots["owners"]), draft.find(slots["rows"])
    if owner is None or rows is None or owner[1] or rows[1]:
        return False
    entity = rows[0]
    ends = [n for n in draft.attributes_of(entity) if n.rpartition("_")[0] in _OVER]
    end = ends[0] if ends else "returned_at" if entity in _LENT else "ended_at"
    draft.entity(entity).attribute(end).say(clause, required=False)
    draft.need(entity, owner[0], clause)
    unique(clause, draft, entity, [owner[0]], {end: None})
    return True


_OVER = {"returned", "ended", "closed", "finished", "released", "completed", "given_back"}


_LENT = {"loan", "rental", "lending", "borrowing", "checkout"}


@grammar.reads(
    "a|an|one|each {what} only|just? once per {per*}",
    "the? same {what} only|just? once per {per*}",
)
def once_per(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`a piece only once per concert`, `one amount only once per lot`."""
    entity = clause.subject or draft.before or draft.last
    names: list[str] = []
    for words in (slots["what"], *split_and(slots["per"])):
        named = attribute_name(naming(words))
        roles = draft.roles_of(entity)
        found = draft.find(words)
        role = next((name for name, to in roles.items() if found and to == found[0]), "")
        known = match_name(draft.attributes_of(entity), named) or role
        if not known:
            return False
        names.append(known)
    unique(clause, draft, entity, names)
    return True


@grammar.reads(
    "{who} is|are on|in {rows} only|at_most|no_more_than once",
    "{who} <may> be on|in {rows} only|at_most? once",
    "{who} <may> only be on|in {rows} once",
    "{who} <not> be on|in {rows} twice|more_than_once",
)
def listed_once(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`a gardener is on the waiting list only once`."""
    who = draft.find(slots["who"])
    key = draft.named(slots["rows"])
    found = [k for k in draft.keys_of() if k == key or k.startswith(key + "_")]
    held = [k for k in found if who and who[0] in draft.roles_of(k).values()]
    if who is None or len(held) != 1:
        return False
    unique(clause, draft, held[0], [who[0]])
    return True


@grammar.reads(
    "{who} <not> {verb} the? same {what} twice|more_than_once|again to|on|for|in|at "
    "a|an|one|the? same? {more*}",
)
def once_to(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`the same user can't add the same emoji twice to a message`."""
    who, more = draft.find(slots["who"]), draft.find(slots["more"])
    if who is None or more is None:
        return False
    held = [
        key
        for key in draft.keys_of()
        if {who[0], more[0]} <= set(draft.roles_of(key).values())
        and match_name(draft.attributes_of(key), attribute_name(naming(slots["what"])))
    ]
    if len(held) != 1:
        return False
    names = names_in(clause, draft, held[0], [*slots["more"]])
    names += names_in(clause, draft, held[0], [*slots["who"]])
    names += names_in(clause, draft, held[0], [*slots["what"]])
    unique(clause, draft, held[0], names)
    return True


@grammar.reads(
    "{state} {rows} stay|stays|remain|remains|are_kept|is_kept|must_be_kept|should_be_kept "
    "in_the_table|in_the_database|in_the_list|in_the_system|there? [with|as|by {name*}]",
)
def kept_in_state(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`cancelled bookings stay in the table with cancelled_at`: a moment, or a value."""
    rows = draft.find(slots["rows"])
    words = [t for t in slots["state"] if t.low not in ("a", "an", "the", "all")]
    if rows is None or rows[1] or len(words) != 1 or not FINAL_PARTICIPLE.match(words[0].low):
        return False
    entity, said = rows[0], value_name(list(words))
    own = draft.entity(entity)
    if not any(said in values for values in draft.values_of(entity).values()):
        name = attribute_name(naming(slots.get("name", ()))) or f"{said}_at"
        if len(name.split("_")) > 3:
            return False
        own.attribute(name).say(clause, required=False)
        clause.means(f"{shown_entity(entity)}.{name}: when it was {said}, optional")
    clause.means(f"{said} rows of {shown_entity(entity)} are rows like the others")
    own.flags["kept_as"] = said
    draft.last = entity
    return True


@grammar.reads("[they] <not> block|occupy|take|hold|reserve|count|matter|prevent [{rest*}]")
def those_not_counted(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`… and do not block the room`: rows in the state that was just spoken of."""
    entity = clause.subject or draft.last
    state = draft.entity(entity).flags.get("kept_as", "") if entity else ""
    return bool(state) and _do_not_count(clause, draft, entity, state)


@grammar.reads(
    "the? same {what} <not> "
    "appear|occur|be_listed|be_used|be_added|be|exist|be_there|show_up|be_included|be_in "
    "twice|more_than_once|again|multiple_times|two_times in|on|within|per|for|at a|an|one|the|any? "
    "same|single? {owner*}",
    "{what} <may> appear|occur|be_listed|be_used|be_added|be|exist only|at_most? once "
    "in|on|within|per|for|at a|an|one|each|every|any|the? same? {owner*}",
    "{what} <may> only be {verb} once per|for|in|within a|an|one|each|every|the? {owner*}",
    "{what} <may> be {verb} only|at_most|just? once per|for|in|within a|an|one|each|every|the? "
    "{owner*}",
    "[we] never|cannot|must_not|do_not {verb} the? same {what} on|for|in|to|at|with a|an|one|the? "
    "same? {owner} twice|more_than_once|again",
)
def once_within(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`the same song must not appear twice on a playlist`: a pair of the two is there once."""
    what, owner = draft.find(slots["what"]), draft.find(slots["owner"])
    if what is None or owner is None or what[1] or owner[1] or what[0] == owner[0]:
        return False
    ends = {what[0], owner[0]}
    if any(f.kind == "many-to-many" and {f.source, f.target} == ends for f in draft.facts):
        clause.means(f"each pair of {what[0]} and {owner[0]} is there once")
        return True
    held = [k for k in draft.keys_of() if ends <= set(draft.roles_of(k).values())]
    plain = [f for f in draft.facts if {f.source, f.target} == ends]
    if not held and plain and all(f.kind == "has many" and f.source == owner[0] for f in plain):
        draft.fact(Fact("many-to-many", owner[0], what[0], clause))
        clause.means(told_fact("many-to-many", owner[0], what[0], "", None))
        return True
    if len(held) != 1:
        return False
    names = names_in(clause, draft, held[0], [*slots["owner"]])
    unique(clause, draft, held[0], [*names, *names_in(clause, draft, held[0], [*slots["what"]])])
    draft.last = held[0]
    return True


@grammar.reads(
    "nobody|no_one|no_{who} <may>? has|have|get|gets|hold|holds|give|gives two|several|"
    "more_than_one {rows} of|for|in|on|to|per a|an|one|the? same? {owner*}",
)
def nobody_two(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`nobody has two tickets for one show`: once for each person and show."""
    rows, owner = draft.find(slots["rows"]), draft.find(slots["owner"])
    if rows is None or owner is None or rows[1] or owner[1]:
        return False
    said = [f for f in draft.facts if f.source == rows[0] and f.kind == "refers"]
    others = list(dict.fromkeys(f.name or f.target for f in said if f.target != owner[0]))
    if len(others) != 1:
        return False
    draft.need(rows[0], owner[0], clause)
    unique(clause, draft, rows[0], [owner[0], others[0]])
    return True


@grammar.reads(
    "only|exactly|at_most|just one|1 [of {them}] <may>? be|is "
    "a|an|the|marked_as|flagged_as|set_as? a|an|the? {flag}",
    "of which|whom only|exactly|at_most|just one|1 <may>? be|is a|an|the? {flag}",
)
def one_flagged(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`only one of them can be the default`: of the rows that the last owner has many of."""
    rows = draft.find(slots.get("them", ()))
    found = [f for f in draft.facts if f.kind == "has many" and (not rows or f.target == rows[0])]
    words = [t for t in slots["flag"] if t.low != "one"]
    if not found or len(words) != 1 or not words[0].is_name:
        return False
    flag = "is_" + words[0].low
    entity, owner = found[-1].target, found[-1].source
    draft.entity(entity).attribute(flag).say(clause, type="boolean", default=False)
    clause.means(f"{shown_entity(entity)}.{flag}: boolean, false by default")
    unique(clause, draft, entity, [owner], {flag: True})
    return True


@grammar.reads(
    "{state} {rows} <not> count|block|occupy|hold|reserve|matter [towards|for|in? {rest*}]",
    "{state} {rows} is|are ignored|excepted|exempt|not_counted|left_out",
    "unless one|it|they|{rows} is|are|has_been|was|were {state}",
    "except|but_not {state} ones|{rows}",
)
def not_counted(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`cancelled ones don't count`: the rule said before is one of the others."""
    entity = clause.subject or draft.last
    rows = draft.find(slots["rows"]) if slots.get("rows") else None
    entity = rows[0] if rows else entity
    states = [value_name([t]) for t in slots["state"] if t.low not in ("and", "or", ",", "been")]
    if not entity or len(states) != 1:
        return False
    return _do_not_count(clause, draft, entity, states[0])


def _do_not_count(clause: Clause, draft: Draft, entity: str, state: str) -> bool:
    where = _others(clause, draft, entity, state)
    own = draft.entity(entity)
    rules = [at for at, rule in enumerate(own.rules) if rule.kind == "no-overlap"]
    if where is None or not (rules or own.uniques):
        return False
    if rules:
        own.rules[rules[-1]] = replace(own.rules[rules[-1]], where=where)
    else:
        own.uniques[-1] = BriefUnique(own.uniques[-1].of, where)
    told = ", ".join(f"{n} is {v if v is not None else 'not set'}" for n, v in where.items())
    clause.means(f"{shown_entity(entity)}: the rule counts rows where {told}")
    return True


def _others(clause: Clause, draft: Draft, entity: str, denied: str) -> Where | None:
    """The condition for rows that are not in a state."""
    for name, values in draft.values_of(entity).items():
        if denied in values:
            left = [value for value in values if value != denied]
            if len(left) != 1:
                clause.unread(
                    [t for t in clause.tokens if t.low == denied],
                    f"A rule names one state: rows that are {left[0]} count, those that are "
                    f"{', '.join(left[1:])} do not.",
                )
            return {name: left[0]}
    names = draft.attributes_of(entity)
    moment = next((n for n in names if n in (denied + "_at", denied + "_on")), denied + "_at")
    draft.entity(entity).attribute(moment).say(clause, required=False)
    return {moment: None}

"""Rules between values of one row, and periods that must not overlap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dbwright.collect.words.clause import Clause
from dbwright.collect.words.draft import Draft, attribute_name, naming, shown_entity, spoken
from dbwright.collect.words.item import Item
from dbwright.collect.words.morphology import plural
from dbwright.collect.words.patterns import Grammar
from dbwright.collect.words.periods import period_of
from dbwright.collect.words.qualifiers import qualify
from dbwright.collect.words.resolve import attribute, split_and, state, subject
from dbwright.collect.words.scan import Scan
from dbwright.collect.words.tokens import Token
from dbwright.core.brief import BriefRule

grammar = Grammar()
Found = dict[str, Sequence[Token]]


@grammar.reads(
    "{one} <be>|lies|comes|happens|comes_always always? before|earlier_than|prior_to|less_than|< "
    "{other*}",
    "{one} before|<|earlier_than {other*}",
    "{other} <be>|lies|comes|happens always? after|later_than|greater_than|past {one*}",
    "{other} after|>|later_than {one*}",
    "{other} <may> only? be|come|lie after|later_than {one*}",
    "{one} <may> only? be|come|lie before|earlier_than {other*}",
    "{one} must precede|precedes|precede {other*}",
    "{other} must follow|follows {one*}",
)
def ordered(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`the start must be before the end`."""
    return _in_order(clause, draft, slots)


@grammar.reads(
    "{one} <= {other*}",
    "{other} >= {one*}",
    "{one} <notbe>|<not>_be|<not>_lie|<not>_come after|later_than|greater_than {other*}",
    "{other} <notbe>|<not>_be|<not>_lie|<not>_come before|earlier_than|less_than {one*}",
)
def ordered_or_equal(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`the due date can't be before the issue date`."""
    return _in_order(clause, draft, slots, or_equal=True)


def _without_pronoun(tokens: Sequence[Token]) -> Sequence[Token]:
    """`closes after it opens`: the verb alone names the moment."""
    return (
        tokens[1:] if len(tokens) > 1 and tokens[0].low in ("it", "they", "he", "she") else tokens
    )


@grammar.reads(
    "{other} <may> be|equal|fall_on|lie_on the? same|equal day|time|date|moment|value? as|to|with? "
    "{one*}",
    "{other} and {one} <may> be the? same|equal|identical day|time|date?",
)
def may_be_same(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`ends on can be the same day as starts on`: it is not before, and may be the same."""
    key = clause.subject or draft.last
    one = attribute(clause, draft, slots["one"], context=key)
    other = attribute(clause, draft, slots["other"], context=one[0] if one else key)
    if one is None or other is None or one[0] != other[0]:
        return False
    period = period_of(draft, one[0])
    if period is None or {one[1], other[1]} != set(period):
        return False
    draft.entity(one[0]).rules.append(BriefRule("ordered", period, or_equal=True))
    clause.means(f"{shown_entity(one[0])}: {period[0]} lies before {period[1]}, or is the same")
    return True


def _in_order(clause: Clause, draft: Draft, slots: Found, *, or_equal: bool = False) -> bool:
    slots = {name: _without_pronoun(tokens) for name, tokens in slots.items()}
    one = attribute(clause, draft, slots["one"])
    other = attribute(clause, draft, slots["other"], context=one[0] if one else "")
    if (one and not other) or (other and not one):
        known = one or other
        assert known
        missing = slots["other"] if one else slots["one"]
        named = attribute_name(naming(missing))
        if (
            len(named.split("_")) > 2
            or not named
            or named[0].isdigit()
            or named in ("today", "now", "zero")
        ):
            return False
        made = (known[0], named)
        one, other = (one or made), (other or made)
    if one is None or other is None or one[0] != other[0]:
        return False
    entity = draft.entity(one[0])
    for name in (one[1], other[1]):
        entity.attribute(name)
    entity.rules.append(BriefRule("ordered", (one[1], other[1]), or_equal=or_equal))
    same = ", or is the same" if or_equal else ""
    clause.means(f"{shown_entity(one[0])}: {one[1]} lies before {other[1]}{same}")
    return True


@grammar.reads(
    "{owner} <not> be booked|reserved|rented|scheduled|assigned|used|double-booked|occupied "
    "twice|more_than_once|by_two_guests? [at the same time|moment] [for overlapping "
    "periods|times|dates]",
    "the? same? {owner} <not> be rented|lent|booked|given out|away? twice|more_than_once [at "
    "the same time]",
    "the? same? {owner} <not> be reserved|booked|rented|lent|on_loan|out|in_use "
    "twice|more_than_once "
    "for|in|during|at overlapping|the_same periods|times|dates|time|period",
    "{owner} <not> be double-booked|double_booked|overbooked [at the same time]",
    "{owner} <not> be booked|reserved|rented twice "
    "at_once|for_the_same_time|in_the_same_period|for_the_same_period|at_a_time|"
    "for_overlapping_times|for_overlapping_periods|for_the_same_dates",
    "the? same {owner} <not> be booked|reserved|rented twice|more_than_once [at the same "
    "time|moment]",
    "no double|double-booking booking|bookings? of|for {owner*}",
    "prevent|avoid double booking|bookings of|for {owner*}",
    "no double-booking|double-bookings of|for {owner*}",
)
def not_twice(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`a room can't be booked twice at the same time`."""
    owner = subject(clause, draft, slots["owner"], new=False)
    if not owner:
        return False
    holding = [key for key in draft.keys_of() if owner in draft.roles_of(key).values()]
    with_times = [key for key in holding if period_of(draft, key)] or [
        key
        for key in holding
        if key.endswith(
            ("booking", "reservation", "appointment", "rental", "shift", "meeting", "session")
        )
    ]
    if len(with_times) != 1:
        clause.unread(clause.tokens, "It is not clear which entity's periods must not overlap.")
        return False
    return no_overlap(clause, draft, with_times[0], [owner])


@grammar.reads("{owner} <not> have|get|hold|take two|several|any? overlapping {rows*}")
def no_overlapping(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`a doctor can't have two overlapping appointments`."""
    owner, rows = draft.find(slots["owner"]), draft.find(slots["rows"])
    if owner is None or rows is None or owner[1] or rows[1]:
        return False
    draft.last = rows[0]
    return no_overlap(clause, draft, rows[0], [owner[0]])


@grammar.reads(
    "no {noun} without [a|an|the] {name*}",
)
def only_with(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`no refunds without refunded_at`: the state that is meant, and what must be set in it."""
    name, stem = attribute_name(naming(slots["name"])), slots["noun"][-1].low[:_STEM]
    if len(slots["noun"]) > 1 or len(stem) < _STEM or not name:
        return False
    meant = [
        (key, held, value)
        for key in draft.keys_of()
        for held, values in draft.values_of(key).items()
        for value in values
        if value.startswith(stem)
    ]
    if len(meant) != 1:
        return False
    key, held, value = meant[0]
    draft.entity(key).attribute(name).say(clause, required=False)
    draft.entity(key).rules.append(BriefRule("when", (name,), where={held: value}))
    clause.means(f"{shown_entity(key)}: where {held} is {value}, {name} is set")
    return True


_STEM = 5
"""Letters that a deed and the state that it leads to have in common: `refund`, `refunded`."""


@grammar.reads(
    "open|empty|missing end [date] is? possible|allowed|ok|fine",
    "the? end <may> be open|empty|missing|unset|null|left_open",
    "open-ended [is|are] possible|allowed|ok",
)
def open_end(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`open end possible`: a period need not end."""
    key = clause.subject or draft.last
    period = period_of(draft, key)
    if period is None:
        return False
    draft.entity(key).attribute(period[1]).said["required"] = False
    clause.means(f"{shown_entity(key)}.{period[1]}: optional")
    return True


@grammar.reads(
    "no {owner} <may>? <holding> two|several|multiple|more_than_one {rows} "
    "at_the_same_time|at_once|at_a_time|simultaneously|at_any_time",
    "{owner} <not> <holding> two|several|multiple|more_than_one {rows} "
    "at_the_same_time|at_once|at_a_time|simultaneously|at_any_time",
    "{owner} <holding> at_most one|1 {rows} at_a_time|at_once|at_the_same_time|at_any_time",
    "{owner} <holding> only|just one {rows} at_a_time|at_once|at_the_same_time|at_any_time",
)
def one_at_a_time(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`no bed holds two patients at once`: what stands between the two does not overlap."""
    owner, rows = draft.find(slots["owner"]), draft.find(slots["rows"])
    if owner is None or rows is None or owner[1] or rows[1]:
        return False
    links = [
        key
        for key in draft.keys_of()
        if {owner[0], rows[0]} <= set(draft.roles_of(key).values()) and period_of(draft, key)
    ]
    if len(links) == 1:
        return no_overlap(clause, draft, links[0], [owner[0]])
    direct = owner[0] in draft.roles_of(rows[0]).values() and period_of(draft, rows[0])
    return bool(direct) and no_overlap(clause, draft, rows[0], [owner[0]])


@grammar.reads(
    "{owner} <not> be on|in|at|part_of|assigned_to two|several|multiple|more_than_one {rows} "
    "at_the_same_time|at_once|at_a_time|simultaneously",
    "{owner} <not> have|attend|hold|drive|run|take|get|give two|several|multiple|more_than_one "
    "{rows} at_the_same_time|at_once|at_a_time",
)
def not_in_two(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`a driver can't be on two trips at the same time`."""
    owner, rows = draft.find(slots["owner"]), draft.find(slots["rows"])
    if owner is None or rows is None or owner[1] or rows[1]:
        return False
    return no_overlap(clause, draft, rows[0], [owner[0]])


@grammar.reads(
    "{rows} <not> overlap [in time] [per|for|of|with|within] [the? same] {per*}",
    "{rows} <not> overlap [each other|one another|in time]",
    "no overlapping {rows} per|for|of|within [the same] {per*}",
    "no two {rows} <may>? overlap [in time]",
    "two {rows} <not> overlap [in time]",
    "no overlapping {rows}",
    "{rows} never|<not> overlap [for|per the same] {per*}",
    "overlapping {rows} for|of|per the? same? {per*}",
)
def overlap(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`bookings of a room must not overlap`."""
    rows, per = list(slots["rows"]), list(slots.get("per", ()))
    for drop in (["are", "not", "allowed"], ["are", "forbidden"], ["is", "not", "allowed"]):
        if [t.low for t in per[-len(drop) :]] == drop:
            per = per[: -len(drop)]
    for at, token in enumerate(rows):
        if token.low in ("of", "for", "in", "per", "on", "at", "with") and at:
            rows, per = rows[:at], [*rows[at + 1 :], *per]
            break
    entity = subject(clause, draft, rows, new=False)
    if not entity:
        return False
    owners = []
    for part in split_and(per):
        found = draft.find(part)
        name = attribute(clause, draft, part, context=entity)
        if found:
            owners.append(found[0])
        elif name and name[0] == entity:
            owners.append(name[1])
        else:
            clause.unread(part)
    return no_overlap(clause, draft, entity, owners)


def no_overlap(clause: Clause, draft: Draft, entity: str, owners: list[str]) -> bool:
    """Notes that the periods of rows do not overlap; a period is made where none is said."""
    period = period_of(draft, entity)
    own = draft.entity(entity)
    if period is None:
        period = ("starts_at", "ends_at")
        for name in period:
            own.attribute(name).say(clause, type="datetime")
        own.rules.append(BriefRule("ordered", period))
        clause.means(
            f"{shown_entity(entity)} has starts_at and ends_at, for nothing else says its period"
        )
    names = []
    for owner in owners:
        role = next(
            (name for name, to in draft.roles_of(entity).items() if owner in (to, name)), ""
        )
        if owner not in own.attributes:
            draft.need(entity, draft.roles_of(entity).get(role, owner), clause)
        names.append(role or owner)
    own.rules.append(BriefRule("no-overlap", period, per=tuple(names)))
    within = f" of one {' and '.join(name.replace('_', ' ') for name in names)}" if names else ""
    clause.means(f"{plural(spoken(entity))}{within} do not overlap from {period[0]} to {period[1]}")
    return True


@grammar.reads(
    "either {one} or {other} must_be|is|has_to_be|should_be "
    "set|given|present|filled|known|required|provided|there [but not both]",
    "at_least one of {names} must_be|is|has_to_be set|given|present|required|provided|filled",
    "exactly one of {names} must_be|is|has_to_be set|given|present|required|provided|filled",
    "at_most one of {names} <may>? be? set|given|present|provided|filled",
)
def some_set(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`either email or phone must be given`."""
    words = [token.low for token in clause.tokens]
    parts = [slots["one"], slots["other"]] if "one" in slots else split_and(slots["names"])
    found = [attribute(clause, draft, part) for part in parts]
    if any(each is None for each in found) or len({each[0] for each in found if each}) != 1:
        return False
    pairs = [each for each in found if each]
    both = "but" in words or words[:1] == ["exactly"]
    kind = (
        "exactly-one" if both else "at-most-one" if words[:2] == ["at", "most"] else "at-least-one"
    )
    entity = draft.entity(pairs[0][0])
    for _, name in pairs:
        if name in entity.attributes:
            entity.attributes[name].said["required"] = False
    entity.rules.append(BriefRule(kind, tuple(name for _, name in pairs)))  # type: ignore[arg-type]
    clause.means(
        f"{shown_entity(pairs[0][0])}: {kind.replace('-', ' ')} of "
        f"{', '.join(n for _, n in pairs)} is set"
    )
    return True


@grammar.reads(
    "{state} {rows} has|have|must_have|need|needs|requires|require|always_have a|an|the|their "
    "{name*}",
    "{state} {rows} must_have|need|needs|requires|require|always_has|always_have|has_to_have "
    "{name*}",
    "when|if|once an?|a? {rows} is|are|has_been {state} , [it|then] must_have|has|needs|requires "
    "a|an|the {name*}",
    "when|if|once {rows} is|are|has_been {state} [,] [its|the] {name} must_be|is|has_to_be "
    "set|given|required|filled",
)
def when_set(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`a shipped order must have a tracking number`."""
    rows = draft.find([*slots["rows"]])
    if rows is None:
        return False
    where = state(
        draft,
        rows[0],
        [t for t in (*slots["state"], *rows[1]) if t.low not in ("a", "an", "each", "every")],
    )
    if not where or None in where.values():
        return False
    entity = draft.entity(rows[0])
    names: list[str] = []
    for part in split_and(slots["name"]):
        words, said = _qualified(part)
        known = match_or_name(clause, draft, words, rows[0]) or attribute_name(naming(words))
        if not known or len(known.split("_")) > 3:
            return False
        entity.attribute(known).say(clause, **said, required=False)
        names.append(known)
    entity.rules += [BriefRule("when", (known,), where=where) for known in names]
    known = " and ".join(names)
    told_where = " and ".join(f"{key} is {value}" for key, value in where.items())
    clause.means(f"{shown_entity(rows[0])}: where {told_where}, {known} is set")
    return True


def _qualified(tokens: Sequence[Token]) -> tuple[list[Token], dict[str, object]]:
    """`an approved amount (greater than zero)`: a noun, and what is said of it."""
    at = next((n for n, t in enumerate(tokens) if t.low == "("), len(tokens))
    item = Item()
    qualify(Scan([t for t in tokens[at + 1 :] if t.low != ")"]), item)
    own = {key: item.said[key] for key in item.said if key in ("above", "minimum", "maximum")}
    return [t for t in tokens[:at] if t.low not in ("a", "an", "the")], own


@grammar.reads(
    "{names} <be> both|all there|set|given|present or both|all|neither "
    "missing|empty|null|absent|unset",
    "{names} must_be|is|are|have_to_be set|given together",
    "either both {names} or none|neither [of them] <be> set|given",
)
def set_together(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`latitude and longitude are both there or both missing`."""
    parts = split_and([t for t in slots["names"] if t.low != "both"], "/")
    found = [attribute(clause, draft, part, new=True) for part in parts]
    if len(found) < 2 or any(each is None for each in found):
        return False
    pairs = [each for each in found if each]
    if len({entity for entity, _ in pairs}) != 1:
        return False
    entity = draft.entity(pairs[0][0])
    for _, name in pairs:
        entity.attribute(name).say(clause, required=False)
    entity.rules.append(BriefRule("together", tuple(name for _, name in pairs)))
    clause.means(f"{shown_entity(entity.key)}: {' and '.join(n for _, n in pairs)} go together")
    return True


@grammar.reads(
    "{rows} has|have|must_have|needs|need a|an {one} or a|an {other} [or both] [,] [but] at "
    "least one of_them|of_the_two|of_both?",
    "{rows} must_have|needs|need at least a|an|one|one_of {one} or a|an? {other}",
    "{rows} has|have|must_have|needs|need a|an {one} or a|an {other} or both",
)
def has_either(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`a store has a phone or an email or both, but at least one of them`."""
    key = subject(clause, draft, slots["rows"])
    if not key or len(slots["one"]) > 3 or len(slots["other"]) > 3:
        return False
    entity = draft.entity(key)
    names = []
    for part in (slots["one"], slots["other"]):
        name = match_or_name(clause, draft, part, key) or attribute_name(naming(part))
        entity.attribute(name).said["required"] = False
        names.append(name)
    entity.rules.append(BriefRule("at-least-one", tuple(names)))
    clause.means(f"{shown_entity(key)}: at least one of {', '.join(names)} is set")
    return True


@grammar.reads(
    "exactly|only? one of the? two|them|these [is|are|must_be|has_to_be] [set|given]",
)
def one_of_two(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`belongs to a contact or to a deal, exactly one of the two`."""
    key = clause.subject or draft.last
    facts = [f for f in draft.facts if f.source == key and f.kind == "refers"][-2:]
    if len(facts) != 2:
        return False
    names = tuple(fact.name or fact.target for fact in facts)
    for fact in facts:
        draft.facts[draft.facts.index(fact)] = replace(fact, required=False)
    draft.entity(key).rules.append(BriefRule("exactly-one", names))
    clause.means(f"{shown_entity(key)}: exactly one of {' and '.join(names)} is set")
    return True


@grammar.reads(
    "{name} has_to_be|must_be|is|needs_to_be|have_to_be set|given|filled when|if|once|where "
    "{states*}",
    "{name} is|are required|needed|mandatory when|if|once|where [it|status|the_status] [is] "
    "{states*}",
)
def set_when(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`answered at has to be set when accepted or declined`."""
    key = clause.subject or draft.last
    found = attribute(clause, draft, slots["name"], new=True, context=key)
    words = [t for t in slots["states"] if t.low not in ("it", "is", "status", "the")]
    wheres = [state(draft, found[0], part) if found else None for part in split_and(words)]
    if found is None or not wheres or any(not where for where in wheres):
        return False
    entity = draft.entity(found[0])
    entity.attribute(found[1]).say(clause, required=False)
    for where in wheres:
        entity.rules.append(BriefRule("when", (found[1],), where=dict(where or {})))
    clause.means(f"{shown_entity(found[0])}: {found[1]} is set where that holds")
    return True


def match_or_name(clause: Clause, draft: Draft, tokens: Sequence[Token], entity: str) -> str:
    """Gives the name of the entity's attribute that a noun phrase means, "" for none."""
    found = attribute(clause, draft, tokens, context=entity)
    return found[1] if found and found[0] == entity else ""

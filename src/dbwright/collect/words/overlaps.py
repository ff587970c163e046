"""Periods that must not overlap, and what can only be in one place at a time."""

from __future__ import annotations

from collections.abc import Sequence

from dbwright.collect.words.clause import Clause
from dbwright.collect.words.draft import Draft, shown_entity, spoken
from dbwright.collect.words.morphology import plural
from dbwright.collect.words.patterns import Grammar
from dbwright.collect.words.periods import period_of
from dbwright.collect.words.resolve import attribute, split_and, subject
from dbwright.collect.words.tokens import Token
from dbwright.core.brief import BriefRule

grammar = Grammar()
Found = dict[str, Sequence[Token]]


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

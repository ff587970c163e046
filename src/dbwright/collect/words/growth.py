"""How many rows come, and how long they are kept."""

from __future__ import annotations

from collections.abc import Sequence

from dbwright.collect.words.clause import Clause
from dbwright.collect.words.draft import Draft, shown_entity
from dbwright.collect.words.keywords import listed
from dbwright.collect.words.morphology import number
from dbwright.collect.words.patterns import Grammar
from dbwright.collect.words.resolve import subject
from dbwright.collect.words.scan import Scan
from dbwright.collect.words.tokens import Token

grammar = Grammar()
Found = dict[str, Sequence[Token]]


@grammar.reads(
    "[we|there] [get|have|expect|receive|store|collect|add|are|write|insert|will_have|see] "
    "about|around|roughly|some|approximately|up_to|~? {count} {rows} per|a|each|every "
    "month|day|week|year|hour|minute|second",
    "{rows} grow|grows|growing by about|around|roughly|approximately? {count} "
    "[rows|records|entries] per|a|each|every month|day|week|year|hour|minute|second",
    "about|around|roughly|some|approximately|expect|up_to? {count} {rows} /|per|a|each "
    "month|day|week|year|hour|minute|second",
    "{rows} arrive|arrives|come|comes|come_in at|with|at_a_rate_of? about|around|roughly? {count} "
    "[rows|records] per|a|each|every month|day|week|year|hour|minute|second",
    "{rows} grow|grows by? about|around|roughly|approximately? {count} per|a|each|every "
    "month|day|week|year|hour",
    "[{rows} :] about|around|roughly|~|up_to|expect? {count} "
    "rows|records|entries|inserts|writes|events per|a|each|every|/ "
    "month|day|week|year|hour|minute|second",
    "{who} send|sends|record|records|produce|produces|emit|emits|report|reports|deliver|delivers|"
    "generate|generates|write|writes|make|makes|transmit "
    "about|around|roughly|approximately|some|~? {count} {rows} "
    "per|a|each|every month|day|week|year|hour|minute|second",
    "{count} {rows} per|a|each|every month|day|week|year|hour|minute|second",
    "[{rows} :] {count} per|a|each|every month|day|week|year|hour|minute",
    "[{rows}] : about? {count} rows|records|entries per|a month|day|week|year|hour",
)
def growth(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`about 10 million readings a month`."""
    words = [t.low for t in slots["count"] if t.low not in _NO_COUNT]
    value = number(words)
    rows = [
        t for t in slots.get("rows", ()) if t.low not in ("rows", "records", "new", "entries", "of")
    ]
    while value is not None and rows and number([*words, rows[0].low]) is not None:
        words, rows = [*words, rows[0].low], rows[1:]
        value = number(words)
    if value is None or (not rows and value < _LARGE):
        return False
    entity = subject(clause, draft, rows, new=True)
    if not entity:
        return False
    who = draft.find(slots["who"]) if slots.get("who") else None
    if slots.get("who") and (who is None or who[0] == entity):
        return False
    if who is not None:
        draft.need(entity, who[0], clause)
        clause.means(f"each {shown_entity(entity)} belongs to a {shown_entity(who[0])}")
    unit = next(t.low for t in reversed(clause.tokens) if t.low in _PER_MONTH)
    months = int(value * _PER_MONTH[unit])
    draft.entity(entity).growth["rows_per_month"] = months
    draft.last = entity
    clause.means(f"{shown_entity(entity)} grows by {months:,} rows a month")
    return True


_NO_COUNT = listed(
    """
    about almost approximately around at collect expect get have least more nearly over receive
    roughly some store than to up we ~
    """
)
_LARGE = 1000
"""From how many on a bare figure tells how a table grows: `5 million a month`."""
_PER_MONTH = {"month": 1.0, "day": 30.0, "week": 30 / 7, "year": 1 / 12, "hour": 720.0,
    "minute": 43_200.0, "second": 2_592_000.0}  # fmt: skip
_DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}


@grammar.reads(
    "{rows} is|are|must_be|should_be|will_be|need_to_be kept|stored|retained|available for "
    "only|about|at_most|up_to? {period*}",
    "[we] keep|retain|store {rows} for only|about|at_most|up_to? {period*}",
    "kept|retained|stored for only|about? {period*}",
    "keep|retain|kept|retained {period*}",
    "{rows} older_than {period} is|are|get|may_be|can_be|must_be "
    "<deleted>|dropped|purged|archived_away",
    "<delete>|drop|purge {rows} older_than|after {period*}",
    "{rows} is|are|get <deleted>|purged|dropped after {period*}",
    "throw|thrown|throw_them|clear|clear_them|delete|delete_them|drop|drop_them|purge|purge_them|"
    "remove|discard away|out? after {period*}",
    "{rows} expire|expires after {period*}",
    "retention [of|for {rows}] is|:|of? {period*}",
    "keep for {period*}",
    "[we] must|only|have_to|need_to|should? keep|retain|store them|it|rows|data|these|only? "
    "[for] {period*}",
    "[we] only keep|retain|store [the] [last] {period*}",
    "{rows} [have|has] a retention of {period*}",
)
def retention(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`kept for 90 days`, `readings older than a year are deleted`."""
    scan = Scan([t for t in slots["period"] if t.low not in ("the", "last", "only", "about")])
    value = 1.0 if scan.take("a", "an") else scan.number()
    unit = scan.low().removesuffix("s")
    if value is None or unit not in _DAYS:
        return False
    scan.at += 1
    clause.unread(scan.tokens[scan.at :])
    entity = subject(clause, draft, slots.get("rows", ()), new=False)
    if not entity:
        return False
    days = int(value * _DAYS[unit])
    draft.entity(entity).growth["keep_days"] = days
    clause.means(f"{shown_entity(entity)}: rows are kept for {days} days")
    return True

"""Rules about what may not be there twice."""

from __future__ import annotations

from collections.abc import Sequence

from dbwright.collect.words.clause import Clause
from dbwright.collect.words.draft import Draft, Fact, attribute_name, naming, shown_entity, spoken
from dbwright.collect.words.morphology import plural, verb_of
from dbwright.collect.words.overlaps import no_overlap
from dbwright.collect.words.patterns import Grammar
from dbwright.collect.words.resolve import attribute, match_name, split_and, state, subject
from dbwright.collect.words.tokens import Token
from dbwright.collect.words.verbs import PAIR_NOUNS, SHARING
from dbwright.core.brief import BriefUnique

grammar = Grammar()
Found = dict[str, Sequence[Token]]


def unique(
    clause: Clause,
    draft: Draft,
    entity: str,
    names: list[str],
    where: dict[str, object] | None = None,
) -> None:
    """Notes that no two rows have the same values, among those that `where` names."""
    told_where = ", ".join(
        f"{name} is {value if value is not None else 'not set'}"
        for name, value in (where or {}).items()
    )
    clause.means(
        f"no two {plural(spoken(entity))} have the same {' and '.join(names)}"
        + (f" where {told_where}" if told_where else "")
    )
    own = draft.entity(entity)
    if len(names) == 1 and not where and names[0] not in draft.roles_of(entity):
        own.attribute(names[0]).say(clause, unique=True)
    else:
        own.uniques.append(BriefUnique(tuple(names), dict(where or {})))  # type: ignore[arg-type]


def names_in(clause: Clause, draft: Draft, entity: str, tokens: Sequence[Token]) -> list[str]:
    """The names of attributes and roles of an entity that a list names; new ones are made."""
    names: list[str] = []
    for part in split_and(tokens):
        if role := draft.part_of(entity, part):
            names.append(role)
            continue
        found = attribute(clause, draft, part, context=entity)
        if found and found[0] == entity:
            names.append(found[1])
            if target := draft.roles_of(entity).get(found[1]):
                draft.need(entity, target, clause)
            continue
        thing = draft.find(part) or ((draft.named(part), ()) if draft.is_thing(part) else None)
        if thing and not thing[1]:
            roles = draft.roles_of(entity).items()
            played = [name for name, to in roles if to == thing[0] and name != thing[0]]
            if len(played) != 1:
                draft.need(entity, thing[0], clause)
            names.append(played[0] if len(played) == 1 else thing[0])
        else:
            name = attribute_name(naming(part))
            draft.entity(entity).attribute(name)
            names.append(name)
    return names


@grammar.reads(
    "no two {rows} <may>? have|share|use|get the? same {names*}",
    "two {rows} <not> have|share|use the? same {names*}",
    "no two {rows} with the? same {names*}",
    "there <not> be two {rows} with the? same {names*}",
    "two {rows} with the? same {names*} are_not_allowed|<not>_exist",
    "{rows} <not> share|have the? same {names*}",
)
def no_two(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`no two users may have the same email`."""
    words = list(slots["rows"])
    within: list[list[Token]] = []
    for at, token in enumerate(words):
        if token.low in ("of", "in", "per", "within") and at:
            within, words = [words[at + 1 :]], words[:at]
            break
    entity = subject(clause, draft, words)
    if not entity:
        return False
    names = [name for part in within for name in names_in(clause, draft, entity, part)]
    more = list(slots["names"])
    for at, token in enumerate(more):
        if token.low in ("in", "within", "per") and at:
            names += names_in(clause, draft, entity, more[at + 1 :])
            more = more[:at]
            break
    names = [
        name for name in [*names, *names_in(clause, draft, entity, more)] if name != draft.tenant
    ]
    unique(clause, draft, entity, names)
    return True


@grammar.reads(
    "{name} <not> "
    "be|get|occur|appear|exist|be_stored|be_used|be_registered|be_saved|be_inserted|be_taken|"
    "repeat|be_recorded|be_assigned twice|more_than_once|again|multiple_times|be_repeated",
    "{name} <may> only? be|occur|appear|exist|be_stored|be_used|be_registered only? once",
    "{name} <not> repeat|be_repeated|be_duplicated|be_reused",
    "duplicate {name} "
    "are_not_allowed|are_forbidden|is_not_allowed|<not>_exist|are_rejected|are_refused|"
    "must_be_rejected|must_be_refused",
    "no duplicate {name}",
    "there must_be|should_be|may_be|can_be|shall_be no duplicate {name}",
    "there must|should|may|can not|never be duplicate {name}",
    "there <not> be duplicate|two_identical|identical {name}",
    "there are|is no duplicate {name}",
    "the? same {name} <not> "
    "be_stored|be_used|occur|exist|appear|be_registered|be_saved|be_recorded|be_imported|"
    "be_inserted|be_processed|be twice|more_than_once|again",
)
def stored_once(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`the provider's id must not be stored twice`."""
    words = list(slots["name"])
    found = attribute(clause, draft, words)
    if found is None and "'s" in [t.low for t in words]:
        at = [t.low for t in words].index("'s")
        known = draft.find(words[at + 1 :])
        here = clause.subject or draft.last
        if here and not known:
            found = (here, attribute_name([*naming(words[:at]), *words[at + 1 :]]))
            owned = naming(words[:at])
            if owned and draft.find(owned[:1]) and draft.find(owned[:1]) == (here, ()):
                found = (here, attribute_name([*owned[1:], *words[at + 1 :]]))
    if found is None:
        found = attribute(clause, draft, words, new=True)
    if found is None:
        return False
    unique(clause, draft, found[0], [found[1]])
    return True


@grammar.reads(
    "[a|the combination|pair|tuple of] {names} must_be|is|are|should_be|must_be_kept|be unique "
    "together|in_combination|as_a_pair|as_a_combination",
    "the|a combination|pair of {names} must_be|is|are|should_be|has_to_be unique",
    "{names} together|combined|in_combination must_be|is|are|should_be unique",
    "unique together : {names}",
    "unique together ( {names} )",
    "unique ( {names} )",
    "unique constraint? on|over {names}",
    "unique : {names}",
    "unique together {names}",
)
def together(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`user and course are unique together`."""
    entity = clause.subject or draft.last
    words = slots["names"]
    lows = [token.low for token in words]
    for sign in ("of", "in", "on", "for"):
        if sign in lows[1:]:
            at = len(lows) - 1 - lows[::-1].index(sign)
            found = draft.find(words[at + 1 :])
            if found:
                entity, words = found[0], words[:at]
                break
    entity = holder(clause, draft, split_and(words)) or entity
    if not entity:
        return False
    unique(clause, draft, entity, names_in(clause, draft, entity, words))
    return True


@grammar.reads(
    "there? <may>? be? only|at_most|max|maximum|exactly|just one|1 {rows} "
    "per|for_each|for_every|for|within|by|in_each {owners*}",
    "at_most|only|max one|1 {rows} <may>? exist|exists|be_active per|for|for_each|within {owners*}",
    "one|1|once per|for_each|for_every {owners*}",
    "one|1 {rows} per|for_each|for_every {owners*}",
    "only|at_most|just|exactly|max|maximum|no_more_than|not_more_than? one|1 "
    "row|record|entry|line|of_them? per|for_each|for_every|of_each|in_each {owners*}",
    "only|at_most|just? once per|for_each|for_every {owners*}",
    "there <may>? be|is|are at_most|only|not_more_than|no_more_than one|1 {rows} "
    "per|for|for_each|within {owners*}",
    "no|not more_than one|1 {rows} per|for_each {owners*}",
)
def one_per(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`only one active subscription per customer`."""
    return _one_per(clause, draft, slots.get("rows", ()), slots["owners"])


@grammar.reads(
    "{owners} <may>? have|has|hold|own|holds only|at_most|no_more_than|just|exactly one|1 {rows*}",
    "{owners} <may> only|never have|hold|own [more than] one|1 {rows*}",
    "{owners} <not> have|hold|own more_than_one|two|several|multiple {rows*}",
)
def has_one_in_state(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`an organization has at most one active subscription`: a rule where rows have a state."""
    if [t.low for t in slots["rows"][:1]] == ["overlapping"]:
        return False
    found = draft.find(slots["rows"])
    if found is None or len(slots["rows"]) > 5:
        return _at_the_same_time(clause, draft, slots)
    if {"per", "each", "every"} & {token.low for token in slots["rows"]}:
        return False
    before = [token for token in found[1] if token.low not in ("optional",)]
    lows = [token.low for token in slots["rows"]]
    owner = subject(clause, draft, slots["owners"])
    if "per" in lows or "for" in lows or not owner:
        return False
    if not before:
        return False
    return _one_per(clause, draft, slots.get("rows", ()), slots["owners"])


def _at_the_same_time(clause: Clause, draft: Draft, slots: Found) -> bool:
    lows = [token.low for token in slots["rows"]]
    ends = (
        ["at", "the", "same", "time"],
        ["at", "once"],
        ["at", "a", "time"],
        ["at", "one", "time"],
    )
    for end in ends:
        if lows[-len(end) :] == end:
            rows = slots["rows"][: -len(end)]
            known = draft.find(rows)
            if known is not None and (before := [t for t in known[1] if t.low not in _PLAIN]):
                where = state(draft, known[0], before)
                return bool(where) and _one_per(clause, draft, rows, slots["owners"])
            entity = subject(clause, draft, rows)
            owner = subject(clause, draft, slots["owners"])
            return bool(entity and owner) and no_overlap(clause, draft, entity, [owner])
    return False


_PLAIN = {"single", "same", "one", "other"}
_ROWS = (["entry"], ["row"], ["record"], ["one"], ["line"])
"""Words for rows of the entity that is spoken of: `only one entry per store and weekday`."""
_TIMES = (("at", "the", "same", "time"), ("at", "any", "time"), ("at", "a", "time"),
    ("at", "one", "time"), ("at", "once"), ("at", "any", "one", "time"))  # fmt: skip


def _without_time(tokens: Sequence[Token]) -> Sequence[Token]:
    """`per vehicle at a time`: that is what a rule about rows says anyway."""
    lows = tuple(token.low for token in tokens)
    end = next((len(each) for each in _TIMES if lows[-len(each) :] == each), 0)
    return tokens[: len(tokens) - end]


def holder(clause: Clause, draft: Draft, parts: list[list[Token]]) -> str:
    """The only entity that has all that is named, "" where none or several do."""
    here = clause.subject or draft.last
    found = [
        key
        for key in draft.keys_of()
        if all(
            match_name(
                [*draft.attributes_of(key), *draft.roles_of(key)], attribute_name(naming(part))
            )
            for part in parts
        )
    ]
    return here if here in found else found[0] if len(found) == 1 else ""


_AND = Token("and", "and", "word", 0, 0, 0)


def _one_per(clause: Clause, draft: Draft, rows: Sequence[Token], owners: Sequence[Token]) -> bool:
    if [t.low for t in rows] in _ROWS and draft.find(rows) is None:
        rows = ()
    # `one score per player per match`: both together
    owners = [_AND if token.low == "per" else token for token in _without_time(owners)]
    found = draft.find(rows)
    here = clause.subject or draft.here
    if rows and found is None and here and len(naming(rows)) == 1 and not draft.is_thing(rows):
        found = (here, ())  # `attendance: …, one answer per member and event`
    if not rows and (clause.subject or draft.last):
        found = (clause.subject or draft.last, ())
    if (
        found is None
        and 0 < len(naming(rows)) < 3
        and not any(t.low in ("active", "open") for t in rows)
    ):
        found = (draft.named(rows), ())
    if found is None:
        return False
    entity, before = found
    names = names_in(clause, draft, entity, owners)
    where = state(draft, entity, before)
    if where is None:
        flag = "is_" + "_".join(token.low for token in before)
        draft.entity(entity).attribute(flag).say(clause, type="boolean", default=True)
        clause.means(
            f"{shown_entity(entity)}.{flag}: boolean, true by default, for the rule asks for it"
        )
        where = {flag: True}
    unique(clause, draft, entity, names, dict(where))
    return True


@grammar.reads(
    "{who} <may> only? {verb} the? same? {what} only|at_most? once [per {more}]",
    "{who} <may> only {verb} the? same? {what} once [per {more}]",
    "{who} <not> {verb} the? same? {what} twice|more_than_once|again|multiple_times",
    "{what} <may> only? be {verb} only? once by|per the? same? {who}",
    "{what} <not> be {verb} twice|more_than_once by the? same? {who}",
    "{what} <may> be {verb} by {who} only once",
    "{who} <may> {verb} at_most|only? once|one|1 per|for {what}",
    "{who} {verb} a|an|the|each|any? {what} only|at_most|no_more_than once",
)
def only_once(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`a user can review a book only once`: the pair is unique where what they make is a thing."""
    who = draft.find(slots["who"])
    verb_words = [t for t in slots["verb"] if t.low not in _NO_VERBS]
    what = draft.find([t for t in slots["what"] if t.low not in ("in", "to", "for", "at", "on")])
    if who is None or what is None or not verb_words:
        return False
    verb = verb_of(verb_words[0].low)
    if verb in ("book", "reserve") and _time_follows(slots):
        return False
    pair = PAIR_NOUNS.get(verb, "")
    link = pair if pair and draft.is_known(pair) else between(draft, who[0], what[0])
    if not link:
        if verb in SHARING or pair:
            draft.fact(Fact("many-to-many", who[0], what[0], clause))
            clause.means(
                f"{shown_entity(who[0])} and {spoken(what[0])} are many-to-many, each pair once"
            )
            return True
        return False
    names = []
    for target in (who[0], what[0]):
        role = next((name for name, to in draft.roles_of(link).items() if to == target), "")
        draft.need(link, target, clause)
        names.append(role or target)
    draft.entity(link).defined = True
    unique(clause, draft, link, names)
    return True


_NO_VERBS = {"in", "to", "for", "at", "on", "be", "a", "an", "the", "with"}


def _time_follows(slots: Found) -> bool:
    return any(token.low == "time" for token in slots["what"])


def between(draft: Draft, one: str, other: str) -> str:
    """The only entity that refers to both, "" where none or several do."""
    found = [
        key
        for key in draft.keys_of()
        if {one, other} <= set(draft.roles_of(key).values()) and key not in (one, other)
    ]
    if draft.here in found:
        return draft.here
    return found[0] if len(found) == 1 else ""

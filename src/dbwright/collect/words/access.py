"""The ways in which rows are looked up, as a request names them."""

from __future__ import annotations

from collections.abc import Sequence

from dbwright.collect.words.access_words import TO, directed, paged
from dbwright.collect.words.access_words import timed as in_time
from dbwright.collect.words.clause import Clause
from dbwright.collect.words.draft import Draft, attribute_name, naming, shown_entity
from dbwright.collect.words.looking import DATED, LOOSE, RECENT, order
from dbwright.collect.words.morphology import is_plural, singular
from dbwright.collect.words.patterns import Grammar
from dbwright.collect.words.resolve import PRONOUNS, attribute, split_and, state
from dbwright.collect.words.tokens import Token
from dbwright.collect.words.verbs import PERSONS
from dbwright.core.brief import BriefAccess, Where

grammar = Grammar()
Found = dict[str, Sequence[Token]]


@grammar.reads(
    "<we> often|frequently|usually|mostly|constantly|regularly|can|want_to|need_to|must|will|"
    "typically|mainly|always? <list> up? {rows*}",
    "<list> up? {rows*}",
    "{rows} is|are|must_be|should_be|can_be|will_be|get "
    "often|frequently|usually|mostly|always|mainly|regularly|typically? "
    "listed|shown|displayed|looked_up|searched|found|searchable|queried|filtered|sorted|fetched|"
    "read|retrieved|ordered_by_default|looked_at {how*}",
    "{rows} is|are|must_be|should_be searchable|listed|sortable|filterable {how*}",
    "<we> often|frequently? order|sort {rows*}",
    "{rows} newest|latest|oldest first",
    "most|frequent queries|query|lookups|lookup : {rows*}",
    "lookup|look-up|lookups|search|searches|filter|filtering of? {rows*}",
    "<list> the? {rows} up by {by*}",
    "<we> look the? {rows} up by {by*}",
    "<we> look for {rows*}",
    "looking_up|finding|searching|listing|filtering {rows} has_to_be|must_be|should_be|is|"
    "needs_to_be quick|fast|efficient",
    "looking_up|finding|searching|listing|filtering {rows} by {by} "
    "has_to_be|must_be|should_be|is|needs_to_be quick|fast|efficient",
    "look|looking|search|searching for|up {rows*}",
    "mostly|often|usually|typically|frequently <we> <list>|look up|for|at? {rows*}",
    "{who} always|often|usually|frequently? opens|open|loads|looks_up|finds|views|sees|reads "
    "{rows} by {by*}",
    "{who} see|sees|view|views {rows*}",
    "when {event} <we> look the? {rows} up by {by*}",
)
def looked_up(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`we list a customer's orders newest first`, `find movements by warehouse and date`."""
    words = [*slots.get("rows", ()), *slots.get("how", ())]
    if slots.get("by"):
        words = [*slots["rows"], _BY, *slots["by"]]
    if [t.low for t in words[:1]] == ["by"]:
        return _by_name(clause, draft, words[1:])
    if slots.get("who") and draft.find(slots["who"]) and not _is_person(draft, slots["who"]):
        return False
    if sorting := [t for t in clause.tokens if t.low in ("sorted", "ordered")]:
        words = [*slots.get("rows", ()), sorting[0], *slots.get("how", ())]
    if (
        not slots.get("how")
        and [t.low for t in clause.tokens[-1:]] == ["first"]
        and words[-1:] != list(clause.tokens[-1:])
    ):
        words += list(clause.tokens[-2:])
    return _access(clause, draft, words)


def _is_person(draft: Draft, words: Sequence[Token]) -> bool:
    found = draft.find(words)
    return found is not None and not found[1] and is_plural(words[-1].low)


_BY = Token("by", "by", "word", 0, 0, 0)


@grammar.reads(
    "{who} often|frequently|usually|mostly|always|regularly? "
    "filter|filters|list|lists|search|searches|sort|look_up|looks_up|query|browse|browses|fetch|"
    "want|wants|want_to_see|wants_to_see {rows*}",
)
def looked_up_by_others(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`recruiters filter applications of an opening by stage`: who they are is no matter."""
    known = draft.find(slots["who"])
    if len(slots["who"]) > 3 or (known is not None and not known[1] and known[0] not in PERSONS):
        return False
    return _access(clause, draft, list(slots["rows"]))


def _by_name(clause: Clause, draft: Draft, words: Sequence[Token]) -> bool:
    """`lookup by postcode`: of the only entity that has one."""
    found = attribute(clause, draft, [t for t in words if t.low not in LOOSE])
    if found is None or found[1] not in draft.attributes_of(found[0]):
        return False
    return _note(clause, draft, found[0], [found[1]], (), {}, False)


def looked(clause: Clause, draft: Draft, tokens: Sequence[Token]) -> bool:
    """Reads what stands below a heading of queries: `revisions of a page, latest first`."""
    words = [t for t in tokens if t.low not in ("out", "into")]
    return _access(clause, draft, words)


def looked_of(clause: Clause, draft: Draft, owner: str, tokens: Sequence[Token]) -> bool:
    """Reads `search by number`, `by status and date` below the entity whose rows are looked up."""
    at = next((n for n, t in enumerate(tokens[:3]) if t.low == "by"), -1)
    if at < 0 or any(not t.is_name for t in tokens[:at]):
        return False
    line = tokens[0].line
    return _access(clause, draft, [Token(owner, owner, "word", line, 0, 0), *tokens[at:]])


def _access(clause: Clause, draft: Draft, tokens: Sequence[Token]) -> bool:
    words = [t for t in tokens if not (t.kind == "sign" and t.low in (",", "(", ")", ":"))]
    words = [t for t in words if t.low not in ("all",)]
    words = directed(paged(words))
    words, timed = in_time(words)
    words, order_word = order(words)
    if words and words[-1].low == "first":
        words = words[:-1]
    words, sorted_by = _cut(words, ("sorted", "ordered", "sort", "order", "sorting"))
    words, by = _cut(words, ("by", "with", "where", "using", "filtered"))
    rows, owners = _rows(draft, words)
    found = draft.find(rows)
    if found is None and rows and all(token.low in PRONOUNS for token in rows) and draft.last:
        found = (clause.subject or draft.last, ())
    if found is None:
        return False
    entity, before = found
    recent = [t for t in before if t.low in RECENT] or [t for t in rows if t.low in RECENT]
    rest = [t for t in before if t.low not in RECENT | LOOSE and t.kind == "word"]
    where: Where = {}
    if rest:
        condition = state(draft, entity, rest)
        if condition is None:
            clause.unread(rest, f"Nothing says when a {entity.replace('_', ' ')} is that.")
        where = condition or {}
    names: list[str] = []
    for part in [*owners, *split_and(by)]:
        names += _name(clause, draft, entity, part)
    ordered = _ordering(
        clause, draft, entity, order_word or ("newest" if recent else ""), sorted_by
    )
    searching = (
        "search" in clause.words or "searched" in clause.words or "searchable" in clause.words
    )
    if timed and not ordered and _date(draft, entity) not in names:
        names.append(_date(draft, entity))
    return _note(clause, draft, entity, names, ordered, where, searching)


def _note(
    clause: Clause,
    draft: Draft,
    entity: str,
    names: list[str],
    ordered: tuple[str, ...],
    where: Where,
    searching: bool,
) -> bool:
    if not (names or ordered or where):
        return False
    ranged = ""
    if len(names) > 1 and not ordered and _is_moment(draft, entity, names[-1]):
        ranged = names.pop()
    text = (
        tuple(names) if searching and names and not ordered and _texts(draft, entity, names) else ()
    )
    access = BriefAccess(
        entity,
        () if text else tuple(dict.fromkeys(names)),
        ranged,
        ordered,
        where,
        text,
        clause.text,
    )
    if access not in draft.accesses:
        draft.accesses.append(access)
    told = [f"by {' and '.join(names)}"] if names else []
    told += [f"in a range of {ranged}"] if ranged else []
    told += (
        [
            f"in the order of {', '.join(o.lstrip('-') for o in ordered)}"
            + (", newest first" if ordered[0][0] == "-" else "")
        ]
        if ordered
        else []
    )
    told += [f"where {' and '.join(f'{k} is {v}' for k, v in where.items())}"] if where else []
    clause.means(
        f"{shown_entity(entity)} is {'searched' if text else 'looked up'} {', '.join(told)}"
    )
    return True


def _texts(draft: Draft, entity: str, names: Sequence[str]) -> bool:
    return all(
        name not in draft.roles_of(entity)
        and name.split("_")[-1]
        in (
            "name",
            "title",
            "body",
            "description",
            "content",
            "text",
            "summary",
            "bio",
            "notes",
            "message",
        )
        for name in names
    )


def _is_moment(draft: Draft, entity: str, name: str) -> bool:
    return name.split("_")[-1] in (
        "at",
        "on",
        "date",
        "time",
        "day",
    ) and name not in draft.roles_of(entity)


def _cut(words: list[Token], at_words: tuple[str, ...]) -> tuple[list[Token], list[Token]]:
    for at, token in enumerate(words):
        if token.low in at_words and at:
            rest = words[at + 1 :]
            return words[:at], [t for t in rest if t.low not in ("by", "their", "its", "the")]
    return words, []


def _rows(draft: Draft, words: list[Token]) -> tuple[list[Token], list[list[Token]]]:
    """What is looked up, and whose: `a customer's orders`, `readings of a sensor`."""
    lows = [t.low for t in words]
    if "'s" in lows:
        at = lows.index("'s")
        return words[at + 1 :], [words[:at]]
    for sign in ("of", "for", "per", "from", "in", "belonging", "assigned", "on", "within"):
        if sign in lows[1:]:
            at = lows.index(sign, 1)
            if draft.find(words[:at]):
                owners = split_and(
                    [
                        t
                        for t in words[at + 1 :]
                        if t.low not in ("a", "given", "one") and (t.low != "to" or t is TO)
                    ],
                    "per",
                    "of",
                    "in",
                    "for",
                    "at",
                    "on",
                    "from",
                    "within",
                )
                return words[:at], owners
    return words, []


def _name(clause: Clause, draft: Draft, entity: str, part: Sequence[Token]) -> list[str]:
    plain = [t for t in part if t.low not in LOOSE and t.low not in ("range", "name_of")]
    if not plain:
        return []
    if [t.low for t in plain] in (["creation", "time"], ["creation", "date"], ["creation"]):
        return ["created_at"]
    if played := draft.part_of(entity, plain):
        return [played]
    found = attribute(clause, draft, plain, context=entity)
    if found and found[0] == entity:
        if draft.roles_of(entity).get(found[1]) == found[1]:
            draft.need(entity, found[1], clause)
        return [found[1]]
    if found and found[0] in draft.roles_of(entity).values():
        clause.unread(
            plain, f"It is an attribute of {shown_entity(found[0])}, not of {shown_entity(entity)}."
        )
        return []
    thing = draft.find(plain)
    if thing:
        roles = [name for name, to in draft.roles_of(entity).items() if to == thing[0]]
        if len(roles) > 1 and thing[0] not in roles:
            clause.unread(plain, f"Say which is meant, {' or '.join(roles)}.")
            return []
        role = roles[0] if roles else ""
        apart = thing[0] != entity and entity not in draft.roles_of(thing[0]).values()
        if not role and apart and draft.is_thing(plain):
            draft.need(entity, thing[0], clause)  # whose rows they are, nothing else says
            role = thing[0]
        if role:
            clause.unread(thing[1])
            return [role]
    dated = _date(draft, entity)
    if (
        plain[-1].low in ("date", "time", "day", "period", "dates", "month", "timestamp", "range")
        and dated
    ):
        return [dated]
    if plain[-1].low in ("id", "key"):
        return []
    clause.unread(part, f"{shown_entity(entity)} has no such attribute.")
    return []


def _date(draft: Draft, entity: str) -> str:
    names = [
        n
        for n in draft.attributes_of(entity)
        if n.split("_")[-1] in ("at", "on", "date", "timestamp", "time", "day")
    ]
    for known in DATED:
        for name in names:
            if name.split("_")[0] == known:
                return name
    return names[0] if len(names) == 1 else "created_at"


def _ordering(
    clause: Clause, draft: Draft, entity: str, which: str, sorted_by: Sequence[Token]
) -> tuple[str, ...]:
    if sorted_by:
        down = any(
            t.low in ("descending", "desc", "decreasing", "newest", "highest") for t in sorted_by
        )
        plain = [
            t
            for t in sorted_by
            if t.low
            not in (
                "descending",
                "desc",
                "ascending",
                "asc",
                "increasing",
                "decreasing",
                "first",
                "highest",
                "lowest",
            )
        ]
        names = [name for part in split_and(plain) for name in _name(clause, draft, entity, part)]
        return tuple(("-" if down or which == "newest" else "") + name for name in names)
    if which:
        return (("-" if which == "newest" else "") + _date(draft, entity),)
    return ()


def row_word(token: Token) -> str:
    """Gives a noun of rows in the singular."""
    return singular(token.low) if is_plural(token.low) else attribute_name(naming([token]))

"""Rules between values of one row, and periods that must not overlap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dbwright.collect.words.clause import Clause
from dbwright.collect.words.draft import Draft, attribute_name, naming, shown_entity
from dbwright.collect.words.item import Item
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
    "{other} not|never before|earlier_than {one*}",
    "{one} not|never after|later_than {other*}",
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


_NO_NAME = {",", "(", "is", "are", "be", "must", "can", "may", "should", "cannot"}
"""What stands in no name of a moment."""


def _in_order(clause: Clause, draft: Draft, slots: Found, *, or_equal: bool = False) -> bool:
    slots = {name: _without_pronoun(tokens) for name, tokens in slots.items()}
    if any(t.low in _NO_NAME for tokens in slots.values() for t in tokens):
        return False
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
    key = clause.subject or draft.last
    roles = draft.roles_of(key)
    named = [attribute_name(naming(part)) for part in parts]
    found = [
        (key, name) if name in roles else attribute(clause, draft, part)
        for name, part in zip(named, parts, strict=True)
    ]
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

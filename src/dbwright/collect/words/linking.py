"""What is said of a pair of things, and of several attributes at once."""

from __future__ import annotations

from collections.abc import Sequence

from dbwright.collect.words.attributes import Having
from dbwright.collect.words.clause import Clause
from dbwright.collect.words.draft import Draft, Fact, shown_entity, spoken
from dbwright.collect.words.morphology import number, singular
from dbwright.collect.words.patterns import Grammar
from dbwright.collect.words.telling import told_fact
from dbwright.collect.words.tokens import Token

grammar = Grammar()
Found = dict[str, Sequence[Token]]


@grammar.reads(
    "for each|every {one} in|of|on|within a|an|the|each? {other} ,? we|i? "
    "need|store|keep|have|record|track|know|want|save {list*}",
    "each|every {one} in|on|of|within a|an|the|each {other} has|have|gets|needs|carries|stores "
    "{list*}",
)
def each_within(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`for each song on a playlist we store a position`: it is the pair that has it."""
    one, other = draft.find(slots["one"]), draft.find(slots["other"])
    if one is None or other is None or one[1] or other[1] or one[0] == other[0]:
        return False
    ends = {one[0], other[0]}
    said = [f for f in draft.facts if {f.source, f.target} == ends]
    many = {f.source for f in said if f.kind == "has many"} == ends
    if said and not many and not any(f.kind == "many-to-many" for f in said):
        return False  # one of the two has it: `each line of an order has a price`
    return _pair_has(clause, draft, one[0], other[0], slots["list"])


@grammar.reads(
    "add|create|define|model|have? a|an? many-to-many|m2m|n:m|m:n|many_to_many "
    "relationship|relation|association|link|table? between {one} and {other} "
    "with|having|that_has|which_has|storing {list*}",
    "add|create|define|model|have? a|an|the? join|link|association|junction table|model between "
    "{one} and {other} with|having|that_has|which_has|storing {list*}",
)
def pair_with(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`a many-to-many between Student and Course with a grade`."""
    words = list(slots["list"])
    for end in _ON_IT:
        if [t.low for t in words[-len(end) :]] == list(end):
            words = words[: -len(end)]
    one, other = draft.named(slots["one"]), draft.named(slots["other"])
    return bool(one and other) and _pair_has(clause, draft, one, other, words)


_ON_IT = (("on", "the", "link"), ("on", "it"), ("on", "the", "relationship"),
    ("on", "the", "association"), ("on", "the", "join", "table"), ("on", "the", "link", "table"),
    ("on", "the", "relation"))  # fmt: skip


@grammar.reads(
    "add|create|define|model|have? a|an? many-to-many|m2m|n:m|m:n|many_to_many "
    "relationship|relation|association|link? between {one} and {other}",
    "{one} and {other} are|have|is [a|in_a] many-to-many|m2m|n:m|m:n|many_to_many "
    "relationship|relation|related?",
)
def pair_of(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`a many-to-many relation between posts and tags`."""
    one, other = draft.named(slots["one"]), draft.named(slots["other"])
    if not (draft.is_thing(slots["one"]) or slots["one"][-1].text[:1].isupper()) or not other:
        return False
    draft.fact(Fact("many-to-many", one, other, clause))
    clause.means(told_fact("many-to-many", one, other, "", None))
    return True


def _pair_has(clause: Clause, draft: Draft, one: str, other: str, words: Sequence[Token]) -> bool:
    holder = draft.link(one, other, clause)
    if not Having(clause, draft, holder).read(words):
        return False
    clause.means(f"{spoken(holder)} stands for a pair of the two")
    draft.last = holder
    return True


@grammar.reads(
    "both|all of_them|of_those|of_these|of_which? are {target*}",
)
def both_are(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`a sender and a recipient; both are users`: what was listed last refers to others."""
    target, owner = draft.find(slots["target"]), clause.subject or draft.last
    words = slots["target"]
    if not words or (target is not None and target[1]) or not owner or not draft.is_thing(words):
        return False
    key = target[0] if target else draft.named(words)
    if key == owner:
        return False
    own = draft.entity(owner).attributes
    names = [name for name in own if set(own[name].said) <= {"required", "type"}][-2:]
    said = [f for f in draft.facts if (f.source, f.target) == (owner, key) and f.name]
    played = list(dict.fromkeys(f.name for f in said))
    if len(names) < 2 and len(played) < 2:
        return False
    if len(names) < 2:
        clause.means(f"{' and '.join(played)} of a {spoken(owner)} are {spoken(key)}s")
        return True
    for name in names:
        attribute = own.pop(name).said
        draft.fact(Fact("refers", owner, key, clause, name, attribute.get("required")))
        clause.means(told_fact("refers", owner, key, name, attribute.get("required")))
    draft.last = owner
    return True


@grammar.reads(
    "[of which] the last {count} <may> be empty|null|missing|unknown|unset|left_empty|blank",
    "the last {count} is|are optional|nullable|not_required",
)
def last_ones(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`…, where the last two may be empty`: of what was listed."""
    owner, many = clause.subject or draft.last, number([t.low for t in slots["count"]])
    names = list(draft.entity(owner).attributes) if owner in draft.entities else []
    if many is None or not 0 < many <= len(names):
        return False
    for name in names[-int(many) :]:
        draft.entity(owner).attribute(name).say(clause, required=False)
        clause.means(f"{shown_entity(owner)}.{singular(name)} is optional")
    return True

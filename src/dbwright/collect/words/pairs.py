"""What all that was said of two things comes to: one relationship, or a contradiction."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dbwright.collect.words.draft import Draft, EntityDraft, Fact, spoken
from dbwright.collect.words.morphology import class_name, plural
from dbwright.collect.words.vocabulary import DEPENDENT, SHARED_NOUNS
from dbwright.core.brief import BriefRelationship, OnDelete


def relationships(draft: Draft) -> list[BriefRelationship]:
    """Gives the relationships of a draft; contradictions are noted at their clauses."""
    found: list[BriefRelationship] = []
    groups: dict[tuple[str, ...], list[Fact]] = {}
    said = {
        pair
        for fact in draft.facts
        for pair in ((fact.source, fact.target), (fact.target, fact.source))
    }
    for fact in draft.needed:
        if (fact.source, fact.target) not in said:
            said.add((fact.source, fact.target))
            draft.facts.append(fact)
    for fact in draft.facts:
        if fact.name:
            groups.setdefault((fact.source, fact.target, fact.name), []).append(fact)
        else:
            groups.setdefault(tuple(sorted((fact.source, fact.target))), []).append(fact)
    named = {(key[0], key[1]) for key in groups if len(key) == 3}
    for key, facts in groups.items():
        if len(key) == 3:
            found.append(_named(draft, facts))
        else:
            found += _pair(draft, facts, named)
    # What stands for a pair comes behind the references that it is made of.
    return sorted(found, key=lambda each: bool(each.through))


def _named(draft: Draft, facts: list[Fact]) -> BriefRelationship:
    one = facts[0]
    kind = "one-to-one" if any(fact.kind == "one-to-one" for fact in facts) else "many-to-one"
    if any(fact.kind == "many-to-many" for fact in facts):
        kind = "many-to-many"
    return _made(draft, kind, one.source, one.target, facts, name=one.name)


def _pair(draft: Draft, facts: list[Fact], named: set[tuple[str, str]]) -> list[BriefRelationship]:
    """What all that was said of two things comes to."""
    one, other = facts[0].source, facts[0].target
    if one == other:
        return _self(draft, facts)
    said = {(fact.kind, fact.source) for fact in facts}
    kinds = {fact.kind for fact in facts}
    if (one, other) in named and kinds <= {"has many"} and _sources(facts, "has many") == [other]:
        return []  # the named reference is what they have many of
    if (other, one) in named and kinds <= {"has many"} and _sources(facts, "has many") == [one]:
        return []
    hinted_refers = [fact for fact in facts if fact.kind == "refers" and fact.hint]
    rest = [fact for fact in facts if fact not in hinted_refers]
    if "many-to-many" in kinds and hinted_refers and not any(f.kind == "refers" for f in rest):
        made = [
            _made(draft, "many-to-one", own.source, own.target, [own], name=own.hint)
            for own in hinted_refers
        ]
        return [*made, *_pair(draft, rest, named)]
    weak = {fact.source for fact in hinted_refers}
    if any(("has many", source) in said for source in weak) and len(hinted_refers) == len(
        _refers(facts)
    ):
        return [_made(draft, "many-to-many", one, other, rest)]
    both_many = ("has many", one) in said and ("has many", other) in said
    _contradictions(draft, facts, kinds, said, one, other)
    if "many-to-many" in kinds or both_many:
        through = next((fact.through for fact in facts if fact.through), "") or _link(
            draft, one, other
        )
        if through and through in draft.entities:
            return [_made(draft, "many-to-many", one, other, facts, through=class_name(through))]
        return [_made(draft, "many-to-many", one, other, facts)]
    if "one-to-one" in kinds:
        fact = next(fact for fact in facts if fact.kind == "one-to-one")
        source, target = _dependent(fact, facts)
        return [_made(draft, "one-to-one", source, target, facts)]
    if hinted := _hinted(draft, facts):
        return hinted
    return [_made(draft, *_direction(facts, one, other), facts)]


def _link(draft: Draft, one: str, other: str) -> str:
    """The entity that was said to stand between two: it refers to both of them."""
    found = [
        key
        for key in draft.entities
        if key not in (one, other)
        and {one, other}
        <= {f.target for f in draft.facts if f.source == key and f.kind == "refers"}
        and key.startswith(
            (
                "enrol",
                "member",
                "registration",
                "subscription",
                "attend",
                "particip",
                "assign",
                "like",
                "follow",
                "vote",
                one + "_" + other,
                other + "_" + one,
            )
        )
    ]
    named = [key for key in (f"{one}_{other}", f"{other}_{one}") if key in draft.entities]
    return found[0] if len(found) == 1 else named[0] if named else ""


def _refers(facts: list[Fact]) -> list[Fact]:
    return [fact for fact in facts if fact.kind == "refers"]


def _sources(facts: list[Fact], kind: str) -> list[str]:
    return list(dict.fromkeys(fact.source for fact in facts if fact.kind == kind))


def _direction(facts: list[Fact], one: str, other: str) -> tuple[str, str, str]:
    """Kind, source and target where one of two refers to the other."""
    refers, many, single = (
        _sources(facts, "refers"),
        _sources(facts, "has many"),
        _sources(facts, "has one"),
    )
    opposite = {one: other, other: one}
    if refers:
        source = refers[0]
        if opposite[source] in single and not many:
            return "one-to-one", source, opposite[source]
        return "many-to-one", source, opposite[source]
    if many:
        owner = many[0]
        if opposite[owner] in SHARED_NOUNS and not single:
            return "many-to-many", owner, opposite[owner]
        return "many-to-one", opposite[owner], owner
    owner = single[0]
    if len(single) == 2:
        return (
            "one-to-one",
            other if other in DEPENDENT else one,
            one if other in DEPENDENT else other,
        )
    part = opposite[owner]
    if part in DEPENDENT or part.startswith(owner + "_"):
        return "one-to-one", part, owner
    return "many-to-one", owner, part


def _dependent(fact: Fact, facts: list[Fact]) -> tuple[str, str]:
    """Which of two that are one-to-one refers to the other."""
    refers = _sources(facts, "refers")
    if refers:
        return refers[0], fact.target if refers[0] == fact.source else fact.source
    if fact.target in DEPENDENT or fact.target.startswith(fact.source + "_"):
        return fact.target, fact.source
    return fact.source, fact.target


def _self(draft: Draft, facts: list[Fact]) -> list[BriefRelationship]:
    key = facts[0].source
    if any(fact.kind == "many-to-many" for fact in facts):
        return [_made(draft, "many-to-many", key, key, facts)]
    optional = [replace(fact, required=False) for fact in facts]
    return [_made(draft, "many-to-one", key, key, optional, name="parent")]


def _hinted(draft: Draft, facts: list[Fact]) -> list[BriefRelationship]:
    """`created by a user` and `assigned to a user` are two references."""
    hints = list(
        dict.fromkeys(
            (fact.source, fact.hint) for fact in facts if fact.kind == "refers" and fact.hint
        )
    )
    if len({hint for _, hint in hints}) < 2:
        return []
    found = []
    for source, hint in hints:
        own = [fact for fact in facts if fact.hint == hint]
        found.append(_made(draft, "many-to-one", source, own[0].target, own, name=hint))
    return found


def _contradictions(
    draft: Draft,
    facts: list[Fact],
    kinds: set[Any],
    said: set[tuple[Any, str]],
    one: str,
    other: str,
) -> None:
    last = facts[-1]
    ones, others = spoken(one), spoken(other)
    several = "many-to-many" in kinds or "has many" in kinds
    if "one-to-one" in kinds and several:
        last.clause.problem(
            f"{ones} and {others} are one-to-one by one clause, and one has many of the other by "
            f"another: "
            "say which of the two holds."
        )
    elif "many-to-many" in kinds and "refers" in kinds:
        last.clause.problem(
            f"{ones} and {others} are many-to-many by one clause, and one belongs to one of the "
            f"other by another: "
            "say which of the two holds."
        )
    elif ("refers", one) in said and ("refers", other) in said and not _hinted(draft, facts):
        last.clause.problem(
            f"{ones} belongs to {others} by one clause, {others} to {ones} by another: say which "
            f"holds."
        )
    elif any(("has many", x) in said and ("refers", x) in said for x in (one, other)):
        last.clause.problem(
            f"One clause says that {ones} has many {plural(others)}, another that it belongs to "
            f"one: say which holds."
        )
    elif any(_one_and_many(facts, x) for x in (one, other)):
        last.clause.problem(
            f"One clause says that it has one, another that it has many: say which of the two "
            f"holds for {ones} and {others}."
        )
    required = {
        fact.required
        for fact in facts
        if fact.kind in ("refers", "one-to-one")
        and fact.required is not None
        and fact.source == (_sources(facts, "refers") or [facts[0].source])[0]
    }
    if len(required) == 2:
        last.clause.problem(
            f"The {others} of a {ones} is required by one clause and optional by another."
        )


def _one_and_many(facts: list[Fact], source: str) -> bool:
    """Whether a thing has one of the other by a clause and many by another, no role told apart."""
    plain = {fact.kind for fact in facts if fact.source == source and not fact.hint}
    return {"has one", "has many"} <= plain


def _made(
    draft: Draft,
    kind: str,
    source: str,
    target: str,
    facts: list[Fact],
    name: str = "",
    through: str = "",
) -> BriefRelationship:
    required = _required(facts, source, kind)
    policy: OnDelete | str = ""
    said = draft.deletes.get((source, f"{target}.{name}")) or draft.deletes.get((source, target))
    if said is not None and kind != "many-to-many":
        policy, clause = said
        if policy == "keep":
            explicit = any(fact.required and fact.source == source for fact in facts)
            policy = "restrict" if explicit else "set null"
            if explicit:
                clause.means(
                    f"a {spoken(target)} that has {plural(spoken(source))} cannot be deleted, "
                    f"for each must have one"
                )
        if policy == "set null":
            required = False
    elif any(
        draft.entities[key].flags.get("never_deleted")
        for key in {source, target}
        if key in draft.entities
    ):
        policy = "restrict"
    fixed = name or target in draft.entities.get(source, EntityDraft("")).flags.get("fixed", ())
    position = draft.entities.get(source, EntityDraft("")).flags.get("position") == target
    return BriefRelationship(
        source=class_name(source),
        target=class_name(target),
        kind=kind,  # type: ignore[arg-type]
        name=name,
        required=required if kind != "many-to-many" else False,
        on_delete=policy,  # type: ignore[arg-type]
        through=through,
        position=position,
        immutable=fixed is True,
    )


def _required(facts: list[Fact], source: str, kind: str) -> bool:
    own = [
        fact
        for fact in facts
        if fact.source == source and fact.kind in ("refers", "has one", "one-to-one")
    ]
    said = [fact.required for fact in own if fact.required is not None]
    if said:
        return said[-1]
    return True


# entities

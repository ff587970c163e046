"""Relationships as developers note them: `Author 1:n Book`, trees, link tables."""

from __future__ import annotations

from collections.abc import Sequence

from dbwright.collect.words.attributes import Having
from dbwright.collect.words.clause import Clause
from dbwright.collect.words.draft import Draft, Fact, FactKind, shown_entity, spelled
from dbwright.collect.words.morphology import noun_key
from dbwright.collect.words.patterns import Grammar
from dbwright.collect.words.resolve import split_and, subject
from dbwright.collect.words.telling import told_fact
from dbwright.collect.words.tokens import Token
from dbwright.collect.words.verbs import PAYLOAD

grammar = Grammar()
Found = dict[str, Sequence[Token]]
_MARKS: dict[str, FactKind] = {
    "1:n": "has many", "1-n": "has many", "1:m": "has many", "one-to-many": "has many",
    "n:1": "refers",
    "m:1": "refers", "many-to-one": "refers", "n:m": "many-to-many", "m:n": "many-to-many",
    "n:n": "many-to-many",
    "m:m": "many-to-many", "m2m": "many-to-many", "many-to-many": "many-to-many",
    "1:1": "one-to-one",
    "1-1": "one-to-one", "one-to-one": "one-to-one", "has_many": "has many", "belongs_to": "refers",
    "has_one": "has one", "has_and_belongs_to_many": "many-to-many",
}  # fmt: skip
_MARK = (
    "|".join(_MARKS).replace("has_many", "hasmany")
    + "|many_to_many|one_to_many|one_to_one|many_to_one"
)
_ENDS: dict[str, str] = {"many to many": "many-to-many", "one to many": "one-to-many",
                         "one to one": "one-to-one", "many to one": "many-to-one"}  # fmt: skip


def _kind(clause: Clause) -> FactKind | None:
    text = " ".join(clause.words)
    for spaced, hyphened in _ENDS.items():
        text = text.replace(spaced, hyphened)
    return next((_MARKS[word] for word in text.split() if word in _MARKS), None)


def _say(
    clause: Clause,
    draft: Draft,
    kind: FactKind,
    one: Sequence[Token],
    other: Sequence[Token],
    through: str = "",
) -> bool:
    source, target = subject(clause, draft, one), subject(clause, draft, other)
    if not source or not target:
        return False
    draft.fact(Fact(kind, source, target, clause, through=through))
    draft.last = source
    clause.means(told_fact(kind, source, target, "", None))
    return True


@grammar.reads(
    f"{{one}} {_MARK} [relationship|relation|with|to|->|—] {{other*}}",
    f"{{one}} ->|—|-|to|<-> {{other}} :|(|,|is|= a? {_MARK} )?",
    f"{_MARK} : {{one}} ->|—|-|to|and|with|/ {{other*}}",
    f"{{one}} and|/ {{other}} :|(|—|- {_MARK} )?",
    f"{{one}} and {{other}} are|have [linked|related|in a] a? {_MARK} "
    f"[relationship|relation|association]",
    f"[there is] a? {_MARK} relationship|relation|association|relationships? between|of|from "
    f"{{one}} and|to {{other*}}",
    f"{{one}} has|have|in|is a|in? {_MARK} relationship|relation|association with|to {{other}} "
    f"through|via|using {{link*}}",
    f"[there is] a? {_MARK} relationship|relation|association between {{one}} and|to {{other}} "
    f"through|via {{link*}}",
    f"{{one}} and {{other}} are {_MARK} through|via|using {{link*}}",
)
def marked(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`Author 1:n Book`, `many-to-many between students and courses through enrollments`."""
    kind = _kind(clause)
    one = [t for t in slots["one"] if t.low not in ("has", "have", "a", "are", "in")]
    other = [t for t in slots["other"] if t.low not in ("a", "the", "relationship", "with", "to")]
    if kind is None or not one or not other or len(other) > 4 or len(one) > 4:
        return False
    if any(t.low in ("has", "have") for t in slots["one"][1:-1]):
        return False
    if any(t.low in (",", "and", "or", "(", "which") for t in (*one, *other)):
        return False
    through = ""
    if "link" in slots:
        through = subject(
            clause, draft, [t for t in slots["link"] if t.low not in ("a", "an", "table")]
        )
        if through:
            draft.entity(through).defined = True
    return _say(clause, draft, kind, one, other, through)


@grammar.reads(
    "{link} links|connects|joins|relates|associates|connect|link|join|assigns {one} and|to|with "
    "{other*}",
    "{link} is|are a? link|join|association|junction|pair|connection [table|entity] "
    "between|of|for {one} and {other*}",
)
def linking(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`an enrollment links a student to a course`."""
    link = subject(clause, draft, slots["link"])
    rest = split_and(slots["other"])
    pairs = [subject(clause, draft, part) for part in (slots["one"], *rest[:1])]
    if not link or not all(pairs) or (len(rest) > 1 and draft.find(rest[1]) is None):
        return False
    draft.entity(link).defined = True
    for target in [*pairs, *(subject(clause, draft, part) for part in rest[1:])]:
        draft.fact(Fact("refers", link, target, clause))
        clause.means(told_fact("refers", link, target, "", None))
    draft.last = link
    return True


@grammar.reads(
    "{rows} "
    "form|forms|build|builds|make|are_organized_as|are_organised_as|are_kept_as|are_in|"
    "are_arranged_in a? tree|hierarchy [of|with any depth]",
    "{rows} <may> be nested|hierarchical|arranged_in_a_tree [to any depth]",
    "{rows} is|are nested|hierarchical|recursive|self-referencing|self-referential [to any depth]",
    "{rows} <may>? be|is|are a|an? "
    "reply|answer|response|child|children|subtask|part|follow-up|followup|version to|of "
    "another|other|a {rest*}",
    "tree|hierarchy|nested of? {rows*}",
    "{rows} form|forms|build a tree {rest*}",
)
def tree(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`categories form a tree`."""
    entity = subject(clause, draft, slots["rows"])
    if not entity:
        return False
    rest = slots.get("rest", ())
    if rest and {"to", "of"} & set(clause.words):
        other = draft.find(rest)
        if other is None or other[0] != entity:
            return False
    else:
        clause.unread(rest)
    draft.entity(entity).defined = True
    draft.last = entity
    draft.fact(Fact("refers", entity, entity, clause, "parent", required=False))
    clause.means(f"{shown_entity(entity)} may have a parent of its own kind")
    return True


@grammar.reads(
    "{one} <may>? have|has|include|use several|many|multiple {other} [,] and|while "
    "a|an|each|every|one "
    "{other2} several|many|multiple {one2} [, with|and_has {more*}]",
)
def several_of_each(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`an artwork can have several artists and an artist several artworks`."""
    one, other = subject(clause, draft, slots["one"]), subject(clause, draft, slots["other"])
    if not one or not other or draft.find(slots["one2"]) not in (None, (one, ())):
        return False
    if noun_key([spelled(t) for t in slots["other2"]]) != other:
        return False
    draft.fact(Fact("many-to-many", one, other, clause))
    clause.means(told_fact("many-to-many", one, other, "", None))
    draft.last = one
    if more := slots.get("more"):
        link = draft.link(one, other, clause)
        clause.means(f"{shown_entity(link)} stands for a pair of the two")
        Having(clause, draft, link).read(more)
    return True


@grammar.reads(
    "for each|every|all|our|the? {owner} [,] [we] "
    "store|keep|record|know|need|track|save|also_keep {items*}",
    "[we] store|keep|record|track|save|know {items} for|of|about each|every {owner*}",
    "about each|every {owner} [,] [we] store|keep|record|know|need|track|save {items*}",
    "each|every {owner} is described|identified by {items*}",
)
def kept_for(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`for every item we know its name and its barcode`."""
    owner = subject(clause, draft, slots["owner"])
    if not owner or {"per", "month"} <= set(clause.words):
        return False
    last = draft.facts[-1] if draft.facts else None
    ends = (last.source, last.target) if last and last.kind == "many-to-many" else ()
    paid = any(t.low in PAYLOAD for t in slots["items"][:3])
    if last is not None and owner in ends and last.source != last.target and paid:
        owner = draft.link(last.source, last.target, clause)
        clause.means(f"{owner.replace('_', ' ')} stands for a pair of the two")
    draft.last = owner
    return Having(clause, draft, owner).read(slots["items"])


@grammar.reads(
    "{rows} have|has|with a|an|the? position|order within|in|inside {owner*}",
    "{rows} of {owner} have|has an? order|position|sequence",
    "{rows} of {owner} is|are ordered|sorted|sortable [by hand|manually]",
    "{rows} is|are kept in order within|in|of {owner*}",
)
def positioned(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`lessons have a position within their course`."""
    source, target = draft.find(slots["rows"]), draft.find(slots["owner"])
    if source is None or target is None or source[1]:
        return False
    draft.entity(source[0]).flags["position"] = target[0]
    draft.fact(Fact("refers", source[0], target[0], clause))
    clause.means(
        f"{shown_entity(target[0])} keeps its rows of {source[0]} in an order that people choose"
    )
    return True

"""What is said of an attribute beyond its own: keys, indexes, copies, what it is unique within."""

from __future__ import annotations

from collections.abc import Sequence

from dbwright.collect.words.clause import Clause
from dbwright.collect.words.draft import Draft, Fact, attribute_name, shown_entity, spelled, spoken
from dbwright.collect.words.item import Item
from dbwright.collect.words.morphology import parts, plural
from dbwright.collect.words.phrases import qualifier
from dbwright.collect.words.resolve import match_name
from dbwright.collect.words.telling import told_fact
from dbwright.collect.words.tokens import Token
from dbwright.collect.words.vocabulary import type_by_name
from dbwright.core.brief import BriefAccess, BriefRule, BriefUnique, RuleKind


class Marking:
    """Takes what items say beyond their own attributes, for the entity `owner`."""

    def __init__(self, clause: Clause, draft: Draft, owner: str) -> None:
        self.clause = clause
        self.draft = draft
        self.owner = owner
        self.said = 0
        self.last: tuple[str, str] | None = None
        self.named: list[str] = []
        """What was placed of the list that is read."""

    def means(self, text: str) -> None:
        """Notes what was made of an item."""
        self.said += 1
        self.clause.means(text)

    def unique_together(self, item: Item) -> None:
        """`unique per store and date`: all that is named, together."""
        names: list[str] = []
        for words in item.unique_per:
            named = attribute_name([w for w in words if w.low not in ("a", "the", "its", "each")])
            known = match_name(self.draft.attributes_of(self.owner), named)
            found = self.draft.find(words)
            if not known and found and not found[1]:
                roles = self.draft.roles_of(self.owner).items()
                known = next((name for name, to in roles if to == found[0]), found[0])
                self.draft.need(self.owner, found[0], self.clause)
            names.append(known or named)
            if not known:
                self.draft.entity(self.owner).attribute(named)
        self.draft.entity(self.owner).uniques.append(
            BriefUnique(of=tuple(n for n in dict.fromkeys(names) if n != self.draft.tenant))
        )
        self.means(f"no two {spoken(self.owner)} rows have the same {' and '.join(names)}")

    def together(self, item: Item, named: Sequence[str]) -> None:
        """`season and number, unique together within the show`: of those just named."""
        within: list[str] = []
        for words in item.unique_per:
            found = self.draft.find(words)
            if found and not found[1] and found[0] != self.owner:
                roles = self.draft.roles_of(self.owner).items()
                within.append(next((name for name, to in roles if to == found[0]), found[0]))
                self.draft.need(self.owner, found[0], self.clause)
        names = [name for name in dict.fromkeys((*within, *named)) if name != self.draft.tenant]
        self.draft.entity(self.owner).uniques.append(BriefUnique(of=tuple(names)))
        self.means(f"no two {spoken(self.owner)} rows have the same {' and '.join(names)}")

    def marks(self, item: Item, entity: str, name: str) -> None:
        """What an item says beyond its attribute: keys, indexes, what it is unique within."""
        marks, draft = item.marks, self.draft
        if marks.get("together") and len(self.named) > 1:
            self.together(item, self.named[-3:])
        elif item.unique_per:
            self.unique(item, name)
        if marks.get("key"):
            draft.entity(entity).flags.update(key="natural", natural_key=(name,))
            self.means(f"{shown_entity(entity)} is identified by {name}")
        if marks.get("index"):
            draft.accesses.append(BriefAccess(entity, by=(name,)))
            self.means(f"{shown_entity(entity)} is looked up by {name}")
        if marks.get("search"):
            draft.accesses.append(BriefAccess(entity, search=(name,)))
            self.means(f"{shown_entity(entity)} is searched by words of {name}")
        if marks.get("frozen"):
            draft.entity(entity).flags.setdefault("frozen", set()).add(name)
            self.means(f"{shown_entity(entity)}.{name} is a copy that later changes do not touch")
        if copied := marks.get("copied"):
            draft.entity(entity).flags.setdefault("copies", {})[name] = [spelled(t) for t in copied]
            self.means(
                f"{shown_entity(entity)}.{name} is copied from {' '.join(t.low for t in copied)}"
            )
        if after := marks.get("after"):
            self._after(entity, name, after)
        if other := marks.get("up_to"):
            self._after(entity, name, other, up_to=True)
        if marks.get("undeleted"):
            draft.entity(entity).flags["soft_delete"] = True
            self.means(f"{shown_entity(entity)}: deleted rows are marked, and free their {name}")
        if currency := marks.get("currency"):
            draft.currency = draft.currency or currency
            self.means(f"amounts are in {currency}")

    def some_of(self, kind: RuleKind) -> None:
        """`email, phone (at least one of them)`: how many of the last two are set."""
        names = [name for entity, name, to in self.draft.placed if entity == self.owner and not to]
        if len(names) < 2:
            return
        entity = self.draft.entity(self.owner)
        for name in names[-2:]:
            entity.attribute(name).said["required"] = False
        entity.rules.append(BriefRule(kind, tuple(names[-2:])))
        self.means(f"{shown_entity(self.owner)}: {kind.replace('-', ' ')} of "
                   f"{' and '.join(names[-2:])} is set")  # fmt: skip

    def _of_pair(self, item: Item, name: str, within: list[str]) -> bool:
        """`seed number, unique within a tournament`, where players and tournaments are many."""
        draft = self.draft
        paired = any(
            fact.kind == "many-to-many" and {fact.source, fact.target} == {self.owner, *within}
            for fact in draft.facts
        )
        if len(within) != 1 or not paired or within[0] == self.owner:
            return False
        link = draft.link(self.owner, within[0], self.clause)
        moved = draft.entity(self.owner).attributes.pop(name, None)
        draft.entity(link).attribute(name).said.update(moved.said if moved else {})
        draft.entity(link).attribute(name).said.pop("unique", None)
        draft.entity(link).uniques.append(BriefUnique(of=(within[0], name)))
        self.means(f"{shown_entity(link)}.{name}: of the two, not twice in a {spoken(within[0])}")
        self.last = None
        return True

    def _after(
        self, entity: str, name: str, words: Sequence[Token], *, up_to: bool = False
    ) -> None:
        """`closed at, not before opened at`; `up_to` where it is `sold, at most the quota`."""
        earlier = match_name(self.draft.attributes_of(entity), attribute_name(words))
        if not earlier or earlier == name:
            self.clause.unread(words, f"{shown_entity(entity)} has no such attribute.")
            return
        if up_to:
            self._of_one_type(entity, name, earlier)
            self.draft.entity(entity).rules.append(
                BriefRule("ordered", (name, earlier), or_equal=True)
            )
            self.means(f"{shown_entity(entity)}: {name} is at most {earlier}")
            return
        self.draft.entity(entity).rules.append(BriefRule("ordered", (earlier, name)))
        self.means(f"{shown_entity(entity)}: {earlier} lies before {name}")

    def _of_one_type(self, entity: str, *names: str) -> None:
        """Two values of which one is at most the other are numbers, if nothing says more."""
        own = [self.draft.entity(entity).attribute(name) for name in names]
        types = [each.said.get("type") or type_by_name(parts(each.name)) for each in own]
        known = next((kind for kind in types if kind), "integer")
        for each, kind in zip(own, types, strict=True):
            if not kind:
                each.said["type"] = known

    def unique(self, item: Item, name: str) -> None:
        """`slug unique per shop`."""
        entity = self.draft.entity(self.owner)
        within: list[str] = []
        for words in item.unique_per:
            found = self.draft.find(words)
            attribute = attribute_name(
                [w for w in words if w.low not in ("a", "the", "its", "each", "same")]
            )
            if found == (self.owner, ()) and len(item.unique_per) == 1:
                entity.attribute(name).say(self.clause, unique=True)
                self.means(f"{name} is unique among {plural(spoken(self.owner))}")
                return
            within.append(found[0] if found and not found[1] else attribute)
        if self._of_pair(item, name, within):
            return
        if self.draft.tenant and within == [self.draft.tenant]:
            self.draft.entity(self.owner).attribute(name).said["unique"] = True
            self.clause.means(f"{name} is unique within a {spoken(self.draft.tenant)}")
            return
        if name in entity.attributes:
            entity.attributes[name].said.pop("unique", None)
        for other in within:
            if other not in self.draft.attributes_of(self.owner):
                self.draft.need(
                    self.owner, self.draft.roles_of(self.owner).get(other, other), self.clause
                )
        entity.uniques.append(BriefUnique(of=(name, *within)))
        self.means(
            f"{name} and {', '.join(within)} of {spoken(self.owner)} are not there twice together"
        )

    def between(self, item: Item, one: str, other: str) -> bool:
        """`books and authors (many-to-many)`: what stands in parentheses is of both."""
        found = qualifier(item.inside, 0) if item.inside else None
        if found is None or found[0] != len(item.inside) or "relation" not in found[1]:
            return False
        if found[1]["relation"] not in ("many-to-many", "one-to-one"):
            return False
        self.draft.fact(Fact(found[1]["relation"], one, other, self.clause))
        self.means(told_fact(found[1]["relation"], one, other, "", None))
        item.inside = []
        return True

"""What is said of several that were named: `both optional`, `both users`, a type that is shared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dbwright.collect.words.draft import Fact, attribute_name, shown_entity, spoken
from dbwright.collect.words.item import Item
from dbwright.collect.words.marking import Marking
from dbwright.collect.words.morphology import plural
from dbwright.collect.words.resolve import split_and
from dbwright.collect.words.telling import told, told_fact
from dbwright.collect.words.tokens import Token
from dbwright.core.brief import BriefRule


class Joint(Marking):
    """Takes what is said of the last few that were placed."""

    def joint(self, item: Item) -> None:
        """What is said of several at once: `both optional`, `(both dates)`, `all required`."""
        how_many, own = item.marks.pop("joint", (0, item))
        said = own.said or own_said(item)
        for entity, name, target in self.draft.placed[-how_many:] if how_many else ():
            if entity != self.owner:
                continue
            if not target:
                self.draft.entity(entity).attribute(name).say(self.clause, **said)
                self.means(f"{shown_entity(entity)}.{name} is {told(said) or 'as said'}")
            elif "required" in said:
                required = bool(said["required"])
                fact = Fact("refers", entity, target, self.clause, name, required)
                self.draft.fact(fact)
                self.means(told_fact("refers", entity, target, name, required))

    def just_named(self) -> list[str]:
        """What was placed in this list, or in the lines before it."""
        before = [n or to for entity, n, to in self.draft.placed if entity == self.owner]
        return self.named if len(self.named) > 1 else before

    def of_kind(self, target: str, placed: Sequence[tuple[str, str, str]]) -> None:
        """`a reporter and an assignee, both users`: what those that were named are."""
        for entity, name, before in placed:
            if entity != self.owner or before == target:
                continue
            moved = self.draft.entity(entity).attributes.pop(name, None)
            required = moved.said.get("required") if moved else None
            self.draft.fact(Fact("refers", entity, target, self.clause, name, required))
            self.means(told_fact("refers", entity, target, name, required))
        self.means(f"they are {plural(spoken(target))}")

    def shared_type(self, item: Item, before: Item) -> None:
        """`opens at and closes at as time of day`: the type is that of both."""
        alike = before.words and item.words and before.words[-1].low == item.words[-1].low
        if not (item.joined and alike) or "type" in before.said or not self.last:
            return
        if (kind := item.said.get("type")) in ("time", "date", "datetime") and "values" not in (
            before.said
        ):
            entity, name = self.last
            self.draft.entity(entity).attribute(name).say(self.clause, type=kind)
            self.means(f"{shown_entity(entity)}.{name}: {kind} as well")

    def later(self, item: Item) -> None:
        """`valid until later than valid from`: a name, and behind it which other it follows."""
        low = [token.low for token in item.words]
        than = low.index("than") if "than" in low else 0
        if than < 2 or low[than - 1] not in ("later", "greater", "higher", "bigger", "more"):
            return
        name, other = attribute_name(item.words[: than - 1]), attribute_name(item.words[than + 1 :])
        entity = self.draft.entity(self.owner)
        if other in entity.attributes:
            entity.rules.append(BriefRule("ordered", (other, name)))
            self.means(f"{shown_entity(self.owner)}: {other} lies before {name}")
        else:
            item.unread += item.words[than - 1 :]
        item.words = list(item.words[: than - 1])

    def is_pair(self, tokens: Sequence[Token]) -> bool:
        """`account and post, unique`: two things, of which no pair is there twice."""
        if not self.owner or [t.low for t in tokens[-2:]] != [",", "unique"]:
            return False
        parts = split_and(tokens[:-2])
        joined = not any(t.low == "," for t in tokens[:-2])
        return joined and len(parts) == 2 and all(self.draft.is_thing(part) for part in parts)


def own_said(item: Item) -> dict[str, Any]:
    """What is an attribute's own: what it is unique with is not."""
    said = dict(item.said)
    if item.unique_per or item.marks.get("together"):
        said.pop("unique", None)
    return said

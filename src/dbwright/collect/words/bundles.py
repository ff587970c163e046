"""Nouns that stand for several attributes, and what explains a noun in parentheses."""

from __future__ import annotations

from dbwright.collect.words.draft import Fact, shown_entity
from dbwright.collect.words.headings import listing
from dbwright.collect.words.item import Item
from dbwright.collect.words.joint import Joint
from dbwright.collect.words.qualifiers import qualify
from dbwright.collect.words.scan import Scan, split_at
from dbwright.collect.words.tokens import Token
from dbwright.collect.words.verbs import PERSONS
from dbwright.collect.words.vocabulary import BUNDLES


class Bundled(Joint):
    """Takes bundles of attributes for the entity `owner`."""

    listed = False

    def _copied_too(self, item: Item) -> None:
        """What stands before the `and` is copied from there as well."""
        if self.last and self.last[0] == self.owner:
            own = Item(marks={"copied": item.marks["copied"]})
            self.draft.entity(self.owner).attribute(self.last[1]).said["immutable"] = True
            self.marks(own, *self.last)

    def _gloss(self, item: Item) -> None:
        """`quota (how many can be sold, >= 0)`: what explains a noun takes none of it away."""
        if not self.listed or not item.inside or item.unread or item.marks.get("objects"):
            return
        if listing(item.inside) > 1:
            return  # what a thing has, no explanation
        left: list[Token] = []
        for part in split_at(item.inside, ","):
            own, scan = Item(), Scan(part)
            qualify(scan, own)
            if scan.done and own.said and not own.unique_per:
                item.take(own.said | own.marks)
            else:
                left += part
        item.inside = []
        self.clause.unread(left)

    def _bundle(self, item: Item) -> None:
        entity, name = self.draft.entity(self.owner), item.marks["bundle"]
        entity.defined = True
        shown = shown_entity(self.owner)
        if name == "timestamps":
            entity.flags["timestamps"] = True
            self.means(f"{shown} keeps when a row was made and changed")
        elif name == "soft delete":
            entity.flags["soft_delete"] = True
            self.means(f"{shown}: deleted rows are marked, not removed")
        elif name == "versioning":
            entity.flags["versioned"] = True
            self.means(f"{shown}: a write over somebody else's write is refused")
        else:
            self._bundled(item, name)

    def _bundled(self, item: Item, bundle: str) -> None:
        entity, names = self.draft.entity(self.owner), []
        for name, said in BUNDLES[bundle]:
            if name in self.draft.absent.get(self.owner, ()):
                continue
            more = dict(said)
            person = next((each for each in PERSONS if self.draft.is_known(each)), "user")
            if more.pop("entity", ""):
                required = more.get("required", True)
                self.draft.fact(Fact("refers", self.owner, person, self.clause, name, required))
            elif name not in entity.attributes:
                if item.said.get("required") is False:
                    more["required"] = False
                entity.attribute(name).said.update(more)
            names.append(name)
        phrase = item.phrase
        self.means(f"{shown_entity(self.owner)}: {phrase} means {', '.join(names)}")

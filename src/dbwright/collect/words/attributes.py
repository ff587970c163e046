"""What something has: attributes, bundles of them, and references to other things."""

from __future__ import annotations

from collections.abc import Sequence

from dbwright.collect.words.bundles import Bundled
from dbwright.collect.words.clause import Clause, says_something
from dbwright.collect.words.draft import (
    Draft,
    Fact,
    FactKind,
    attribute_name,
    shown_entity,
    spelled,
    spoken,
)
from dbwright.collect.words.finish import type_of
from dbwright.collect.words.item import Item
from dbwright.collect.words.item_names import is_adverb
from dbwright.collect.words.items import ItemReader
from dbwright.collect.words.joint import own_said
from dbwright.collect.words.morphology import FINAL_PARTICIPLE, is_plural, noun_key, parts, plural
from dbwright.collect.words.morphology import singular as one_of
from dbwright.collect.words.periods import note_period
from dbwright.collect.words.targets import are_rows, target_of
from dbwright.collect.words.telling import told, told_fact
from dbwright.collect.words.tokens import Token
from dbwright.collect.words.verbs import MODALS, PAYLOAD
from dbwright.collect.words.vocabulary import SHARED_NOUNS, type_by_name

_PRONOUNS = {"we", "it", "they", "you", "i", "he", "she", "this", "that"}
_UNKNOWN = "is no type that is known: say string, text, integer, decimal, money, date or the like."


_GUESSED = "string, as nothing says what it is"


class Having(Bundled):
    """Takes items as what an entity has.

    `listed` where a definition lists columns (`orders: id, customer`): a thing among them is one
    that is referred to. `whole` where the list is one bullet, so one attribute.
    """

    def __init__(
        self, clause: Clause, draft: Draft, owner: str, *, listed: bool = False, must: bool = False
    ) -> None:
        self.must = must
        """Whether the verb says that none may be without it: `must have a title`."""
        super().__init__(clause, draft, owner)
        self.listed = listed
        latest = draft.latest if draft.latest and draft.latest[0] == owner and listed else None
        self.last = latest[:2] if latest and not latest[2] else None
        self.before = ""

    def read(self, tokens: Sequence[Token]) -> bool:
        """Reads a list; gives whether anything was made of it."""
        if self.owner:
            self.draft.entity(self.owner)
        paired = self.is_pair(tokens)
        tokens = tokens[:-2] if paired else tokens
        self.home = not self.owner
        self.reader = ItemReader(tokens, self.draft, things=not self.owner)
        before = Item()
        for item in self.reader.items():
            if not item.words and not item.target:
                self._follows(item)
                self.clause.unread([*item.inside, *item.unread], item.why)
                continue
            self.shared_type(item, before)
            if item.joined and "copied" in item.marks and not before.marks.get("copied"):
                self._copied_too(item)  # `unit price and tax rate copied from the article`
            before = item
            if item.negated:
                self._absent(item)
            else:
                self._item(item)
            self.clause.unread([*item.inside, *item.unread], item.why)
        if paired:
            self.together(Item(), self.named[-2:])
        return self.said > 0

    def qualify_last(self, item: Item) -> None:
        """Takes what was said in another sentence of the attribute in `last`."""
        self._follows(item)

    def _follows(self, item: Item) -> None:
        """Qualifiers on their own are of the noun before: `email, optional`."""
        if "joint" in item.marks and self.owner and not item.unread:
            self.joint(item)
        elif item.marks.get("together") and self.owner and len(named := self.just_named()) > 1:
            self.together(item, named[-3:])
        elif item.unique_per and self.owner and not (self.last and len(item.unique_per) < 2):
            self.unique_together(item)
        elif self.last and (item.said or item.marks) and not item.unread:
            entity, name = self.last
            attribute = self.draft.entity(entity).attribute(name)
            attribute.say(self.clause, **own_said(item))
            self.means(f"{shown_entity(entity)}.{name} is {told(item.said) or 'as said'}")
            self.marks(item, entity, name)
        elif not item.negated and (item.said or item.marks or item.unique_per):
            item.unread += [t for t in item.span if t not in item.unread]
        elif not item.negated:
            item.unread += [t for _, _, words in item.marks.get("objects", ()) for t in words]

    def _absent(self, item: Item) -> None:
        name = attribute_name(item.words)
        rule = any(token.low in MODALS | {"is", "are"} for token in item.unread)
        rule = rule or (bool(item.words) and item.words[0].low == "more")  # `gets no more of it`
        if not self.owner or not name or rule:
            item.unread += item.words
            return
        self.draft.entity(self.owner)
        self.draft.absent.setdefault(self.owner, set()).update({name, one_of(name)})
        self.means(f"{shown_entity(self.owner)} has no {name.replace('_', ' ')}")

    def _item(self, item: Item) -> None:
        if self.home and self.owner and self._is_next_thing(item):
            self.owner, self.reader.things = "", True
        if "joint_thing" in item.marks and self.owner:
            how_many, target = item.marks["joint_thing"]
            self.of_kind(target, self.draft.placed[-how_many:])
        elif not self.owner:
            self._thing_alone(item)
        elif "bundle" in item.marks and not self._is_entity(item):
            self._bundle(item)
        elif not self._relation(item) and not self._rows_of(item):
            self._gloss(item)
            self._attribute(item)

    def _rows_of(self, item: Item) -> bool:
        """`updates: timeline entries of an incident, text`: what they are, and of what."""
        objects = item.marks.get("objects", ())
        noun = item.words[-1].low if item.words else ""
        whole = self.listed and objects and not self.named and is_plural(noun)
        if not whole or item.said or item.marks.get("guess") or item.unread:
            return False
        for preposition, how_many, words in objects:
            if preposition not in ("of", "for", "on", "in") or not self.draft.is_thing(words):
                return False
            many = bool(how_many and how_many.many)
            target = self.draft.named(words)
            self._fact(item, "many-to-many" if many else "refers", target, "")
        return True

    def _is_next_thing(self, item: Item) -> bool:
        """`singers with a name, concerts`: behind attributes the list of things goes on."""
        attributed = self.last is not None and self.last[0] == self.owner
        plain = not item.quantity and not item.said and not item.target and bool(item.words)
        return attributed and plain and is_plural(item.words[-1].low) and are_rows(item)

    def _is_entity(self, item: Item) -> bool:
        key = noun_key([spelled(token) for token in item.words])
        return (bool(self.draft.alias(key)) and not self.listed) or key in self.draft.entities

    def _thing_alone(self, item: Item) -> None:
        """An item of a list of things: `a shop with customers and orders`."""
        if not item.words:
            item.unread += list(item.target)
            return
        key = self.draft.named(item.words)
        self.draft.entity(key)
        self.means(f"{shown_entity(key)} is an entity")
        if item.marks.get("theirs") and self.before:
            self.means(told_fact("has many", self.before, key, "", None))
            self.draft.fact(Fact("has many", self.before, key, self.clause))
        others, self.before = self.before, key
        if others and self.between(item, others, key):
            return
        self._objects(item, key)
        self._inside(item, key)
        if item.marks.get("with"):
            self.owner, self.reader.things = key, False

    def _inside(self, item: Item, key: str) -> None:
        """`order items (quantity, unit price)`: what the thing has."""
        if item.inside and Having(self.clause, self.draft, key, listed=True).read(item.inside):
            item.inside = []

    # references

    def _relation(self, item: Item) -> bool:
        if self._done_to(item):
            return True
        target, role = target_of(self.draft, self.owner, self.listed, item)
        if not target:
            return False
        many = bool(item.quantity and item.quantity.many) or "many" in item.marks
        noun = item.words[-1].low if item.words else ""
        several = is_plural(noun) and one_of(noun) != noun  # `species` is one as well
        if noun and several and not item.target and noun not in ("is",):
            many = True
        kind: FactKind = (
            "refers" if role == "parent" and target == self.owner else self._kind(item, many)
        )
        if self._through(item, target):
            return True
        self._fact(item, kind, target, role)
        if item.marks.get("ordered"):
            self._ordered(kind, target)
        if kind != "refers":
            self._objects(item, target)
            self._inside(item, target)
            if item.marks.get("with") and kind in ("has many", "many-to-many"):
                paired = kind == "many-to-many" or target in SHARED_NOUNS
                if paired and self.reader.scan.now_low(PAYLOAD):
                    self.owner = self.draft.link(self.owner, target, self.clause)
                    self.means(f"{shown_entity(self.owner)} stands for a pair of the two")
                elif kind == "has many":
                    self.owner = target
                self.listed = False
            elif item.marks.get("with") and target != self.owner:
                self.owner, self.listed = target, False
        else:
            self._objects(item, self.owner)
        return True

    def _ordered(self, kind: FactKind, target: str) -> None:
        """`columns in a fixed order`: a position that people choose."""
        source, owner = (self.owner, target) if kind == "refers" else (target, self.owner)
        self.draft.entity(source).flags["position"] = owner
        self.means(f"{shown_entity(owner)} keeps its {plural(spoken(source))} in a chosen order")

    def _done_to(self, item: Item) -> bool:
        """`parked at a depot`, `taught by one instructor`: what was done, and where or by whom."""
        objects = item.marks.get("objects", ())
        if len(item.words) != 1 or item.target or not objects or "type" in item.said:
            return False
        word = item.words[0].low
        if not FINAL_PARTICIPLE.match(word) or self.draft.is_thing(item.words):
            return False
        for preposition, how_many, words in objects:
            target = self.draft.named(words)
            required = item.said.get("required", how_many.required if how_many else None)
            many = bool(how_many and how_many.many)
            hint = f"{word}_by" if preposition == "by" else ""
            kind: FactKind = "many-to-many" if many else "refers"
            self.draft.fact(
                Fact(kind, self.owner, target, self.clause, required=required, hint=hint)
            )
            self.draft.latest = (self.owner, "", target)
            self.means(told_fact(kind, self.owner, target, "", required))
        self.draft.entity(self.owner).defined = True
        return True

    def _kind(self, item: Item, many: bool) -> FactKind:
        said = item.marks.get("relation")
        if said == "many-to-many":
            return "many-to-many"
        if said == "one-to-one":
            if item.quantity is not None and item.quantity.many:
                self.clause.problem("This says many and one-to-one: say which of the two holds.")
            return "one-to-one"
        if said == "many-to-one":
            return "refers"
        if said == "one-to-many" or many:
            return "has many"
        if item.marks.get("linked"):
            return "has one"
        return "refers" if self.listed or item.target else "has one"

    def _through(self, item: Item, target: str) -> bool:
        """`has many products through order items`: the item stands between the two."""
        objects = item.marks.get("objects", ())
        words = next((words for sign, _, words in objects if sign in ("through", "via")), ())
        if not words:
            return False
        link = self.draft.named(words)
        self.draft.entity(link).defined = True
        for end in (self.owner, target):
            self.draft.fact(Fact("refers", link, end, self.clause))
            self.means(told_fact("refers", link, end, "", None))
        return True

    def _fact(self, item: Item, kind: FactKind, target: str, role: str) -> None:
        required = item.said.get("required")
        if required is None and item.quantity is not None:
            required = item.quantity.required
        if role == "parent" or item.marks.get("self") or target == self.owner:
            required = False
        if item.said.get("unique") and kind == "refers" and not item.unique_per:
            kind = "one-to-one"
        self.draft.fact(Fact(kind, self.owner, target, self.clause, name=role, required=required))
        self.draft.latest = (self.owner, role, target)
        self.draft.placed.append((self.owner, role, target))
        self.named += [role or target] if kind == "refers" else []
        if kind == "refers" or role:
            self.draft.entity(self.owner).defined = True
        if policy := item.marks.get("on_delete"):
            pair = (target, self.owner) if kind == "has many" else (self.owner, target)
            self.draft.deletes[pair] = (policy, self.clause)
        if item.said.get("immutable"):
            self.clause.means(f"{shown_entity(self.owner)}.{role or target} never changes")
        self.means(told_fact(kind, self.owner, target, role, required))
        if item.unique_per:
            self.unique(item, role or target)

    def _objects(self, item: Item, source: str) -> None:
        """`subscriptions to plans`: what the item itself refers to."""
        for preposition, how_many, words in item.marks.get("objects", ()):
            target = self.draft.named(words)
            many = bool(how_many and how_many.many)
            kind: FactKind = "many-to-many" if many else "refers"
            if preposition == "of" and target == self.owner:
                continue
            required = how_many.required if how_many and not many else None
            self.draft.fact(Fact(kind, source, target, self.clause, required=required))
            self.means(told_fact(kind, source, target, "", required))

    # attributes

    def _attribute(self, item: Item) -> None:
        if item.phrase == "currency" and "currency" in item.marks and not item.said.get("values"):
            self.draft.currency = self.draft.currency or item.marks["currency"]
            self.means(f"amounts are in {item.marks['currency']}")
            return
        self.later(item)
        name = item.marks.get("name") or attribute_name(item.words)
        guess = (
            item.marks.get("name")
            or item.marks.get("guess")
            or item.said.keys() & {"type", "values", "computed"}
        )
        left = [token for token in (*item.unread, *item.inside) if says_something(token)]
        known = self.draft.find(item.words) if item.words else None
        if known is not None and known[1] and not self.listed and not guess:
            item.unread += item.words
            item.why = (
                f"Which {spoken(known[0])} that is, nothing says: "
                f"say, “only one … per {spoken(self.owner)}”."
            )
            return
        if item.words and item.words[0].low in _PRONOUNS and len(item.words) > 1:
            item.unread += item.words
            return
        if not name or (left and not guess) or is_adverb(item.words[0].low if item.words else ""):
            self._unknown(item, left)
            return
        entity = self.draft.entity(self.owner)
        entity.defined = True
        if name in ("id", "pk", "primary_key"):
            self._key(item)
            return
        self._one(entity.key, name, item)

    def _unknown(self, item: Item, left: list[Token]) -> None:
        """A noun of which nothing is known, with words of which nothing is known."""
        place = self.clause.tokens.index(left[0]) if left and left[0] in self.clause.tokens else 0
        if len(left) == 1 and place and self.clause.tokens[place - 1].low == ":":
            self.clause.problem(f"“{left[0].text}” {_UNKNOWN}", [*item.words[:1], left[0]])
            self.clause.unread(left)
        item.unread += item.words

    def _one(self, entity: str, name: str, item: Item) -> None:
        if item.quantity is not None and item.quantity.required is False:
            item.said.setdefault("required", False)
        if item.quantity is not None and item.quantity.many:
            item.said.setdefault("type", "tags")
        if name.endswith("_hash") and "password" in name:
            item.said["type"], name = "password", name.removesuffix("_hash")
        attribute = self.draft.entity(entity).attribute(name)
        attribute.say(self.clause, **own_said(item))
        if self.must and item.said.get("required") is None:
            attribute.say(self.clause, required=True)
        self.last = (entity, name)
        self.named.append(name)
        note_period(self.clause, self.draft.entity(entity), name)
        self.draft.latest = (entity, name, "")
        self.draft.placed.append((entity, name, ""))
        self.joint(item)
        kind = attribute.said.get("type") or (
            "one of its values" if item.said.get("values") else ""
        )
        known = type_by_name(parts(name))
        guess = known or type_of(parts(name), attribute.said)
        shown = kind or (guess if known or guess != "string" else _GUESSED)
        rest = told({key: value for key, value in item.said.items() if key != "type"})
        self.means(f"{shown_entity(entity)}.{name}: {shown}{', ' * bool(rest)}{rest}")
        self.marks(item, entity, name)
        if some := item.marks.get("some"):
            self.some_of(some)
        if item.marks.get("objects"):
            item.unread += [t for _, _, words in item.marks["objects"] for t in words]

    def _key(self, item: Item) -> None:
        kind = item.said.get("type")
        entity = self.draft.entity(self.owner)
        if kind in ("uuid", "integer"):
            entity.flags["key"] = kind
        self.means(f"{shown_entity(self.owner)} has a primary key{f' ({kind})' if kind else ''}")

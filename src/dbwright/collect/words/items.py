"""Lists of what something has, item by item: where a noun ends and what qualifies it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dbwright.collect.words.draft import DETERMINERS, Draft
from dbwright.collect.words.item import Item
from dbwright.collect.words.item_counts import counted, is_list_of, numbered, ranged
from dbwright.collect.words.item_forms import (
    bare_moment,
    either_or,
    moment,
    object_behind,
    own_name,
    shared_ending,
    typed_by_thing,
)
from dbwright.collect.words.item_fronts import (
    is_example,
    joint,
    joint_word,
    letters,
    of_several,
    only_qualifies,
    possessed,
)
from dbwright.collect.words.item_names import read_name, unit_behind, without_column
from dbwright.collect.words.item_values import bare_values, choices
from dbwright.collect.words.morphology import is_plural
from dbwright.collect.words.phrases import (
    FRONT,
    PREPOSITIONS,
    STOPS,
    Quantity,
    qualifier,
    quantity,
    said_type,
)
from dbwright.collect.words.qualifiers import qualify, within
from dbwright.collect.words.scan import Scan, inside
from dbwright.collect.words.tokens import Token
from dbwright.collect.words.vocabulary import (
    BUNDLE_NAMES,
    CHOICES,
    FILLERS,
    NAME_TYPES,
    PURE_TYPES,
    type_by_name,
)
from dbwright.collect.words.yesno import asked

_OPENERS = {"(", ":", "[", "{"}
_RELATION_NOUNS = {"relationship", "relationships", "relation", "relations", "association",
    "associations",
                   "link", "links", "reference", "references", "connection", "fk", "key", "foreign",
                   "relationsip", "pointer"}  # fmt: skip


def _typing(item: Item) -> tuple[str, ...]:
    """The words of a name that say what it is: a `price per hour` is a price."""
    words = item.phrase.split()
    return tuple(words[: words.index("per")] if "per" in words[1:] else words)


class ItemReader:
    """Reads items of one list, one after the other."""

    def __init__(
        self, tokens: Sequence[Token], draft: Draft, *, things: bool = False, acting: bool = False
    ) -> None:
        self.scan = Scan(tokens)
        self.draft = draft
        self.many: Quantity | None = None
        self.acting = acting
        """Whether they are the objects of a verb, where `with doctors` is whom it is done with."""
        self.things = things
        """Whether the items are things, so that what is in parentheses is what they have."""

    def items(self) -> Iterator[Item]:
        """Gives the items; each holds its own words that nothing was made of."""
        scan = self.scan
        while not scan.done:
            before = scan.low()
            scan.skip_separators()
            if scan.done:
                return
            start = scan.at
            item = self.item()
            if item.quantity is None and self.many and item.words and is_plural(item.words[-1].low):
                item.quantity = self.many  # `many comments and tags`
            item.span = scan.tokens[start : scan.at]
            item.joined = before in ("and", "/")
            self.many = item.quantity if item.quantity and item.quantity.many else None
            yield item
            if scan.at == start:  # whatever stands there, the walk goes on
                scan.at += 1

    def item(self) -> Item:
        """Reads one item and what follows it up to the next separator."""
        scan, item = self.scan, Item()
        if named := asked(scan.tokens, scan.at):
            item.words = list(scan.tokens[scan.at : scan.at + named])
            item.take({"type": "boolean"})
            scan.at += named
            qualify(scan, item)
            self._rest(item)
            return item
        if not self.things and bare_moment(scan, item):
            return item
        self._front(item)
        if scan.low() == "how" or moment(scan, self.draft, item):
            self._rest(item)
            return item
        self._relation_noun(item)
        apart = scan.low() == "unique" and scan.low(1) in ("per", "within", "across", "for")
        joint_there = "joint" in item.marks and joint_word(scan, scan.at)
        if apart or joint_there or only_qualifies(scan):
            qualify(scan, item)
            self._rest(item)
            return item
        if not self._bundle(item):
            read_name(scan, self.draft, item)
        if scan.low() == "." and not scan.separated():
            scan.at += 1  # `licence no. unique`
        bare_values(scan, item)
        without_column(item)
        unit_behind(item)
        if item.words and item.words[-1].low in CHOICES and scan.low() in _OPENERS:
            choices(scan, self.draft, item)
        either_or(scan, item)
        own_name(scan, item)
        typed_by_thing(scan, self.draft, item)
        shared_ending(scan, self.draft, item)
        if type_ := item.words and type_by_name(_typing(item)):
            item.marks["guess"] = type_
        if not self.things:
            if is_list_of(scan, item):
                self._rest(item)
                return item
            joint(scan, item)
            numbered(scan, item)
            qualify(scan, item)
            choices(scan, self.draft, item)
        if item.said.get("unique") and not item.unique_per:
            within(scan, item)
        self._rest(item)
        return item

    def _front(self, item: Item) -> None:
        """How many, negations, and qualifiers before the noun."""
        scan = self.scan
        while not scan.done:
            low, following = scan.low(), scan.low(1)
            if letters(scan, item):
                continue
            if (
                following == "'s"
                and scan.low(2)
                and not self.things
                and possessed(scan, self.draft, item)
            ):
                continue
            if (
                following == "'s"
                and scan.low(2)
                and (self.draft.find([scan.now]) or low in DETERMINERS)
            ):
                scan.at += 2
            elif low in ("no", "without", "not", "neither") and following and following != "zero":
                item.negated = True
                scan.at += 1
            elif ranged(scan, item):
                continue
            elif (found := quantity(scan.tokens, scan.at)) and self._counts(found[0]):
                item.quantity = found[1]
                scan.at += found[0]
            elif counted(scan, item):
                continue
            elif low in ("belongs", "belong", "has", "have") and following:
                if scan.take("belongs to", "belong to"):
                    item.take({"relation": "many-to-one", "linked": True})
                else:
                    scan.at += 1
            elif low in ("both", "all") and of_several(scan, self.draft, item):
                scan.at += 1
            elif low in ("ordered", "sorted", "numbered") and is_plural(following):
                item.marks["ordered"] = True
                scan.at += 1
            elif low == "given" and following in ("on", "at", "by", "to"):
                return
            elif (low in DETERMINERS and following) or low in FILLERS:
                item.marks["theirs"] = item.marks.get("theirs") or low in ("its", "their")
                scan.at += 1
            elif self._front_qualifier(item):
                continue
            else:
                return

    def _counts(self, length: int) -> bool:
        following = self.scan.low(length)
        if not following or following in (",", ")", "(", "and"):
            return False
        if length == 3 and self.scan.low(1) == "number" and not self.things:
            word = self.scan.tokens[self.scan.at + length]
            if NAME_TYPES.get(following) == "integer" or not self.draft.is_thing([word]):
                return False  # `a number of doors` is one number
        return not (self.scan.low() in ("one", "a") and following in ("of", "to"))

    def _front_qualifier(self, item: Item) -> bool:
        scan = self.scan
        found = qualifier(scan.tokens, scan.at)
        length = found[0] if found else 0
        following = scan.tokens[scan.at + length : scan.at + length + 1]
        if not following or not (following[0].is_name or following[0].low in ("(", "1:n")):
            return False
        if following[0].low in (
            "and",
            "or",
            "per",
            "within",
            "at",
            "by",
            "in",
            "on",
            "across",
            "for",
        ):
            return False
        if found and (scan.low() in FRONT or "relation" in found[1]) and following[0].is_name:
            item.take(found[1])
            scan.at += length
            return True
        kind = said_type(scan.tokens, scan.at)
        if kind and scan.low() in PURE_TYPES and following:
            after = scan.tokens[scan.at + kind[0] : scan.at + kind[0] + 1]
            if (
                after
                and after[0].is_name
                and after[0].low not in STOPS | {"and", "or", "content", "of"}
            ):
                item.take(kind[1])
                scan.at += kind[0]
                return True
        return False

    def _relation_noun(self, item: Item) -> None:
        """`a relationship to a Profile table`, `foreign keys to orders`."""
        scan, start = self.scan, self.scan.at
        while scan.low() in _RELATION_NOUNS or scan.low() == "keys":
            scan.at += 1
        joined = item.marks.get("relation") and scan.low() in ("with", "to")
        if (scan.at == start and not joined) or scan.low() not in (
            "to",
            "with",
            "of",
            "on",
            "for",
            "towards",
            "between",
        ):
            scan.at = start
            return
        scan.at += 1
        item.marks["linked"] = True
        self._front(item)

    def _bundle(self, item: Item) -> bool:
        scan = self.scan
        for length in range(min(7, len(scan.tokens) - scan.at), 0, -1):
            phrase = " ".join(token.low for token in scan.tokens[scan.at : scan.at + length])
            name = BUNDLE_NAMES.get(phrase.replace(" / ", "/"))
            after = scan.low(length)
            if name and (
                not after or after in (",", "and", "or", ")", "(", "but", ";", "with", "—")
            ):
                words = scan.tokens[scan.at : scan.at + length]
                if "type" in item.said or (item.quantity and item.quantity.many):
                    return False
                item.words = list(words)
                item.marks["bundle"] = name
                scan.at += length
                return True
        return False

    def _rest(self, item: Item) -> None:
        """What is left up to the next item was not understood; prepositions are kept apart."""
        scan = self.scan
        while not scan.done and (not scan.separated() or self._goes_on()) and scan.low() != ")":
            if scan.low() == "/" and len(item.words) > 1:
                scan.at += 1
                return  # `valid from / valid to` are two
            if scan.low() in ("(", "[") and item.words and "values" not in item.said:
                choices(scan, self.draft, item)
                if "values" in item.said:
                    continue
            if scan.low() == "e.g" and item.words:
                while not scan.done and not scan.separated() and scan.low() not in (")", ":"):
                    scan.at += 1
                continue
            if scan.low() in ("(", "["):
                end = inside(scan.tokens, scan.at)
                if is_example(scan):
                    scan.at = end + 1
                    continue
                item.inside += scan.tokens[scan.at + 1 : end]
                scan.at = end + 1
                continue
            if self.acting and scan.low() == "with" and object_behind(scan, self.draft, item):
                continue
            if scan.low() == "with" and scan.low(1) and not item.negated:
                item.marks["with"] = True
                scan.at += 1
                return
            if scan.low() in PREPOSITIONS and scan.low(1) and object_behind(scan, self.draft, item):
                if qualifier(scan.tokens, scan.at):
                    qualify(scan, item)
                continue
            if scan.low() in ("through", "via") and object_behind(scan, self.draft, item):
                continue
            item.unread.append(scan.now)
            scan.at += 1
        if scan.low() == ")":
            scan.at += 1

    def _goes_on(self) -> bool:
        """`members, who are users with a role`: what is said of the noun before the comma."""
        return self.scan.low() == "," and self.scan.low(1) in ("who", "which")

"""Lists of what something has, item by item: where a noun ends and what qualifies it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dbwright.collect.words.draft import DETERMINERS, Draft
from dbwright.collect.words.item import Item
from dbwright.collect.words.item_forms import (
    PARTICIPLE,
    bare_values,
    choices,
    counted,
    direction,
    moment,
    object_behind,
    shared_ending,
    typed_by_thing,
)
from dbwright.collect.words.item_fronts import (
    is_table,
    letters,
    only_qualifies,
    possessed,
    qualifies,
)
from dbwright.collect.words.limits import currency_of
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
from dbwright.collect.words.qualifiers import qualified, qualify
from dbwright.collect.words.scan import Scan, inside
from dbwright.collect.words.tokens import Token
from dbwright.collect.words.values import states
from dbwright.collect.words.vocabulary import (
    BUNDLE_NAMES,
    CHOICES,
    FILLERS,
    NAME_TYPES,
    PURE_TYPES,
    type_by_name,
)

_TRAILING = {"at", "on", "by", "to", "from", "until", "since", "in", "out", "off", "till"}
_ALONE = {"at", "on", "until", "since"}
_OF = {"date", "number", "time", "unit", "place", "country", "state", "year", "cost", "point",
    "terms",
       "rate", "amount", "method", "type", "kind", "line", "hours", "percentage", "mode", "proof",
       "city", "month", "day", "weight", "size", "units", "level", "duration", "end", "start",
       "beginning", "code", "quantity", "status_code", "certificate", "language",
       "letter"}  # fmt: skip
_TABLES = {"table", "tables", "model", "models", "entity", "entities", "record", "records", "class",
           "classes", "object", "objects", "rows"}  # fmt: skip
_RELATION_NOUNS = {"relationship", "relationships", "relation", "relations", "association",
    "associations",
                   "link", "links", "reference", "references", "connection", "fk", "key", "foreign",
                   "relationsip", "pointer"}  # fmt: skip


_NO_ADVERBS = {"monthly", "weekly", "daily", "yearly", "hourly", "quarterly", "only", "family",
    "reply",
               "supply", "assembly", "anomaly", "july", "early", "ally", "rally", "monopoly",
               "bully", "jelly",
               "butterfly", "apply", "friendly", "elderly", "nightly", "annually",
               "biweekly"}  # fmt: skip


def is_adverb(word: str) -> bool:
    """Whether a word says how something is done, which no name does."""
    if word in ("once", "twice", "again", "together", "anymore", "asap", "forever"):
        return True
    return len(word) > 4 and word.endswith("ly") and word not in _NO_ADVERBS


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
            scan.skip_separators()
            if scan.done:
                return
            start = scan.at
            item = self.item()
            if item.quantity is None and self.many and item.words and is_plural(item.words[-1].low):
                item.quantity = self.many  # `many comments and tags`
            item.span = scan.tokens[start : scan.at]
            self.many = item.quantity if item.quantity and item.quantity.many else None
            yield item
            if scan.at == start:  # whatever stands there, the walk goes on
                scan.at += 1

    def item(self) -> Item:
        """Reads one item and what follows it up to the next separator."""
        scan, item = self.scan, Item()
        self._front(item)
        if scan.low() == "how":
            self._rest(item)
            return item
        if moment(scan, self.draft, item):
            self._rest(item)
            return item
        self._relation_noun(item)
        if only_qualifies(scan):
            qualify(scan, item)
            self._rest(item)
            return item
        if scan.low() == "unique" and scan.low(1) in ("per", "within", "across", "for"):
            qualify(scan, item)
            self._rest(item)
            return item
        if not self._bundle(item):
            self._name(item)
        bare_values(scan, item)
        if (
            item.words
            and item.words[-1].low in ("flag", "field", "column", "attribute", "fields", "columns")
            and len(item.words) > 1
        ):
            if item.words[-1].low == "flag":
                item.take({"type": "boolean"})
            item.words.pop()
        typed_by_thing(scan, self.draft, item)
        shared_ending(scan, self.draft, item)
        if type_ := item.words and type_by_name(tuple(item.phrase.split())):
            item.marks["guess"] = type_
        if not self.things:
            qualify(scan, item)
            choices(scan, self.draft, item)
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
            elif low == "both" and qualifier(scan.tokens, scan.at + 1):
                item.marks["both"] = True
                scan.at += 1
            elif low in ("ordered", "sorted", "numbered") and is_plural(following):
                item.marks["ordered"] = True
                scan.at += 1
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
        if length == 3 and self.scan.low(1) == "number" and NAME_TYPES.get(following) == "integer":
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

    def _name(self, item: Item) -> None:
        scan = self.scan
        while not scan.done:
            low = scan.low()
            last = scan.low(1) in ("", ",", ")", "and", ":", "(")
            if (
                not (scan.now.is_name or (scan.now.kind == "number" and item.words and last))
                or scan.separated()
            ):
                break
            if low in _TABLES and is_table(scan, self.draft, item, low):
                item.marks["table"] = True
                scan.at += 1
                break
            if item.words and self._ends(item):
                break
            if low in PREPOSITIONS and not item.words:
                direction(scan, self.draft, item)
                break
            if item.words and (low == "one" and scan.low(1) == "of"):
                break
            if item.words and scan.now.text.isupper() and currency_of(low):
                break
            if low in STOPS or (low in ("a", "an", "the") and item.words) or is_adverb(low):
                break
            item.words.append(scan.now)
            scan.at += 1

    def _ends(self, item: Item) -> bool:
        """Whether the noun's name ends before the word there."""
        scan = self.scan
        low, following = scan.low(), scan.low(1)
        if (
            item.words[-1].low in CHOICES
            and following in ("/", "|")
            and states(Scan(scan.tokens, scan.at))
        ):
            return True
        ended = (
            not following
            or following in (",", "(", ")", ":", "and", ";", "-", "—", "?", "or", "=", "/", "[")
            or qualified(Scan(scan.tokens, scan.at + 1))
        )
        if low == "of":
            return not (
                item.words[-1].low in _OF and following not in ("at", "one", "the", "a", "an")
            )
        if low == "per":
            return not following or "unique" in item.said
        if low == "number" and ended:
            return False
        if low in _TRAILING or low in ("in", "out", "off"):
            return self._ends_before(item, low, following, ended)
        if low in PURE_TYPES:
            return not (low == "text" and following in ("content", "body"))
        found = said_type(scan.tokens, scan.at)
        if found and found[0] > 1:
            name = tuple(token.low for token in item.words)
            return type_by_name(name) is not None
        if found and scan.low() not in PURE_TYPES and found[0] == 1:
            return False
        found_qualifier = qualifier(scan.tokens, scan.at)
        if (
            found_qualifier
            and low in ("key", "primary", "index", "self", "needed", "sensitive")
            and not ended
        ):
            return False
        return found_qualifier is not None or qualifies(scan)

    def _ends_before(self, item: Item, low: str, following: str, ended: bool) -> bool:
        """Whether a preposition is no part of the name: `starts at`, `check in`, `valid until`."""
        last = item.words[-1].low
        if low in ("in", "out", "off"):
            compound = last in ("check", "clock", "opt", "sign", "log")
            closed = following in ("", ",", "(", ")", ":", "and", ";") or (low == "off" and ended)
            known = compound and following in ("date", "time", "at")
            return not (closed or known or (low == "in" and following == "year"))
        if not ended:
            return True
        plain = last == "valid" or (low not in ("to", "from") and low in _ALONE)
        return not (PARTICIPLE.search(last) or plain)

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
            if scan.low() in ("(", "["):
                end = inside(scan.tokens, scan.at)
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

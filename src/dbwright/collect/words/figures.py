"""What is said of all figures of one name: `quantities have 3 decimals`, `the key is a code`."""

from __future__ import annotations

from collections.abc import Sequence

from dbwright.collect.words.attributes import Having
from dbwright.collect.words.clause import Clause
from dbwright.collect.words.draft import Draft, attribute_name, naming, shown_entity
from dbwright.collect.words.item import Item
from dbwright.collect.words.limits import decimals
from dbwright.collect.words.morphology import singular
from dbwright.collect.words.patterns import Grammar
from dbwright.collect.words.qualifiers import qualify
from dbwright.collect.words.resolve import attribute, split_and
from dbwright.collect.words.scan import Scan
from dbwright.collect.words.telling import told
from dbwright.collect.words.tokens import Token
from dbwright.collect.words.vocabulary import SAID_TYPES

grammar = Grammar()
Found = dict[str, Sequence[Token]]


@grammar.reads(
    "all? {names} <may>? have|has|use|uses|with|need|needs|is_stored_with|are_stored_with|"
    "is_kept_with|are_kept_with|are_stored_to|is|are {digits*}",
)
def with_decimals(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`quantities have 3 decimals`: of each attribute of that name, whatever has it."""
    item = Item()
    scan = Scan(list(slots["digits"]))
    scan.take("with", "stored with", "kept with", "always")
    if not decimals(scan, item) or not scan.done:
        return False
    done = False
    for part in split_and(slots["names"]):
        wanted = attribute_name(naming(part))
        one = "_".join([*wanted.split("_")[:-1], singular(wanted.split("_")[-1])])
        for key in draft.keys_of():
            for name in draft.attributes_of(key):
                if name in (wanted, one) or name.endswith("_" + one):
                    draft.entity(key).attribute(name).say(clause, **item.said)
                    clause.means(f"{shown_entity(key)}.{name}: {told(item.said)}")
                    done = True
    if not done:
        clause.unread(clause.tokens, "No attribute is called that.")
    return True


_KINDS = {"code", "number", "text", "string", "word", "name", "label", "title", "date", "amount",
    "integer", "identifier", "timestamp", "flag", "decimal", "link", "address"}  # fmt: skip
_PLAIN = {"short", "long", "uppercase", "lowercase", "free", "plain", "simple", "human-readable",
    "readable", "random", "whole", "generated", "external", "numeric", "alphanumeric", "unique",
    "optional", "single", "small", "big", "internal", "upper-case", "lower-case"}  # fmt: skip


def _owned(clause: Clause, draft: Draft, tokens: Sequence[Token]) -> tuple[str, str]:
    """`the room code`: the entity that is named before, else the one that the line is about."""
    words = naming(tokens)
    for width in range(len(words) - 1, 0, -1):
        found = draft.find(words[:width])
        if found is not None and not found[1]:
            return found[0], attribute_name(words[width:])
    here = clause.subject or draft.here
    return (here, attribute_name(words)) if len(words) < 3 else ("", "")


@grammar.reads("{name} is a|an|the? {kind} , {more*}", "{name} is a|an {kind}")
def is_a(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`the key is a short code, unique in the workspace`: what an attribute is."""
    words = [t for t in slots["kind"] if t.low not in _PLAIN or t.low in ("unique", "optional")]
    known = attribute(clause, draft, slots["name"], context=clause.subject or draft.here)
    entity, name = known or _owned(clause, draft, slots["name"])
    if not entity or not name or draft.find(slots["name"]) or not words:
        return False
    if words[-1].low not in _KINDS or any(t.low not in ("unique", "optional") for t in words[:-1]):
        return False
    item = Item(words=list(naming(slots["name"])))
    kind = SAID_TYPES.get(words[-1].low, {}).get("type", "string")
    item.take({"type": "money" if words[-1].low == "amount" else kind})
    scan = Scan([*words[:-1], *slots.get("more", ())])
    qualify(scan, item)
    if not scan.done:
        return False
    draft.last = entity
    draft.entity(entity).attribute(name)
    having = Having(clause, draft, entity)
    having.last = (entity, name)
    having.qualify_last(Item(said=item.said, marks=item.marks, unique_per=item.unique_per))
    return True

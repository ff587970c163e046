"""A small notation for the constructions of a language, and what fits one.

`no two {rows} <may> have|share the? same {names*}`: words, alternatives by `|` (`_` joins the
words of one), optional words by `?`, optional groups in `[ ]`, classes in `< >`, and slots in
`{ }`, which take at least one word: up to eight, or with `*` as many as there are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

CLASSES = {
    "may": "may|can|must|should|shall|will|could|might|are_allowed_to|is_allowed_to|has_to|have_to|"
           "need_to|needs_to",
    "not": "cannot|can_never|may_not|must_not|should_not|shall_not|will_not|must_never|may_never|"
           "should_never|will_never|is_not_allowed_to|are_not_allowed_to|could_not|can_not|never|"
           "do_not|does_not",
    "be": "is|are|be|must_be|should_be|has_to_be|have_to_be|can_be|may_be|will_be|shall_be|"
          "must_always_be|can_only_be|may_only_be|must_only_be|is_always|are_always|needs_to_be|"
          "need_to_be|could_be",
    "notbe": "is_not|are_not|cannot_be|must_not_be|may_not_be|should_not_be|is_never|are_never|"
             "can_never_be|must_never_be|may_never_be|should_never_be|shall_not_be|will_never_be|"
             "do_not_get|will_not_be",
    "det": "a|an|the|each|every|any|all|its|their|one|some|this|that|these|those|no|our",
    "have": "has|have|had|having",
    "delete": "delete|deletes|deleting|remove|removes|removing|deletion_of|removal_of|erasing|"
              "destroying",
    "holding": "have|has|hold|holds|get|gets|lie_in|lies_in|lie_on|lies_on|be_in|is_in|be_on|"
               "is_on|take|takes|drive|drives|use|uses|host|hosts|carry|carries|contain|contains|"
               "work_on|works_on|attend|attends|occupy|occupies|be_at|is_at|be_assigned_to|"
               "is_assigned_to|serve|serves|run|runs|be_given_to|sit_in|sits_in",
    "used_by": "used_in|used_by|used_on|used_for|referenced_by|referenced_in|referred_to_by|"
               "booked_in|ordered_in|listed_in|assigned_to|linked_to|contained_in|sold_in|"
               "mentioned_in|named_in|stored_in|placed_in",
    "deleted": "deleted|removed|erased|destroyed|dissolved|disbanded",
    "we": "we|i|you|users|people|the_app|the_application|the_system|the_ui|dashboards|reports|"
          "the_dashboard|staff|one|the_site|the_frontend|the_api|admins|support|the_website",
    "list": "list|show|display|look_up|lookup|find|search|query|fetch|load|read|get|filter|sort|"
            "see|browse|index|retrieve|view|need|want|look_at|order|report|search_for|shows|"
            "lists|displays",
}  # fmt: skip
_CLASS = re.compile(r"<(\w+)>")
_SLOT = r"(?P<{}>(?:\S+ ){{1,8}}?)"
_LONG = r"(?P<{}>(?:\S+ )+)"

Slots = dict[str, range]
"""The places of the tokens in each slot, within what was matched."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A construction, ready to be tried; `needs` are words of which one of each set is there."""

    notation: str
    expression: re.Pattern[str]
    needs: tuple[frozenset[str], ...]

    def match(self, words: Sequence[str], text: str, there: frozenset[str]) -> Slots | None:
        """Gives what is in the slots where the words fit as a whole."""
        if any(there.isdisjoint(need) for need in self.needs):
            return None
        found = self.expression.match(text)
        if found is None:
            return None
        slots: Slots = {}
        for name, value in found.groupdict().items():
            if value is not None:
                start = text.count(" ", 0, found.start(name))
                slots[name] = range(start, start + value.count(" "))
        return slots


def joined(words: Sequence[str]) -> str:
    """Gives words as patterns read them: each ends with a space, none has one inside."""
    return "".join(word.replace(" ", "_") + " " for word in words)


def pattern(notation: str) -> Pattern:
    """Reads the notation.

    >>> found = pattern("no two {rows} <may> have|share the? same {names*}")
    >>> words = "no two users may have the same email".split()
    >>> found.match(words, joined(words), frozenset(words))
    {'rows': range(2, 3), 'names': range(7, 8)}
    """
    pieces: list[str] = []
    needs: list[frozenset[str]] = []
    depth = 0
    for element in notation.split():
        opens, closes = element.startswith("["), element.endswith("]")
        bare = element.removeprefix("[").removesuffix("]")
        depth += opens
        piece, need = _element(bare)
        pieces.append("(?:" * opens + piece + ")?" * closes)
        if need and not depth:
            needs.append(need)
        depth -= closes
    return Pattern(notation, re.compile("".join(pieces) + r"\Z"), tuple(needs))


def _element(element: str) -> tuple[str, frozenset[str]]:
    if element.startswith("{"):
        name = element[1:-1]
        return (_LONG.format(name[:-1]) if name.endswith("*") else _SLOT.format(name)), frozenset()
    optional = element.endswith("?") and len(element) > 1
    bare = element.removesuffix("?") if optional else element
    alternatives: list[str] = []
    for word in bare.split("|"):
        named = _CLASS.search(word)
        members = CLASSES[named[1]].split("|") if named else [word]
        alternatives += [word.replace(named[0], each) for each in members] if named else members
    alternatives.sort(key=len, reverse=True)
    texts = [re.escape(word.replace("_", " ") + " ") for word in alternatives]
    piece = f"(?:{'|'.join(texts)})" + ("?" if optional else "")
    need = frozenset(word.split("_")[0] for word in alternatives)
    return piece, frozenset() if optional else need


Handler = Callable[..., bool]


class Grammar:
    """Constructions in the order in which they are tried, each with what reads it."""

    def __init__(self) -> None:
        self.rules: list[tuple[Pattern, Handler]] = []

    def reads(self, *notations: str) -> Callable[[Handler], Handler]:
        """Lets a function read what fits one of the notations; it gives whether it did."""

        def take(handler: Handler) -> Handler:
            self.rules += [(pattern(notation), handler) for notation in notations]
            return handler

        return take

"""What one has of another for a while: `members rent a locker from a date to a date`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dbwright.collect.words.actions import BOOKING
from dbwright.collect.words.clause import Clause
from dbwright.collect.words.draft import Draft, Fact, attribute_name, shown_entity
from dbwright.collect.words.headings import is_attribute_noun
from dbwright.collect.words.morphology import singular, verb_of
from dbwright.collect.words.objects import say
from dbwright.collect.words.patterns import Grammar
from dbwright.collect.words.phrases import PREPOSITIONS
from dbwright.collect.words.tokens import Token
from dbwright.collect.words.uniqueness import names_in, unique
from dbwright.collect.words.verbs import PAIR_NOUNS
from dbwright.core.brief import BriefRule

grammar = Grammar()
Found = dict[str, Sequence[Token]]
_ARTICLES = "a|an|one|some|the|any|several|many"
_SINCE = "from|starting|beginning"
_MOMENT = "date|day|time|moment|hour|datetime"


@grammar.reads(
    f"{{who}} <may>? {{verb}} {_ARTICLES} {{what}} {_SINCE} a|an|one|some|the? {{start}} "
    f"to|until|till|through|up_to a|an|one|another|some|the? {{end*}}",
    f"{{what}} <may>? be|is|are {{verb}} by|to|out_to {_ARTICLES} {{who}} {_SINCE} "
    "a|an|one|some|the? {start} to|until|till|through|up_to a|an|one|another|some|the? {end*}",
)
def for_a_while(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`a family fosters a cat from a day until a day`: a row for each time that it does."""
    *more, last = slots["verb"]
    verb, start, end = [last], slots["start"], slots["end"]
    subject = slots["who"] if slots["who"][0].start > slots["what"][0].start else None
    who = draft.find(subject or [*slots["who"], *more])
    what = draft.find(slots["what"] if subject is None else [*slots["what"], *more])
    if who is None or what is None or who[1] or what[1] or who[0] == what[0]:
        return False
    if len(verb) != 1 or verb[0].low in PREPOSITIONS or len(start) != 1 or len(end) != 1:
        return False
    if not {start[0].low, end[0].low} <= set(_MOMENT.split("|")):
        return False
    days = {start[0].low, end[0].low} <= {"date", "day"}
    made = _made(draft, verb_of(verb[0].low), (who[0], what[0]))
    own = draft.entity(made)
    own.defined = True
    names = ("starts_on", "ends_on") if days else ("starts_at", "ends_at")
    for name in names:
        own.attribute(name).say(clause, type="date" if days else "datetime")
    own.rules.append(BriefRule("ordered", names, or_equal=days))
    for target in (who[0], what[0]):
        say(clause, draft, Fact("refers", made, target, clause))
    clause.means(f"{shown_entity(made)} stands for each time, from {names[0]} to {names[1]}")
    draft.last = made
    return True


def _made(draft: Draft, verb: str, ends: tuple[str, str]) -> str:
    """What a row is called: the noun of the verb, or the verb as a noun."""
    named = BOOKING.get(verb) or PAIR_NOUNS.get(verb, "")
    if named:
        return named
    known = [key for key in draft.keys_of() if key.startswith(verb) and key not in (verb, *ends)]
    return known[0] if len(known) == 1 else verb.removesuffix("e") + "ing"


@grammar.reads(
    "{one} <may>? have|has several|many|multiple|more_than_one|any_number_of {other} and|while "
    "a|an|each|every|one|any? {again} [can|may] [have|has] several|many|multiple|more_than_one "
    "{first*}",
)
def both_ways(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`a pet can have more than one owner and an owner several pets`: many of each."""
    found = [draft.find(slots[name]) for name in ("one", "other", "again", "first")]
    keys = [each[0] for each in found if each is not None and not each[1]]
    if len(keys) != 4 or keys[0] != keys[3] or keys[1] != keys[2] or keys[0] == keys[1]:
        return False
    say(clause, draft, Fact("many-to-many", keys[0], keys[1], clause))
    draft.last = keys[0]
    return True


@grammar.reads(
    "{names} is|are|must_be|should_be? unique within|per|in|inside "
    "a|an|the|each|its|their|one|every? {owner*}",
    "{names} is|are|must_be|should_be|need_to_be unique",
)
def of_the_thing(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`tag names unique per workspace`: what a thing has, with the thing in front of it."""
    words = [t for t in slots["names"] if t.is_name]
    thing = draft.find(words[:1])
    if len(words) != 2 or thing is None or thing[1] or len(words) != len(slots["names"]):
        return False
    owner = draft.find(slots["owner"]) if "owner" in slots else None
    if not is_attribute_noun([replace(words[1], low=singular(words[1].low))]):
        return False
    if "owner" in slots and (owner is None or owner[1] or owner[0] == thing[0]):
        return False
    name = singular(attribute_name(words[1:]))
    draft.entity(thing[0]).attribute(name)
    names = names_in(clause, draft, thing[0], slots["owner"]) if owner else []
    if owner:
        draft.fact(Fact("refers", thing[0], owner[0], clause))
    unique(clause, draft, thing[0], [*names, name])
    return True

"""Questions about a set: which models, columns, foreign keys, indexes or relationships are such.

Each word is taken: a kind of thing, a property, a negation, a model, a column or a type. One that
is none of these makes the question one that is not understood.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from dbwright.collect.change_context import Context
from dbwright.collect.change_names import normal
from dbwright.core.answered import Condition, Kind, Question
from dbwright.core.mapping import Mapper
from dbwright.recipes.model_facts import KINDS

_SUBJECTS: Sequence[tuple[str, Kind]] = (
    (r"foreign keys?|fks?", "foreign keys"),
    (r"models?|tables?|classes|class|entity|entities", "models"),
    (r"columns?|fields?|attributes?", "columns"),
    (r"relationships?|relations?|collections?", "relationships"),
    (r"indexes|indices", "indexes"),
)
_PROPERTIES: Sequence[tuple[str, str]] = (
    (r"(?:composite|compound) (?:primary )?keys?", "composite key"),
    (r"(?:primary keys?|keys?|pks?)(?: columns?)? (?:order(?:ing)?|sort(?:ing)?(?: order)?)",
     "key order"),
    (r"primary keys?|pks?", "primary key"),
    (r"(?:unique )(?:constraints?|index(?:es)?|keys?)|unique(?:ness)?", "unique"),
    (r"check(?:s| constraints?)?", "check"),
    (r"not null(?:able)?|non[ -]?null(?:able)?|required|mandatory", "required"),
    (r"nullable|optional|nulls?|empty", "nullable"),
    (r"on[ _]delete(?: rules?| actions?)?", "on delete"),
    (r"cascad\w+(?: deletes?)?|delete[sd]? (?:their |its )?(?:rows|children)|drop rows on delete",
     "cascade"),
    (r"(?:server )?defaults?(?: values?)?", "default"),
    (r"(?:soft[ -]delet\w+)", "soft delete"),
    (r"back_?populates|backrefs?|other sides?|inverses?", "other side"),
    (r"order_by|order by|ordering|sort order", "order_by"),
    (r"lazy|eager(?:ly)?(?: load\w+)?|lazy load\w+", "loading"),
    (r"indexe[sd]|indices|index", "index"),
    (r"unindexed", "no index"),
    (r"comments?", "comment"),
    (r"time ?stamps|created and updated times?", "timestamps"),
    (r"time ?zones?|timezone", "time zone"),
    (r"(?:max(?:imum)? )?lengths?", "length"),
)  # fmt: skip
_NOT = r"without|no|not|never|lacks?|lacking|miss(?:es|ing)?|don t|doesn t|aren t|isn t|cannot"
_FILL = frozenset(
    """which what are is there any a an the have has had having do does of in on at to for with that
    their its his our my this these those all both list show give me us find every each how many
    number count be can may allow allows admit admits hold holds store stores contain contains use
    uses using used set and or project code database schema row rows value values type types data
    named called name by who whose where one ones named defined declared i we as it they them also
    some anything yet still currently exist exists get gets kind""".split()  # noqa: SIM905
)


@dataclass(slots=True)
class _Said:
    """What the words have given so far."""

    subjects: list[Kind] = field(default_factory=list)
    conditions: list[Condition] = field(default_factory=list)
    models: list[Mapper] = field(default_factory=list)
    negated: bool = False


def said_of_sets(said: str, context: Context) -> Question | None:
    """Gives the question about a set that words ask; None where a word of it has no meaning."""
    found = _Said()
    return None if _left(said, found, context) else _question(said, found)


def unknown(said: str, context: Context) -> str:
    """Gives the first word of a question that means nothing of models; "" where all do."""
    return _left(said, _Said(), context).partition(" ")[0]


def _left(said: str, found: _Said, context: Context) -> str:
    """Takes the words; gives what begins with the first one of no meaning."""
    text = re.sub(r"(?<=n)['’](?=t\b)", " ", said)
    text = " ".join(re.sub(r"[^\w.\s]", " ", text).split())
    while text:
        after = _taken(text, found, context)
        if after is None:
            return text
        text = after.strip()
    return ""


def _taken(text: str, found: _Said, context: Context) -> str | None:
    """The text behind its first word or words, which are taken; None for a word of no meaning."""
    for form, what in _PROPERTIES:
        match = re.match(rf"(?:{form})(?![\w.])", text, re.I)
        if match and not (what == "index" and _is_subject(match[0], found)):
            wanted = not found.negated
            if what == "no index":
                what, wanted = "index", not wanted
            found.conditions.append(Condition(what, wanted))
            found.negated = False
            return text[match.end() :]
    for form, kind in _SUBJECTS:
        match = re.match(rf"(?:{form})(?![\w.])", text, re.I)
        if match:
            found.negated = _subject(kind, found)
            return text[match.end() :]
    match = re.match(rf"(?:{_NOT})(?![\w.])", text, re.I)
    if match:
        found.negated = True
        return text[match.end() :]
    return _name(text, found, context)


def _is_subject(said: str, found: _Said) -> bool:
    """Whether "indexes" is what is asked for and no property of it."""
    return said.lower() in ("indexes", "indices") and not found.subjects and not found.negated


def _subject(kind: Kind, found: _Said) -> bool:
    """Takes a kind of thing; behind another one it is a property of that. Gives the negation."""
    if found.subjects and kind in ("foreign keys", "relationships"):
        if any(condition.what == "index" for condition in found.conditions):
            found.subjects.insert(0, kind)
            return False
        found.conditions.append(Condition(kind[:-1], not found.negated))
        return False
    found.subjects.append(kind)
    return found.negated


def _name(text: str, found: _Said, context: Context) -> str | None:
    """A type, a model, a column or a word that says nothing; Refused for nearly a model."""
    word = text.split()[0]
    rest = text[len(word) :]
    names = context.names
    if "." not in word and (kinds := _kinds(word)):
        found.conditions.append(Condition("type", not found.negated, kinds))
        found.negated = False
        return rest
    two = " ".join(text.split()[:2])
    for words in (two, word):
        if " " in words and not words[:1].isalpha():
            continue
        if names.is_model(words) and words.lower() not in _FILL:
            found.models.append(context.model(words))
            return text[len(words) :]
    owners = names.owners(word)
    if owners and (word.lower() not in _FILL or "_" in word):
        found.conditions.append(Condition("column", not found.negated, word))
        found.negated = False
        return rest
    if word.lower() not in _FILL and found.subjects and context.is_near(word):
        context.model(word)
    return rest if word.lower() in _FILL else None


def _kinds(word: str) -> str:
    return next((name for name, words in KINDS.items() if normal(word) in words), "")


def _question(said: str, found: _Said) -> Question | None:
    if not found.subjects:
        if any(condition.what == "type" for condition in found.conditions):
            found.subjects.append("columns")
        elif any(condition.what == "key order" for condition in found.conditions):
            found.subjects.append("models")
        else:
            return None
    kind = found.subjects[0]
    if any(condition.what == "key order" for condition in found.conditions):
        return Question("key order", tuple(m.qualified for m in found.models), asks="whether")
    asks = _asks(said)
    conditions = tuple(_settled(found))
    fit = _FITS[kind]
    if any(condition.what not in fit for condition in conditions):
        return None
    if asks == "which" and not conditions and kind != "models" and not found.models:
        return None if kind == "columns" else Question(kind)
    return Question(kind, tuple(m.qualified for m in found.models), conditions, asks=asks)


def _settled(found: _Said) -> Iterator[Condition]:
    """Conditions once each; "not nullable" is required, and the other way about."""
    other = {"nullable": "required", "required": "nullable"}
    for condition in dict.fromkeys(found.conditions):
        if condition.what in other and not condition.wanted:
            yield Condition(other[condition.what])
        else:
            yield condition


def _asks(said: str) -> Literal["which", "whether", "all", "count"]:
    if re.match(r"how many\b", said, re.I):
        return "count"
    if re.match(r"(?:do|does|are|is|have|has)\s+(?:all|every|each)\b", said, re.I):
        return "all"
    return "whether" if re.match(r"(?:is|are|do|does|has|have)\b", said, re.I) else "which"


_FITS: dict[Kind, set[str]] = {
    "models": {
        "primary key", "composite key", "unique", "check", "foreign key", "relationship", "index",
        "column", "type", "soft delete", "timestamps", "comment", "cascade", "nullable",
    },
    "columns": {
        "primary key", "unique", "check", "foreign key", "index", "type", "nullable", "required",
        "default", "column", "comment", "time zone", "length",
    },
    "foreign keys": {"index", "on delete", "cascade", "nullable", "required", "unique"},
    "relationships": {"other side", "order_by", "loading", "cascade", "nullable", "required"},
    "indexes": {"unique", "column"},
}  # fmt: skip

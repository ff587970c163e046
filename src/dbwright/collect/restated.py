"""Everyday wording brought into the words that the readers of changes and questions take."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dbwright.collect.change_clauses import clauses
from dbwright.collect.change_spelling import corrected
from dbwright.collect.everyday import Known, expanded, rewritten
from dbwright.core.mapping import Mapper, Mapping
from dbwright.recipes.model_names import singular

_COURTESY = re.compile(r"^\W*(?:(?:pls|plz|hi|hey|hello|thanks|kindly|so|ok|okay)\b\W*)+", re.I)
_TAIL = re.compile(r"[\s,]*\b(?:pls|plz|please|thanks|thank you|thx|asap)\W*$", re.IGNORECASE)
_FILL = re.compile(
    r"[,;]?\s*(?:and|but|then)?\s*(?:fill|set|use|put|default)\s+(?:in\s+)?(?:for\s+)?"
    r"(?:the\s+|all\s+)?(?:empty|null|missing|existing|old|other|blank)\s*(?:ones|rows|values|names|entries)?"
    r"\s*(?:with|to|as|=)\s*(?P<value>'[^']{0,200}'|\"[^\"]{0,200}\"|-?\d+(?:\.\d+)?|true|false|now\(\))",
    re.IGNORECASE,
)  # fmt: skip
_WHERE = re.compile(
    r"[,;]?\s*(?:and|but|then)?\s*(?:use|put|take|set|write|insert)\s+"
    r"(?P<value>'[^']{0,200}'|\"[^\"]{0,200}\"|-?\d+(?:\.\d+)?|true|false|now\(\))\s+"
    r"(?:where|when|if|for)\s+(?:(?:it|they|there|the|those|that|is|are|values?|rows?|ones)\b\s*)*"
    r"(?:missing|empty|null|none|blank|nothing)(?:\s+(?:ones|rows|values))?",
    re.IGNORECASE,
)
_LOOKED = re.compile(
    r"^.{0,30}?\b(?:look|search|query|filter|find|fetch|list|sort|select|show)(?:ed|s|ing)?\s+(?:up\s+)?"
    r"(?:our\s+|the\s+|all\s+)?(?P<table>\w+)\s+(?:up\s+|always\s+)?(?:by|on)\s+(?P<columns>.{1,120}?)"
    r"[,;.]?\s*(?:so\s+|please\s+)?(?:add|create|build|make|put|give)\b.{0,30}\bind(?:ex|ices).*$",
    re.IGNORECASE,
)
_NEWEST = re.compile(
    r"\s*,?\s*(?:and\s+)?(?:then\s+)?(?:by\s+)?(?:the\s+)?(?:newest|latest|most recent|youngest)"
    r"(?:\s+(?:ones?|first|\w+\s+first))*",
    re.IGNORECASE,
)
_SET_UP = re.compile(
    r"^\W*(?:can you\s+|could you\s+|please\s+|i\s+(?:need|want)\s+|we\s+(?:need|want)\s+)*"
    r"(?:(?:set|make|write|give|build|draft|sketch|create|design)\s+(?:me\s+|us\s+)?(?:up\s+)?)?(?:an?\s+|the\s+|some\s+)?"
    r"(?:db\s+|database\s+|sql\s+|data\s+)?(?:schema|tables|models|database|entities|classes|table\s+structure)\s+for\s+",
    re.IGNORECASE,
)
_ON_A_DAY = re.compile(
    r"\b(?:is|are|happens?|takes?\s+place)\s+(?:on|at)\s+an?\s+(?P<when>day|date|time)\b",
    re.IGNORECASE,
)
_TOLD = re.compile(
    r"create models for [\w -]{2,40}:\s*(?P<what>.*\b(?:has|have|belongs?)\b.*)", re.DOTALL | re.I
)
_DELETED = re.compile(
    r"^.{0,30}?\bwhat\s+(?:happens|becomes|is|will happen)\b.{0,60}?\b(?:when|if|once)\s+"
    r"(?:i|we|you|one|someone|somebody|they)\s+(?:delete|remove|drop)s?\s+(?:an?\s+|the\s+|one\s+)?(?P<model>\w+)\W*$",
    re.IGNORECASE,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Restated:
    """A request in the readers' words; `fill` is SQL for rows without a value, "" for none."""

    text: str
    fill: str = ""


def is_lookup(text: str) -> bool:
    """Whether a text says how rows are looked up, and wants an index for it.

    >>> is_lookup("we look orders up by status, add the index for it")
    True
    """
    return _LOOKED.match(text) is not None


def change(text: str, mapping: Mapping) -> Restated:
    """Gives a change of models in the words of its reader."""
    text = _TAIL.sub("", _COURTESY.sub("", text))
    fill = ""
    said = _FILL.search(text) or _WHERE.search(text)
    if said is not None:
        fill = _literal(said["value"])
        text = (text[: said.start()] + text[said.end() :]).strip(" ,.;")
    looked = _LOOKED.match(text)
    if looked is not None and (mapper := _mapper(looked["table"], mapping)):
        text = f"add an index on {looked['table']} by {_columns(looked['columns'], mapper)}"
    return Restated(everyday(text, Known.of_mapping(mapping)) or expanded(text), fill)


def everyday(text: str, known: Known) -> str:
    """Gives a text with its everyday clauses in the reader's words, "" where it has none.

    >>> everyday("+phone on users. drop Order.note", Known.of({"User": ("users", ["id"])}))
    'add phone to User\\ndrop Order.note'
    """
    said = [(clause, rewritten(clause, known)) for clause, _ in clauses(expanded(text))]
    return "\n".join(found or clause for clause, found in said) if any(f for _, f in said) else ""


def design(text: str) -> str:
    """Gives a request for new models in the words of its reader.

    >>> design("set me up tables for a clinic: patients and doctors")
    'create models for a clinic: patients and doctors'
    >>> design("draft entities for a theatre: halls have many seats")
    'halls have many seats'
    """
    text = re.sub(r"(?i)\bw/\s*", "with ", _TAIL.sub("", _COURTESY.sub("", text)))
    text, _ = corrected(text, lambda word: False)
    text = _ON_A_DAY.sub(r"has a \g<when>", text)
    text = _SET_UP.sub("create models for ", text, count=1)
    told = _TOLD.match(text)  # what it is for is no thing that is kept
    return told["what"] if told else text


def question(text: str) -> str:
    """Gives a question about models in the words of its reader.

    >>> question("what happens to the orders when I delete a user?")
    'what happens when a user is deleted?'
    """
    said = _DELETED.match(text)
    return f"what happens when a {said['model']} is deleted?" if said else text


def _literal(value: str) -> str:
    return f"'{value[1:-1]}'" if value.startswith('"') else value


def _columns(text: str, mapper: Mapper) -> str:
    """The columns of an index in order; the newest first is by the time of the row."""
    newest = _NEWEST.search(text)
    if newest is None:
        return text
    times = [a.name for a in mapper.attributes if a.type.is_a("DateTime", "Date")]
    if not times:
        return text
    rest = (text[: newest.start()] + text[newest.end() :]).strip(" ,")
    return f"{rest} and {times[0]}" if rest else times[0]


def _mapper(word: str, mapping: Mapping) -> Mapper | None:
    low = word.lower()
    return next(
        (m for m in mapping.mappers if low in (m.table.lower(), m.name.lower())
         or singular(low) == m.name.lower()),
        None,
    )  # fmt: skip

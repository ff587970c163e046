"""Answered: a question about models as it was read, and what answers it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from dbwright.core.place import Place

Kind = Literal[
    "references", "referrers", "description", "deletion", "declaration", "between", "column",
    "models", "columns", "foreign keys", "indexes", "relationships", "key order",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Condition:
    """What has to be true of the things that are asked for: `what` is a property, or is not.

    `name` says more where the property alone does not: the column's name, the type in words.
    """

    what: str
    wanted: bool = True
    name: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """A question about models. `models` are qualified names that it is about, () for all.

    `asks`: "which" wants a list, "whether" a yes or no, "all" whether it is so of each, "count"
    a number.
    """

    kind: Kind
    models: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    attribute: str = ""
    asks: Literal["which", "whether", "all", "count"] = "which"


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of an answer, where it is declared, and how it is known where that differs.

    `object` is the table, or the table and column, that it is about.
    """

    text: str
    place: Place | None = None
    known: str = ""
    object: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer to a question: in a sentence, in facts, and what to run to know more."""

    reading: str
    answer: str
    facts: tuple[Fact, ...] = ()
    evidence: str = ""
    notes: tuple[str, ...] = ()
    more: tuple[str, ...] = field(default_factory=tuple)

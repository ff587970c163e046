"""One request, and what must come of it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Case:
    """One request to one project, and what must come of it.

    `outcome` are the kinds of answer that are right. `columns`, `unique`, `indexes`, `gone` and
    `column_types` are facts of the catalog after the new revisions ran; `says` are groups of
    words, of each of which the answer must hold one; `rules` are findings of which one must be
    there; `faster` is a query that the advice must make faster by the factor, with equal rows.
    """

    name: str
    request: str
    outcome: tuple[str, ...]
    project: str = "store"
    models: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    unique: tuple[str, ...] = ()
    indexes: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    column_types: tuple[str, ...] = ()
    backfill: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()
    says: tuple[tuple[str, ...], ...] = ()
    hasnt: tuple[str, ...] = ()
    clean: bool = False
    faster: dict[str, Any] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)

    @property
    def is_judged_in_words(self) -> bool:
        """Whether prose can be right or wrong: a review that names rules is judged by these."""
        writes = {"changed", "designed", "phases"} & set(self.outcome)
        refuses = set(self.outcome) <= {"refused", "asked"}
        return bool(self.says or self.faster or writes or refuses)


@dataclass(frozen=True, slots=True)
class Given:
    """What was answered: its kind, its text, the files and findings that it holds.

    `spent` is what a model took for it, and why it failed where it did.
    """

    kind: str
    text: str
    files: dict[str, str] = field(default_factory=dict)
    findings: tuple[dict[str, Any], ...] = ()
    crashed: str = ""
    seconds: float = 0.0
    spent: dict[str, Any] = field(default_factory=dict)


def cases(half: str) -> list[Case]:
    """Gives the requests of a file beside this one."""
    told = tomllib.loads((HERE / half).read_text(encoding="utf-8"))
    return [_case(item) for item in told["case"]]


def _case(item: dict[str, Any]) -> Case:
    given = dict(item)
    outcome = given.pop("outcome")
    given["outcome"] = (outcome,) if isinstance(outcome, str) else tuple(outcome)
    # what a change in phases leads to is seen in the same catalog
    given["columns"] = (*given.get("columns", ()), *given.pop("columns_after", ()))
    given["gone"] = (*given.get("gone", ()), *given.pop("gone_after", ()))
    given["says"] = tuple(tuple(group) for group in given.get("says", ()))
    return Case(**{k: tuple(v) if isinstance(v, list) else v for k, v in given.items()})

"""What no models can be designed of is asked back at the clause that said it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from dbwright.collect.words.clause import Clause
from dbwright.core.brief import Brief
from dbwright.recipes.design import problems

_APART = ("One is a date and the other a moment, which are not compared: make them of one type, "
    "“as date” or “as datetime”.")  # fmt: skip


def comparable(brief: Brief, clauses: Sequence[Clause]) -> Brief:
    """The brief without rules between a date and a moment, each told at its clause."""
    entities = []
    for entity in brief.entities:
        kinds = {each.name: each.type for each in entity.attributes}
        apart = [
            rule
            for rule in entity.rules
            if rule.kind == "ordered" and {kinds.get(n) for n in rule.of} == {"date", "datetime"}
        ]
        for rule in apart:
            said = [each for each in clauses if _orders(each, entity.name, rule.of)]
            for clause in said[-1:]:
                named = [t for t in clause.tokens if t.low in rule.of[0].split("_")]
                clause.unread(clause.tokens if len(clause.tokens) < _SHORT else named, _APART)
        kept = tuple(rule for rule in entity.rules if rule not in apart)
        entities.append(replace(entity, rules=kept))
    return replace(brief, entities=tuple(entities))


_SHORT = 12


def _orders(clause: Clause, entity: str, names: Sequence[str]) -> bool:
    return any(
        meaning.startswith(f"{entity}: ") and all(name in meaning for name in names)
        for meaning in clause.meanings
    )


def ask_back(brief: Brief, clauses: Sequence[Clause]) -> None:
    """Asks back at its clause what no models can be designed of."""
    if not clauses or any(clause.problems for clause in clauses):
        return
    for found in problems.of(brief, "postgresql"):
        named = {part for part in re.split(r"[^\w]+", found.message) if part}
        speaking = [each for each in clauses if each.meanings]
        best = max(
            speaking or clauses,
            key=lambda each: len(named & set(re.split(r"[^\w]+", " ".join(each.meanings)))),
        )
        best.problem(f"{found.message} {found.way_out}".strip())

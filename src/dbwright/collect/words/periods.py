"""Pairs of moments between which something lasts: `starts at` and `ends at`."""

from __future__ import annotations

from collections.abc import Sequence

from dbwright.collect.words.clause import Clause
from dbwright.collect.words.draft import Draft, EntityDraft, shown_entity
from dbwright.collect.words.morphology import parts
from dbwright.collect.words.vocabulary import type_by_name
from dbwright.core.brief import BriefAttribute, BriefRule

_ORDERED = (
    ("start", "end"), ("starts", "ends"), ("from", "to"), ("valid_from", "valid_to"),
    ("valid_from", "valid_until"), ("begin", "end"), ("begins", "ends"), ("started", "ended"),
    ("started", "finished"), ("period_start", "period_end"), ("start_date", "end_date"),
)  # fmt: skip
"""Of these the first never lies behind the second."""
_OTHERS = (
    ("check_in", "check_out"), ("pickup", "return"), ("arrival", "departure"),
    ("started", "stopped"), ("picked_up", "returned"), ("pick_up", "return"),
    ("loaned", "returned"), ("lent", "returned"), ("borrowed", "returned"),
    ("rented", "returned"), ("taken", "returned"), ("checked_out", "returned"),
    ("checked_in", "checked_out"), ("arrives", "departs"), ("opens", "closes"),
    ("moved_in", "moved_out"), ("admitted", "discharged"), ("joined", "left"),
    ("entered", "left"), ("assigned", "released"), ("placed", "removed"),
)  # fmt: skip


def period_of(draft: Draft, entity: str) -> tuple[str, str] | None:
    """The two moments between which rows of an entity last, None where there are no such two."""
    if found := _pair(draft.attributes_of(entity), (*_ORDERED, *_OTHERS)):
        return found
    own = draft.entities.get(entity)
    said = [rule.of for rule in own.rules if rule.kind == "ordered"] if own else []
    timed = [of for of in said if all(type_by_name(parts(name)) == "datetime" for name in of)]
    return (timed[0][0], timed[0][1]) if len(set(timed)) == 1 else None


def _pair(names: Sequence[str], pairs: Sequence[tuple[str, str]]) -> tuple[str, str] | None:
    for start, end in pairs:
        first = [n for n in names if n == start or n.startswith(start + "_")]
        second = [n for n in names if n == end or n.startswith(end + "_")]
        if len(first) == 1 and len(second) == 1 and first != second:
            return first[0], second[0]
    return None


def note_period(clause: Clause, entity: EntityDraft, name: str) -> None:
    """Remembers the clause that names the second of two moments: no end lies before its start."""
    found = _pair(list(entity.attributes), _ORDERED)
    if found and found[1] == name:
        entity.flags.setdefault("periods", {})[found] = clause


def implied(entity: EntityDraft, attributes: Sequence[BriefAttribute]) -> list[BriefRule]:
    """The orders of moments that no clause speaks of, each told where it was found."""
    kinds = {each.name: each.type for each in attributes}
    found: list[BriefRule] = []
    for pair, clause in entity.flags.get("periods", {}).items():
        said = any(rule.kind == "ordered" and set(pair) <= set(rule.of) for rule in entity.rules)
        if said or kinds.get(pair[0]) != kinds.get(pair[1]):
            continue
        if kinds.get(pair[0]) in ("date", "datetime"):
            found.append(BriefRule("ordered", pair, or_equal=True))
            clause.means(
                f"{shown_entity(entity.key)}: {pair[1]} never lies before {pair[0]}, as an end"
            )
    return found

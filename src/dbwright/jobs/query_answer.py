"""What one statement's findings come to: each cure once, and what was tried where none helped."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from dbwright.core.finding import Recommendation
from dbwright.core.query import Query
from dbwright.verify.queries.ground import NOTICEABLE

NO_CAUSE = "No cause was found that can be mended"
_MANY = 100_000
_DIRECTION = re.compile(r" (?:DESC|ASC|NULLS FIRST|NULLS LAST)\b", re.IGNORECASE)


def distinct(items: Sequence[Recommendation]) -> list[Recommendation]:
    """Gives the findings of a statement, the first first, without those of the same index.

    A b-tree is read both ways, so an index and its mirror image are one. Behind a cure that was
    measured, what nobody could try is a remark.
    """
    found: list[Recommendation] = []
    known: set[tuple[str, ...]] = set()
    cured = False
    for item in items:
        made = _indexes(item)
        if made and made in known:
            continue
        known.add(made)
        untried = cured and item.proof.level == "reasoned" and item.severity == "warning"
        found.append(replace(item, severity="info") if untried else item)
        cured = cured or any((proof.factor or 0) >= NOTICEABLE for proof in item.proofs)
    return found


def tried(query: Query, refuted: int, *, offered: bool) -> str:
    """Gives what was tried where no cause was found, and what such a statement is left with."""
    explained = query.explained
    if explained is None or query.ground == "none":
        return ""
    rows = explained.root.actual_rows
    first = text = NO_CAUSE
    if refuted:
        text += f"; {refuted} that were suspected gain less than {NOTICEABLE:g} times"
    text += (
        ". Indexes that the planner would take were tried, and none saves a third of its cost."
        if offered
        else "."
    )
    if rows is not None and rows >= _MANY:
        text += (
            f" It returns {rows:,.0f} rows: fewer of them (LIMIT, a page, a count in the database) "
            "or fewer columns are what is left."
        )
    elif any((node.actual_rows or node.rows or 0) >= _MANY for node in explained.root.walk()):
        text += " It has to read its rows: what is left is to keep the answer, not to ask again."
    return text if text != f"{first}." else ""  # which the last line of a report says as well


def _indexes(item: Recommendation) -> tuple[str, ...]:
    """The indexes that the fix makes and nothing else does; empty where it does more."""
    fix = item.advice.fix
    if any(edit.after for edit in fix.edits):
        return ()
    made = [step.sql.partition(" ON ")[2] for step in fix.steps]
    return tuple(sorted(_DIRECTION.sub("", each) for each in made)) if all(made) else ()

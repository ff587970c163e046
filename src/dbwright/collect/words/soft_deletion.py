"""Rows that are marked as deleted rather than removed, and rows that are never deleted."""

from __future__ import annotations

from collections.abc import Sequence

from dbwright.collect.words.clause import Clause
from dbwright.collect.words.draft import Draft, shown_entity, spoken
from dbwright.collect.words.patterns import Grammar
from dbwright.collect.words.resolve import split_and, subject
from dbwright.collect.words.tokens import Token

grammar = Grammar()
Found = dict[str, Sequence[Token]]


@grammar.reads(
    "{rows} is|are|get|gets|stay|stays|remain|must_be|should_be|can {how} ( "
    "soft_delete|soft-delete|soft_deletes|soft_deletion|soft-deletion|soft-deleted|soft_deleted )?",
    "{rows} <not> be? really|physically|actually|truly|hard|ever? really|physically <deleted>",
    "{rows} <notbe> really|physically|actually|truly|hard <deleted>",
    "{rows} <notbe> really|physically|actually|truly|hard? <deleted> ,? [but] only|just "
    "marked|flagged|hidden|archived [as <deleted>]",
)
def softly(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`retired assets are kept (soft delete)`, `artworks are never really deleted`."""
    found = draft.find(slots["rows"])
    if found is None:
        return False
    draft.entity(found[0]).flags["soft_delete"] = True
    draft.last = found[0]
    clause.means(f"{shown_entity(found[0])}: deleted rows are marked, not removed")
    return True


@grammar.reads(
    "{rows} <not> be? <deleted>",
    "never <delete> {rows*}",
    "{rows} <not> be changed|updated|modified|edited|altered or|and|nor <deleted> ,? "
    "append_only|append-only|insert_only|insert-only?",
    "{rows} <not> be <deleted> or|and|nor changed|updated|modified|edited",
    "{rows} <notbe> <deleted>",
    "{rows} <notbe> changed|updated|modified|edited or|and|nor <deleted> ,|( "
    "append_only|append-only|insert_only|insert-only )?",
    "{rows} <notbe> changed|updated|modified|edited or|and|nor <deleted>",
    "{rows} <notbe> <deleted> or|and|nor changed|updated|modified",
    "{rows} never|not changed|updated|modified|edited|altered or|and|nor <deleted>",
    "never|not changed|updated|modified|edited|altered or|and|nor <deleted>",
    "never|not <deleted> or|and|nor changed|updated|modified|edited|altered",
    "{rows} stay|are_kept|is_kept|remain forever",
    "{rows} are_kept|is_kept for_ever",
)
def never_deleted(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`invoices can never be deleted`."""
    entity = subject(clause, draft, slots.get("rows", ()), new=False)
    if not entity:
        return False
    draft.entity(entity).flags["never_deleted"] = True
    clause.means(
        f"no deletion of another row takes a {spoken(entity)} with it, and one that is referred "
        f"to stays"
    )
    if {"changed", "updated", "modified", "edited", "altered"} & set(clause.words):
        draft.entity(entity).flags["append_only"] = True
        clause.means(f"{shown_entity(entity)}: rows are never changed")
    ends = [
        t
        for t in clause.tokens
        if t.low in ("deleted", "removed", "delete", "erased", "forever", "remove")
    ]
    clause.unread(
        ends,
        "That the row itself is never deleted is for the rights of the application's role to keep: "
        "no constraint refuses a DELETE.",
    )
    return True


@grammar.reads(
    "{rows} is|are|must_be|should_be|get|gets|can_be soft_deleted|soft-deleted|softly_deleted",
    "{rows} [that|which were|are <deleted>] is|are|get only marked as <deleted>",
    "{rows} is|are only|merely|just marked as <deleted>",
    "use|add|apply|enable? soft delete|deletes|deletion for|of|on|in {rows*}",
    "use|add|apply|enable? soft-delete|soft-deletes for|of|on|in? {rows*}",
    "soft delete {rows*}",
    "{rows} use|uses|support|supports|have|has|with|need|needs soft delete|deletes|deletion",
    "{rows} use|uses|support|supports|have|has|need|needs soft-delete|soft-deletes",
    "<deleted> {rows} is|are|stay|must_be|remain|should_be|get only? "
    "marked|hidden|flagged|kept|recoverable|restorable [as <deleted>]",
    "{rows} <may> be restored|undeleted|recovered [after deletion]",
    "<deleted> {rows} <may> be restored|undeleted|recovered",
    "{rows} [that|which were|are <deleted>] is|are|get marked as <deleted>",
    "{rows} is|are|get marked as <deleted> instead of being? <deleted>|really_deleted|removed",
)
def soft_delete(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`messages that were deleted are only marked as deleted`."""
    words = list(slots["rows"])
    if any(t.low in ("everything", "all") for t in words) and not draft.find(words):
        for key in draft.keys_of():
            draft.entity(key).flags["soft_delete"] = True
        clause.means("deleted rows are marked, not removed, everywhere")
        return True
    done = False
    for part in split_and(
        [t for t in words if t.low not in ("that", "were", "are", "which", "deleted")]
    ):
        entity = subject(clause, draft, part, new=False)
        if entity:
            draft.entity(entity).flags["soft_delete"] = True
            clause.means(f"{shown_entity(entity)}: deleted rows are marked, not removed")
            done = True
    return done

"""Ranges of revisions, as Alembic writes them: REV, REV:REV, REV:, :REV, head, +2."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable
from typing import TYPE_CHECKING

from dbwright.collect.revisions_graph import rehearsal_order
from dbwright.core.errors import UsageError
from dbwright.core.migration import History, Migration

if TYPE_CHECKING:
    from alembic.script.revision import Revision

WAY_OUT = (
    "A range is REV, REV:REV (both ends taken), REV:, :REV, base:head, or +N for the first N "
    "that can still be changed; REV is an id, its beginning, head, or a branch's LABEL@head."
)
_RELATIVE = re.compile(r"\+(\d+)")


def in_range(history: History, text: str, new: Iterable[str]) -> frozenset[str]:
    """Gives the revisions of a range as `alembic history -r` reads it, both ends among them.

    A single REV is that revision alone; `+N` are the first N of `new`. A text that cannot be
    meant, or names no revision, raises UsageError with the forms that can.
    """
    relative = _RELATIVE.fullmatch(text)
    if relative:
        chosen = set(new)
        order = [name for name in rehearsal_order(history) if name in chosen]
        found = frozenset(order[: int(relative[1])])
    else:
        found = _by_alembic(history, text)
    if not found:
        raise UsageError(f"no revision is in the range {text!r}", way_out=WAY_OUT)
    return found


def _by_alembic(history: History, text: str) -> frozenset[str]:
    # Alembic brings the whole of SQLAlchemy, which a check without a range does not need.
    from alembic.script.revision import Revision, RevisionError, RevisionMap
    from alembic.util import CommandError

    if text.count(":") > 1:
        raise UsageError(f"{text!r} is no range of revisions: it has two colons", way_out=WAY_OUT)
    graph = RevisionMap(lambda: _revisions(history))
    lower, colon, upper = text.partition(":")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what is wrong in the graph is told by other words
            if not colon:
                named = graph.get_revisions(text)
                return frozenset(item.revision for item in named if isinstance(item, Revision))
            found = graph.iterate_revisions(
                upper or "heads", lower or "base", inclusive=True, assert_relative_length=False
            )
            return frozenset(item.revision for item in found if isinstance(item, Revision))
    except (RevisionError, CommandError, KeyError, ValueError, AssertionError) as error:
        why = str(error) or type(error).__name__
        raise UsageError(f"{text!r} names no revisions here: {why}", way_out=WAY_OUT) from error


def _revisions(history: History) -> list[Revision]:
    from alembic.script.revision import Revision

    runnable = set(rehearsal_order(history))
    found: dict[str, Migration] = {}
    for migration in history.migrations:
        if migration.revision in runnable:
            found.setdefault(migration.revision, migration)
    return [
        Revision(
            item.revision,
            item.down_revisions or None,
            dependencies=item.depends_on or None,
            branch_labels=item.branch_labels or None,
        )
        for item in found.values()
    ]

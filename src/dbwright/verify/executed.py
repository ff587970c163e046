"""A revision with the statements that its rehearsal ran, in the place of those its source says."""

from __future__ import annotations

from dataclasses import replace

from dbwright.core.migration import Migration
from dbwright.core.operation import Statement
from dbwright.core.trace import Rehearsal, Trace


def executed(migration: Migration, rehearsal: Rehearsal) -> Migration:
    """Gives the migration with the statements that ran; a downgrade that failed stays as read.

    Of an upgrade that rows stopped it takes those that ran without rows, for they are all of them.
    """
    up, without = rehearsal.up, rehearsal.without_rows
    if up is None:
        return migration
    if up.failed and without is not None and not without.failed:
        up = without
    down = rehearsal.down
    return replace(
        migration,
        upgrade=_statements(up),
        downgrade=_statements(down) if down and not down.failed else migration.downgrade,
        evidence="executed",
    )


def _statements(trace: Trace) -> tuple[Statement, ...]:
    return tuple(item.statement for item in trace.statements)

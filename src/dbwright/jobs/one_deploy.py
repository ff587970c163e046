"""Pending revisions as one deploy runs them: what shares a transaction, and that run."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dbwright.collect.revisions import rehearsal_order, shared
from dbwright.core.operation import Statement
from dbwright.core.trace import Rehearsal
from dbwright.jobs.chain import Chain, Replayed
from dbwright.verify.executed import executed
from dbwright.verify.together import matters, together


def before_each(
    result: Replayed, changeable: frozenset[str], chain: Chain
) -> dict[str, tuple[Statement, ...]]:
    """Gives what runs before each revision in its transaction, as far as runs have shown it."""
    if chain.environment.transaction_per_migration:
        return {}
    upgrades = {}
    for migration in result.history.migrations:
        run = result.rehearsals.get(migration.revision)
        if migration.revision in changeable:
            ran = executed(migration, run) if run else migration
            upgrades[migration.revision] = ran.upgrade
    return shared(rehearsal_order(result.history), upgrades)


def with_those_below(
    found: Rehearsal, start: Any, result: Replayed, changeable: frozenset[str], chain: Chain
) -> Rehearsal:
    """Gives the rehearsal with a run behind the pending revisions below, where it hangs on them.

    `start` is the database before the first of them.
    """
    if start is None or found.migration is None:
        return found
    before = before_each(result, changeable, chain).get(found.revision, ())
    if not matters(replace(executed(found.migration, found), shared=before)):
        return found
    with chain.sandbox.copy(start) as database:
        return together(chain.worker, chain.arguments, found, database)

"""Pending revisions as one deploy runs them: what shares a transaction, and that run."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

from dbwright.collect.revisions import rehearsal_order, shared
from dbwright.core.operation import Statement
from dbwright.core.trace import Rehearsal
from dbwright.jobs.chain import Chain, Replayed
from dbwright.verify.executed import executed
from dbwright.verify.together import hangs_on, lasts, together


class OneDeploy:
    """The pending revisions of a chain, as a deploy of all of them runs them.

    Databases from before those that may matter to later ones are kept for that, on `stack`.
    """

    def __init__(
        self,
        chain: Chain,
        stack: contextlib.ExitStack,
        result: Replayed,
        changeable: frozenset[str],
    ) -> None:
        self.chain = chain
        self.stack = stack
        self.result = result
        self.changeable = changeable
        self._starts: dict[str, Any] = {}

    def with_those_below(
        self, found: Rehearsal, before: Callable[[], AbstractContextManager[Any]]
    ) -> Rehearsal:
        """Gives a rehearsal with the run behind pending revisions below, if it hangs on them.

        `before` gives a copy of the database before this revision.
        """
        environment = self.chain.environment
        if environment.transaction_per_migration or found.dialect != "postgresql":
            return found
        if found.migration is None:
            return found
        migration = executed(found.migration, found)
        if lasts(migration.upgrade) and self.changeable & set(migration.followers or ()):
            self._starts[found.revision] = self.stack.enter_context(before())
        if not self._starts:
            return found
        shares = before_each(self.result, self.changeable, self.chain).get(found.revision, ())
        matter = hangs_on(replace(migration, shared=shares))
        for name, start in self._starts.items():
            sent = self._upgrade(name)
            if any(each is statement for each in matter for statement in sent):
                with self.chain.sandbox.copy(start) as database:
                    return together(self.chain.worker, self.chain.arguments, found, database)
        return found

    def _upgrade(self, name: str) -> tuple[Statement, ...]:
        run = self.result.rehearsals.get(name)
        return executed(run.migration, run).upgrade if run and run.migration else ()


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

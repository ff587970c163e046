"""The migrations job: the history replayed, what can still be changed rehearsed with rows."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dbwright import dialects
from dbwright.collect.revisions import rehearsal_order, with_earlier
from dbwright.core.codec import from_json
from dbwright.core.errors import (
    FenceError,
    HangError,
    NotReachedError,
    SandboxError,
    UserCodeError,
)
from dbwright.core.migration import Environment, History, Migration
from dbwright.core.operation import Statement
from dbwright.core.schema import Schema
from dbwright.jobs.base import lay_base
from dbwright.jobs.chain import Chain as Chain
from dbwright.jobs.chain import Replayed as Replayed
from dbwright.jobs.chain import read_source as read_source
from dbwright.jobs.one_deploy import OneDeploy, before_each
from dbwright.scratch.bridge import DatabaseHost
from dbwright.scratch.databases import server_lost
from dbwright.verify.backups import backups
from dbwright.verify.executed import executed
from dbwright.verify.measure import estimates
from dbwright.verify.migrations import rehearse
from dbwright.verify.scripts import Habit


def replay(
    history: History,
    changeable: frozenset[str],
    chain: Chain,
    progress: Callable[[str], None],
    *,
    keep_head: bool = True,
    to_head: bool = True,
) -> Replayed:
    """Replays the chain from nothing and rehearses the revisions that can still be changed.

    What lies before the first of them runs in one go, as a first deploy does; then each revision
    runs by itself. One that fails by itself and runs together with those before it goes on.
    Without `to_head` the walk ends with the rehearsal of the last revision, and knows no head.
    """
    result = Replayed(history)
    at = [""]
    try:
        _run(result, changeable, chain, progress, at, keep_head=keep_head, to_head=to_head)
    except Exception as error:
        lost = server_lost(chain.sandbox, error)
        if lost is None:
            raise
        result.stopped = (at[-1], lost)
    before = before_each(result, changeable, chain)
    migrations = tuple(_with_runs(item, result, chain, before) for item in history.migrations)
    result.history = with_earlier(replace(history, migrations=migrations), chain.new)
    for migration in result.history.migrations:
        found = result.rehearsals.get(migration.revision)
        if found is None or found.migration is None or found.migration.path != migration.path:
            continue
        told = replace(found.migration, earlier=migration.earlier, new_tables=migration.new_tables)
        result.rehearsals[migration.revision] = replace(found, migration=told)
    return result


def _run(
    result: Replayed,
    changeable: frozenset[str],
    chain: Chain,
    progress: Callable[[str], None],
    at: list[str],
    *,
    keep_head: bool,
    to_head: bool,
) -> None:
    """Walks through the chain; `at` tells the revision that it is at."""
    order = rehearsal_order(result.history)
    by_id = {migration.revision: migration for migration in reversed(result.history.migrations)}
    keys = _keys(order, by_id, chain)
    first = next((n for n, name in enumerate(order) if name in changeable), len(order))
    last = None
    if not to_head:
        last = next((name for name in reversed(order) if name in changeable), None)
    with contextlib.ExitStack() as stack:
        walk = _Walk(chain, stack, result, progress)
        deploy = OneDeploy(chain, stack, result, changeable)
        at[:] = order[:1]
        walk.begin(order[:first], keys, by_id)
        for number, name in enumerate(order[first:], first):
            at[:] = [name]
            if result.stopped is not None:
                break
            if name in changeable:
                progress(f"rehearsing {name} ({number + 1} of {len(order)})")
                base = keys[number - 1] if number else keys[-1]
                _rehearse(walk, by_id[name], base, chain, result, deploy)
            if name == last:
                break
            if result.stopped is None:
                walk.step(name)
            if result.stopped is None:
                _note_after(result, name, walk)
        if to_head:
            result.head = schema_of(walk.database, chain)
        if result.stopped is None and order and chain.keep and keep_head and to_head:
            _save(walk.database, keys[len(order) - 1], chain)
            result.head_key = keys[len(order) - 1]


class _Walk:
    """A database that goes through the chain, revision by revision, without a watcher.

    It is made when it is first needed: where the chain begins at a saved state, copies are made of
    that one until a revision has run.
    """

    def __init__(
        self,
        chain: Chain,
        stack: contextlib.ExitStack,
        result: Replayed,
        progress: Callable[[str], None],
    ) -> None:
        self.chain = chain
        self.stack = stack
        self.result = result
        self.progress = progress
        self.settled: tuple[str, ...] = ()
        self._template: str | None = None
        self._database: Any = None

    @property
    def database(self) -> Any:
        """The database as it stands."""
        if self._database is None:
            self._database = self.stack.enter_context(self.chain.sandbox.clone(self._template))
        return self._database

    def copy(self) -> Any:
        """Gives a context with a copy of the database as it stands."""
        if self._database is None:
            return self.chain.sandbox.clone(self._template)
        return self.chain.sandbox.copy(self._database)

    def begin(self, names: Sequence[str], keys: Sequence[str], by_id: dict[str, Migration]) -> None:
        """Stands behind these revisions, from a saved state where there is one."""
        self.settled = tuple(_ends(names, by_id))
        start = 0
        for number in range(len(names) - 1, -1, -1):
            self._template = self.chain.sandbox.has(keys[number])
            if self._template:
                start = number + 1
                break
        self.result.ran += names[:start]
        if not start:
            lay_base(self.database, self.chain.target, self.chain.base, self.chain.base_file)
        if start < len(names):
            self.progress(f"replaying {len(names) - start} revisions")
            self._run_all(_ends(names, by_id))
            if self.result.stopped is not None and start:
                self._from_nothing(names, by_id)
            if self.result.stopped is None and self.chain.keep:
                _save(self.database, keys[len(names) - 1], self.chain)

    def step(self, name: str) -> None:
        """Runs one revision; when it fails by itself, all up to it on a fresh database."""
        error = self._upgrade(name)
        if error is None:
            return
        if isinstance(error, FenceError | HangError):
            self.result.stopped = (name, error)
            return
        before = list(self.result.ran)
        fresh = self.stack.enter_context(self.chain.sandbox.clone(None))
        lay_base(fresh, self.chain.target, self.chain.base, self.chain.base_file)
        old, self._database = self.database, fresh
        self.result.ran.clear()
        if self._upgrade(name) is None:
            self.result.only_together.append(name)
            return
        self._database = old
        self.result.ran[:] = before
        self.result.stopped = (name, error)

    def _from_nothing(self, names: Sequence[str], by_id: dict[str, Migration]) -> None:
        """Runs all in one go: some chains run so only, and not on from a state in between."""
        self._database = self.stack.enter_context(self.chain.sandbox.clone(None))
        self.result.stopped = None
        self.result.ran.clear()
        lay_base(self.database, self.chain.target, self.chain.base, self.chain.base_file)
        self._run_all(_ends(names, by_id))

    def _run_all(self, ends: Sequence[str]) -> None:
        for name in ends:
            error = self._upgrade(name)
            if error is not None:
                failed = next((r for r in reversed(self.started) if r not in self.result.ran), name)
                self.result.stopped = (failed, error)
                return

    def _upgrade(self, name: str) -> UserCodeError | None:
        """Runs `upgrade NAME`; an env.py that cannot be used is replaced once."""
        self.started: list[str] = []
        finished: list[str] = []
        host = DatabaseHost(
            self.database,
            on_started=lambda revision, direction: self.started.append(revision),
            on_finished=lambda revision, direction, error: finished.append(revision),
        )
        chain = self.chain
        try:
            outcome = chain.worker.call("upgrade", host, revision=name, **chain.arguments)
        except UserCodeError as error:
            if self.started or chain.arguments.get("own_env"):
                return error
            self.result.own_environment = error
            chain.arguments = {**chain.arguments, "own_env": True}
            return self._upgrade(name)
        self.result.ran += [r for r in finished if r not in self.result.ran]
        if outcome.get("environment"):
            chain.environment = from_json(Environment, outcome["environment"])
        return None


def _ends(names: Sequence[str], by_id: dict[str, Migration]) -> list[str]:
    """The revisions of these that no other one of them stands on."""
    parents = {parent for name in names for parent in by_id[name].down_revisions}
    return [name for name in names if name not in parents]


def _rehearse(
    walk: _Walk,
    migration: Migration,
    base: str,
    chain: Chain,
    result: Replayed,
    deploy: OneDeploy,
) -> None:
    try:
        found = rehearse(
            chain.worker,
            chain.arguments,
            migration,
            _Lent(walk),
            base=base,
            old_code=chain.old_code if _is_new(chain, migration) else None,
            new_code=chain.new_code,
            habit=Habit(chain.offline, walk.settled),
        )
        result.rehearsals[migration.revision] = found
        found = deploy.with_those_below(found, walk.copy)
        result.rehearsals[migration.revision] = found
        if chain.thorough:
            given = (chain.worker, chain.arguments, migration, _Lent(walk), base, found, chain.rows)
            result.estimates[migration.revision] = estimates(*given)
            result.backups[migration.revision] = backups(*given)
    except SandboxError as error:
        result.not_rehearsed[migration.revision] = error.message
        return
    except NotReachedError as error:
        if chain.arguments.get("own_env"):
            result.stopped = (migration.revision, error)
            return
        result.own_environment = error
        chain.arguments = {**chain.arguments, "own_env": True}
        _rehearse(walk, migration, base, chain, result, deploy)
        return
    except (FenceError, HangError) as error:
        result.stopped = (migration.revision, error)


def _is_new(chain: Chain, migration: Migration) -> bool:
    """Whether the old code is older than the revision: only then it tells anything."""
    return chain.new is None or migration.revision in chain.new


@dataclass(frozen=True, slots=True)
class _Lent:
    """A sandbox whose every template is the walking database, so that no state need be saved."""

    walk: _Walk

    def has(self, key: str) -> str:
        """Gives a name for the state asked for: it is the one lent."""
        return key

    def clone(self, template: str | None) -> Any:
        """Gives a copy of the database lent."""
        return self.walk.copy()

    def copy(self, database: Any) -> Any:
        """Gives a copy of another database as it stands."""
        return self.walk.chain.sandbox.copy(database)


def _note_after(result: Replayed, name: str, walk: _Walk) -> None:
    """Takes down the schema after a revision which did not run in its rehearsal."""
    rehearsal = result.rehearsals.get(name)
    if rehearsal is None or rehearsal.migration is None or rehearsal.migration.after is not None:
        return
    migration = replace(rehearsal.migration, after=schema_of(walk.database, walk.chain))
    result.rehearsals[name] = replace(rehearsal, migration=migration)


def _with_runs(
    migration: Migration,
    result: Replayed,
    chain: Chain,
    before: dict[str, tuple[Statement, ...]],
) -> Migration:
    """The migration with what its run showed, and with what env.py turned out to settle."""
    shares = before.get(migration.revision, ())
    migration = replace(migration, environment=chain.environment, shared=shares)
    rehearsal = result.rehearsals.get(migration.revision)
    if rehearsal is None or rehearsal.migration is None:
        return migration
    if rehearsal.migration.path != migration.path:  # another file claims the same id
        return migration
    run = rehearsal.migration
    found = replace(executed(migration, rehearsal), before=run.before, after=run.after)
    result.rehearsals[migration.revision] = replace(rehearsal, migration=found)
    return found


def schema_of(database: Any, chain: Chain) -> Schema:
    """Gives the catalog of a scratch database as it stands."""
    with contextlib.closing(database.connect()) as connection:
        schema: Schema = dialects.get(chain.target.dialect).catalog.read_schema(connection)
        connection.rollback()
    return schema


def _save(database: Any, key: str, chain: Chain) -> None:
    if chain.sandbox.has(key) is None:
        chain.sandbox.save(database, key)


def state_before(history: History, revision: str, chain: Chain) -> str:
    """Gives the name under which the state before a revision is saved, where it is."""
    order = rehearsal_order(history)
    by_id = {migration.revision: migration for migration in reversed(history.migrations)}
    return _keys(order, by_id, chain)[order.index(revision) - 1]


def _keys(order: Sequence[str], by_id: dict[str, Migration], chain: Chain) -> list[str]:
    """A key per revision for the state after it, then one for the state before the first."""
    state = hashlib.sha256("\0".join([str(chain.target), chain.base, *chain.salt]).encode())
    nothing = state.hexdigest()
    keys: list[str] = []
    for name in order:
        source = by_id[name].source
        state.update(f"\0{name}\0{source.text if source else ''}".encode())
        keys.append(f"chain {state.hexdigest()}")
    return [*keys, f"chain {nothing}"]

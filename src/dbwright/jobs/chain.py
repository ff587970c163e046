"""What a run of the chain needs, and what comes of it; nothing here runs anything."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from dbwright.collect.revisions import rehearsal_order, shared
from dbwright.collect.revisions_fold import fold
from dbwright.core.errors import DbwrightError, UserCodeError
from dbwright.core.migration import Environment, History
from dbwright.core.rehearsed import Backup, Estimate
from dbwright.core.schema import Schema
from dbwright.core.target import Target
from dbwright.core.trace import Rehearsal
from dbwright.scratch.worker import Worker

if TYPE_CHECKING:
    from dbwright.verify.old_code import DeployedCode


@dataclass(slots=True)
class Chain:
    """What is needed to run a chain of revisions.

    `arguments` go to the worker with each command; `base` is SQL that makes the schema below the
    first revision; `salt` are texts that the state of a replayed database depends on besides the
    revisions (env.py, versions). With `keep`, the states before the first revision that can be
    changed and after the last one are saved for the next run. `new` are the revisions that
    `old_code` has never seen, None for all. `new_code` is the code to come. With `thorough`,
    backups are tried, and statements measured for estimates at production's `rows`. `offline` is
    whether the project says that it writes scripts.
    """

    worker: Worker
    sandbox: Any
    target: Target
    arguments: dict[str, Any]
    base: str = ""
    salt: tuple[str, ...] = ()
    old_code: DeployedCode | None = None
    new: frozenset[str] | None = None
    rows: dict[str, int] = field(default_factory=dict)
    environment: Environment = field(default_factory=Environment)
    models: Schema | None = None
    keep: bool = True
    base_file: str | None = None
    new_code: DeployedCode | None = None
    thorough: bool = False
    offline: bool | None = None


@dataclass(slots=True)
class Replayed:
    """The outcome: the history with what ran, the rehearsals, and why the rest did not run.

    `head` is the catalog after the last revision that ran; `ran` the revisions that did;
    `stopped` the revision that stopped the chain and the error; `own_environment` says why
    env.py was replaced; `only_together` the revisions that fail by themselves and run in one go
    with those before them; `head_key` names the saved state after the last one.
    """

    history: History
    rehearsals: dict[str, Rehearsal] = field(default_factory=dict)
    ran: list[str] = field(default_factory=list)
    head: Schema | None = None
    stopped: tuple[str, DbwrightError] | None = None
    own_environment: UserCodeError | None = None
    not_rehearsed: dict[str, str] = field(default_factory=dict)
    only_together: list[str] = field(default_factory=list)
    head_key: str | None = None
    estimates: dict[str, tuple[Estimate, ...]] = field(default_factory=dict)
    backups: dict[str, tuple[Backup, ...]] = field(default_factory=dict)


def read_source(
    history: History, changeable: frozenset[str], chain: Chain | None, dialect: str
) -> History:
    """Gives the history with what is known without a run: schemas, transactions, target."""
    folded = fold(history, dialect)
    alone = chain is not None and chain.environment.transaction_per_migration
    upgrades = {m.revision: m.upgrade for m in folded.migrations if m.revision in changeable}
    before = {} if alone else shared(rehearsal_order(folded), upgrades)
    found = []
    children: dict[str, tuple[str, ...]] = {}
    for migration in folded.migrations:
        for parent in migration.down_revisions:
            children[parent] = (*children.get(parent, ()), migration.revision)
    for migration in folded.migrations:
        extra: dict[str, Any] = {
            "changeable": migration.revision in changeable,
            "followers": children.get(migration.revision, ()),
        }
        if chain is not None:
            extra |= {
                "environment": chain.environment,
                "rows": chain.rows,
                "models": chain.models,
            }
        found.append(replace(migration, shared=before.get(migration.revision, ()), **extra))
    return replace(folded, migrations=tuple(found))

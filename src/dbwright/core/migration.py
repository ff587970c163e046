"""Migration: one revision as source, as statements, and with the schema on both sides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from dbwright.core.operation import Operation, Statement
from dbwright.core.place import Place
from dbwright.core.schema import Schema, Table
from dbwright.core.source import Problem, Source
from dbwright.core.target import Target


@dataclass(frozen=True, slots=True)
class Environment:
    """What env.py and the role settle for every revision.

    `replaced` is true when env.py could not be used and ours stands in. Timeouts are the text
    that the server reported (`5s`), None when nobody sets one.
    """

    transaction_per_migration: bool = False
    transactional_ddl: bool = True
    lock_timeout: str | None = None
    statement_timeout: str | None = None
    render_as_batch: bool = False
    compare_type: bool = True
    replaced: str | None = None
    path: str | None = None


@dataclass(frozen=True, slots=True)
class Migration:
    """One revision. `before` and `after` are None where the schema is not known.

    `upgrade` and `downgrade` are the statements that ran, or those read from the source.
    `neighbors` are the revisions that run in the same transaction on a first deploy.
    `changeable` is whether the user can still edit the file.
    """

    revision: str
    path: str
    down_revisions: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()
    branch_labels: tuple[str, ...] = ()
    message: str = ""
    source: Source | None = None
    upgrade: tuple[Statement, ...] = ()
    downgrade: tuple[Statement, ...] = ()
    before: Schema | None = None
    after: Schema | None = None
    environment: Environment = Environment()
    target: Target = field(default_factory=lambda: Target("postgresql"))
    changeable: bool = True
    evidence: Literal["executed", "source"] = "source"
    neighbors: tuple[str, ...] = ()
    models: Schema | None = field(default=None, compare=False)
    rows: dict[str, int] = field(default_factory=dict, compare=False)

    def operations(self) -> Iterator[tuple[Statement, Operation]]:
        """Gives each operation of the upgrade with its statement, in order."""
        for statement in self.upgrade:
            for operation in statement.operations:
                yield statement, operation

    def downgrade_operations(self) -> Iterator[tuple[Statement, Operation]]:
        """Gives each operation of the downgrade with its statement, in order."""
        for statement in self.downgrade:
            for operation in statement.operations:
                yield statement, operation

    def existing(self, key: str) -> Table | None:
        """The table as it stands before the revision; None for a new or an unknown one.

        Rules about locks ask this: work on a table that the revision itself creates is harmless.
        """
        return self.before.table(key) if self.before else None

    @property
    def place(self) -> Place:
        """The file of the revision."""
        return Place(self.path)


@dataclass(frozen=True, slots=True)
class History:
    """All revisions of a project as a graph.

    `duplicates` are revision ids that several files claim; `missing` maps a revision to parents
    that no file has; `cycles` are the ids on a cycle; `upstream_heads` are the heads at the
    merge target. `branches` are the labels that make several heads deliberate. `problems` are
    the files of the chain that could not be read.
    """

    migrations: tuple[Migration, ...] = ()
    heads: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()
    duplicates: dict[str, tuple[str, ...]] = field(default_factory=dict)
    missing: dict[str, tuple[str, ...]] = field(default_factory=dict)
    cycles: tuple[str, ...] = ()
    upstream_heads: tuple[str, ...] = ()
    branches: tuple[str, ...] = ()
    places: dict[str, Place] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

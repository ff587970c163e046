"""Drift: the models' tables, the migrated ones and those of a live database, by their catalogs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from dbwright.core import inherited
from dbwright.core.compare import Change, Difference, structured
from dbwright.core.mapping import Mapping
from dbwright.core.migration import Migration
from dbwright.core.schema import Schema
from dbwright.core.target import Target


@dataclass(frozen=True)
class Drift:
    """What the models promise, and what the revisions make; `heads` are the revisions compared.

    Both schemas were created on one server and read from its catalog, so both spell types,
    defaults and expressions alike. `mapping` tells where a table or column is declared. `head`
    is the last revision, where there is one.
    """

    models: Schema
    migrated: Schema
    mapping: Mapping
    target: Target
    heads: tuple[str, ...] = ()
    server: str = ""
    head: Migration | None = None

    def differences(self, kind: Change) -> Iterator[Difference]:
        """Gives the differences of a kind; "removed" is what the models have and nobody made.

        What belongs to a table that is missing as a whole is not told again, and neither are
        what metadata cannot declare (functions, triggers, extensions, row security, partitions)
        and what a table has of its parent.
        """
        differences = structured(self.models, self.migrated)
        for found in inherited.own(differences, self.models, self.migrated):
            if found.kind != kind or found.object not in DECLARABLE:
                continue
            if found.aspect == "row security" or inherited.is_partition(found, self.migrated):
                continue
            yield found


Declared = Literal["alike", "otherwise", "not", "unknown"]


@dataclass(frozen=True)
class LiveDrift:
    """What a live database has, beside what its revisions made of it and what the models say.

    `live` is its catalog, `expected` the catalog after the revisions that it has run, `head` the
    one after all; `models` is None where they cannot be created. `versions` are what its version
    table holds, `pending` the revisions to come. `failure` is what stops the first pending one
    that fails on a database like this and not on one that ran the revisions alone; `not_tried` says
    why that could not be asked. `unguarded` are the tables whose policies do not hold for the role.
    """

    live: Schema
    expected: Schema
    head: Schema
    models: Schema | None
    mapping: Mapping
    target: Target
    versions: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()
    server: str = ""
    newest: Migration | None = None
    failure: DeployFailure | None = None
    not_tried: str = ""
    unguarded: dict[str, str] = field(default_factory=dict)

    def differences(self, kind: Change) -> Iterator[Difference]:
        """Gives what is otherwise than the revisions made it; "removed" is what is gone.

        What a partition or child table has of its parent is told there alone.
        """
        differences = structured(self.expected, self.live)
        for found in inherited.own(differences, self.expected, self.live):
            if found.kind == kind and found.object in (*DECLARABLE, *BY_STATEMENT):
                yield found

    def is_partition(self, difference: Difference) -> bool:
        """Whether a partition came or went: they do with the time, as rows do."""
        return inherited.is_partition(difference, self.live, self.expected)

    def between(self) -> Drift:
        """Gives the drift between the revisions and the live database as one of two sides."""
        return Drift(self.expected, self.live, self.mapping, self.target, self.versions)

    def declared(self, difference: Difference) -> Declared:
        """Gives how the models declare what differs, beside how the live database has it."""
        if self.models is None:
            return "unknown"
        if difference.table is not None and self.models.table(difference.table) is None:
            return "not"
        others = self._beside(self.models, difference)
        if not others:
            return "alike"
        return "not" if any(found.kind == "added" for found in others) else "otherwise"

    def coming(self, difference: Difference) -> bool:
        """Whether the revisions still to run make it what it is here already."""
        return bool(self.pending) and not self._beside(self.head, difference)

    def met(self, difference: Difference) -> bool:
        """Whether revisions still to run change the object itself: they make it, or drop it."""
        subject = (difference.object, difference.table, difference.name)
        found = structured(self.expected, self.head)
        return any((each.object, each.table, each.name) == subject for each in found)

    def _beside(self, other: Schema, difference: Difference) -> list[Difference]:
        """How another schema differs from the live one in the same object."""
        subject = (difference.object, difference.table, difference.name)
        found = structured(other, self.live)
        return [each for each in found if (each.object, each.table, each.name) == subject]


@dataclass(frozen=True, slots=True)
class DeployFailure:
    """A pending revision that fails on the live database: the error, and what is in its way."""

    migration: Migration
    message: str


DECLARABLE = (
    "table",
    "column",
    "primary key",
    "foreign key",
    "unique",
    "check",
    "index",
    "enum",
)
BY_STATEMENT = ("trigger", "exclude", "view", "materialized view")
"""What metadata cannot declare, and a revision makes by a statement."""

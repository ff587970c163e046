"""Drift: the models' tables and the migrated tables, both read from a server's catalog."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

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
        what metadata cannot declare (functions, triggers, extensions, row security).
        """
        for found in structured(self.models, self.migrated):
            if found.kind == kind and found.object in DECLARABLE and found.aspect != "row security":
                yield found


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

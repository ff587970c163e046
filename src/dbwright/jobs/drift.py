"""The drift job: the models' tables against the migrated ones, catalog against catalog."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import Any

from dbwright import dialects
from dbwright.core.claim import Proof
from dbwright.core.drift import Drift
from dbwright.core.finding import Finding
from dbwright.core.mapping import Mapping
from dbwright.core.schema import Schema
from dbwright.core.target import Target
from dbwright.jobs.chain import Replayed
from dbwright.jobs.workplace import Workplace
from dbwright.scratch.bridge import DatabaseHost
from dbwright.scratch.worker import Worker


def drift_prover(drift: Drift) -> Callable[[Finding, object], Sequence[Proof]]:
    """Gives the prover of claims about drift: both catalogs were read from a server."""

    def prove(finding: Finding, fact: object) -> Sequence[Proof]:
        heads = ", ".join(drift.heads) or "the revisions"
        differ = f"the catalogs after create_all and after {heads} differ here"
        policies = f"the catalog after {heads}: {'; '.join(finding.evidence)}"
        return [
            Proof(
                "verified",
                finding.message,
                scope=drift.server,
                witness=policies if claim.kind == "row_security" else differ,
            )
            for claim in finding.claims
        ]

    return prove


def read_drift(
    place: Workplace, mapping: Mapping, source: dict[str, Any], replayed: Replayed
) -> Drift:
    """Gives the drift of the project; the models' tables are made on a fresh database."""
    assert place.worker is not None
    assert replayed.head is not None
    models = created(place.worker, place.sandbox, mapping, source)
    server = place.server or ""
    return drift_between(models, mapping, place.target, replayed, server)


def drift_between(
    models: Schema, mapping: Mapping, target: Target, replayed: Replayed, server: str
) -> Drift:
    """Gives the drift between the models' catalog and the one after the chain."""
    assert replayed.head is not None
    heads = replayed.history.heads
    last = [m for m in replayed.history.migrations if m.revision in heads]
    head = last[0] if len(last) == 1 else None
    return Drift(models, replayed.head, mapping, target, heads, server, head)


def created(worker: Worker, sandbox: Any, mapping: Mapping, source: dict[str, Any]) -> Schema:
    """Gives the catalog after create_all of the models on a fresh database."""
    dialect = dialects.get(mapping.schema.dialect)
    with sandbox.clone(None) as database:
        dialect.prepare.prepare(database, mapping.schema)
        worker.call("create_all", host=DatabaseHost(database), **source)
        with contextlib.closing(database.connect()) as connection:
            schema: Schema = dialect.catalog.read_schema(connection)
            connection.rollback()
    return schema

"""Proofs of claims about revisions: by the rehearsals' traces, or by the files themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from dbwright.core.claim import Claim, Proof
from dbwright.core.finding import Finding
from dbwright.core.migration import Migration
from dbwright.core.target import Target
from dbwright.core.trace import Rehearsal
from dbwright.jobs.chain import Replayed
from dbwright.verify import claims

GRAPH_CLAIMS = ("graph_multiple_heads", "graph_duplicate_revision", "graph_missing_parent")


def migration_prover(
    replayed: Replayed, target: Target, why: str
) -> Callable[[Finding, object], Sequence[Proof]]:
    """Gives the prover of claims about revisions: the rehearsals' traces, or the files."""

    def prove(finding: Finding, fact: object) -> Sequence[Proof]:
        revision = finding.location.revision
        rehearsal = replayed.rehearsals.get(revision or "")
        migration = fact if isinstance(fact, Migration) else None
        if migration and rehearsal and rehearsal.migration:
            rehearsal = rehearsal if rehearsal.migration.path == migration.path else None
        if isinstance(fact, Rehearsal):
            migration, rehearsal = fact.migration, fact
        proofs: list[Proof] = []
        for claim in finding.claims:
            if claim.kind in GRAPH_CLAIMS:
                witness = "the revision files themselves say so"
                proofs.append(Proof("verified", finding.message, "the files", witness))
            elif rehearsal is None or migration is None:
                reason = replayed.not_rehearsed.get(revision or "", why)
                proofs.append(Proof("reasoned", finding.message, why=reason))
            else:
                proofs.append(_proved(claim, finding, migration, rehearsal, target))
        return proofs

    return prove


def _proved(
    claim: Claim, finding: Finding, migration: Migration, rehearsal: Rehearsal, target: Target
) -> Proof:
    """The proof by the statement that the finding is about, else by the whole run."""
    focused = _focused(rehearsal, finding)
    if focused is not None:
        proof = claims.prove(claim, migration, focused, target)
        if proof.holds:
            return proof
    return claims.prove(claim, migration, rehearsal, target)


def _focused(rehearsal: Rehearsal, finding: Finding) -> Rehearsal | None:
    up, line = rehearsal.up, finding.location.line
    if up is None or line is None or up.failed:
        return None
    mine = tuple(
        item
        for item in up.statements
        if item.statement.place is not None and item.statement.place.line == line
    )
    return replace(rehearsal, up=replace(up, statements=mine)) if mine else None

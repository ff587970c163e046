"""Dangers that a rehearsal showed and no rule explains, as recommendations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dbwright.core.finding import (
    Advice,
    Alternative,
    Finding,
    Fix,
    Irreversible,
    Recommendation,
    Risk,
)
from dbwright.core.target import Target
from dbwright.core.trace import Rehearsal
from dbwright.jobs.flow import fingerprint
from dbwright.verify.claims import prove, unexplained


def recommend(
    rehearsals: Iterable[Rehearsal], known: Sequence[Recommendation], target: Target
) -> list[Recommendation]:
    """Gives a recommendation for each danger seen that none of the known ones is about."""
    explained: dict[str, set[tuple[str, str | None]]] = {}
    told = {(item.location.revision, item.location.line) for item in known}
    for item in known:
        claims = {(claim.kind, claim.relation) for claim in item.claims}
        explained.setdefault(item.location.revision or "", set()).update(claims)
    found: list[Recommendation] = []
    for rehearsal in rehearsals:
        for finding in unexplained(rehearsal, explained.get(rehearsal.revision, set())):
            # a statement that a rule names is told once, for the other tables it reads as well
            again = (finding.location.revision, finding.location.line) in told
            if again and finding.claims[0].kind == "full_scan_locked":
                continue
            if rehearsal.migration is not None:
                found.append(_recommendation(finding, rehearsal, target))
    return [item for item in found if item.proof.level != "refuted"]


def _recommendation(finding: Finding, rehearsal: Rehearsal, target: Target) -> Recommendation:
    assert rehearsal.migration is not None
    proof = prove(finding.claims[0], rehearsal.migration, rehearsal, target)
    return Recommendation(
        rule=finding.rule,
        job=finding.job,
        severity=finding.severity or "warning",
        message=finding.message,
        location=finding.location,
        claims=finding.claims,
        evidence=finding.evidence,
        proof=proof,
        advice=_advice(finding),
        fingerprint=fingerprint(finding),
        proofs=(proof,),
    )


def _advice(finding: Finding) -> Advice:
    place = finding.location
    where = f"{place.file}:{place.line}" if place.line else place.file or "the revision"
    return Advice(
        reason="the rehearsal showed it; no rule knows this form, so no recipe stands ready",
        fix=Fix(
            "look at the statement, and split or bound what it does",
            f"# {where}: {finding.message}",
        ),
        alternatives=(
            Alternative(
                "run it as it is in a quiet window",
                "nothing to write; what was seen here happens in production then",
            ),
        ),
        risk=Risk("depends on the change you choose", "run this review again on it"),
        undo=Irreversible("it depends on the change you choose"),
        tests="run this review again: what was seen is gone",
        backup="a copy of the tables named, when rows are changed",
    )

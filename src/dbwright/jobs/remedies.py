"""The ways out of a finding after the runs: those that do not hold are gone, the best is first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dbwright.core.claim import Claim, Proof, RunProbe
from dbwright.core.finding import Advice, Finding, Fix, Recommendation, Remedy

_NEARLY = 0.97
"""A remedy that saves so much of what the best one saves is as good: the rule's order decides."""
_GENERAL = "missing-index"
"""The rule that knows no more of an index than that it is missing."""
Proved = tuple[Claim, Proof]
RIGHT_OR_WRONG = "wrong_rows"
"""The claim of a query that is wrong, which stands whatever its remedies are worth."""


def remedied(finding: Finding, proofs: Sequence[Proved]) -> tuple[Finding | None, list[Proved]]:
    """Gives the finding with the remedies that stand, and the claims that stand with their proofs.

    Of the claims about remedies only those of the first are left: the others say what they gain
    as alternatives. The finding is None where it had remedies and none stands.
    """
    kept = [pair for pair in proofs if pair[1].level != "refuted"]
    if not finding.remedies:
        return finding, kept
    gone = {claim.remedy for claim, proof in proofs if proof.level == "refuted"}
    left = {
        number: _seen(remedy, [proof for claim, proof in proofs if claim.remedy == number])
        for number, remedy in enumerate(finding.remedies)
        if number not in gone
    }
    if not left:
        kept = [pair for pair in kept if pair[0].remedy is None]
        wrong = any(claim.kind == RIGHT_OR_WRONG for claim, _ in kept)
        return (replace(finding, remedies=()) if wrong else None), kept
    best = max(map(_saved, left.values()))
    unsure = {claim.remedy for claim, proof in kept if proof.level == "reasoned"}
    order = sorted(left, key=lambda number: (number in unsure, _is_behind(left[number], best)))
    shown = [pair for pair in kept if pair[0].remedy in (None, order[0])]
    return replace(finding, remedies=tuple(left[number] for number in order)), shown


def without_refuted(advice: Advice, proofs: Sequence[Proved]) -> Advice:
    """Gives the advice without a loader option that a second run of the program has refuted."""
    for claim, proof in proofs:
        tried = isinstance(claim.probe, RunProbe) and claim.probe.trials
        if tried and proof.level == "refuted":
            title = f"none is known: its option was tried, and {proof.witness}"
            return replace(advice, fix=Fix(title, ""))
    return advice


def _seen(remedy: Remedy, proofs: Sequence[Proof]) -> Remedy:
    words = "; ".join(proof.witness for proof in proofs if proof.witness)
    factor = max((proof.factor for proof in proofs if proof.factor is not None), default=None)
    return replace(remedy, factor=factor, seen=words)


def _saved(remedy: Remedy) -> float:
    """Gives the part of the time that a remedy was seen to save."""
    return 1.0 - 1.0 / max(remedy.factor, 1.0) if remedy.factor is not None else 0.0


def _is_behind(remedy: Remedy, best: float) -> bool:
    """Whether a remedy was seen to save less than the best one, or could have been tried."""
    return remedy.measurable and _saved(remedy) < _NEARLY * best


def told_once(found: Sequence[Recommendation]) -> list[Recommendation]:
    """Gives recommendations without one whose statements another tells with a nearer cause."""
    steps = [tuple(step.sql for step in each.advice.fix.steps) for each in found]
    return [
        each
        for each, mine in zip(found, steps, strict=True)
        if not (each.rule == _GENERAL and mine and steps.count(mine) > 1)
    ]

"""The steps that every job shares: analyze facts by rules, prove, advise, assemble."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from dbwright.core.claim import Claim, Proof
from dbwright.core.finding import (
    SEVERITIES,
    Finding,
    Recommendation,
    Severity,
    Unverified,
)
from dbwright.core.rule import Rule
from dbwright.core.target import Target
from dbwright.jobs.remedies import remedied, without_refuted

LEVELS = {"verified": 0, "observed": 1, "reasoned": 2, "refuted": 3}
Prover = Callable[[Finding, Any], Sequence[Proof]]


@dataclass(slots=True)
class Reviewed:
    """What the analysis of facts gave: recommendations, and what could not be verified."""

    recommendations: list[Recommendation] = field(default_factory=list)
    unverified: list[Unverified] = field(default_factory=list)
    refuted: int = 0

    def add(self, other: Reviewed) -> None:
        """Takes over what another review gave."""
        self.recommendations += other.recommendations
        self.unverified += other.unverified
        self.refuted += other.refuted


def analyze(
    rules: Iterable[Rule], facts: Iterable[object], target: Target
) -> Iterator[tuple[Rule, object, Finding] | Unverified]:
    """Gives each finding of each rule on each fact it reads; a crashing rule is Unverified."""
    by_type: dict[type, list[object]] = {}
    for fact in facts:
        by_type.setdefault(type(fact), []).append(fact)
    for rule in rules:
        if not rule.applies.to(target):
            continue
        for fact in by_type.get(rule.fact, ()):
            try:
                for finding in rule.check(fact):
                    yield rule, fact, named(rule, finding)
            except Exception as error:  # a rule of a third party must not end the review
                yield _crashed(rule, error)


def named(rule: Rule, finding: Finding) -> Finding:
    """Gives the finding with its rule's name, job and severity filled in."""
    severity = finding.severity or rule.severity or "warning"
    return replace(finding, rule=rule.name, job=rule.job, severity=severity)


def review(
    rules: Iterable[Rule], facts: Iterable[object], target: Target, prove: Prover
) -> Reviewed:
    """Runs analyze, verify and advise over facts.

    A finding whose every claim, or every way out, is refuted by the run is withdrawn and counted
    in `refuted`.
    """
    result = Reviewed()
    for found in analyze(rules, facts, target):
        if isinstance(found, Unverified):
            result.unverified.append(found)
            continue
        rule, fact, finding = found
        proofs = _proofs(rule, finding, fact, prove)
        pairs = list(zip(finding.claims, proofs, strict=True))
        standing, kept = remedied(finding, pairs)
        if standing is None or (finding.claims and not kept):
            result.refuted += 1
            continue
        _assemble(result, rule, fact, standing, kept, pairs)
    result.recommendations.sort(key=order)
    return result


def order(item: Recommendation) -> tuple[int, int, str, int]:
    """The sort key of a report: the worst and best proved first, then by place."""
    return (
        SEVERITIES.index(item.severity),
        LEVELS[item.proof.level],
        item.location.file or "",
        item.location.line or 0,
    )


def fingerprint(finding: Finding) -> str:
    """Gives what names a finding over time: rule, object, and the message without numbers.

    Of a running program's code it is the file and the function instead of the message.
    """
    if "function" in finding.details:
        function, file = finding.details["function"], finding.location.file or ""
        return _hashed([finding.rule, finding.location.object or "", file, function])
    words = re.sub(r"0x[0-9a-f]+|\d+", "#", finding.message)
    where = finding.location.object or finding.location.file or ""
    revision = finding.location.revision or ""
    return _hashed([finding.rule, where, revision, words])


def _hashed(parts: list[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def _proofs(rule: Rule, finding: Finding, fact: object, prove: Prover) -> Sequence[Proof]:
    if rule.reasoned is not None:
        why = rule.reasoned.why
        return [Proof("reasoned", finding.message, why=why) for _ in finding.claims]
    try:
        return prove(finding, fact)
    except Exception as error:  # the finding stands, its proof does not
        why = f"the proof stopped: {type(error).__name__}: {error}"
        return [Proof("reasoned", finding.message, why=why) for _ in finding.claims]


def _assemble(
    result: Reviewed,
    rule: Rule,
    fact: object,
    finding: Finding,
    kept: list[tuple[Claim, Proof]],
    pairs: list[tuple[Claim, Proof]],
) -> None:
    try:
        advice = without_refuted(rule.advise(finding, fact), pairs)
    except Exception as error:
        result.unverified.append(_crashed(rule, error))
        return
    proofs = tuple(proof for _, proof in kept)
    result.recommendations.append(
        Recommendation(
            rule=finding.rule,
            job=finding.job,
            severity=_severity(rule, finding, proofs),
            message=finding.message,
            location=finding.location,
            claims=tuple(claim for claim, _ in kept),
            evidence=finding.evidence,
            proof=_best(proofs, finding),
            advice=advice,
            fingerprint=fingerprint(finding),
            proofs=proofs,
        )
    )


def _severity(rule: Rule, finding: Finding, proofs: Sequence[Proof]) -> Severity:
    severity = finding.severity or "warning"
    if rule.reasoned is not None and severity == "error" and not rule.security:
        return "warning"
    return severity


def _best(proofs: Sequence[Proof], finding: Finding) -> Proof:
    if not proofs:
        return Proof("reasoned", finding.message, why="the rule makes no claim that a run can see")
    return min(proofs, key=lambda proof: LEVELS[proof.level])


def _crashed(rule: Rule, error: Exception) -> Unverified:
    return Unverified(
        what=f"the rule {rule.name}",
        why=f"it stopped with {type(error).__name__}: {error}",
        way_out=f"Leave it out with --ignore {rule.name}, and report this as a fault of dbwright.",
    )

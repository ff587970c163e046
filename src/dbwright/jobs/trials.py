"""Fixes tried before they are printed: applied to a copy of the project, and that is run.

What holds is said to; what does not is told as a sketch, and its edits are taken away.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from dbwright.core.claim import Proof
from dbwright.core.errors import DbwrightError
from dbwright.core.finding import Edit, Fix, Recommendation, Unverified
from dbwright.core.report import Report
from dbwright.core.rule import Rule
from dbwright.jobs.collected import Collected
from dbwright.jobs.workplace import Workplace

NOT_FILES = "it is code for you to place, not the final text of files"
Trial = Callable[[Recommendation], Proof]


def run(report: Report, place: Workplace, found: Collected, rules: Sequence[Rule]) -> Report:
    """Gives the report with every fix of files tried, where there is something to try it on."""
    from dbwright.jobs.trials_migrations import MigrationTrials
    from dbwright.jobs.trials_models import tried_models

    if place.worker is None or place.sandbox is None:
        return report
    items = list(report.recommendations)
    proofs: dict[int, Proof] = {}
    of_models = [item for item in items if item.job == "models" and item.advice.fix.edits]
    if of_models and found.mapping is not None:
        place.progress(f"trying {len(of_models)} fixes of models")
        proofs |= tried_models(place, found, rules, of_models)
    others = [item for item in items if item.job != "models" and item.advice.fix.edits]
    trials = MigrationTrials(place, found, rules, report)
    for number, item in enumerate(others, 1):
        place.progress(f"trying fix {number} of {len(others)} of migrations")
        proofs[id(item)] = guarded(trials, item)
    told = [_told(item, proofs.get(id(item))) for item in items]
    return replace(
        report, recommendations=tuple(told), unverified=(*report.unverified, *_missed(told))
    )


def guarded(trial: Trial, item: Recommendation) -> Proof:
    """Gives a trial's outcome; a trial that itself fails proves nothing."""
    try:
        return trial(item)
    except DbwrightError as error:
        return untried(item, error.message)


def untried(item: Recommendation, why: str) -> Proof:
    """Gives the outcome of a fix that could not be tried."""
    return Proof("reasoned", proposition(item), why=why)


def proposition(item: Recommendation) -> str:
    """Gives what a trial is to show."""
    return f"{item.advice.fix.title.rstrip(':. ')}: it cures, and brings nothing worse"


Key = tuple[str, str | None]


def key(item: Recommendation) -> Key:
    """Gives what names a finding across the fix, which moves its lines."""
    return item.rule, item.location.object


def leftover(
    item: Recommendation, before: Counter[Key], after: Sequence[Recommendation]
) -> str | None:
    """Gives what speaks against the fix: its finding is still there, or it brings another."""
    counts = Counter(key(other) for other in after)
    if counts[key(item)] >= max(before[key(item)], 1):
        return f"{item.rule} is found again"
    for other in after:
        if other.severity != "info" and counts[key(other)] > before[key(other)]:
            name = other.location.object
            where = f"{name}: " if name else ""
            return f"it brings {other.rule} ({where}{other.message})"
    return None


def keys(items: Iterable[Recommendation]) -> Counter[Key]:
    """Gives how often each finding is there."""
    return Counter(key(item) for item in items)


def texts(edits: Iterable[Edit]) -> dict[str, str | None]:
    """Gives edits as the worker takes them."""
    return {edit.path: edit.after for edit in edits}


def _told(item: Recommendation, trial: Proof | None) -> Recommendation:
    if trial is None:
        if not item.advice.fix.code:
            return item
        return replace(item, trial=untried(item, NOT_FILES))
    if trial.level != "refuted":
        return replace(item, trial=trial)
    fix = item.advice.fix
    sketch = Fix(f"a sketch, for it did not hold when it was tried: {fix.title}", fix.code)
    return replace(item, advice=replace(item.advice, fix=sketch), trial=trial)


def _missed(items: Sequence[Recommendation]) -> list[Unverified]:
    refuted = [item for item in items if item.trial and item.trial.level == "refuted"]
    return [
        Unverified(
            f"the fix of {item.rule} at {item.location.file}:{item.location.line}",
            f"tried on a copy it did not hold: {item.trial.why if item.trial else ''}",
            "Take its code as a sketch; --fix leaves it out.",
        )
        for item in refuted
    ]

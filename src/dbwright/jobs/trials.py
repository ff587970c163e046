"""Fixes tried before they are printed: applied to a copy of the project, and that is run.

What holds is said to; what does not is told as a sketch, and its edits are taken away.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from dbwright.core.claim import Proof
from dbwright.core.errors import DbwrightError
from dbwright.core.finding import SEVERITIES, Edit, Fix, Recommendation, Undo, Unverified
from dbwright.core.report import Report
from dbwright.core.rule import Rule
from dbwright.core.target import Target
from dbwright.jobs.collected import Collected
from dbwright.jobs.workplace import Workplace
from dbwright.recipes import revision

NO_TIME = "the time for trials was used up"
NOT_FILES = "it is code for you to place, not the final text of files"
Key = tuple[str, str | None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a trial showed: its proof, and the fix when another one had to be taken along."""

    proof: Proof
    fix: Fix | None = None


def run(report: Report, place: Workplace, found: Collected, rules: Sequence[Rule]) -> Report:
    """Gives the report with every fix of files tried, where there is something to try it on."""
    if place.worker is None or place.sandbox is None or not place.options.trials:
        return report
    from dbwright.jobs.trials_migrations import MigrationTrials
    from dbwright.jobs.trials_models import tried_models

    until = time.monotonic() + place.settings.trials
    folders = _version_folders(found)
    outcomes: dict[int, Outcome] = {}
    of_models = [item for item in report.recommendations if _outside(item, folders)]
    if of_models and found.mapping is not None:
        place.progress(f"trying {len(of_models)} fixes of models")
        outcomes |= tried_models(place, found, rules, of_models, report.recommendations, until)
    inside = [item for item in report.recommendations if _inside(item, folders)]
    trials = MigrationTrials(place, found, rules, report.recommendations)
    # from revision to revision within a severity: each goes on from a state that was saved
    inside.sort(key=lambda item: (SEVERITIES.index(item.severity), trials.position(item)))
    for number, item in enumerate(inside, 1):
        known = outcomes.get(id(item))
        if known is not None and not known.proof.holds:
            continue
        if time.monotonic() > until:
            outcomes[id(item)] = untried(item, NO_TIME)
            continue
        place.progress(f"trying {len(inside)} fixes of migrations: {number}")
        outcomes[id(item)] = guarded(trials, item)
    told = tuple(_told(item, outcomes.get(id(item))) for item in report.recommendations)
    missed = [*_missed(told), *_not_reached(told, place.settings.trials)]
    return replace(report, recommendations=told, unverified=(*report.unverified, *missed))


def guarded(trial: Callable[[Recommendation], Outcome], item: Recommendation) -> Outcome:
    """Gives a trial's outcome; a trial that itself fails proves nothing."""
    try:
        return trial(item)
    except DbwrightError as error:
        return untried(item, error.message)


def untried(item: Recommendation, why: str) -> Outcome:
    """Gives the outcome of a fix that could not be tried."""
    return Outcome(Proof("reasoned", proposition(item), why=why))


def refuted(item: Recommendation, why: str) -> Outcome:
    """Gives the outcome of a fix that was tried and did not hold."""
    return Outcome(Proof("refuted", proposition(item), why=why))


def held(
    item: Recommendation, target: Target, server: str, major: int | None, witness: str
) -> Outcome:
    """Gives the outcome of a fix that held: verified on the target's major version alone."""
    same = target.dialect != "postgresql" or target.major in (None, major)
    return Outcome(Proof("verified" if same else "observed", proposition(item), server, witness))


def proposition(item: Recommendation) -> str:
    """Gives what a trial is to show."""
    return f"{item.advice.fix.title.rstrip(':. ')}: it cures, and brings nothing worse"


def key(item: Recommendation) -> Key:
    """Gives what names a finding across the fix, which moves its lines."""
    return item.rule, item.location.object


def keys(items: Iterable[Recommendation]) -> Counter[Key]:
    """Gives how often each finding is there."""
    return Counter(key(item) for item in items)


def is_left(
    item: Recommendation, before: Counter[Key], after: Sequence[Recommendation]
) -> str | None:
    """Gives why the fix does not cure: its finding is still there; None where it is gone."""
    again = [other for other in after if key(other) == key(item)]
    if len(again) < max(before[key(item)], 1):
        return None
    if all(other.message != item.message for other in again):
        return f"behind it there is another one: {again[0].message}"
    return f"{item.rule} is found again"


def brought(
    item: Recommendation, before: Counter[Key], after: Sequence[Recommendation]
) -> Recommendation | None:
    """Gives an error or warning that the fix brings; None where it brings none.

    What the finding named as more of its own kind was there before.
    """
    counts = keys(after)
    new = [other for other in after if counts[key(other)] > before[key(other)]]
    new = [other for other in new if other.location.object not in item.evidence]
    return next((other for other in new if other.severity != "info"), None)


def words_of(other: Recommendation) -> str:
    """Gives why a fix that brings another finding does not hold."""
    name = f"{other.location.object}: " if other.location.object else ""
    return f"it brings {other.rule} ({name}{other.message})"


def texts(edits: Iterable[Edit]) -> dict[str, str | None]:
    """Gives edits as the worker takes them."""
    return {edit.path: edit.after for edit in edits}


def _version_folders(found: Collected) -> set[str]:
    migrations = found.history.migrations if found.history else ()
    return {str(PurePosixPath(m.path).parent) for m in migrations}


def _inside(item: Recommendation, folders: set[str]) -> bool:
    return any(str(PurePosixPath(e.path).parent) in folders for e in item.advice.fix.edits)


def _outside(item: Recommendation, folders: set[str]) -> bool:
    return any(str(PurePosixPath(e.path).parent) not in folders for e in item.advice.fix.edits)


def _told(item: Recommendation, outcome: Outcome | None) -> Recommendation:
    fix = item.advice.fix
    if outcome is None:
        return replace(item, trial=untried(item, NOT_FILES).proof)
    if outcome.proof.level == "refuted":
        sketch = Fix(f"a sketch, for it did not hold when it was tried: {fix.title}", fix.code)
        return replace(item, advice=replace(item.advice, fix=sketch), trial=outcome.proof)
    if outcome.fix is None:
        return replace(item, trial=outcome.proof)
    undo = item.advice.undo
    if isinstance(undo, Undo):
        undo = revision.undo(outcome.fix, undo.text.rpartition("After: ")[2])
    advice = replace(item.advice, fix=outcome.fix, undo=undo)
    return replace(item, advice=advice, trial=outcome.proof)


def _not_reached(items: Sequence[Recommendation], seconds: int) -> list[Unverified]:
    count = sum(1 for item in items if item.trial is not None and item.trial.why == NO_TIME)
    if not count:
        return []
    return [
        Unverified(
            f"{count} fixes" if count > 1 else "a fix",
            f"trying those of worse findings took the {seconds} s that there are",
            "Allow more, [tool.dbwright] trials = SECONDS, or review fewer revisions: "
            "dbwright check REVISION.py",
        )
    ]


def _missed(items: Sequence[Recommendation]) -> list[Unverified]:
    return [
        Unverified(
            f"the fix of {item.rule} at {item.location.file}:{item.location.line}",
            f"tried on a copy it did not hold: {item.trial.why}",
            "Take its code as a sketch; --fix leaves it out.",
        )
        for item in items
        if item.trial is not None and item.trial.level == "refuted"
    ]

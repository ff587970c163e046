"""Fixes of models tried: edited files imported, tables made, the review run on them again."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from dbwright.core.errors import DbwrightError
from dbwright.core.finding import Edit, Recommendation
from dbwright.core.mapping import Mapping
from dbwright.core.rule import Rule
from dbwright.core.source import Source
from dbwright.jobs.collected import Collected
from dbwright.jobs.drift import created, drift_between, drift_prover
from dbwright.jobs.fix import merged
from dbwright.jobs.flow import review
from dbwright.jobs.models import model_prover, read_mapping
from dbwright.jobs.trials import (
    NO_TIME,
    Key,
    Outcome,
    brought,
    held,
    is_left,
    key,
    keys,
    refuted,
    texts,
    untried,
    words_of,
)
from dbwright.jobs.workplace import Workplace, new_worker
from dbwright.scratch.worker import Worker

Group = list[Recommendation]


def tried_models(
    place: Workplace,
    found: Collected,
    rules: Sequence[Rule],
    items: Sequence[Recommendation],
    before: Sequence[Recommendation],
    until: float,
) -> dict[int, Outcome]:
    """Gives the outcome of each fix of `items`, by the id of its recommendation.

    `before` are all that was found without the fixes; no trial begins after `until`, a time of
    `time.monotonic`.

    Fixes that touch different lines are tried together, for each trial imports the project anew;
    one that does not hold in company is tried by itself.
    """
    trial = ModelTrial(place, found, rules, keys(before))
    outcomes: dict[int, Outcome] = {}
    waiting = [*_groups(items)]
    while waiting:
        group, edits = waiting.pop(0)
        if time.monotonic() > until:
            outcomes |= {id(item): untried(item, NO_TIME) for item in group}
            continue
        for item, outcome in zip(group, trial(group, edits), strict=True):
            if outcome.proof.level == "refuted" and len(group) > 1:
                waiting.append(([item], list(item.advice.fix.edits)))
            else:
                outcomes[id(item)] = outcome
    return outcomes


def _groups(items: Sequence[Recommendation]) -> list[tuple[Group, list[Edit]]]:
    groups: list[tuple[Group, list[Edit]]] = []
    for item in items:
        for number, (group, edits) in enumerate(groups):
            both = merged([*edits, *item.advice.fix.edits]) if _together(group, item) else None
            if both is not None:
                groups[number] = ([*group, item], both)
                break
        else:
            groups.append(([item], list(item.advice.fix.edits)))
    return groups


def _together(group: Group, item: Recommendation) -> bool:
    """Whether a fix can be judged in company: other changes of models are drift by themselves."""
    return group[0].job == item.job and key(item) not in {key(other) for other in group}


class ModelTrial:
    """Reads the models with edited files in a fresh process, and reviews them."""

    def __init__(
        self, place: Workplace, found: Collected, rules: Sequence[Rule], before: Counter[Key]
    ) -> None:
        self.place = place
        self.found = found
        self.rules = [rule for rule in rules if rule.job == "models"]
        self.drift_rules = [rule for rule in rules if rule.job == "drift"]
        self.before = before

    def __call__(self, group: Group, edits: Sequence[Edit]) -> list[Outcome]:
        """Gives the outcome of each of several fixes that are applied together."""
        source = {**self.found.source, "edited": texts(edits)}
        try:
            with new_worker(self.place) as worker:
                after, why_not, server, major = self._review(worker, source, group, edits)
        except DbwrightError as error:
            why = f"the models cannot be read with it: {error.message}"
            return [refuted(item, why) for item in group]
        return [self._judged(item, after, why_not, server, major) for item in group]

    def _review(
        self, worker: Worker, source: dict[str, Any], group: Group, edits: Sequence[Edit]
    ) -> tuple[list[Recommendation], str, str, int | None]:
        """What is found with the edits, why there were no tables (else empty), the server."""
        assert self.found.mapping is not None
        place, target = self.place, self.place.target
        mapping, _ = read_mapping(worker, source, place.project.root)
        mapping = _beside(mapping, self.found.mapping, edits)
        with model_prover(mapping, worker, source, target, place.sandbox) as prove:
            facts = [mapping, mapping.schema, *mapping.sources]
            found = review(self.rules, facts, target, prove).recommendations
            made = prove.database is not None
            why_not = "" if made else prove.why_no_database
            server, major = prove.server, prove.major
        replayed = self.found.replayed
        if made and replayed and replayed.head and any(item.job == "drift" for item in group):
            models = created(worker, place.sandbox, mapping, source)
            drift = drift_between(models, mapping, target, replayed, server)
            found += review(self.drift_rules, [drift], target, drift_prover(drift)).recommendations
        return found, why_not, server, major

    def _judged(
        self,
        item: Recommendation,
        after: Sequence[Recommendation],
        why_not: str,
        server: str,
        major: int | None,
    ) -> Outcome:
        near = _near(item, after)
        if (left := is_left(item, self.before, near)) is not None:
            return refuted(item, left)
        if (other := brought(item, self.before, near)) is not None:
            return refuted(item, words_of(other))
        if why_not:
            return untried(item, why_not)
        witness = (
            "on a copy with the fix the mappers configured, the tables were created, and "
            f"{item.rule} was silent"
        )
        return held(item, self.place.target, server, major, witness)


def _near(item: Recommendation, after: Sequence[Recommendation]) -> list[Recommendation]:
    """What is found at the table that the fix is about; the rest is not its doing.

    More of the same kind was there before, be it that one finding stood for all.
    """
    table = (item.location.object or "").partition(".")[0]
    near = [other for other in after if (other.location.object or "").partition(".")[0] == table]
    return [other for other in near if other.rule != item.rule or key(other) == key(item)]


def _beside(mapping: Mapping, before: Mapping, edits: Sequence[Edit]) -> Mapping:
    """The mapping with the other code that the review read, as the edits leave it."""
    after = texts(edits)
    mine = {source.path for source in mapping.sources}
    others = [Source(s.path, after.get(s.path) or s.text) for s in before.sources]
    beside = [source for source in others if source.path not in mine]
    return replace(mapping, rows=before.rows, sources=(*mapping.sources, *beside))

"""Fixes of models tried: edited files imported, tables made, the review run on them again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dbwright.core.claim import Proof
from dbwright.core.errors import DbwrightError
from dbwright.core.finding import Edit, Recommendation
from dbwright.core.mapping import Mapping
from dbwright.core.rule import Rule
from dbwright.core.source import Source
from dbwright.jobs.collected import Collected
from dbwright.jobs.fix import merged
from dbwright.jobs.flow import review
from dbwright.jobs.models import model_prover, read_mapping
from dbwright.jobs.trials import key, keys, leftover, proposition, texts, untried
from dbwright.jobs.workplace import Workplace, new_worker

Group = list[Recommendation]


def tried_models(
    place: Workplace, found: Collected, rules: Sequence[Rule], items: Sequence[Recommendation]
) -> dict[int, Proof]:
    """Gives the outcome of each fix, by the id of its recommendation.

    Fixes that touch different lines are tried together, for each trial imports the project.
    """
    rules = [rule for rule in rules if rule.job == "models"]
    proofs: dict[int, Proof] = {}
    waiting = _groups(items)
    while waiting:
        group, edits = waiting.pop(0)
        outcome = _tried(place, found, rules, group, edits, items)
        if outcome is None:
            waiting += [([item], list(item.advice.fix.edits)) for item in group]
        else:
            proofs |= outcome
    return proofs


def _groups(items: Sequence[Recommendation]) -> list[tuple[Group, list[Edit]]]:
    groups: list[tuple[Group, list[Edit]]] = []
    for item in items:
        for number, (group, edits) in enumerate(groups):
            both = merged([*edits, *item.advice.fix.edits])
            if both is not None and not {key(other) for other in group} & {key(item)}:
                groups[number] = ([*group, item], both)
                break
        else:
            groups.append(([item], list(item.advice.fix.edits)))
    return groups


def _tried(
    place: Workplace,
    found: Collected,
    rules: Sequence[Rule],
    group: Group,
    edits: Sequence[Edit],
    items: Sequence[Recommendation],
) -> dict[int, Proof] | None:
    """The outcomes of fixes applied together; None where it takes one at a time to tell them."""
    assert found.mapping is not None
    source = {**found.source, "edited": texts(edits)}
    try:
        with new_worker(place) as worker:
            mapping, _ = read_mapping(worker, source, place.project.root)
            mapping = _beside(mapping, found.mapping, edits)
            prover = model_prover(mapping, worker, source, place.target, place.sandbox)
            with prover as prove:
                facts = [mapping, mapping.schema, *mapping.sources]
                after = review(rules, facts, place.target, prove).recommendations
                why_not, server = prove.why_no_database, prove.server
                made = prove.database is not None
    except DbwrightError as error:
        if len(group) > 1:
            return None
        why = f"the models cannot be read with it: {error.message}"
        return {id(group[0]): Proof("refuted", proposition(group[0]), why=why)}
    outcomes = {}
    for item in group:
        against = leftover(item, keys(items), _near(item, after))
        if against is not None and len(group) > 1:
            return None
        if against is not None:
            outcomes[id(item)] = Proof("refuted", proposition(item), why=against)
        elif not made:
            outcomes[id(item)] = untried(item, why_not)
        else:
            witness = (
                f"on a copy with the fix the mappers configured, the tables were created, and "
                f"{item.rule} was silent"
            )
            outcomes[id(item)] = Proof("verified", proposition(item), server, witness)
    return outcomes


def _near(item: Recommendation, after: Sequence[Recommendation]) -> list[Recommendation]:
    """What is found at the table that the fix is about; the rest is not its doing."""
    table = (item.location.object or "").partition(".")[0]
    return [other for other in after if (other.location.object or "").partition(".")[0] == table]


def _beside(mapping: Mapping, before: Mapping, edits: Sequence[Edit]) -> Mapping:
    """The mapping with the other code that the review read, as the edits leave it."""
    after = texts(edits)
    mine = {source.path for source in mapping.sources}
    others = [Source(s.path, after.get(s.path) or s.text) for s in before.sources]
    beside = [source for source in others if source.path not in mine]
    return replace(mapping, rows=before.rows, sources=(*mapping.sources, *beside))

"""The loops in a project's code, read beside its mappers: what each turn sends."""

from __future__ import annotations

from collections.abc import Sequence

from dbwright.collect.application import read_code
from dbwright.core.application import Application
from dbwright.core.rule import Rule
from dbwright.jobs.collected import Collected
from dbwright.jobs.flow import Reviewed, review
from dbwright.jobs.models import model_prover
from dbwright.jobs.workplace import Workplace
from dbwright.recipes.loops.scan import scanned


def review_loops(place: Workplace, found: Collected, rules: Sequence[Rule]) -> Reviewed:
    """Reviews the loops of the application's files; no line of them is run.

    What a finding claims is tried with three objects on the models' own tables, made-up rows in
    them. Migrations and tests are left out.
    """
    mapping = found.mapping
    wanted = [rule for rule in rules if rule.fact is Application]
    if mapping is None or not wanted:
        return Reviewed()
    place.progress("reading the loops in the code")
    code = read_code(place.project, mapping)
    application = scanned(mapping, code.sources, code.templates, code.asking)
    if not (application.repeats or application.counted):
        return Reviewed()
    prover = model_prover(
        mapping,
        place.worker,
        found.source,
        place.target,
        place.sandbox,
        place.why_no_sandbox,
        found.replayed.head_key if found.replayed else None,
    )
    with prover as prove:
        return review(wanted, [application], place.target, prove)

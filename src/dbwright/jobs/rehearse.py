"""The rehearse job: revisions run up, down and up with rows, and everything seen is told."""

from __future__ import annotations

import time

from dbwright.collect.revisions import rehearsal_order
from dbwright.collect.waivers import read_waivers
from dbwright.core.errors import UsageError
from dbwright.core.finding import Unverified
from dbwright.core.migration import History, Migration
from dbwright.core.rehearsed import Outcome, RehearsalReport
from dbwright.core.report import Summary
from dbwright.core.target import Target
from dbwright.core.trace import Rehearsal
from dbwright.jobs.check import WHY_NOT_RUN, collect
from dbwright.jobs.collected import Collected
from dbwright.jobs.flow import analyze
from dbwright.jobs.migrations import Replayed
from dbwright.jobs.workplace import Workplace
from dbwright.rules.registry import all_rules
from dbwright.verify.dangers import dangers, missing
from dbwright.verify.timeline import timeline


def run(place: Workplace) -> RehearsalReport:
    """Gives the report on the revisions that can still be changed, or on a range of them.

    Raises UsageError where no revisions are, or no database to run them on.
    """
    if place.sandbox is None:
        why = place.unverified[0] if place.unverified else None
        raise UsageError(
            f"nothing can be rehearsed without a scratch database: {place.why_no_sandbox}",
            way_out=(why.way_out if why else "") or "Leave --no-sandbox away.",
        )
    found = collect(place)
    if found.history is None or not found.history.migrations:
        raise UsageError(
            "there are no revisions to rehearse here",
            file=str(place.path),
            way_out="Name the folder with alembic.ini, or a file of a revision.",
        )
    replayed = found.replayed or Replayed(found.history)
    wanted = found.scope.revisions if found.scope else frozenset()
    history = replayed.history
    by_id = {item.revision: item for item in reversed(history.migrations)}
    order = [name for name in rehearsal_order(history) if name in wanted]
    order += [name for name in by_id if name in wanted and name not in order]
    return RehearsalReport(
        tuple(outcome(by_id[name], replayed, place.target) for name in order),
        unverified=tuple(place.unverified),
        summary=_summary(place, found, history, replayed),
    )


def outcome(migration: Migration, replayed: Replayed, target: Target) -> Outcome:
    """Gives what the rehearsal of a revision showed, without what its comments allow."""
    name = migration.revision
    run = replayed.rehearsals.get(name)
    if run is None:
        return Outcome(name, migration.message, migration.path, why_not=(_why(name, replayed),))
    claims, reasons = _allowed(migration, run, target)
    measured = replayed.estimates.get(name, ())
    return Outcome(
        name,
        migration.message,
        migration.path,
        run,
        dangers(run, claims),
        timeline(run.up, measured) if run.up else (),
        timeline(run.down) if run.down else (),
        measured,
        replayed.backups.get(name, ()),
        why_not=missing(run),
        allowed=reasons,
    )


def _allowed(
    migration: Migration, run: Rehearsal, target: Target
) -> tuple[set[tuple[str, str | None]], tuple[str, ...]]:
    """The claims of the findings that a comment allows with a reason, and the comments."""
    waivers = read_waivers([migration.source]) if migration.source else ()
    if not waivers:
        return set(), ()
    rules = [rule for rule in all_rules() if rule.job == "migrations"]
    claims: set[tuple[str, str | None]] = set()
    told: dict[str, None] = {}
    for item in analyze(rules, [migration, run], target):
        if isinstance(item, Unverified):
            continue
        rule, _, finding = item
        for waiver in waivers:
            if waiver.reason and waiver.covers(
                rule.name, finding.location.file, finding.location.line
            ):
                claims |= {(claim.kind, claim.relation) for claim in finding.claims}
                told[f"{rule.name} because {waiver.reason}"] = None
    return claims, tuple(told)


def _why(name: str, replayed: Replayed) -> str:
    if name in replayed.not_rehearsed:
        return replayed.not_rehearsed[name]
    if replayed.stopped is None:
        return WHY_NOT_RUN
    stopped, error = replayed.stopped
    where = f" at {error.file}:{error.line}" if error.file and error.line else ""
    if stopped == name:
        return f"it stopped{where}: {error.message}"
    return f"{stopped}, which runs before it, stopped{where}: {error.message}"


def _summary(place: Workplace, found: Collected, history: History, replayed: Replayed) -> Summary:
    return Summary(
        project=place.project.root.name,
        dialect=str(place.target),
        server=place.server,
        models=len(found.mapping.mappers) if found.mapping else 0,
        revisions=len(history.migrations),
        revisions_run=len(replayed.rehearsals),
        revisions_new=len(found.scope.revisions) if found.scope else 0,
        scope=found.scope.sentence if found.scope else "",
        milliseconds=(time.monotonic() - place.started) * 1000,
        notes=tuple(place.notes),
    )

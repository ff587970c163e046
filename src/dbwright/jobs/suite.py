"""The suite: a project's migrations as tests, one for each revision, on one open workplace."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from dbwright.collect import origin
from dbwright.collect.project import find_project
from dbwright.collect.revisions import read_history, rehearsal_order
from dbwright.collect.revisions_range import in_range
from dbwright.collect.settings import read_settings
from dbwright.core.errors import ProjectError, ServerError
from dbwright.core.finding import Unverified
from dbwright.core.migration import History, Migration
from dbwright.core.options import Options
from dbwright.core.rehearsed import Outcome
from dbwright.jobs.check import read, review_drift, runs
from dbwright.jobs.collected import Collected
from dbwright.jobs.flow import analyze
from dbwright.jobs.history import opened
from dbwright.jobs.migrations import Chain, Replayed, read_source, replay
from dbwright.jobs.rehearse import outcome
from dbwright.jobs.workplace import Workplace, workplace
from dbwright.rules.registry import all_rules

LOCKS = ("full_scan_locked", "table_rewrite", "blocks_reads", "blocks_writes")


def planned(path: Path, range: str | None = None) -> list[Migration]:
    """Gives the revisions that the suite tests, in the order of the chain; nothing is run.

    Raises ProjectError where there is no chain, and UsageError for a range that names nothing.
    """
    settings = read_settings(path)
    project = find_project(path, settings)
    if not project.version_locations:
        raise ProjectError(
            "there are no migrations here",
            file=str(path),
            way_out="Run pytest in the folder with alembic.ini, or leave --dbwright-migrations.",
        )
    history = read_history(project, exclude=settings.exclude)
    wanted = origin.changeable(project, history, settings).revisions
    if range is not None:
        wanted = in_range(history, range, wanted)
    by_id = {item.revision: item for item in reversed(history.migrations)}
    return [by_id[name] for name in rehearsal_order(history) if name in wanted]


@dataclass(slots=True)
class Suite:
    """The migrations of a project, ready to be run again and again."""

    place: Workplace
    found: Collected
    history: History
    chain: Chain

    def revision(self, revision: str) -> Outcome:
        """Rehearses one revision; locks, which weigh by the size of a table, are left to `check`.

        What comes before it is taken from a saved state where there is one.
        """
        replayed = self._replayed(frozenset({revision}), to_head=False)
        (migration,) = [m for m in replayed.history.migrations if m.revision == revision][:1]
        told = outcome(migration, replayed, self.place.target)
        kept = [item for item in told.dangers if item.claims[0].kind not in LOCKS]
        return replace(told, dangers=tuple(kept))

    def heads(self) -> list[str]:
        """Gives what is wrong in the graph of revisions, the merge target's heads counted."""
        rules = [rule for rule in all_rules() if rule.fact is History]
        found = []
        for item in analyze(rules, [self.history], self.place.target):
            if not isinstance(item, Unverified):
                found.append(f"{item[2].message} ({item[0].name})")
        return found

    def drift(self) -> tuple[list[str], list[str]]:
        """Gives how the models and the migrated database differ, and why that is not known."""
        self.found.replayed = self._replayed(frozenset(), to_head=True)
        if self.found.replayed.stopped is not None:
            name, error = self.found.replayed.stopped
            return [], [f"the chain stops at {name}: {error.message}"]
        if self.found.mapping is None:
            error_of = self.found.models_error
            return [], [f"the models could not be read: {error_of or 'nothing names them'}"]
        known = len(self.place.unverified)
        rules = [rule for rule in all_rules() if rule.job == "drift"]
        reviewed = review_drift(self.place, self.found, rules)
        lines = [
            f"{item.location.object}: {item.message}"
            for item in reviewed.recommendations
            if item.severity != "info"
        ]
        return lines, [item.why for item in self.place.unverified[known:]]

    def _replayed(self, revisions: frozenset[str], *, to_head: bool) -> Replayed:
        history = read_source(self.history, revisions, self.chain, self.place.target.dialect)
        return replay(history, revisions, self.chain, self.place.progress, to_head=to_head)


@contextlib.contextmanager
def suite(path: Path) -> Iterator[Suite]:
    """Opens the suite of a project; ServerError where nothing can be run here."""
    options = Options(jobs=("migrations",), rehearsal=True)
    with workplace(path, options, lambda text: None) as place:
        place.ask_models()
        found = read(place)
        if not runs(place, found) or found.history is None or not place.config:
            missing = place.unverified[0] if place.unverified else None
            raise ServerError(
                missing.why if missing else place.why_no_sandbox or "no chain can be run here",
                way_out=missing.way_out if missing else None,
            )
        with opened(place, found) as chain:
            chain.thorough = False
            yield Suite(place, found, found.history, chain)

"""Fixes of revisions tried: the chain with the edited files goes up, down and up with rows."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from dbwright.collect.revisions import ancestors, graph, history_of
from dbwright.core.claim import Proof
from dbwright.core.finding import Edit, Recommendation
from dbwright.core.migration import History, Migration
from dbwright.core.report import Report
from dbwright.core.rule import Rule
from dbwright.core.source import Source
from dbwright.core.trace import Rehearsal
from dbwright.jobs import unexplained
from dbwright.jobs.collected import Collected
from dbwright.jobs.examples import restore_problems
from dbwright.jobs.flow import review
from dbwright.jobs.history import left_out
from dbwright.jobs.migrations import Chain, Replayed, read_source, replay
from dbwright.jobs.proofs import migration_prover
from dbwright.jobs.trials import Key, keys, leftover, proposition, texts, untried
from dbwright.jobs.workplace import Workplace


class MigrationTrials:
    """Tries one fix after the other, each on the revisions as they are without the others."""

    def __init__(
        self, place: Workplace, found: Collected, rules: Sequence[Rule], report: Report
    ) -> None:
        self.place = place
        self.found = found
        self.rules = [rule for rule in rules if rule.job == "migrations"]
        self.before = report.recommendations

    def __call__(self, item: Recommendation) -> Proof:
        """Gives the proof that the fix of a finding cures it, or what speaks against it."""
        chain, replayed = self.found.chain, self.found.replayed
        if chain is None or replayed is None:
            return untried(item, "the revisions were not run")
        edits = item.advice.fix.edits
        history = edited(replayed.history, edits, self.place)
        known = {str(problem) for problem in replayed.history.problems}
        if broken := [str(p) for p in history.problems if str(p) not in known]:
            return Proof("refuted", proposition(item), why=broken[0])
        changed = _changed(replayed.history, history, edits)
        run = self._run(history, changed, chain, edits)
        return self._judged(item, run, changed)

    def _run(
        self, history: History, changed: frozenset[str], chain: Chain, edits: Sequence[Edit]
    ) -> Replayed:
        arguments = {k: v for k, v in chain.arguments.items() if k != "leave_out"}
        arguments |= {"edited": texts(edits), **left_out(history)}
        new = None if chain.new is None else chain.new | changed
        chain = replace(chain, arguments=arguments, new=new)
        scope = self.found.scope.revisions if self.found.scope else frozenset()
        history = read_source(history, scope | changed, chain, self.place.target.dialect)
        needed = set(changed).union(*(ancestors(history, name) for name in changed))
        below = tuple(m for m in history.migrations if m.revision in needed)
        run = replay(replace(history, migrations=below), changed, chain, lambda text: None)
        done = {m.path: m for m in run.history.migrations}
        every = tuple(done.get(m.path, m) for m in history.migrations)
        run.history = replace(history, migrations=every)
        return run

    def _judged(self, item: Recommendation, run: Replayed, changed: frozenset[str]) -> Proof:
        said = proposition(item)
        if run.stopped is not None and not self._stopped_before(run):
            name, error = run.stopped
            return Proof("refuted", said, why=f"{name} stops the chain: {error.message}")
        lost = sorted(changed - set(run.rehearsals))
        if lost:
            why = next(iter(run.not_rehearsed.values()), "it could not be reached")
            return untried(item, f"{lost[0]} was not run: {why}")
        runs = [run.rehearsals[name] for name in sorted(changed)]
        if (against := self._against(runs)) is not None:
            return Proof("refuted", said, why=against)
        if (fault := self._as_before(runs)) is not None:
            return untried(item, f"its revision does not run, with the fix or without it: {fault}")
        after = self._found(run, changed)
        if (against := leftover(item, self._before(item, changed), after)) is not None:
            return Proof("refuted", said, why=against)
        return self._holds(item, runs)

    def _found(self, run: Replayed, changed: frozenset[str]) -> list[Recommendation]:
        mine = [m for m in run.history.migrations if m.revision in changed]
        runs = [run.rehearsals[name] for name in changed]
        prove = migration_prover(run, self.place.target, "the revision was not run")
        facts = [run.history, *mine, *runs]
        found = review(self.rules, facts, self.place.target, prove).recommendations
        return found + unexplained.recommend(runs, found, self.place.target)

    def _before(self, item: Recommendation, changed: frozenset[str]) -> Counter[Key]:
        return keys(
            other
            for other in self.before
            if other.location.revision in changed
            or other.location.revision is None
            or other is item
        )

    def _against(self, runs: Sequence[Rehearsal]) -> str | None:
        """What a run does wrong that it did not do without the fix."""
        for run in runs:
            old = self._old(run)
            if run.up and run.up.failed and not (old and old.up and old.up.failed):
                return f"the upgrade of {run.revision} fails: {run.up.error}"
            before = restore_problems([old]) if old else []
            for text in restore_problems([run]):
                if text not in before and not (run.up and run.up.failed):
                    return text
        return None

    def _as_before(self, runs: Sequence[Rehearsal]) -> str | None:
        return next((run.up.error for run in runs if run.up and run.up.failed), None)

    def _old(self, run: Rehearsal) -> Rehearsal | None:
        replayed = self.found.replayed
        return replayed.rehearsals.get(run.revision) if replayed else None

    def _stopped_before(self, run: Replayed) -> bool:
        old = self.found.replayed.stopped if self.found.replayed else None
        return bool(old and run.stopped and old[1].message == run.stopped[1].message)

    def _holds(self, item: Recommendation, runs: Sequence[Rehearsal]) -> Proof:
        names = ", ".join(run.revision for run in runs)
        ways = "went up, down and up again" if all(run.again for run in runs) else "went up"
        witness = f"on a copy with the fix {names} {ways} with rows, and {item.rule} was silent"
        target, major = self.place.target, runs[0].server_major
        same = target.dialect != "postgresql" or target.major in (None, major)
        return Proof("verified" if same else "observed", proposition(item), runs[0].server, witness)


def edited(history: History, edits: Sequence[Edit], place: Workplace) -> History:
    """Gives the history as the edits leave its files."""
    after = texts(edits)
    sources = [Source(path, text) for path, text in after.items() if text is not None]
    read = history_of(sources, place.project.target, root=place.project.root)
    by_path = {m.path: m for m in read.migrations}
    kept = [by_path.pop(m.path, m) for m in history.migrations if after.get(m.path, "") is not None]
    return graph([*kept, *by_path.values()], [*history.problems, *read.problems])


def _changed(before: History, after: History, edits: Sequence[Edit]) -> frozenset[str]:
    """The revisions that do something else than before; where none does, those with edits."""
    paths = {edit.path for edit in edits}
    old = {m.path: m for m in before.migrations}
    mine = [m for m in after.migrations if m.path in paths]
    found = [m for m in mine if m.path not in old or not _same_work(old[m.path], m)]
    return frozenset(m.revision for m in found or mine)


def _same_work(one: Migration, other: Migration) -> bool:
    """Whether two texts of a revision differ in its place in the graph alone."""
    if one.source is None or other.source is None:
        return False
    return _work(one.source) == _work(other.source)


def _work(source: Source) -> list[str]:
    found = []
    for node in source.tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        if isinstance(node, ast.AnnAssign):
            targets = [node.target]
        names = {target.id for target in targets if isinstance(target, ast.Name)}
        if not names & {"down_revision", "depends_on"} and not isinstance(node, ast.Expr):
            found.append(ast.dump(node))
    return found

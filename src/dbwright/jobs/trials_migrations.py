"""Fixes of revisions tried: the chain with the edited files goes up, down and up with rows."""

from __future__ import annotations

import ast
import textwrap
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from dbwright.collect.revisions import ancestors, graph, history_of, rehearsal_order
from dbwright.core.finding import Edit, Fix, Recommendation
from dbwright.core.migration import History, Migration
from dbwright.core.rule import Rule
from dbwright.core.source import Source
from dbwright.core.trace import Rehearsal
from dbwright.jobs import unexplained
from dbwright.jobs.collected import Collected
from dbwright.jobs.drift import drift_between, drift_prover
from dbwright.jobs.examples import restore_problems
from dbwright.jobs.flow import review
from dbwright.jobs.history import left_out
from dbwright.jobs.migrations import Chain, Replayed, read_source, replay
from dbwright.jobs.proofs import migration_prover
from dbwright.jobs.trials import (
    Key,
    Outcome,
    brought,
    held,
    is_left,
    keys,
    refuted,
    texts,
    untried,
    words_of,
)
from dbwright.jobs.workplace import Workplace
from dbwright.recipes import revision

ROUNDS = 4
"""How often a fix may take another one along."""


class MigrationTrials:
    """Tries one fix after the other, each on the revisions as they are without the others."""

    def __init__(
        self,
        place: Workplace,
        found: Collected,
        rules: Sequence[Rule],
        before: Sequence[Recommendation],
    ) -> None:
        self.place = place
        self.found = found
        self.rules = [rule for rule in rules if rule.job == "migrations"]
        self.drift_rules = [rule for rule in rules if rule.job == "drift"]
        self.before = before
        history = found.replayed.history if found.replayed else History()
        by_id = {m.revision: m.path for m in history.migrations}
        order = rehearsal_order(history)
        self.positions = {by_id[name]: number for number, name in enumerate(order)}

    def position(self, item: Recommendation) -> int:
        """Gives how far up the chain a fix begins: in this order each trial goes on from a state
        that the one before it has saved."""
        found = [self.positions.get(e.path, len(self.positions)) for e in item.advice.fix.edits]
        return min(found)

    def __call__(self, item: Recommendation) -> Outcome:
        """Gives whether the fix of a finding cures it.

        A fix that brings another finding takes that one's fix along, and is tried again.
        """
        fix = item.advice.fix
        for _ in range(ROUNDS):
            outcome, other = self._once(item, fix)
            more = joined(fix, other.advice.fix) if other is not None else None
            if more is None:
                break
            fix = more
        changed = outcome.proof.level != "refuted" and fix is not item.advice.fix
        return replace(outcome, fix=fix) if changed else outcome

    def _once(self, item: Recommendation, fix: Fix) -> tuple[Outcome, Recommendation | None]:
        chain, replayed = self.found.chain, self.found.replayed
        if chain is None or replayed is None:
            return untried(item, "the revisions were not run"), None
        try:
            history = edited(replayed.history, fix.edits, self.place)
        except SyntaxError as error:
            return refuted(item, f"{error.filename}:{error.lineno}: {error.msg}"), None
        known = _faults(replayed.history)
        if broken := [fault for fault in _faults(history) if fault not in known]:
            return refuted(item, broken[0]), None
        changed = _changed(replayed.history, history, fix.edits)
        run = self._run(history, changed, chain, fix.edits, to_head=item.job == "drift")
        outcome = self._failed(item, run, changed)
        if outcome is None:
            return self._judged(item, run, changed)
        if outcome.proof.level != "refuted" or not changed <= set(run.rehearsals):
            return outcome, None
        # what stops it may be a finding that has a fix of its own
        after = self._found(item, run, changed)
        return outcome, brought(item, self._before(changed), after)

    def _run(
        self,
        history: History,
        changed: frozenset[str],
        chain: Chain,
        edits: Sequence[Edit],
        *,
        to_head: bool,
    ) -> Replayed:
        arguments = {k: v for k, v in chain.arguments.items() if k != "leave_out"}
        arguments |= {"edited": texts(edits), **left_out(history)}
        new = None if chain.new is None else chain.new | changed
        chain = replace(chain, arguments=arguments, new=new)
        scope = self.found.scope.revisions if self.found.scope else frozenset()
        history = read_source(history, scope | changed, chain, self.place.target.dialect)
        needed = set(changed).union(*(ancestors(history, name) for name in changed))
        below = tuple(m for m in history.migrations if m.revision in needed)
        only = replace(history, migrations=below)
        run = replay(only, changed, chain, _silent, keep_head=False, to_head=to_head)
        done = {m.path: m for m in run.history.migrations}
        every = tuple(done.get(m.path, m) for m in history.migrations)
        run.history = replace(history, migrations=every)
        return run

    def _failed(
        self, item: Recommendation, run: Replayed, changed: frozenset[str]
    ) -> Outcome | None:
        """What the runs say against the fix, before a rule is asked."""
        if run.stopped is not None and not self._stopped_before(run):
            name, error = run.stopped
            return refuted(item, f"{name} stops the chain: {error.message}")
        if lost := sorted(changed - set(run.rehearsals)):
            why = next(iter(run.not_rehearsed.values()), "it could not be reached")
            return untried(item, f"{lost[0]} was not run: {why}")
        runs = [run.rehearsals[name] for name in sorted(changed)]
        if (against := self._against(runs)) is not None:
            return refuted(item, against)
        fault = next((r.up.error for r in runs if r.up and r.up.failed), None)
        if fault is not None:
            return untried(item, f"its revision does not run, with the fix or without it: {fault}")
        return None

    def _judged(
        self, item: Recommendation, run: Replayed, changed: frozenset[str]
    ) -> tuple[Outcome, Recommendation | None]:
        after = self._found(item, run, changed)
        before = self._before(changed)
        if (left := is_left(item, before, after)) is not None:
            return refuted(item, left), None
        if (other := brought(item, before, after)) is not None:
            return refuted(item, words_of(other)), other
        return self._holds(item, [run.rehearsals[name] for name in sorted(changed)]), None

    def _before(self, changed: frozenset[str]) -> Counter[Key]:
        """What was found in these revisions, or of the whole, without the fix."""
        return keys(
            other
            for other in self.before
            if other.location.revision in changed or other.location.revision is None
        )

    def _found(
        self, item: Recommendation, run: Replayed, changed: frozenset[str]
    ) -> list[Recommendation]:
        mine = [m for m in run.history.migrations if m.revision in changed]
        runs = [run.rehearsals[name] for name in sorted(changed)]
        target = self.place.target
        prove = migration_prover(run, target, "the revision was not run")
        found = review(self.rules, [run.history, *mine, *runs], target, prove).recommendations
        found += unexplained.recommend(runs, found, target)
        before = self.found.drift
        if item.job == "drift" and before is not None:
            drift = drift_between(before.models, before.mapping, target, run, before.server)
            found += review(self.drift_rules, [drift], target, drift_prover(drift)).recommendations
        return found

    def _against(self, runs: Sequence[Rehearsal]) -> str | None:
        """What a run does wrong that it did not do without the fix."""
        olds = [old for run in runs if (old := self._old(run)) is not None]
        fell = any(old.down is not None and old.down.failed for old in olds)
        for run in runs:
            old = self._old(run)
            if run.up and run.up.failed and not (old and old.up and old.up.failed):
                return f"the upgrade of {run.revision} fails: {run.up.error}"
            if run.up and run.up.failed:
                continue
            # how it fails may differ by a value or an address; that it did is what counts
            if run.down and run.down.failed and fell:
                continue
            before = restore_problems([old]) if old else []
            new = [text for text in restore_problems([run]) if text not in before]
            if new:
                return new[0]
        return None

    def _old(self, run: Rehearsal) -> Rehearsal | None:
        replayed = self.found.replayed
        return replayed.rehearsals.get(run.revision) if replayed else None

    def _stopped_before(self, run: Replayed) -> bool:
        old = self.found.replayed.stopped if self.found.replayed else None
        return bool(old and run.stopped and old[1].message == run.stopped[1].message)

    def _holds(self, item: Recommendation, runs: Sequence[Rehearsal]) -> Outcome:
        names = ", ".join(run.revision for run in runs)
        back = all(run.down is not None and not run.down.failed for run in runs)
        ways = "went up, down and up again" if back else "went up"
        witness = f"on a copy with the fix {names} {ways} with rows, and {item.rule} was silent"
        return held(item, self.place.target, runs[0].server, runs[0].server_major, witness)


def _silent(text: str) -> None:
    """Says nothing: the trial is told of as one step."""


def joined(fix: Fix, more: Fix) -> Fix | None:
    """Gives a fix with another one applied on top of it; None where that one edits no file."""
    if not more.edits:
        return None
    first = {edit.path: edit for edit in fix.edits}
    for edit in more.edits:
        before = first[edit.path].before if edit.path in first else edit.before
        first[edit.path] = Edit(edit.path, before, edit.after)
    # of a file that the fix itself makes the reader wants the last form alone
    if all(edit.before is None for edit in fix.edits):
        code = _upgrades(list(first.values()))
    else:
        code = f"{fix.code}\n\n# and so that it brings nothing else:\n{more.code}"
    safest = fix if fix.safety == "unsafe" else more
    return Fix(fix.title, code, safest.safety, tuple(first.values()), (*fix.steps, *more.steps))


def _upgrades(edits: Sequence[Edit]) -> str:
    """What the new revisions do, for a reader: the body of each upgrade."""
    bodies = []
    for edit in edits:
        for node in ast.parse(edit.after or "").body:
            if isinstance(node, ast.FunctionDef) and node.name == "upgrade":
                lines = (edit.after or "").splitlines()[node.lineno : node.end_lineno]
                bodies.append(textwrap.dedent("\n".join(lines)))
    names = ["a new revision", *["the next revision"] * (len(bodies) - 1)]
    if len(bodies) == 1:
        return bodies[0]
    return revision.outline(*zip(names, bodies, strict=True))


def edited(history: History, edits: Sequence[Edit], place: Workplace) -> History:
    """Gives the history as the edits leave its files; one that does not parse: SyntaxError."""
    after = texts(edits)
    sources = [Source(path, text) for path, text in after.items() if text is not None]
    for source in sources:
        compile(source.text, source.path, "exec", ast.PyCF_ONLY_AST)
    read = history_of(sources, place.project.target, root=place.project.root)
    by_path = {m.path: m for m in read.migrations}
    kept = [by_path.pop(m.path, m) for m in history.migrations if after.get(m.path, "") is not None]
    return graph([*kept, *by_path.values()], [*history.problems, *read.problems])


def _faults(history: History) -> list[str]:
    """What keeps revisions of a graph from running, in sentences."""
    found = [str(problem) for problem in history.problems]
    found += [
        f"{n} stands on {', '.join(p)}, which no file has" for n, p in history.missing.items()
    ]
    found += [f"several files are {name}" for name in history.duplicates]
    return found + [f"{name} is on a cycle" for name in history.cycles]


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

"""Scopes of a running program, judged one by one as they end: a test, a request."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dbwright.collect.loops import Loops
from dbwright.collect.settings import read_settings
from dbwright.collect.watched import recording
from dbwright.core.recording import Recording
from dbwright.core.report import Report
from dbwright.core.rule import Rule
from dbwright.jobs.check import chosen_rules
from dbwright.jobs.watch import reviewed
from dbwright.rules.registry import rule_names, rules_for
from dbwright.verify.queries.watched import Again, Run
from dbwright.watcher.facts import facts
from dbwright.watcher.groups import Scope
from dbwright.watcher.hook import Watcher

_SHAPES = 2_000
"""So many statements are known before all is forgotten between two scopes."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What a scope sent, and the report on it; `recording` is None where nothing was sent."""

    statements: int
    report: Report
    recording: Recording | None = None


class Judge:
    """Judges scopes of one watcher, which keeps nothing of them; one may still go on.

    The rules are those that the settings of the project in `root` choose. Raises UsageError for
    settings that cannot be meant.
    """

    def __init__(self, root: Path) -> None:
        settings = read_settings(root)
        chosen = chosen_rules(rules_for("queries"), settings.select, settings.ignore, rule_names())
        self.rules: tuple[Rule, ...] = tuple(each for each in chosen if each.fact is Recording)
        self.root = root
        self._loops = Loops(root)

    def __call__(self, watcher: Watcher, scope: Scope) -> Judged:
        """Gives the report on a scope that has ended."""
        found = self.taken(watcher, scope)
        if not scope.groups and not found.errors:
            return Judged(scope.statements, Report())
        report = self.review(Run(0, b"", found), None)
        return Judged(scope.statements, report, found)

    def taken(self, watcher: Watcher, scope: Scope) -> Recording:
        """Gives what a scope sent, and takes it from the watcher."""
        with watcher.held():
            data = facts(watcher, (scope,))
            watcher.errors.seen.clear()
            watcher.holds.pauses.clear()
            watcher.holds.shared.clear()
        return recording(data, self.root, self._loops)

    def renew(self, watcher: Watcher) -> None:
        """Has a watcher forget statements without end; for when no scope is open."""
        if len(watcher.shapes.by_text) > _SHAPES:
            watcher.forget()

    def review(self, run: Run, again: Again | None) -> Report:
        """Gives the report on a recording; `again` runs it once more to prove what is advised."""
        return reviewed(run, self.rules, again)

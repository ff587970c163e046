"""Tests and requests as scopes: what each shows, what is accepted of it, what it may send."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dbwright.core.claim import Trial
from dbwright.core.codec import from_json, to_json
from dbwright.core.finding import Recommendation, Unverified, Waived
from dbwright.core.recording import Recording
from dbwright.core.report import Report
from dbwright.core.source import Source
from dbwright.jobs import baseline
from dbwright.jobs.waiving import waive
from dbwright.jobs.watch import plain
from dbwright.jobs.watch_scopes import Judge
from dbwright.rules.registry import rule_names
from dbwright.verify.queries.watched import Again, Run
from dbwright.watcher.groups import Scope
from dbwright.watcher.hook import Watcher
from dbwright.watcher.inject import inject
from dbwright.watcher.scopes import alone, entered


@dataclass(slots=True)
class Shown:
    """What one test showed: its statements, what stands, what is accepted, what went wrong.

    `left_out` are what was found in files that are ignored, `aside` the rules and fingerprints of
    what is of a kind that is not told.
    """

    statements: int
    found: tuple[Recommendation, ...] = ()
    waived: tuple[Waived, ...] = ()
    accepted: tuple[str, ...] = ()
    unverified: tuple[Unverified, ...] = ()
    left_out: tuple[str, ...] = ()
    aside: tuple[tuple[str, str], ...] = ()
    recording: Recording | None = None

    def plain(self) -> dict[str, Any]:
        """Gives it as JSON, for another process."""
        return {
            "statements": self.statements,
            **{name: to_json(getattr(self, name)) for name in _SENT if getattr(self, name)},
        }

    @classmethod
    def read(cls, data: dict[str, Any]) -> Shown:
        """Gives what `plain` wrote."""
        lists = {name: from_json(_SENT[name], data[name]) for name in _SENT if name in data}
        return cls(data["statements"], **lists)


_SENT: dict[str, Any] = {
    "found": tuple[Recommendation, ...],
    "waived": tuple[Waived, ...],
    "accepted": tuple[str, ...],
    "unverified": tuple[Unverified, ...],
    "left_out": tuple[str, ...],
    "aside": tuple[tuple[str, str], ...],
}


class Scopes:
    """Watches the scopes of one process: tests one by one, or requests beside each other.

    What stands in files that match `ignore` is not told, nor what the baseline accepts, nor what no
    rule in `kinds` says; None means all. Raises UsageError for settings that cannot be read.
    """

    def __init__(
        self,
        root: Path,
        accepted: dict[str, dict[str, str]],
        ignore: Sequence[str] = (),
        kinds: frozenset[str] | None = None,
    ) -> None:
        self.root, self.baseline, self.ignore = root, accepted, tuple(ignore)
        self.kinds = kinds
        self._judge = Judge(root)
        self._watcher = Watcher(root=str(root))
        self._watcher.rest = None
        self._sources: dict[str, Source] = {}

    def start(self) -> None:
        """Begins; what runs outside of tests is not looked at."""
        self._watcher.start()

    def stop(self) -> None:
        """Ends."""
        self._watcher.stop()

    @contextmanager
    def test(self, name: str) -> Iterator[Scope]:
        """Gives the scope of a test, to be judged when it has ended, with the engines it makes."""
        self._watcher.engines.made.clear()
        with alone(self._watcher, name) as made:
            yield made

    def within(self, scope: Scope) -> AbstractContextManager[Scope]:
        """Has what runs within, and the tasks that it begins, counted with a request's scope."""
        return entered(self._watcher, scope)

    def ended(self, scope: Scope) -> None:
        """Ends a request's scope."""
        with self._watcher.held():
            scope.end()

    @contextmanager
    def tried(self, trials: Sequence[Trial]) -> Iterator[None]:
        """Has loader options given to the queries of what runs within."""
        withdraw = inject([plain(each) for each in trials], self._watcher)
        try:
            yield
        finally:
            withdraw()

    def renew(self) -> None:
        """Forgets statements without end; for when no scope is open."""
        self._judge.renew(self._watcher)

    def shown(self, scope: Scope) -> Shown:
        """Gives what a scope showed."""
        judged = self._judge(self._watcher, scope)
        return self._sorted(judged.statements, judged.report, judged.recording)

    def ran(self, scope: Scope, *, passed: bool, output: str) -> Run:
        """Gives an ended test as a run that can be compared with another one."""
        found = self._judge.taken(self._watcher, scope)
        injected, self._watcher.injected = self._watcher.injected, 0
        return Run(0 if passed else 1, output.encode(), replace(found, injected=injected))

    def proved(self, first: Run, again: Again) -> tuple[Recommendation, ...]:
        """Gives what stands of a test, proved by running it again."""
        report = self._judge.review(first, again)
        return self._sorted(0, report, first.recording).found

    def _sorted(self, statements: int, report: Report, recording: Recording | None) -> Shown:
        ignored = [each for each in report.recommendations if self._is_ignored(each)]
        items = [each for each in report.recommendations if each not in ignored]
        sources = self._of(items)
        kept, waived, complaints = waive(items, sources, None, frozenset(), rule_names())
        standing, by_baseline, _ = baseline.split(kept, self.baseline)
        accepted = {each.fingerprint for each in kept} - {each.fingerprint for each in standing}
        told = [each for each in standing if self.kinds is None or each.rule in self.kinds]
        return Shown(
            statements,
            tuple(told),
            (*waived, *by_baseline),
            tuple(sorted(accepted)),
            (*report.unverified, *complaints),
            tuple(each.fingerprint for each in ignored),
            tuple((each.rule, each.fingerprint) for each in standing if each not in told),
            recording,
        )

    def _is_ignored(self, item: Recommendation) -> bool:
        file = item.location.file or ""
        return any(fnmatch.fnmatch(file, pattern) for pattern in self.ignore)

    def _of(self, items: Iterable[Recommendation]) -> list[Source]:
        """Gives the sources that findings stand in, for their waivers."""
        names = {item.location.file for item in items if item.location.file}
        for name in names - set(self._sources):
            try:
                text = Path(self.root, name).read_text(encoding="utf-8")
            except (OSError, ValueError):
                text = ""
            self._sources[name] = Source(name, text)
        return [self._sources[name] for name in sorted(names)]


def over_budget(shown: Shown, budget: int) -> str:
    """Gives what is said of a test that sent more than it may; empty where it did not."""
    if shown.statements <= budget:
        return ""
    lines = [f"{shown.statements:,} statements were sent, the budget is {budget:,}. Most of them:"]
    recording = shown.recording
    groups = [group for scope in recording.scopes for group in scope.groups] if recording else []
    for group in sorted((g for g in groups if g.shape), key=lambda g: -g.count)[:3]:
        place, shape = group.place, recording.shape(group) if recording else None
        where = f"{place.file}:{place.line}" if place else "no line of yours"
        sql = " ".join(shape.sql.split()) if shape else ""
        lines.append(f"  {group.count:>5,} × {where}: {sql[:90]}")
    return "\n".join(lines)

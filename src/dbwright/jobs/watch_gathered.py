"""What the tests of a suite showed, of all its processes: each finding once, with its tests."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from dbwright.core.finding import Edit, Recommendation, Unverified, Waived
from dbwright.core.report import Report, Summary
from dbwright.jobs import baseline
from dbwright.jobs.flow import order
from dbwright.jobs.watch_fixes import has_option
from dbwright.jobs.watch_shown import Shown

BASELINE = "dbwright-queries-baseline.json"
_TESTS = 1_000
"""So many tests of one finding are named."""

Key = tuple[str, int | None]


def accepted(root: Path, file: str | None) -> dict[str, dict[str, str]]:
    """Gives what the baseline accepts; nothing where none is named and there is none.

    Raises UsageError for a file that cannot be read.
    """
    if file is None and not (root / BASELINE).exists():
        return {}
    return baseline.read(root, file or BASELINE)


@dataclass(slots=True)
class Entry:
    """One finding, with the tests that show it: the first thousand, and how many there are."""

    item: Recommendation
    tests: list[str] = field(default_factory=list)
    more: int = 0


class Gathered:
    """What the tests of all processes showed."""

    def __init__(self, root: Path, accepted: dict[str, dict[str, str]]) -> None:
        self.root, self.baseline = root, accepted
        self.entries: dict[Key, Entry] = {}
        self.waived: dict[tuple[str, str | None, int | None], Waived] = {}
        self.unverified: dict[tuple[str, str], Unverified] = {}
        self.met: set[str] = set()
        self.left_out: set[str] = set()
        self.aside: set[tuple[str, str]] = set()
        self.tests: dict[str, int] = {}
        self.passed: set[str] = set()
        self.hoped: set[str] = set()

    def add(self, test: str, shown: Shown, *, passed: bool) -> None:
        """Takes over what a test showed; a test that is run again is one test."""
        self.tests[test] = max(self.tests.get(test, 0), shown.statements)
        if passed:
            self.passed.add(test)
        for item in shown.found:
            self._item(test, item)
        for one in shown.waived:
            self.waived[one.rule, one.location.file, one.location.line] = one
        for each in shown.unverified:
            self.unverified[each.what, each.why] = each
        self.left_out |= {*shown.left_out}
        self.aside |= {*shown.aside}
        self.met |= {*shown.accepted, *(item.fingerprint for item in shown.found)}

    def _item(self, test: str, item: Recommendation) -> None:
        key = (item.fingerprint, item.location.line)
        entry = self.entries.setdefault(key, Entry(item))
        if has_option(item):
            self.hoped.add(item.fingerprint)
        if test in entry.tests:
            return
        if len(entry.tests) < _TESTS:
            entry.tests.append(test)
        else:
            entry.more += 1

    def prove(self, items: Iterable[Recommendation]) -> None:
        """Takes over findings with their proofs."""
        for item in items:
            entry = self.entries.get((item.fingerprint, item.location.line))
            if entry is not None:
                entry.item = item

    def sorted(self) -> list[Entry]:
        """Gives the findings, the worst first, then those that most tests show."""
        return sorted(
            self.entries.values(), key=lambda each: (order(each.item)[:2], -len(each.tests))
        )

    def stale(self) -> list[str]:
        """Gives the entries of the baseline that no test showed any more."""
        _, _, stale = baseline.split(
            [], {k: v for k, v in self.baseline.items() if k not in self.met}
        )
        return stale

    def report(self) -> Report:
        """Gives all as one report; the tests stand in the evidence."""
        statements = sum(self.tests.values())
        note = f"{statements:,} statements of {len(self.tests):,} tests were watched."
        return Report(
            tuple(
                replace(each.item, evidence=(*each.item.evidence, f"shown by {named(each)}"))
                for each in self.sorted()
            ),
            waived=tuple(self.waived.values()),
            unverified=tuple(self.unverified.values()),
            summary=Summary(notes=(note,)),
        )

    def accepting(self, file: str | None) -> tuple[Edit, int]:
        """Gives the baseline file that accepts what was found, and how many entries it has.

        What an earlier baseline accepts stays as long as it is found.
        """
        return baseline.accepting(self.root, file or BASELINE, self.report())


def named(entry: Entry, most: int = 3) -> str:
    """Gives the names of the tests that show a finding, the first few."""
    rest = len(entry.tests) + entry.more - most
    return ", ".join(entry.tests[:most]) + (f" (+{rest})" if rest > 0 else "")

"""`pytest --dbwright-queries`: each test is watched by itself, its set-up apart from its call."""

from __future__ import annotations

import json
from collections.abc import Generator, Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import pytest
from _pytest.runner import runtestprotocol

from dbwright.core.codec import from_json, to_json
from dbwright.core.errors import DbwrightError, UsageError
from dbwright.core.finding import Recommendation
from dbwright.core.source import TESTS
from dbwright.jobs.budgets import budget_of
from dbwright.jobs.watch_gathered import Gathered, accepted
from dbwright.jobs.watch_kinds import kinds_of
from dbwright.jobs.watch_shown import Scopes, Shown, over_budget
from dbwright.verify.queries.watched import Run

if TYPE_CHECKING:
    from dbwright.core.claim import Trial

KEY = "dbwright_queries"
SHOWN = pytest.StashKey[Shown]()
RUN = pytest.StashKey[tuple[Run, frozenset[str]]]()
Wrapped = Generator[None, Any, Any]


class Queries:
    """The queries of one run of pytest: watched in each process, told by the first."""

    def __init__(self, config: pytest.Config) -> None:
        self.config, option = config, config.option
        self.worker = hasattr(config, "workerinput")
        self.mode = option.dbwright_queries or "warn"
        self.proves = self.mode == "prove" or bool(option.dbwright_fix)
        self.baseline = config.getini("dbwright_queries_baseline") or None
        self.faults: list[str] = []
        self._again: list[Run] | None = None
        self._proved: dict[str, Recommendation] = {}
        root = config.rootpath
        try:
            self.budget = _ini_budget(config)
            known = {} if option.dbwright_write_baseline else accepted(root, self.baseline)
            ignored = config.getini("dbwright_queries_ignore") or TESTS
            given = option.dbwright_queries_kinds or config.getini("dbwright_queries_kinds")
            self.tests = Scopes(root, known, ignored, kinds_of(given or ["sure"]))
            self.gathered = Gathered(root, known)
            _check_outputs(option.dbwright_report)
        except DbwrightError as error:
            raise pytest.UsageError(str(error)) from error
        self.tests.start()

    def pytest_unconfigure(self) -> None:
        """Ends the watching."""
        self.tests.stop()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Wrapped:
        """Watches the call of a test; what it shows is demanded only of one that passes."""
        passed = False
        try:
            with self.tests.test(item.nodeid) as scope:
                result = yield
            passed = True
        finally:
            if self._again is not None:
                self._take(self.tests.ran(scope, passed=passed, output=_printed(item)))
            else:
                self._judge(item, scope, passed)
        if self._again is None:
            self._demand(item)
        return result

    def _take(self, run: Run) -> None:
        assert self._again is not None
        self._again.append(run)

    def _judge(self, item: pytest.Item, scope: Any, passed: bool) -> None:
        try:
            shown = self.tests.shown(scope)
        except Exception as error:  # a fault of ours fails no test
            self.faults.append(f"{item.nodeid}: {type(error).__name__}: {error}")
            return
        self.tests.renew()
        item.stash[SHOWN] = shown
        if self.proves and passed and shown.recording is not None and shown.found:
            names = frozenset(each.fingerprint for each in shown.found)
            item.stash[RUN] = Run(0, _printed(item).encode(), shown.recording), names

    def _demand(self, item: pytest.Item) -> None:
        shown = item.stash.get(SHOWN, None)
        if shown is None:
            return
        told = [over_budget(shown, self._budget(item))]
        if self.mode == "strict":
            from dbwright.render.watched_tests import failure

            told.append(failure(shown.found))
        text = "\n\n".join(filter(None, told))
        if text:
            pytest.fail(text, pytrace=False)

    def _budget(self, item: pytest.Item) -> int:
        mark = item.get_closest_marker("dbwright_budget")
        if mark is None:
            return self.budget
        given = mark.kwargs.get("statements", mark.args[0] if mark.args else None)
        try:
            return budget_of(given)
        except UsageError as error:
            pytest.fail(str(error), pytrace=False)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[Any]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Has the report of a call carry what it showed, through xdist as well."""
        report = yield
        if call.when == "call" and self._again is None:
            shown = item.stash.get(SHOWN, None)
            if shown is not None:
                report.__dict__[KEY] = shown.plain()
                del item.stash[SHOWN]
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Gathers what a test showed."""
        data = getattr(report, KEY, None)
        if data is not None and not self.worker:
            self.gathered.add(report.nodeid, Shown.read(data), passed=report.passed)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> Wrapped:
        """Proves what a test showed when it has ended, each finding once."""
        result = yield
        first, names = item.stash.get(RUN, (None, frozenset()))
        if first is not None:
            del item.stash[RUN]
            if names - set(self._proved):
                self._prove(item, nextitem, first)
        return result

    def _prove(self, item: pytest.Item, nextitem: pytest.Item | None, first: Run) -> None:
        """Runs the test again with options given; a test that cannot be is proved by none."""
        renew = getattr(item, "_initrequest", None)
        if renew is None:
            return

        def again(tried: Sequence[Trial]) -> Run:
            renew()
            item._report_sections.clear()
            self._again = []
            with self.tests.tried(tried) if tried else nullcontext():
                reports = runtestprotocol(item, log=False, nextitem=nextitem)
            runs, self._again = self._again, None
            if not runs:
                raise RuntimeError(f"its set-up failed: {reports[0].longreprtext}")
            return runs[-1]

        try:
            for found in self.tests.proved(first, again):
                self._proved.setdefault(found.fingerprint, found)
        except Exception as error:
            self._again = None
            self.faults.append(f"{item.nodeid}: {type(error).__name__}: {error}")

    def pytest_sessionfinish(self) -> None:
        """Sends what was proved to the first process, or takes it and writes what is asked for."""
        proved = [to_json(each) for each in self._proved.values()]
        if self.worker:
            self.config.workeroutput[KEY] = json.dumps([proved, self.faults])  # type: ignore[attr-defined]
        else:
            self.gathered.prove(self._proved.values())

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Takes over what a worker of xdist proved."""
        sent = getattr(node, "workeroutput", {}).get(KEY)
        if sent:
            proved, faults = json.loads(sent)
            self.gathered.prove(from_json(Recommendation, each) for each in proved)
            self.faults += faults

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Says what was found, and writes what is asked for."""
        from dbwright.frontends.pytest_plugin.queries_end import end

        for line in end(self):
            terminalreporter.write_line(line)


def _printed(item: pytest.Item) -> str:
    """Gives what a test's call printed, where pytest captures it."""
    return "".join(text for when, _, text in item._report_sections if when == "call")


def _ini_budget(config: pytest.Config) -> int:
    given = config.getini("dbwright_budget")
    if not given:
        return 10**9
    return budget_of(int(given) if str(given).isdigit() else given)


def _check_outputs(outputs: Sequence[str]) -> None:
    if outputs:
        from dbwright.frontends.cli.output import split_output

        for each in outputs:
            split_output(each)

"""`pytest --dbwright-migrations`: the project's revisions, heads and drift as tests."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from dbwright.core.rehearsed import Outcome
    from dbwright.jobs.suite import Suite

NODE = "migrations"


class Wrong(Exception):
    """What a test of the migrations has to say; shown as it is."""


class Plugin:
    """The tests of one run of pytest, and the workplace that they share."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.root = config.rootpath
        self._open = contextlib.ExitStack()
        self._suite: Suite | Exception | None = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(
        self, session: pytest.Session, items: list[pytest.Item]
    ) -> None:
        """Adds the tests of the migrations behind the project's own."""
        folder = Migrations.from_parent(
            session, name=NODE, nodeid=NODE, path=self.root, plugin=self
        )
        added = list(folder.collect())
        items += added
        session.testscollected = len(items)

    def pytest_sessionfinish(self) -> None:
        """Closes the scratch databases and the project's interpreter."""
        self._open.close()

    def suite(self) -> Suite:
        """Gives the open suite; what kept it from opening is raised for each test alike."""
        if self._suite is None:
            from dbwright.core.errors import DbwrightError
            from dbwright.jobs.suite import suite

            try:
                self._suite = self._open.enter_context(suite(self.root))
            except DbwrightError as error:
                self._suite = error
        if isinstance(self._suite, Exception):
            raise self._suite
        return self._suite


class Migrations(pytest.Collector):
    """The tests of a project's migrations: its revisions, heads and drift."""

    def __init__(self, *, plugin: Plugin, **more: Any) -> None:
        super().__init__(**more)
        self.plugin = plugin

    def collect(self) -> Iterator[pytest.Item]:
        """Gives the tests; no revision is run yet."""
        from dbwright.core.errors import DbwrightError
        from dbwright.jobs.suite import planned

        try:
            revisions = planned(self.plugin.root, self.plugin.config.getoption("dbwright_range"))
        except DbwrightError as error:
            raise pytest.UsageError(str(error)) from error
        yield HeadsTest.from_parent(self, name="heads")
        for item in revisions:
            message = " ".join(item.message.split())
            name = f"{item.revision} {message}".strip()
            path = self.plugin.root / item.path
            yield RevisionTest.from_parent(self, name=name, revision=item.revision, file=path)
        yield DriftTest.from_parent(self, name="drift")


class MigrationTest(pytest.Item):
    """A test of the migrations; its failure is text for a reader, not a traceback."""

    parent: Migrations
    file: Path | None = None

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Shows what was seen; only a fault of dbwright shows a traceback."""
        from dbwright.core.errors import DbwrightError

        if isinstance(excinfo.value, (Wrong, DbwrightError)):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Names the revision's file and the test."""
        return self.file or self.parent.plugin.root, None, f"migrations: {self.name}"


class RevisionTest(MigrationTest):
    """One revision with rows: up, down, up; rows, schema, the deployed code."""

    def __init__(self, *, revision: str, file: Path, **more: Any) -> None:
        super().__init__(**more)
        self.revision = revision
        self.file = file

    def runtest(self) -> None:
        """Fails on what was seen to be wrong; skips what could not be seen, with the reason."""
        outcome = self.parent.plugin.suite().revision(self.revision)
        if outcome.verdict == "danger":
            raise Wrong(_told(outcome))
        if outcome.verdict == "unverified":
            pytest.skip(outcome.why_not[0])


class HeadsTest(MigrationTest):
    """The graph of revisions, with the heads of the branch that the work is merged into."""

    def runtest(self) -> None:
        """Fails on several heads, a missing parent, an id that two files claim."""
        faults = self.parent.plugin.suite().heads()
        if faults:
            raise Wrong("\n".join(faults))


class DriftTest(MigrationTest):
    """The models against the migrated database, catalog against catalog."""

    def runtest(self) -> None:
        """Fails on a difference; skips where one of the two is not known."""
        faults, missing = self.parent.plugin.suite().drift()
        if faults:
            lines = "\n".join(f"  {line}" for line in faults)
            raise Wrong(f"The models and the migrated database differ:\n{lines}")
        if missing:
            pytest.skip(missing[0])


def _told(outcome: Outcome) -> str:
    from dbwright.render.rehearsal.terminal import revision

    width = min(100, shutil.get_terminal_size((80, 24)).columns)
    return revision(outcome, width=width)

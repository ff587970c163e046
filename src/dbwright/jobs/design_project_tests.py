"""The tests of a design in a project: written as its tests are, shown when they passed there."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dbwright import dialects
from dbwright.collect.suite_habits import suite_habits
from dbwright.core.design import Proved
from dbwright.core.finding import Unverified
from dbwright.core.mapping import Mapping
from dbwright.core.suite_habits import Fixture, SuiteHabits
from dbwright.jobs.design_tests import Tests
from dbwright.jobs.models import server_words
from dbwright.jobs.workplace import Workplace
from dbwright.recipes.design import (
    names,
    rows_there,
    surroundings,
    write_project_tests,
    write_tests,
)
from dbwright.recipes.design.parts import Plan
from dbwright.recipes.design.places import Place
from dbwright.recipes.design.registration import Registrar
from dbwright.recipes.design.rows_there import Unwritable
from dbwright.recipes.design.write_project_tests import Frame
from dbwright.recipes.model_style import Style
from dbwright.verify import project_tests
from dbwright.verify.project_tests import Interpreter, Run

DRIVERS = {"postgresql": "asyncpg", "sqlite": "aiosqlite"}
MOST_FIXTURES = 2
FEW = 4


@dataclass(frozen=True, slots=True)
class Setting:
    """The project that tests are written for, with the new models configured in it."""

    place: Workplace
    plan: Plan
    mapping: Mapping
    style: Style
    where: Sequence[Place]
    registrar: Registrar | None


def tests(setting: Setting, texts: dict[str, str]) -> Tests:
    """Gives the file of tests that passed in the project, or why there is none; `texts` are the
    edits of the models."""
    place = setting.place
    modules = {mapper.qualified.rpartition(".")[0] for mapper in setting.mapping.mappers}
    habits = suite_habits(place.project.root, modules)
    first = setting.where[0]
    about = next(iter(setting.plan)).name if first.behind else first.module.rpartition(".")[2]
    path = habits.path(about)
    if why := _why_none(habits, path, place):
        return Tests(notes=[why])
    try:
        trial = _Trial(setting, habits, path, texts)
    except Unwritable as error:
        return Tests(notes=[f"No tests were written: {error}. They would stand in {path}."])
    with project_tests.copied(place.project.root, texts) as folder:
        return trial.run(folder)


def _why_none(habits: SuiteHabits, path: str, place: Workplace) -> str:
    if not habits.folder:
        return (f"No tests were written: the project has no tests. With a folder for them "
                f"(mkdir tests) they are written to {path}.")  # fmt: skip
    if not path:
        return (
            f"No tests were written: the names that they would have in {habits.folder} are taken."
        )
    if habits.is_unittest:
        return (f"No tests were written: those in {habits.folder} are unittest's, and these would "
                f"be pytest's. They would stand in {path}.")  # fmt: skip
    if place.sandbox is None or place.project.python is None:
        why = place.why_no_sandbox or "no interpreter of the project was found"
        return f"No tests were written, for they could not be run: {why}."
    if habits.is_async and not habits.fixtures and place.target.dialect not in DRIVERS:
        return (f"No tests were written: an async session of {place.target.dialect} is taken from "
                f"a fixture only, and there is none. They would stand in {path}.")  # fmt: skip
    return ""


class _Trial:
    """One file of tests as it is written and run until all that is left of it passes."""

    def __init__(
        self, setting: Setting, habits: SuiteHabits, path: str, texts: dict[str, str]
    ) -> None:
        self.place, self.habits, self.path = setting.place, habits, path
        self.mapping = setting.mapping
        self.plan = _filled(setting.plan, setting.mapping)
        there = {table.cls for table in self.plan.existing.values()}
        needed = [cls for cls in write_tests.needed(self.plan) if cls in there]
        self.rows = rows_there.factories(setting.mapping, needed)
        self.homes = _homes(setting)
        owner = setting.plan.habits.metadata if setting.plan.habits else "Base.metadata"
        self.frame = Frame(owner, marks=habits.marks, has_backend=habits.has_backend,
                           also=_also(setting.registrar))  # fmt: skip
        self.notes: list[str] = []
        self.scope = ""

    def run(self, folder: Path) -> Tests:
        """Gives the tests that passed, and what to know of them."""
        own = self._own()
        found, text = self._tried(folder, own, ())
        conftest = not found.why and bool(found.passed or found.failed)
        broken = found.why
        if not found.has_pytest:
            return Tests(unverified=[self._unmet(found.why)])
        if not found.passed and self.habits.conftests:
            broken = found.why or next(iter(found.failed.values()), "")
            found, text = self._tried(folder, own, (), conftest=False)
            conftest = False
        if not found.passed:
            return Tests(unverified=[self._unmet(found.why or _first(found))])
        left = sorted(found.failed)
        if left:
            found, text = self._tried(folder, own, left, conftest=conftest)
            if not found.held:
                return Tests(unverified=[self._unmet(_first(found))])
        chosen = self._with_fixture(folder, left) if conftest else None
        if chosen is None:
            self._about_own(conftest, broken)
            chosen = self._on_sqlite(folder, left, conftest) or (text, found, False)
        return self._told(*chosen, left)

    def _own(self) -> Frame:
        is_async = self.habits.is_async
        default = ""
        if self.place.target.dialect == "sqlite":
            default = "sqlite+aiosqlite://" if is_async else "sqlite://"
        return replace(self.frame, is_async=is_async, default=default)

    def _tried(
        self, folder: Path, frame: Frame, left: Collection[str], *, named: bool = True,
        conftest: bool = True,
    ) -> tuple[Run, str]:  # fmt: skip
        """Writes the tests for a frame and runs them on a fresh database."""
        assert self.place.project.python is not None
        text = write_project_tests.written(self.plan, frame, self.homes, self.rows, left)
        if not text:
            return Run(why="rows need each other, or a class has the name of a thing that tests "
                       "need"), ""  # fmt: skip
        (folder / self.path).write_text(text, encoding="utf-8")
        server = getattr(self.place.sandbox, "server", None)
        python = Interpreter(
            self.place.project.python, self.place.target.dialect,
            server.version.split()[0] if server is not None else None,
        )  # fmt: skip
        driver = DRIVERS.get(self.place.target.dialect, "") if frame.is_async else ""
        self.place.progress("running the tests in a copy of the project")
        with self.place.sandbox.clone(None) as scratch:
            dialects.get(python.dialect).prepare.prepare(scratch, self.mapping.schema)
            found = project_tests.run(python, folder, self.path, scratch, driver=driver,
                                      named=named, conftest=conftest)  # fmt: skip
            self.scope = server_words(scratch)[0]
            if found.held and frame.fixture and (rows := self._kept(scratch)):
                found = replace(found, why=f"it leaves rows behind in {rows}")
        return found, text

    def _kept(self, scratch: Any) -> str:
        """A new table that has rows behind the tests, "" where none has."""
        for table in self.plan:
            name = names.quoted(table.name, self.place.target.dialect)
            with contextlib.closing(scratch.connect()) as connection:
                try:
                    cursor = connection.cursor()
                    cursor.execute(f"select 1 from {name}")
                    if cursor.fetchone() is not None:
                        return table.name
                except Exception:  # the fixture has dropped it, each driver says so its own way
                    continue
        return ""

    def _with_fixture(self, folder: Path, left: list[str]) -> tuple[str, Run, bool] | None:
        """The tests with a session of the project's, where every one of them passes so."""
        for fixture in self.habits.fixtures[:MOST_FIXTURES]:
            frame = replace(self.frame, fixture=fixture.name, is_async=fixture.is_async)
            found, text = self._tried(folder, frame, left, named=False)
            if found.held:
                self.notes.append(f"{self.path} takes its session from {fixture.name} "
                                  f"({fixture.path}).")  # fmt: skip
                return text, found, False
            self.notes.append(_refused(fixture, found))
        return None

    def _on_sqlite(
        self, folder: Path, left: list[str], conftest: bool
    ) -> tuple[str, Run, bool] | None:
        """The tests with SQLite for whoever names no database, where they pass on both."""
        if self.habits.is_async or self.place.target.dialect == "sqlite":
            return None
        frame = replace(self._own(), default="sqlite://")
        found, text = self._tried(folder, frame, left, named=False, conftest=conftest)
        if not found.held:
            return None
        found, text = self._tried(folder, frame, left, conftest=conftest)
        return (text, found, True) if found.held else None

    def _about_own(self, conftest: bool, broken: str) -> None:
        told = f"{self.path} has an engine of its own"
        if conftest or not self.habits.conftests:
            self.notes.append(f"{told}: TEST_DATABASE_URL names its database.")
            return
        where = ", ".join(self.habits.conftests)
        self.notes.append(f"{told}, and was run without {where}, which could not be run here: "
                          f"{broken}")  # fmt: skip

    def _told(self, text: str, found: Run, both: bool, left: list[str]) -> Tests:
        what = "tests passed in the project"
        held = [Proved(what, len(found.passed), self.scope)]
        held += [Proved(what, len(found.passed), "SQLite in memory")] if both else []
        if left:
            more = f" and {len(left) - FEW} more" if len(left) > FEW else ""
            self.notes.append(f"{self.path} lacks tests that did not hold there: "
                              f"{', '.join(left[:FEW])}{more}.")  # fmt: skip
        return Tests({self.path: text}, held, [], self.notes)

    def _unmet(self, why: str) -> Unverified:
        return Unverified(f"the tests of the models ({self.path})",
                          f"they could not be run, so they are left out: {why}")  # fmt: skip


def _first(found: Run) -> str:
    return next((f"{name}: {why}" for name, why in found.failed.items()), "no test was left")


def _refused(fixture: Fixture, found: Run) -> str:
    why = found.why or _first(found)
    return f"The fixture {fixture.name} ({fixture.path}) is not used: {why}"


def _also(registrar: Registrar | None) -> str:
    """The module that brings all models, where it is neither their package nor Alembic's file."""
    if registrar is None or registrar.path.endswith(("__init__.py", "env.py")):
        return ""
    name = registrar.path.rpartition("/")[2].removesuffix(".py")
    return f"{registrar.package}.{name}" if registrar.package else name


def _homes(setting: Setting) -> dict[str, str]:
    """The modules of the project's classes, the new ones and their enums, and of the base."""
    found = {mapper.name: mapper.qualified.rpartition(".")[0] for mapper in setting.mapping.mappers}
    for place in setting.where:
        for table in place.tables:
            found |= {choice.name: place.module for choice in table.choices}
            found[table.cls] = place.module
    own = setting.style.mapper.qualified.rpartition(".")[0]
    habits = setting.plan.habits
    root = habits.metadata.partition(".")[0] if habits else "Base"
    found[root] = surroundings.base_module(setting.style) or own
    return found


def _filled(plan: Plan, mapping: Mapping) -> Plan:
    """A plan that knows of copied columns whether they are filled by themselves."""
    found = copy.deepcopy(plan)
    by_name = {mapper.name: mapper for mapper in mapping.mappers}
    for table in found:
        mapper = by_name[table.cls]
        there = mapping.schema.table(mapper.table)
        for column in table.columns:
            attribute = mapper.attribute_of(column.name)
            made = there.column(column.name) if there else None
            default = (attribute and attribute.default) or (made and made.generates_itself)
            if column.code and default:
                column.arguments["default"] = "its own"
    return found

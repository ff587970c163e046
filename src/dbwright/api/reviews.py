"""Reviews: what is wrong with a project, and the rules that say so."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dbwright.api.defaults import default_options, silent

if TYPE_CHECKING:
    from dbwright.core.answered import Answered
    from dbwright.core.design import Designed
    from dbwright.core.model_change import ModelsChanged
    from dbwright.core.options import Options, Progress
    from dbwright.core.rehearsed import RehearsalReport
    from dbwright.core.report import Report
    from dbwright.core.rule import Rule
    from dbwright.jobs.revision_tests import TestFile


def check(
    path: str | Path = ".", options: Options | None = None, progress: Progress | None = None
) -> Report:
    """Reviews the models, the migrations and the drift of the project in a folder.

    A single file or folder of models or of revisions works too. Raises UsageError for options
    that cannot be meant and ProjectError when there is nothing to read.
    """
    from dbwright.jobs.workplace import workplace

    with workplace(Path(path), options or default_options(), progress or silent) as place:
        place.ask_models()
        from dbwright.jobs.check import run

        return run(place)


def rehearse(
    range: str | None = None,
    path: str | Path = ".",
    options: Options | None = None,
    progress: Progress | None = None,
) -> RehearsalReport:
    """Runs revisions of the project in a folder up, down and up with rows, and tells all of it.

    `range` is written as for `alembic history -r`; without one it is what can still be changed.
    Raises UsageError for a range that names nothing, or where no database can be had.
    """
    from dataclasses import replace

    from dbwright.jobs.workplace import workplace

    chosen = replace(
        options or default_options(), jobs=("migrations",), range=range, rehearsal=True
    )
    with workplace(Path(path), chosen, progress or silent) as place:
        place.ask_models()
        from dbwright.jobs.rehearse import run

        return run(place)


def revision_test(
    revision: str,
    path: str | Path = ".",
    options: Options | None = None,
    progress: Progress | None = None,
    *,
    output: str | None = None,
) -> TestFile:
    """Gives a pytest file for one revision, with rows that were taken through it; writes nothing.

    Raises UsageError for what is not one revision, for one whose upgrade fails, and for a file
    that is there already.
    """
    from dataclasses import replace

    from dbwright.jobs.workplace import workplace

    chosen = replace(
        options or default_options(), jobs=("migrations",), range=revision, rehearsal=True
    )
    with workplace(Path(path), chosen, progress or silent) as place:
        place.ask_models()
        from dbwright.jobs.revision_tests import run

        return run(place, output)


def review_query(
    sql: str,
    path: str | Path = ".",
    options: Options | None = None,
    progress: Progress | None = None,
) -> Report:
    """Reviews one SELECT on the sandbox of the project in a folder."""
    from dbwright.jobs.queries import run

    return run(sql, Path(path), options or default_options(), progress or silent)


def ask(
    request: str,
    path: str | Path = ".",
    options: Options | None = None,
    progress: Progress | None = None,
    *,
    meant: Sequence[tuple[str, str]] = (),
    choose: str = "",
) -> tuple[str, Report | ModelsChanged | Designed | Answered]:
    """Gives how a request was understood, and the report, change, design or facts that answer it.

    `meant` are answers to what the migration of a change asks, `choose` names another way than
    the one that a change takes. Nothing is written. Raises UsageError, with what can be asked,
    for a request that no job answers yet.
    """
    from dbwright.jobs.answer import run

    chosen = options or default_options()
    return run(request, Path(path), chosen, progress or silent, tuple(meant), choose)


def rules() -> Sequence[Rule]:
    """Gives every rule, those of installed packages included."""
    from dbwright.rules.registry import all_rules

    return all_rules()


def rule(name: str) -> Rule | None:
    """Gives the rule published under that name, or None."""
    from dbwright.rules.registry import rule_named

    return rule_named(name)

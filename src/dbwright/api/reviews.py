"""Reviews: what is wrong with a project, and the rules that say so."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dbwright.api.defaults import default_options, silent

if TYPE_CHECKING:
    from sqlalchemy.sql import ClauseElement

    from dbwright.core.options import Options, Progress
    from dbwright.core.rehearsed import RehearsalReport
    from dbwright.core.report import Report
    from dbwright.core.rule import Rule
    from dbwright.jobs.answer import Answer
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
    sql: str | ClauseElement,
    path: str | Path = ".",
    options: Options | None = None,
    progress: Progress | None = None,
) -> Report:
    """Reviews statements: why they are slow or wrong, and what was seen to help.

    `sql` is text, the path of a file, or a statement of SQLAlchemy (`select(Order).where(…)`),
    which is compiled for the target with its own values. It runs on the project's schema with
    made-up rows, or on what the options name: `db`, which is only read, or `twin`; with
    `prove_on` remedies are made and measured on a clone, each in a transaction that is rolled
    back. Raises CollectError where there is no statement or nothing answers, UsageError for
    options that cannot be meant.
    """
    from dbwright.jobs.queries import run

    chosen = options or default_options()
    if not isinstance(sql, str):
        from dbwright.collect.compiled import compiled

        sql = compiled(sql, chosen.target or chosen.db or "postgresql")
    return run(sql, Path(path), chosen, progress or silent)


def ask(
    request: str,
    path: str | Path = ".",
    options: Options | None = None,
    progress: Progress | None = None,
    *,
    meant: Sequence[tuple[str, str]] = (),
    choose: str = "",
) -> tuple[str, Answer]:
    """Gives how a request was understood, and what answers it.

    That is a report, a change of models, a design, facts about models, an explanation of an error
    or of how something is done, or the revisions of a change in phases. `meant` are answers to
    what the migration of a change asks, `choose` names another way than the one that a change
    takes. Nothing is written. Raises UsageError, with what can be asked,
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

"""The answer to a request in words: understood, then done by the job it asks for."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from dbwright.collect import restated
from dbwright.collect.code_reference import references
from dbwright.collect.project import find_project
from dbwright.collect.request_text import cleaned
from dbwright.collect.revisions import read_history
from dbwright.core.errors import CollectError, UsageError
from dbwright.core.explanation import Explanation
from dbwright.core.options import Options, Progress
from dbwright.jobs import ask
from dbwright.jobs.ask_names import examples
from dbwright.jobs.present import has_models
from dbwright.jobs.understanding import Understanding

# Each job is imported when it is asked for: a request that is refused costs none of them.
if TYPE_CHECKING:
    from dbwright.core.answered import Answered
    from dbwright.core.authoring import Authored
    from dbwright.core.design import Designed
    from dbwright.core.model_change import ModelsChanged
    from dbwright.core.report import Report
    from dbwright.core.schema import Schema
    from dbwright.recipes.change import Request

    Answer = Report | ModelsChanged | Designed | Answered | Explanation | Authored

JOBS = {"models": ("models", "drift"), "migrations": ("migrations",)}
Pairs = tuple[tuple[str, str], ...]


def run(
    request: str,
    path: Path,
    options: Options,
    progress: Progress,
    meant: Pairs = (),
    choose: str = "",
) -> tuple[str, Answer]:
    """Gives how the request was understood, and what answers it.

    That is a report, a change, a design, facts, an explanation, or revisions in phases. `meant`
    are answers to what the migration of a change asks, `choose` names another way than the one
    that a change takes.
    """
    request = cleaned(request)
    if not request:
        raise UsageError("the request is empty", way_out='Say it: dbwright ask "review my project"')
    there = has_models(path, options)
    understood = ask.understand(request, path, revisions(path), new=not there)
    if understood.kind == "unable":
        raise UsageError(f"that cannot be answered: {understood.words}.", way_out=asked_so(path))
    if understood.kind == "change" and not there:
        raise UsageError(
            f"{path.resolve()}: there are no models here that could be changed",
            way_out="Name the project's folder:  --path FOLDER\n"
            'Or ask for new models:  dbwright ask "create a User model with a Profile"',
        )
    if understood.kind in ("change", "design") and there:
        return _changed(request, path, options, progress, meant, choose)
    if choose:
        what = WITHOUT_WAYS.get(understood.kind, "a review")
        raise UsageError(
            f"--choose {choose} has no meaning for {what}: only a change of models offers ways"
        )
    if understood.kind == "how":
        return _how(request, understood, path, options, progress, meant)
    if understood.kind == "live":
        return _in_phases(request, understood.subject, path, options, progress)
    return understood.words, _done(understood, request, path, options, progress, there)


WITHOUT_WAYS = {"question": "a question", "design": "new models", "live": "a change in phases"}


def asked_so(path: Path) -> str:
    """Gives requests that can be asked of a project, as commands."""
    lines = [f'  dbwright ask "{each}"' for each in examples(path, revisions(path))]
    return "\n".join(["It takes, for example:", *lines])


def _done(
    understood: Understanding,
    request: str,
    path: Path,
    options: Options,
    progress: Progress,
    there: bool,
) -> Answer:
    kind = understood.kind
    if kind == "question":
        return _answered(request, path, options, progress, there)
    if kind == "design":
        from dbwright.jobs import design

        return design.run(
            design.Request(words=restated.design(request), root=path), options, progress
        )
    if kind == "failure":
        from dbwright.jobs import explain

        failure = understood.pasted.failure if understood.pasted else None
        assert failure is not None
        return explain.run(failure, path, options, progress)
    if kind == "dropped":
        from dbwright.jobs import explain

        return explain.undeclared(request, path, options, progress)
    if kind == "pasted":
        from dbwright.jobs import pasted

        rows = understood.size.rows if understood.size else 0
        sql = understood.pasted is not None and understood.pasted.kind == "ddl"
        return pasted.run(understood.subject, path, options, progress, rows, sql=sql)
    if kind in ("query", "plan"):
        from dbwright.jobs.queries import run as run_query

        report = run_query(understood.subject, path, options, progress)
        code = references(understood.subject, path) if kind == "query" and there else []
        return _with_loops(report, {each.file for each in code}, path, options, progress)
    return _reviewed(understood, path, options, progress)


def _with_loops(
    report: Report, files: set[str], path: Path, options: Options, progress: Progress
) -> Report:
    """The report on queries of files, with what the loops of these files load."""
    if not files or options.db or options.twin:
        return report
    from dbwright.jobs.query_counted import COUNTED

    # that one is told already, of the function alone that is asked about
    options = replace(options, ignore=(*options.ignore, COUNTED))
    try:
        loops = _reviewed(Understanding("loads", ""), path, options, progress)
    except CollectError:
        return report
    own = [item for item in loops.recommendations if item.location.file in files]
    return replace(report, recommendations=(*own, *report.recommendations))


def _reviewed(
    understood: Understanding, path: Path, options: Options, progress: Progress
) -> Report:
    from dbwright.jobs.check import run as run_check
    from dbwright.jobs.sizes import told
    from dbwright.jobs.workplace import workplace

    if understood.kind in ("file", "revision"):
        with workplace(path / understood.subject, options, progress) as place:
            size = understood.size
            told(place, size.rows if size else 0, understood.subject, size.of if size else "")
            return run_check(place)
    if understood.kind == "loads":
        options = replace(options, jobs=("queries",), select=_loads(options))
    else:
        options = replace(options, jobs=JOBS.get(understood.kind, options.jobs))
    with workplace(path, options, progress) as place:
        return run_check(place)


def _loads(options: Options) -> tuple[str, ...]:
    """The rules that read the loops of a program."""
    from dbwright.core.application import Application
    from dbwright.rules.registry import rules_for

    names = tuple(rule.name for rule in rules_for("queries") if rule.fact is Application)
    return options.select or names


def _changed(
    request: str, path: Path, options: Options, progress: Progress, meant: Pairs, choose: str
) -> tuple[str, ModelsChanged]:
    from dbwright.jobs.models_change import Wanted
    from dbwright.jobs.models_change import run as run_change
    from dbwright.jobs.workplace import workplace

    with workplace(path, options, progress) as place:
        place.ask_models()
        words = "a change of the models of this project"
        return words, run_change(place, Wanted(request, choose, meant))


def _how(
    request: str,
    understood: Understanding,
    path: Path,
    options: Options,
    progress: Progress,
    meant: Pairs,
) -> tuple[str, Answer]:
    """How something is done: on the tables that are named, else by the rule that knows."""
    from dbwright.collect.how_words import topics
    from dbwright.collect.live_words import kind_of

    wanted = understood.subject
    kind = kind_of(request)
    there = has_models(path, options)
    if kind and there:
        try:
            return _in_phases(request, kind, path, options, progress)
        except UsageError:
            if not topics(wanted):
                raise
    elif there and ask.names_something(wanted, path):
        try:
            words, found = _changed(wanted, path, options, progress, meant, "")
        except (UsageError, CollectError):
            found = None
        if found is not None and not found.request.problems and found.edits:
            return words, found
    from dbwright.jobs import howto

    return understood.words, howto.run(wanted, topics(wanted), path, options, progress)


def _in_phases(
    request: str, kind: str, path: Path, options: Options, progress: Progress
) -> tuple[str, Answer]:
    """The revisions of a change of a live table, told from words and the tables that there are."""
    from dbwright.collect.live_words import NoExpression, wanted
    from dbwright.jobs.change import planned
    from dbwright.jobs.workplace import workplace

    words = ""

    def plan(schema: Schema) -> tuple[str, Request]:
        nonlocal words
        found = wanted(kind, request, schema, datetime.date.today())
        words = found.words
        return found.kind, found.request

    try:
        with workplace(path, options, progress) as place:
            found = planned(place, plan)
    except NoExpression as missing:
        from dbwright.recipes.filling import explain

        return f"a backfill of {missing.table.key}", explain(missing.table, missing.column)
    return words, found


def _answered(
    request: str, path: Path, options: Options, progress: Progress, there: bool
) -> Answered:
    """The answer to a question about models; UsageError says what can be asked."""
    from dbwright.jobs import question
    from dbwright.jobs.workplace import workplace

    if not there:
        raise UsageError(
            f"{path.resolve()}: there are no models here that it could ask about",
            way_out="Name the project's folder:  --path FOLDER",
        )
    with workplace(path, options, progress) as place:
        return question.run(place, restated.question(request))


def revisions(path: Path) -> Sequence[tuple[str, str]]:
    """Gives the ids of a project's revisions with their files; none where there are none."""
    try:
        project = find_project(path, find_python=False)
        return [(m.revision, m.path) for m in read_history(project).migrations]
    except CollectError:
        return []

"""The answer to a request in words: understood, then done by the job it asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from dbwright.collect.project import find_project
from dbwright.collect.revisions import read_history
from dbwright.core.answered import Answered
from dbwright.core.design import Designed
from dbwright.core.errors import CollectError, UsageError
from dbwright.core.model_change import ModelsChanged
from dbwright.core.options import Options, Progress
from dbwright.core.report import Report
from dbwright.jobs import ask, design, question
from dbwright.jobs.check import run as run_check
from dbwright.jobs.models_change import Wanted, has_models
from dbwright.jobs.models_change import run as run_change
from dbwright.jobs.queries import run as run_query
from dbwright.jobs.workplace import workplace

JOBS = {"models": ("models", "drift"), "migrations": ("migrations",)}

Answer = Report | ModelsChanged | Designed | Answered
Pairs = tuple[tuple[str, str], ...]


def run(
    request: str,
    path: Path,
    options: Options,
    progress: Progress,
    meant: Pairs = (),
    choose: str = "",
) -> tuple[str, Answer]:
    """Gives how the request was understood, and the report, change, design or facts that answer it.

    `meant` are answers to what the migration of a change asks, `choose` names another way than
    the one that a change takes.
    """
    if not request.strip():
        raise UsageError("the request is empty", way_out='Say it: dbwright ask "review my project"')
    there = has_models(path, options)
    understood = ask.understand(request, path, _revisions(path), new=not there)
    if understood.kind == "unable":
        raise UsageError(f"that cannot be answered: {understood.words}.", way_out=ask.EXAMPLES)
    if understood.kind == "change" and not there:
        raise UsageError(
            f"{path.resolve()}: there are no models here that could be changed",
            way_out="Name the project's folder:  --path FOLDER\n"
            'Or ask for new models:  dbwright ask "create a User model with a Profile"',
        )
    if understood.kind in ("change", "design") and there:
        with workplace(path, options, progress) as place:
            place.ask_models()
            words = "a change of the models of this project"
            return words, run_change(place, Wanted(request, choose, meant))
    if understood.kind == "question":
        _refuse_choice(choose, "a question")
        return understood.words, _answered(request, path, options, progress, there)
    if understood.kind == "design":
        _refuse_choice(choose, "new models")
        asked = design.Request(words=request, root=path)
        return understood.words, design.run(asked, options, progress)
    _refuse_choice(choose, "a review")
    if understood.kind == "query":
        report: Report = run_query(understood.subject, path, options, progress)
    elif understood.kind in ("file", "revision"):
        with workplace(path / understood.subject, options, progress) as place:
            report = run_check(place)
    else:
        jobs = JOBS.get(understood.kind, options.jobs)
        with workplace(path, replace(options, jobs=jobs), progress) as place:
            report = run_check(place)
    return understood.words, report


def _answered(
    request: str, path: Path, options: Options, progress: Progress, there: bool
) -> Answered:
    """The answer to a question about models; UsageError says what can be asked."""
    if not there:
        raise UsageError(
            f"{path.resolve()}: there are no models here that it could ask about",
            way_out="Name the project's folder:  --path FOLDER",
        )
    with workplace(path, options, progress) as place:
        return question.run(place, request)


def _refuse_choice(choose: str, what: str) -> None:
    if choose:
        raise UsageError(
            f"--choose {choose} has no meaning for {what}: only a change of models offers ways"
        )


def _revisions(path: Path) -> Sequence[tuple[str, str]]:
    try:
        project = find_project(path, find_python=False)
        return [(m.revision, m.path) for m in read_history(project).migrations]
    except CollectError:
        return []

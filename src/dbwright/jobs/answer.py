"""The answer to a request in words: understood, then done by the job it asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from dbwright.collect.project import find_project
from dbwright.collect.revisions import read_history
from dbwright.core.errors import CollectError, UsageError
from dbwright.core.options import Options, Progress
from dbwright.core.report import Report
from dbwright.jobs import ask
from dbwright.jobs.check import run as run_check
from dbwright.jobs.queries import run as run_query
from dbwright.jobs.workplace import workplace

JOBS = {"models": ("models", "drift"), "migrations": ("migrations",)}


def run(request: str, path: Path, options: Options, progress: Progress) -> tuple[str, Report]:
    """Gives how the request was understood, and the report."""
    if not request.strip():
        raise UsageError("the request is empty", way_out='Say it: dbwright ask "review my project"')
    understood = ask.understand(request, path, _revisions(path))
    if understood.kind == "unable":
        raise UsageError(f"dbwright cannot answer that: {understood.words}.")
    if understood.kind == "query":
        report = run_query(understood.subject, path, options, progress)
    elif understood.kind in ("file", "revision"):
        with workplace(path / understood.subject, options, progress) as place:
            report = run_check(place)
    else:
        jobs = JOBS.get(understood.kind, options.jobs)
        with workplace(path, replace(options, jobs=jobs), progress) as place:
            report = run_check(place)
    return understood.words, report


def _revisions(path: Path) -> Sequence[tuple[str, str]]:
    try:
        project = find_project(path, find_python=False)
        return [(m.revision, m.path) for m in read_history(project).migrations]
    except CollectError:
        return []

"""Revisions: the history of a project read from its files alone."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable
from pathlib import Path

from dbwright.collect.project import Project
from dbwright.collect.revisions_file import operations_of, read_revision
from dbwright.collect.revisions_fold import fold
from dbwright.collect.revisions_folder import revision_files
from dbwright.collect.revisions_graph import (
    ancestors,
    graph,
    rehearsal_order,
    shared,
    with_earlier,
)
from dbwright.collect.revisions_imports import Imports
from dbwright.collect.source_files import read_source, relative
from dbwright.core.migration import History, Migration
from dbwright.core.source import Problem, Source
from dbwright.core.target import Target

__all__ = [
    "ancestors",
    "fold",
    "graph",
    "history_of",
    "operations_of",
    "read_history",
    "rehearsal_order",
    "shared",
    "with_earlier",
]


def read_history(project: Project, *, exclude: Iterable[str] = ()) -> History:
    """Gives the revisions of the project as a graph; files that cannot be read are problems.

    `exclude` are path patterns, relative to the project's root.
    """
    patterns = tuple(exclude)
    sources: list[Source] = []
    problems: list[Problem] = []
    for path in revision_files(project.version_locations, recursive=project.recursive):
        name = relative(path, project.root)
        if any(fnmatch.fnmatch(name, pattern) for pattern in patterns):
            continue
        found = read_source(path, project.root)
        if isinstance(found, Source):
            sources.append(found)
        else:
            problems.append(found)
    return history_of(sources, project.target, problems, root=project.root)


def history_of(
    sources: Iterable[Source],
    target: Target | None,
    problems: Iterable[Problem] = (),
    *,
    root: Path | None = None,
) -> History:
    """Gives the history that revision files make up; `target` None when no one knows it."""
    imports = Imports(root)
    migrations: list[Migration] = []
    found = list(problems)
    dialect = target.dialect if target else None
    for source in sources:
        try:
            read = read_revision(source, dialect, target or Target("postgresql"), imports)
        except RecursionError:
            read = Problem(source.path, "not read: its code is nested too deep", line=1)
        if isinstance(read, Migration):
            migrations.append(read)
        else:
            found.append(read)
    return graph(migrations, found)

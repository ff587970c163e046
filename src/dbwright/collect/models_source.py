"""Sources of models: the text of the files in which models stand."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from dbwright.collect.project import Project
from dbwright.collect.source_files import read_source
from dbwright.core.source import Problem, Source


def read_sources(
    project: Project, paths: Iterable[str | Path]
) -> tuple[tuple[Source, ...], tuple[Problem, ...]]:
    """Gives the files that could be read, in order and each once, and those that could not.

    Relative paths are taken from the project's root; files of other packages are left out.
    """
    sources: list[Source] = []
    problems: list[Problem] = []
    for path in dict.fromkeys(Path(project.root, path) for path in paths):
        if path.suffix != ".py" or "site-packages" in path.parts:
            continue
        found = read_source(path, project.root)
        if isinstance(found, Source):
            sources.append(found)
        else:
            problems.append(found)
    return tuple(sources), tuple(problems)

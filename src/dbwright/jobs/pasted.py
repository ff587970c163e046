"""A revision, or statements, that were pasted: reviewed behind the project's last revision."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

from dbwright.collect.pasted import as_revision
from dbwright.collect.project import find_project
from dbwright.collect.revisions import read_history
from dbwright.collect.source_files import SKIPPED_FOLDERS
from dbwright.core.errors import UsageError
from dbwright.core.options import Options, Progress
from dbwright.core.report import Report

NAME = "pasted_in_the_request"
LARGEST = 5_000_000
_IGNORED = {
    *SKIPPED_FOLDERS,
    ".git",
    ".venv",
    ".tox",
    ".mypy_cache",
    ".ruff_cache",
    "media",
    "static",
}


def run(
    text: str, path: Path, options: Options, progress: Progress, rows: int = 0, *, sql: bool = False
) -> Report:
    """Gives the review of pasted code, run on a copy of the project behind its last revision.

    CollectError where there is no project, UsageError where its revisions have several heads.
    """
    project = find_project(
        path, config=options.config, section=options.section, models=options.models
    )
    if not project.version_locations:
        raise UsageError(
            "there are no revisions here that it could stand behind",
            way_out="Name the folder with alembic.ini:  --path FOLDER",
        )
    history = read_history(project)
    if len(history.heads) > 1:
        raise UsageError(
            f"it could stand behind any of {len(history.heads)} heads: {', '.join(history.heads)}",
            way_out=f"Merge them first:  alembic merge -m merge {' '.join(history.heads)}",
        )
    head = history.heads[0] if history.heads else None
    versions = project.version_locations[0].relative_to(project.root)
    with tempfile.TemporaryDirectory(prefix="dbwright-pasted-") as folder:
        copy = Path(folder) / project.root.name
        shutil.copytree(project.root, copy, ignore=_ignored, symlinks=True)
        file = copy / versions / f"{NAME}.py"
        file.write_text(as_revision(text, head, "pasted"), encoding="utf-8")
        # the downgrade of bare statements is ours, and empty
        ignore = (*options.ignore, "empty-downgrade") if sql else options.ignore
        chosen = replace(
            options,
            ignore=ignore,
            python=options.python or (str(project.python) if project.python else None),
        )
        report = _reviewed(file, chosen, progress, rows, head)
    return replace(report, summary=replace(report.summary, project=project.root.name))


def _reviewed(
    file: Path, options: Options, progress: Progress, rows: int, head: str | None
) -> Report:
    from dbwright.jobs.check import run as run_check
    from dbwright.jobs.sizes import deployed, told
    from dbwright.jobs.workplace import workplace

    chosen = replace(options, jobs=("migrations",), trials=False)
    with workplace(file, chosen, progress) as place:
        deployed(place, head)
        told(place, rows, file.name)
        return run_check(place)


def _ignored(folder: str, names: list[str]) -> set[str]:
    """What a copy of a project leaves out: other people's code, caches, and large files."""
    found = set()
    for name in names:
        path = Path(folder, name)
        try:
            large = path.is_file() and path.stat().st_size > LARGEST
        except OSError:
            large = True
        if name in _IGNORED or large or path.is_symlink():
            found.add(name)
    return found

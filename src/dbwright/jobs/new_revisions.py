"""New revisions at the head of a chain: their ids and files, and whether they can follow it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import PurePath
from typing import Any

from dbwright.collect.revisions import history_of
from dbwright.core.authoring import Written
from dbwright.core.errors import FixError, UserCodeError
from dbwright.core.finding import Edit, Recommendation, Undo
from dbwright.core.migration import History
from dbwright.core.report import Report
from dbwright.core.source import Source
from dbwright.jobs.workplace import Workplace
from dbwright.recipes import revision, revision_source
from dbwright.recipes.revision import Phase

DIALECTS = ("mysql", "postgresql")


def files(
    place: Workplace, history: History, cut: Sequence[Phase], first: str | None = None
) -> list[tuple[Written, str]]:
    """Gives each phase as a revision behind the one before it, with the text of its file.

    `first` is the id that the first of them is to have. FixError where the files would stand
    outside of the project.
    """
    parent = next(iter(history.heads), None)
    known = {migration.revision: migration.path for migration in history.migrations}
    ids = ids_of(cut, parent, first, known)
    named = [(name, phase.title) for phase, name in zip(cut, ids, strict=True)]
    paths = _paths(place, named, known.get(parent or ""))
    found = []
    for phase, name, path in zip(cut, ids, paths, strict=True):
        imports = imports_of(f"{phase.upgrade}\n{phase.downgrade}")
        text = revision.render(phase, name, parent, imports)
        notes = revision.notes_text(phase.notes)
        bodies = (phase.upgrade, phase.downgrade)
        found.append((Written(name, parent, phase.title, *bodies, imports, notes, path), text))
        parent = name
    return found


def _paths(place: Workplace, named: Sequence[tuple[str, str]], beside: str | None) -> list[str]:
    """Gives the path of each file, where Alembic would write it."""
    folder = place.project.version_locations[0]
    if not folder.is_relative_to(place.project.root):
        raise FixError(
            f"the revisions stand outside of the project, in {folder}",
            way_out="Run this in the folder that holds both.",
        )
    relative = PurePath(folder).relative_to(place.project.root)
    wanted = [(name, title, beside) for name, title in named]
    told = alembic_names(place, wanted)
    return told or [str(relative / revision.file_name(name, title)) for name, title in named]


def alembic_names(
    place: Workplace, wanted: Sequence[tuple[str, str, str | None]]
) -> list[str] | None:
    """Gives the paths that the project's own Alembic gives to new revisions.

    Each is an id, a title, and the path of a revision that it follows. None where the project
    leaves the names to Alembic's defaults, or cannot be asked.
    """
    if place.worker is None or not place.config or not wanted:
        return None
    revisions = [{"revision": a, "title": b, "beside": c} for a, b, c in wanted]
    try:
        arguments: dict[str, Any] = {**place.config, "revisions": revisions}
        found: list[str] | None = place.worker.call("file_names", **arguments)
    except UserCodeError:  # the name is no reason to lose the work
        return None
    return found


def named(report: Report, place: Workplace) -> Report:
    """Gives the report with the new files of its fixes named as the project's Alembic does."""
    fixes = [item.advice.fix for item in report.recommendations]
    new = {e.path: e.after for fix in fixes for e in fix.edits if e.before is None and e.after}
    made = history_of([Source(path, text) for path, text in new.items()], None).migrations
    # a fix writes beside the revision that it is about
    wanted = [(m.revision, m.message, m.path) for m in made]
    told = alembic_names(place, wanted)
    if told is None:
        return report
    paths = {m.path: path for m, path in zip(made, told, strict=True)}
    items = tuple(_with_paths(item, paths) for item in report.recommendations)
    return replace(report, recommendations=items)


def _with_paths(item: Recommendation, paths: dict[str, str]) -> Recommendation:
    def moved(edits: Sequence[Edit]) -> tuple[Edit, ...]:
        return tuple(replace(edit, path=paths.get(edit.path, edit.path)) for edit in edits)

    fix, undo = item.advice.fix, item.advice.undo
    fix = replace(fix, edits=moved(fix.edits))
    if isinstance(undo, Undo):
        undo = replace(undo, edits=moved(undo.edits))
    return replace(item, advice=replace(item.advice, fix=fix, undo=undo))


def ids_of(
    cut: Sequence[Phase], parent: str | None, first: str | None, known: Collection[str]
) -> list[str]:
    """Gives an id for each revision, the first one's as it was asked for."""
    found: list[str] = []
    for phase in cut:
        name = first if first and not found else None
        number = 0
        while name is None or (name in known and name != first) or name in found:
            name = revision.new_id(parent or "", phase.title, str(number or ""))
            number += 1
        found.append(name)
        parent = name
    return found


def imports_of(bodies: str) -> tuple[str, ...]:
    """Gives the imports that code needs besides `op` and `sa`."""
    names = revision_source.free_names(bodies)
    return tuple(f"from sqlalchemy.dialects import {name}" for name in DIALECTS if name in names)

"""New revisions at the head of a chain: their ids and files, and whether they can follow it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import PurePath

from dbwright.core.authoring import Written
from dbwright.core.errors import CollectError, FixError
from dbwright.core.migration import History
from dbwright.jobs.migrations import Replayed
from dbwright.jobs.workplace import Workplace
from dbwright.recipes import revision, revision_source
from dbwright.recipes.revision import Phase

POSTGRESQL = "from sqlalchemy.dialects import postgresql"


def files(
    place: Workplace, history: History, cut: Sequence[Phase], first: str | None = None
) -> list[tuple[Written, str]]:
    """Gives each phase as a revision behind the one before it, with the text of its file.

    `first` is the id that the first of them is to have. FixError where the files would stand
    outside of the project.
    """
    parent = next(iter(history.heads), None)
    folder = place.project.version_locations[0]
    if not folder.is_relative_to(place.project.root):
        raise FixError(
            f"the revisions stand outside of the project, in {folder}",
            way_out="Run this in the folder that holds both.",
        )
    relative = PurePath(folder).relative_to(place.project.root)
    known = {migration.revision for migration in history.migrations}
    found = []
    for phase, name in zip(cut, ids_of(cut, parent, first, known), strict=True):
        imports = imports_of(f"{phase.upgrade}\n{phase.downgrade}")
        text = revision.render(phase, name, parent, imports)
        path = str(relative / revision.file_name(name, phase.title))
        notes = revision.notes_text(phase.notes)
        bodies = (phase.upgrade, phase.downgrade)
        found.append((Written(name, parent, phase.title, *bodies, imports, notes, path), text))
        parent = name
    return found


def whole(replayed: Replayed) -> None:
    """Raises CollectError unless every revision ran and one head is left."""
    if replayed.stopped is not None:
        name, error = replayed.stopped
        raise CollectError(
            f"{name} stops the chain: {error.message}",
            file=error.file,
            line=error.line,
            way_out=error.way_out or "Mend that revision first: dbwright check says how.",
        )
    left = {m.revision for m in replayed.history.migrations} - set(replayed.ran)
    if left:
        raise CollectError(
            f"{len(left)} revisions cannot run, {sorted(left)[0]} is one of them",
            way_out="Mend the graph first: dbwright migrations review says where.",
        )
    if len(replayed.history.heads) > 1:
        heads = " ".join(replayed.history.heads)
        raise CollectError(
            f"the revisions have {len(replayed.history.heads)} heads: {heads}",
            way_out=f"Merge them first: alembic merge -m merge {heads}",
        )


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
    return (POSTGRESQL,) if "postgresql" in revision_source.free_names(bodies) else ()

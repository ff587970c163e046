"""Installing: what a client is given is written, shown, or taken away so that nothing is left."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from dbwright.frontends.agent.changes import (
    FileChange,
    apply,
    content,
    diff,
    missing_folders,
    place,
    remove_empty,
)
from dbwright.frontends.agent.marks import Made
from dbwright.frontends.agent.pieces import Piece


def install(base: Path, pieces: Sequence[Piece], *, dry_run: bool = False) -> list[str]:
    """Writes the pieces below `base`, all or none; gives lines for the user.

    What somebody else wrote stays as it is; UsageError where that cannot be.
    """
    changes = []
    for piece in pieces:
        path = place(base, piece.name)
        before = content(path)
        made = Made(folders=missing_folders(base, path))
        changes.append(FileChange(path, before, piece.content.installed(before, made, piece.name)))
    return _carried_out(base, changes, "Wrote", dry_run)


def uninstall(base: Path, pieces: Sequence[Piece], *, dry_run: bool = False) -> list[str]:
    """Takes the pieces away, with the files and folders made for them; gives lines for the user.

    What was edited since raises UsageError, and everything stays as it is.
    """
    changes = []
    folders: set[str] = set()
    allowed = {p.as_posix() for piece in pieces for p in Path(piece.name).parents} - {"."}
    for piece in pieces:
        path = place(base, piece.name)
        before = content(path)
        if before is None:
            continue
        after, made = piece.content.removed(before, piece.name)
        folders |= {name for name in made.folders if name in allowed}
        changes.append(FileChange(path, before, after))
    lines = _carried_out(base, changes, "Took dbwright out of", dry_run)
    if not dry_run:
        remove_empty(base.resolve() / name for name in folders)
    return lines


def _carried_out(base: Path, changes: Sequence[FileChange], did: str, dry_run: bool) -> list[str]:
    changed = [change for change in changes if change.before != change.after]
    if not changed:
        return ["Nothing to do: it is so already."]
    if dry_run:
        return [*diff(base, changed).splitlines(), "Nothing is written: this is a dry run."]
    apply(changed)
    return [
        f"Removed {change.path}" if change.after is None else f"{did} {change.path}"
        for change in changed
    ]

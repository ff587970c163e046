"""Files written with a way back: what the last writes replaced is kept in the state folder.

The record is kept before the first file is touched, and marked once all are written. So a process
that is killed in between leaves what `undo` needs to put its files back.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dbwright.core.errors import DbwrightError, FixError, UsageError
from dbwright.scratch.lease import FileLock

if TYPE_CHECKING:
    from dbwright.core.finding import Edit

VERSION = 2
KEPT = 20
"""So many writes of a project can be undone, one after the other."""
WAITS = 30.0


@dataclass(frozen=True, slots=True)
class Write:
    """A write that can be undone: when it was, by which request, its edits and new folders.

    `whole` says whether it came to its end.
    """

    root: Path
    when: float
    request: str
    edits: tuple[Edit, ...]
    folders: tuple[str, ...] = ()
    whole: bool = True


def state_folder() -> Path:
    """Gives the folder for what is kept between runs, made for its owner alone."""
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    folder = Path(base) / "dbwright"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def write(root: Path, edits: Sequence[Edit], request: str) -> bool:
    """Writes the files, all or none; gives whether `undo` can take that back.

    FixError where a file is not as it was when the edits were made, or the write before was
    broken off in the middle.
    """
    from dbwright.api import apply_edits
    from dbwright.jobs.fix import missing_folders

    root = root.resolve()
    begun = Write(
        root, time.time(), request, tuple(edits), tuple(missing_folders(root, edits)), whole=False
    )
    with _alone(root):
        before = _settled(root)
        kept = _try_keep(root, [*before, begun])
        try:
            apply_edits(root, edits)
        except DbwrightError:
            if kept:
                _try_keep(root, before)
            raise
        _try_keep(root, [*before, replace(begun, whole=True)])
        return kept


def write_named(root: Path, edit: Edit, request: str) -> None:
    """Writes a file that was named, and may be outside of the project; nothing where it is so."""
    if edit.before != edit.after:
        folder, path = place(root / edit.path, root)
        write(folder, [replace(edit, path=path)], request)


def place(file: Path, root: Path | None = None) -> tuple[Path, str]:
    """Gives where a file that was named is written: the project's folder and its path there.

    One outside of that project, unasked the one that this folder belongs to, is below its own
    folder.
    """
    here, target = (root or home(Path())).resolve(), file.absolute()
    if not target.resolve().is_relative_to(here):
        here = target.parent.resolve()
    return here, (target.parent.resolve() / target.name).relative_to(here).as_posix()


def home(path: Path) -> Path:
    """Gives the folder of the project that a folder belongs to; itself where there is none."""
    from dbwright.jobs.fix import root_of

    try:
        return root_of(path).resolve()
    except DbwrightError:
        return path.resolve()


def writes(root: Path) -> list[Write]:
    """Gives the writes below a folder that were not undone, the last one at the end."""
    from dbwright.core.finding import Edit

    try:
        data = json.loads(_file(root).read_text(encoding="utf-8"))
        if data["version"] != VERSION:
            return []
        return [
            Write(
                root.resolve(),
                float(item["when"]),
                str(item["request"]),
                tuple(Edit(e["path"], e["before"], e["after"]) for e in item["edits"]),
                tuple(item["folders"]),
                bool(item["whole"]),
            )
            for item in data["writes"]
        ]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def last(path: Path) -> Write | None:
    """Gives the last write of a folder, or of the project that it belongs to; None of none."""
    found = [write for root in {path.resolve(), home(path)} for write in writes(root)]
    return max(found, key=lambda each: each.when, default=None)


def back(found: Write, *, merge: bool = False) -> list[Edit]:
    """Gives the edits that put back what a write replaced.

    UsageError where a file changed since; with `merge` what was changed stays, as long as it
    is in other lines.
    """
    from dbwright.core.finding import Edit
    from dbwright.jobs.fix import stands

    edits: list[Edit] = []
    changed: list[str] = []
    for edit in found.edits:
        if stands(found.root, edit.path, edit.after):
            edits.append(Edit(edit.path, edit.after, edit.before))
        elif not stands(found.root, edit.path, edit.before):  # a killed write got so far, or undo
            one = _around(found.root, edit) if merge else None
            edits += [one] if one else []
            changed += [] if one else [edit.path]
    if changed:
        raise UsageError(
            f"{', '.join(changed)} changed since; nothing was undone",
            way_out=_way_out(found, merge),
        )
    return edits


def undo(path: Path, *, merge: bool = False) -> Write:
    """Puts back what the last write replaced; UsageError where there is none, or files changed."""
    from dbwright.api import apply_edits
    from dbwright.jobs.fix import left_behind

    found = last(path)
    if found is None:
        raise UsageError(
            f"nothing that dbwright wrote in {path.resolve()} is left to be undone",
            way_out="Name the project's folder:  dbwright undo --path FOLDER",
        )
    with _alone(found.root):
        apply_edits(found.root, back(found, merge=merge))
        for edit in found.edits:
            for file in left_behind(found.root, edit.path):
                file.unlink(missing_ok=True)
        for name in found.folders:
            with contextlib.suppress(OSError):  # something else is in it by now
                (found.root / name).rmdir()
        _try_keep(found.root, [each for each in writes(found.root) if each.when != found.when])
    return found


def forget(path: Path) -> Write | None:
    """Leaves the last write as it is, so that the one before can be undone; gives it."""
    found = last(path)
    if found is not None:
        with _alone(found.root):
            _try_keep(found.root, [each for each in writes(found.root) if each.when != found.when])
    return found


def _around(root: Path, edit: Edit) -> Edit | None:
    """Puts an edit back around what was changed since; None where both touch the same lines."""
    from dbwright.collect.file_form import form_of, text_of
    from dbwright.core.finding import Edit
    from dbwright.jobs.fix import merged

    if edit.before is None or edit.after is None:
        return None
    try:
        content = (root / edit.path).read_bytes()
        now = text_of(content, form_of(content))
    except (OSError, ValueError, SyntaxError, LookupError):
        return None
    whole = merged([Edit(edit.path, edit.after, now), Edit(edit.path, edit.after, edit.before)])
    return Edit(edit.path, now, whole[0].after) if whole else None


def _way_out(found: Write, merge: bool) -> str:
    where = words(found.root)
    lines = [] if merge else [f"{where} --merge   keeps your changes where they are in other lines"]
    lines.append(f"{where} --diff   shows what would be put back, to be done by hand")
    lines.append(f"{where} --forget   leaves it, so that the write before can be undone")
    return "\n  ".join(["Choose:", *lines])


def words(root: Path) -> str:
    """Gives the command that undoes the last write of a folder."""
    from dbwright.frontends.asking import quoted

    here = root.resolve() in (Path().resolve(), home(Path()))
    return "dbwright undo" if here else f"dbwright undo --path {quoted(str(root))}"


def _settled(root: Path) -> list[Write]:
    """The writes so far. One that was killed before its first file, or behind its last, is settled.

    FixError where it was killed in between: what comes next would build on half of it.
    """
    from dbwright.jobs.fix import stands

    found = writes(root)
    if not found or found[-1].whole:
        return found
    broken = found[-1]
    if all(stands(root, edit.path, edit.after) for edit in broken.edits):
        return [*found[:-1], replace(broken, whole=True)]
    if all(stands(root, edit.path, edit.before) for edit in broken.edits):
        return found[:-1]
    raise FixError(
        "the write before this one was broken off in the middle; nothing was written",
        way_out=f"Put its files back first:  {words(root)}",
    )


def _file(root: Path) -> Path:
    name = hashlib.sha256(str(root.resolve()).encode()).hexdigest()[:24]
    return state_folder() / f"undo-{name}.json"


@contextlib.contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Keeps two that write the same folder apart; without a state folder nothing does."""
    lock: FileLock | None = None
    with contextlib.suppress(OSError):
        lock = FileLock(_file(root).with_suffix(".lock"))
        if not lock.acquire(WAITS):
            raise FixError(
                f"another dbwright writes in {root}; nothing was written",
                way_out="Try again when it is done.",
            )
    try:
        yield
    finally:
        if lock is not None:
            lock.release()


def _try_keep(root: Path, found: Sequence[Write]) -> bool:
    """Keeps the last writes; gives whether that could be done."""
    data = {
        "version": VERSION,
        "root": str(root),
        "writes": [_as_json(each) for each in found[-KEPT:]],
    }
    try:
        file = _file(root)
        if found:
            _keep(file, json.dumps(data))
        else:
            file.unlink(missing_ok=True)
    except OSError:  # a home that cannot be written: the files are, and that is said
        return False
    return True


def _as_json(found: Write) -> dict[str, Any]:
    return {
        "when": found.when,
        "request": found.request,
        "whole": found.whole,
        "folders": found.folders,
        "edits": [{"path": e.path, "before": e.before, "after": e.after} for e in found.edits],
    }


def _keep(file: Path, text: str) -> None:
    """Writes a file that only its owner reads, whole or not at all."""
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=".undo-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as open_file:
            open_file.write(text)
            open_file.flush()
            os.fsync(open_file.fileno())
        Path(name).replace(file)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise

"""Files written with a way back: what the last write replaced is kept in the state folder."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dbwright.core.errors import UsageError

if TYPE_CHECKING:
    from dbwright.core.finding import Edit

VERSION = 1


@dataclass(frozen=True, slots=True)
class Write:
    """A write that can be undone: when it was, by which request, and its edits."""

    when: float
    request: str
    edits: tuple[Edit, ...]


def state_folder() -> Path:
    """Gives the folder for what is kept between runs, made for its owner alone."""
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    folder = Path(base) / "dbwright"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def write(root: Path, edits: Sequence[Edit], request: str) -> bool:
    """Writes the files, all or none; gives whether `undo` can take that back.

    FixError where a file is not as it was when the edits were made.
    """
    from dbwright.api import apply_edits

    apply_edits(root, edits)
    record = {
        "version": VERSION,
        "root": str(root.resolve()),
        "when": time.time(),
        "request": request,
        "edits": [{"path": e.path, "before": e.before, "after": e.after} for e in edits],
    }
    try:
        _keep(_file(root), json.dumps(record))
    except OSError:  # a home that cannot be written: the files are, and that is said
        return False
    return True


def last(root: Path) -> Write | None:
    """Gives the last write below a folder that was not undone, None where there is none."""
    from dbwright.core.finding import Edit

    try:
        data = json.loads(_file(root).read_text(encoding="utf-8"))
        edits = tuple(Edit(e["path"], e["before"], e["after"]) for e in data["edits"])
        return Write(float(data["when"]), str(data["request"]), edits)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def undo(root: Path) -> Write:
    """Puts back what the last write replaced; UsageError where there is none, or files changed."""
    from dbwright.api import apply_edits
    from dbwright.core.finding import Edit

    found = last(root)
    if found is None:
        raise UsageError(
            f"nothing that dbwright wrote in {root.resolve()} is left to be undone",
            way_out="Name the project's folder:  dbwright undo --path FOLDER",
        )
    changed = [e.path for e in found.edits if _text(root / e.path) != e.after]
    if changed:
        raise UsageError(
            f"{', '.join(changed)} changed since; nothing was undone",
            way_out="Take your own changes back first, or use git: git checkout -- FILE",
        )
    apply_edits(root, [Edit(e.path, e.after, e.before) for e in found.edits])
    with contextlib.suppress(OSError):
        _file(root).unlink()
    return found


def _text(file: Path) -> str | None:
    try:
        return file.read_bytes().decode("utf-8").replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError):
        return None


def _file(root: Path) -> Path:
    name = hashlib.sha256(str(root.resolve()).encode()).hexdigest()[:24]
    return state_folder() / f"undo-{name}.json"


def _keep(file: Path, text: str) -> None:
    """Writes a file that only its owner reads, whole or not at all."""
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=".undo-")
    with os.fdopen(handle, "w", encoding="utf-8") as open_file:
        open_file.write(text)
    Path(name).replace(file)

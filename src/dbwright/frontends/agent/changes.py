"""Files of a folder changed together, all or none; links that lead out of it are refused."""

from __future__ import annotations

import contextlib
import difflib
import os
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from dbwright.core.errors import UsageError
from dbwright.frontends.agent.marks import LEFT

_WAY_OUT = "Give dbwright the right to write there, or use --dry-run and copy the text."


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file as it is and as it becomes; None where there is none."""

    path: Path
    before: str | None
    after: str | None


def place(base: Path, name: str) -> Path:
    """Gives the file of that name; one that a link leads out of the folder to is refused."""
    found = (base / name).resolve()
    if not found.is_relative_to(base.resolve()):
        raise UsageError(
            f"{base / name} leads out of {base}, by a link; {LEFT}",
            way_out="Put a file or folder in the place of the link.",
        )
    return found


def content(path: Path) -> str | None:
    """Gives what a file holds, every byte of it; None where there is none."""
    try:
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", way_out=_WAY_OUT) from error
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in data:
        raise UsageError(f"{path} is not in UTF-8; {LEFT}", way_out="Save it as UTF-8.")
    return data.decode("utf-8", "surrogateescape")


def diff(base: Path, changes: Iterable[FileChange]) -> str:
    """Gives the changes as one unified diff."""
    parts: list[str] = []
    for change in changes:
        name = change.path.relative_to(base.resolve()).as_posix()
        old = f"a/{name}" if change.before is not None else "/dev/null"
        new = f"b/{name}" if change.after is not None else "/dev/null"
        parts += difflib.unified_diff(_lines(change.before), _lines(change.after), old, new)
    return "".join(parts)


def _lines(text: str | None) -> list[str]:
    lines = (text or "").replace("\r\n", "\n").splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n\\ No newline at end of file\n"
    return lines


def apply(changes: Sequence[FileChange]) -> None:
    """Writes the changes, all or none; UsageError where one cannot be written."""
    folders: list[Path] = []
    waiting: list[tuple[Path, FileChange]] = []
    done: list[FileChange] = []
    at = Path()
    try:
        for change in changes:
            at = change.path
            folders += _made(change.path.parent)
            if change.after is not None:
                waiting.append((_temporary(change), change))
        for temporary, change in waiting:
            at = change.path
            temporary.replace(change.path)
            done.append(change)
        for change in changes:
            at = change.path
            if change.after is None and change.before is not None:
                change.path.unlink()
                done.append(change)
    except OSError as error:
        for temporary, _ in waiting:
            temporary.unlink(missing_ok=True)
        _undo(done, folders)
        raise UsageError(
            f"cannot write {at}: {error.strerror}; nothing was changed", way_out=_WAY_OUT
        ) from error


def _undo(done: Sequence[FileChange], folders: Sequence[Path]) -> None:
    for change in done:
        with contextlib.suppress(OSError):
            if change.before is None:
                change.path.unlink()
            else:
                change.path.write_bytes(_bytes(change.before))
    remove_empty(folders)


def remove_empty(folders: Iterable[Path]) -> None:
    """Removes the folders that are empty, the innermost first."""
    for folder in sorted(folders, key=lambda each: len(each.parts), reverse=True):
        with contextlib.suppress(OSError):
            folder.rmdir()


def missing_folders(base: Path, path: Path) -> tuple[str, ...]:
    """Gives the folders that a file needs and that are not there, the outermost first."""
    root = base.resolve()
    found = [each for each in path.parents if each.is_relative_to(root) and not each.exists()]
    return tuple(each.relative_to(root).as_posix() for each in reversed(found))


def _made(folder: Path) -> list[Path]:
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return missing


def _temporary(change: FileChange) -> Path:
    assert change.after is not None
    handle, name = tempfile.mkstemp(dir=change.path.parent, prefix=f".{change.path.name}.")
    path = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(_bytes(change.after))
        path.chmod(change.path.stat().st_mode & 0o7777 if change.path.exists() else 0o644)
    except OSError:
        path.unlink(missing_ok=True)
        raise
    return path


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")

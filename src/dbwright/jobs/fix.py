"""Fixes applied to files: shown as a diff, written all or none."""

from __future__ import annotations

import difflib
import glob
import os
import stat
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from dbwright.collect.file_form import bytes_of, form_of, text_of
from dbwright.collect.project import find_project
from dbwright.collect.settings import read_settings
from dbwright.core.errors import FixError
from dbwright.core.finding import Edit
from dbwright.core.report import Report


def safe_edits(report: Report) -> tuple[list[Edit], list[str]]:
    """Gives the edits of the safe fixes, and the titles of those left for the next run.

    Two fixes of one file cannot both be final contents: the later one is left, and found again
    when the first has been applied.
    """
    edits: list[Edit] = []
    left: list[str] = []
    taken: set[str] = set()
    for item in report.recommendations:
        fix = item.advice.fix
        if fix.safety != "safe" or not fix.edits:
            continue
        paths = {edit.path for edit in fix.edits}
        if paths & taken:
            left.append(fix.title)
            continue
        taken |= paths
        edits += fix.edits
    return edits, left


def merged(edits: Sequence[Edit]) -> list[Edit] | None:
    """Gives edits of the same files as one edit of each; None where two touch the same lines.

    Each edit was made for the file as it is; what two of them do alike is done once.
    """
    by_path: dict[str, list[Edit]] = {}
    for edit in edits:
        by_path.setdefault(edit.path, []).append(edit)
    result: list[Edit] = []
    for several in by_path.values():
        one = several[0] if len(set(several)) == 1 else _one(list(dict.fromkeys(several)))
        if one is None:
            return None
        result.append(one)
    return result


def _one(edits: Sequence[Edit]) -> Edit | None:
    before = edits[0].before
    if before is None or any(e.after is None or e.before != before for e in edits):
        return None
    old = before.splitlines(keepends=True)
    hunks: dict[tuple[int, int], list[str]] = {}
    for edit in edits:
        new = (edit.after or "").splitlines(keepends=True)
        for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(
            a=old, b=new, autojunk=False
        ).get_opcodes():
            if tag == "equal":
                continue
            if hunks.setdefault((i1, i2), new[j1:j2]) != new[j1:j2]:
                return None
    end = -1
    parts: list[str] = []
    for (start, stop), lines in sorted(hunks.items()):
        if start <= end:
            return None
        parts += [*old[max(end, 0) : start], *lines]
        end = stop
    return Edit(edits[0].path, before, "".join([*parts, *old[max(end, 0) :]]))


def diff(edits: Iterable[Edit]) -> str:
    """Gives the edits as one unified diff."""
    parts: list[str] = []
    for edit in edits:
        before, after = _lines(edit.before), _lines(edit.after)
        old = f"a/{edit.path}" if edit.before is not None else "/dev/null"
        new = f"b/{edit.path}" if edit.after is not None else "/dev/null"
        parts += difflib.unified_diff(before, after, old, new)
    return "".join(parts)


def root_of(path: Path, config: str | None = None, section: str | None = None) -> Path:
    """Gives the folder that the paths of a report's edits are relative to."""
    given = {"config": config, "section": section}
    settings = read_settings(path, **given)
    return find_project(path, settings, find_python=False).root


def apply(root: Path, edits: Sequence[Edit]) -> None:
    """Writes the final contents, all or none.

    Raises FixError when a file is no longer what the fix was made for, lies outside the
    project, or cannot be written; then every file is as it was.
    """
    before = {edit.path: _checked(root, edit) for edit in edits}
    prepared = _prepared(root, edits, before)
    done: list[str] = []
    try:
        for edit, temporary in prepared:
            target = root / edit.path
            if temporary is None:
                target.unlink()
            else:
                temporary.replace(target)
            done.append(edit.path)
    except OSError as error:
        _restore(root, done, before)
        raise FixError(
            f"cannot write {edit.path}: {error.strerror}; every file is as it was",
            way_out="Give dbwright the right to write there, or apply the diff of --diff.",
        ) from error
    finally:
        for _, temporary in prepared:
            if temporary is not None:
                temporary.unlink(missing_ok=True)


def stands(root: Path, path: str, text: str | None) -> bool:
    """Whether a file holds the text, in whatever form; None for a file that is not there."""
    target = root / path
    if text is None or not target.exists():
        return text is None and not target.exists()
    try:
        content = target.read_bytes()
        form = form_of(content)
        return text in (text_of(content, form), content.decode(form.encoding))
    except (OSError, ValueError, SyntaxError, LookupError):
        return False


def left_behind(root: Path, path: str) -> list[Path]:
    """Gives the temporary files of a write of that file which was killed."""
    target = root / path
    return sorted(target.parent.glob(f"{glob.escape(_waiting(target))}*"))


def missing_folders(root: Path, edits: Iterable[Edit]) -> list[str]:
    """Gives the folders that a write of the edits has to make, the innermost first."""
    found = {
        folder.relative_to(root).as_posix()
        for edit in edits
        for folder in (root / edit.path).parents
        if folder.is_relative_to(root) and not folder.exists()
    }
    return sorted(found, key=lambda name: -name.count("/"))


def _waiting(target: Path) -> str:
    return f".{target.name}.dbwright-"


def _checked(root: Path, edit: Edit) -> bytes | None:
    """The bytes of the file, still those that the edit was made for; None of a new one."""
    target = (root / edit.path).resolve()
    if not target.is_relative_to(root.resolve()):
        raise FixError(f"the fix would write outside the project: {edit.path}")
    if edit.before is None:
        if target.exists():
            raise FixError(f"{edit.path} exists already; nothing was written")
        return None
    try:
        content = target.read_bytes()
        form = form_of(content)
        present = text_of(content, form)
    except (OSError, ValueError, SyntaxError, LookupError) as error:
        raise FixError(f"cannot read {edit.path}: {error}; nothing was written") from error
    if edit.before not in (present, content.decode(form.encoding)):
        raise FixError(
            f"{edit.path} has changed since it was reviewed; nothing was written",
            way_out="Run the review again.",
        )
    if not form.newline and edit.before == present:
        raise FixError(
            f"the lines of {edit.path} end in two ways, CRLF and LF; nothing was written",
            way_out="Give it one kind of line ends (your editor, or dos2unix), then run it again.",
        )
    if not target.stat().st_mode & stat.S_IWUSR or not os.access(target, os.W_OK):
        raise FixError(
            f"{edit.path} is read-only; nothing was written",
            way_out="Give the right to write it, or apply the diff of --diff.",
        )
    return content


def _content(edit: Edit, before: bytes | None) -> bytes:
    """The new text in the form of the file: its encoding, mark and line ends."""
    assert edit.after is not None
    if before is None:
        return edit.after.encode()
    form = form_of(before)
    exact = edit.before == before.decode(form.encoding) and "\r" in (edit.before or "")
    try:
        return edit.after.encode(form.encoding) if exact else bytes_of(edit.after, form)
    except UnicodeEncodeError as error:
        sign = error.object[error.start : error.end]
        raise FixError(
            f"{edit.path} is in {form.encoding}, which has no {sign!r}; nothing was written",
            way_out="Save the file as UTF-8, without the line that names its encoding.",
        ) from error


def _prepared(
    root: Path, edits: Sequence[Edit], before: dict[str, bytes | None]
) -> list[tuple[Edit, Path | None]]:
    contents = [None if e.after is None else _content(e, before[e.path]) for e in edits]
    prepared: list[tuple[Edit, Path | None]] = []
    made: list[Path] = []
    try:
        for edit, content in zip(edits, contents, strict=True):
            # Alembic's file_template may put a year's revisions in a folder of their own
            made += _made((root / edit.path).parent)
            prepared.append((edit, _temporary(root / edit.path, content)))
    except OSError as error:
        for _, temporary in prepared:
            if temporary is not None:
                temporary.unlink(missing_ok=True)
        for folder in reversed(made):
            folder.rmdir()
        raise FixError(
            f"cannot write beside {edit.path}: {error.strerror}; nothing was written",
            way_out="Make room or give the right to write there, or apply the diff of --diff.",
        ) from error
    return prepared


def _made(folder: Path) -> list[Path]:
    """Makes a folder; gives those that were missing, the outermost first."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()][::-1]
    folder.mkdir(parents=True, exist_ok=True)
    return missing


def _temporary(target: Path, content: bytes | None) -> Path | None:
    if content is None:
        return None
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=_waiting(target))
    path = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        path.chmod(target.stat().st_mode if target.exists() else 0o644)
    except OSError:
        path.unlink(missing_ok=True)
        raise
    return path


def _restore(root: Path, done: Sequence[str], before: dict[str, bytes | None]) -> None:
    for path in done:
        content = before[path]
        if content is None:
            (root / path).unlink(missing_ok=True)
        else:
            (root / path).write_bytes(content)


def _lines(text: str | None) -> list[str]:
    lines = (text or "").splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n\\ No newline at end of file\n"
    return lines

"""Git: questions to the repository that write nothing in it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tarfile
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from dbwright.core.errors import CollectError

_PATIENCE = 60.0
_LARGEST = 5_000_000
# neither hooks nor a file monitor of the repository's own configuration may run
_QUIETLY = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null")


class GitError(CollectError):
    """Git could not answer."""


def ask(folder: Path, *arguments: str) -> str:
    """Gives git's answer; a refusal or a missing git raises GitError."""
    return _answer(folder, arguments).decode(errors="surrogateescape")


def _answer(folder: Path, arguments: Sequence[str], told: bytes = b"") -> bytes:
    # no optional lock: `git status` would else refresh the index file
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    try:
        answer = subprocess.run(
            ["git", "-C", str(folder), *_QUIETLY, *arguments],
            env=environment,
            capture_output=True,
            input=told,
            timeout=_PATIENCE,
            check=False,
        )
    except FileNotFoundError as error:
        raise GitError("git is not installed") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise GitError(f"git did not answer: {error}") from error
    if answer.returncode:
        words = answer.stderr.decode(errors="replace").strip().splitlines()
        raise GitError(words[0] if words else f"git {arguments[0]} failed")
    return answer.stdout


def top(folder: Path) -> Path | None:
    """Gives the root of the work tree that the folder is in, None outside of any."""
    try:
        return Path(ask(folder, "rev-parse", "--show-toplevel").rstrip("\n"))
    except GitError:
        return None


def commit_of(folder: Path, reference: str) -> str | None:
    """Gives the commit that a reference names, None where there is none."""
    try:
        return ask(
            folder, "rev-parse", "--verify", "--quiet", "--end-of-options", reference + "^{commit}"
        ).strip()
    except GitError:
        return None


def merge_base(folder: Path, one: str, other: str) -> str | None:
    """Gives the newest commit that both have, None where the clone is too shallow to tell."""
    try:
        return ask(folder, "merge-base", one, other).split()[0]
    except (GitError, IndexError):
        return None


def files_at(folder: Path, commit: str) -> frozenset[str]:
    """Gives the paths that a commit has, from the root of the repository."""
    listed = ask(folder, "ls-tree", "-r", "-z", "--full-tree", "--name-only", commit)
    return frozenset(filter(None, listed.split("\0")))


def renamed_since(folder: Path, commit: str) -> dict[str, str]:
    """Gives the new path of each file renamed since the commit, with the old one."""
    answer = ask(folder, "diff", "--name-status", "-z", "-M", "--diff-filter=R", commit, "--")
    parts = answer.split("\0")
    return {parts[at + 2]: parts[at + 1] for at in range(0, len(parts) - 2, 3)}


def changed(folder: Path, one: str, other: str) -> frozenset[str]:
    """Gives the paths that differ between two commits; a renamed file is both of its paths."""
    answer = ask(folder, "diff", "--name-only", "-z", "--no-renames", one, other, "--")
    return frozenset(filter(None, answer.split("\0")))


def text_at(folder: Path, commit: str, path: str) -> str:
    """Gives the text of a file as the commit has it."""
    return ask(folder, "show", f"{commit}:{path}")


def texts_at(folder: Path, commit: str, paths: Iterable[str]) -> dict[str, str]:
    """Gives the texts of files as the commit has them; what is no file there is left out.

    One process reads them all: one for each costs more than to read what it gives.
    """
    wanted = set(paths)
    if not wanted:
        return {}
    blobs = {path: blob for path, blob in _blobs(folder, commit) if path in wanted}
    asked = "".join(f"{blob}\n" for blob in blobs.values())
    answer = _answer(folder, ("cat-file", "--batch"), asked.encode())
    texts: dict[str, str] = {}
    at = 0
    for path in blobs:
        end = answer.index(b"\n", at)
        head = answer[at:end].split()
        if len(head) != 3:
            raise GitError(f"git has not the contents of {path} at {commit[:12]}")
        size = int(head[2])
        texts[path] = answer[end + 1 : end + 1 + size].decode(errors="surrogateescape")
        at = end + 1 + size + 1
    return texts


def _blobs(folder: Path, commit: str) -> Iterator[tuple[str, str]]:
    """The path and the object of each file that a commit has; a submodule is none."""
    for entry in ask(folder, "ls-tree", "-r", "-z", "--full-tree", commit).split("\0"):
        head, _, path = entry.partition("\t")
        if head.split()[1:2] == ["blob"]:
            yield path, head.split()[2]


@contextlib.contextmanager
def unpacked(folder: Path, commit: str) -> Iterator[Path]:
    """Gives a temporary folder with the files of a commit; nothing is written to .git.

    Files above 5 MB are left out: old code is wanted, not data.
    """
    with tempfile.TemporaryDirectory(prefix="dbwright-", ignore_cleanup_errors=True) as name:
        root = top(folder) or folder
        with tempfile.TemporaryFile() as packed:
            _archive(root, commit, packed.fileno())
            packed.seek(0)
            with tarfile.open(fileobj=packed, mode="r:") as archive:
                _extract(archive, name)
        yield Path(name).resolve()


def _archive(root: Path, commit: str, output: int) -> None:
    try:
        answer = subprocess.run(
            ["git", "-C", str(root), *_QUIETLY, "archive", "--format=tar", commit],
            stdout=output,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            timeout=_PATIENCE * 5,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise GitError(f"git could not give the files of {commit[:12]}: {error}") from error
    if answer.returncode:
        raise GitError(answer.stderr.decode(errors="replace").strip() or "git archive failed")


def _extract(archive: tarfile.TarFile, folder: str) -> None:
    if hasattr(tarfile, "data_filter"):
        archive.extractall(folder, filter=_wanted)
        return
    # before Python 3.11.4 there are no filters; git's own archives name no path outside
    members = [m for m in archive if m.size <= _LARGEST and (m.isfile() or m.isdir())]
    archive.extractall(folder, members)


def _wanted(member: tarfile.TarInfo, path: str) -> tarfile.TarInfo | None:
    if member.size > _LARGEST:
        return None
    try:
        return tarfile.data_filter(member, path)
    except tarfile.FilterError:
        # a link out of the tree: the old code that needs it will say so itself
        return None

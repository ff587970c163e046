"""The processes of a scratch server: initdb, the watchdog with its server, what they left."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from dbwright.dialects.postgresql.server import initdb_arguments, start_arguments
from dbwright.scratch.binaries import Binaries
from dbwright.scratch.server_place import Identity

_KEPT_VARIABLES = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "TEMP", "TMP")
_POLL_SECONDS = 0.5


class InitdbFailed(Exception):
    """Initdb could not make a cluster; the text is what it said."""


class Listening(Protocol):
    """Where a server is to listen."""

    @property
    def socket_dir(self) -> str | None:
        """The socket's folder, or None on loopback."""

    @property
    def port(self) -> int:
        """The port, which names the socket too."""


def pauses(seconds: float) -> Iterator[Callable[[], None]]:
    """Yield pauses between tries, from 10 to 100 ms, until so many seconds are over."""
    end = time.monotonic() + seconds
    length = 0.01
    while time.monotonic() < end:
        yield lambda length=length: time.sleep(length)  # type: ignore[misc]
        length = min(length * 1.2, 0.1)


def environment() -> dict[str, str]:
    """Give the environment of the server's programs: nothing of the user's but paths."""
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    return kept | {"LC_ALL": "C"}


def initialize(data: Path, binaries: Binaries, identity: Identity, password: str | None) -> None:
    """Make a cluster beside its place and move it there when it is whole, or raise."""
    part = data.with_name(f"data-{secrets.token_hex(4)}.part")
    try:
        text = ""
        # The C locale is the last resort of a machine without C.UTF-8, as macOS.
        for locale in ("C.UTF-8", "C"):
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir(0o700)
            identity.own(part)
            status, text = _initdb(part, binaries, identity, locale, password)
            if status == 0:
                try:
                    os.rename(part, data)
                except OSError:
                    # another process may have made the same meanwhile
                    if not (data / "PG_VERSION").exists():
                        raise
                return
            if "locale" not in text:
                break
        raise InitdbFailed(_last_lines(text))
    finally:
        shutil.rmtree(part, ignore_errors=True)


def copy_data(pristine: Path, data: Path, identity: Identity) -> None:
    """Make a cluster as a copy of one that was never started; whole or not at all."""
    part = data.with_name(f"data-{secrets.token_hex(4)}.part")
    try:
        shutil.copytree(pristine, part)
        for path in (part, *part.rglob("*")):
            identity.own(path)
        os.rename(part, data)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _initdb(
    data: Path, binaries: Binaries, identity: Identity, locale: str, password: str | None
) -> tuple[int, str]:
    """Run initdb and give its status and words; nothing of it outlives an interruption."""
    with _password_file(password, identity) as password_file:
        arguments = initdb_arguments(
            binaries.major, data, locale=locale, password_file=password_file
        )
        with subprocess.Popen(
            [binaries.program("initdb"), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd="/" if os.name == "posix" else None,
            env=environment(),
            **identity.process_arguments(),
        ) as process:
            try:
                output, _ = process.communicate(timeout=120)
            except BaseException:
                _kill_group(process)
                raise
    return process.returncode, output.decode(errors="replace")


@contextlib.contextmanager
def _password_file(password: str | None, identity: Identity) -> Iterator[Path | None]:
    if password is None:
        yield None
        return
    handle, name = tempfile.mkstemp(prefix="dbw-")
    try:
        with open(handle, "w") as file:
            file.write(password)
        identity.own(Path(name))
        yield Path(name)
    finally:
        os.unlink(name)


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    if sys.platform == "win32":
        process.kill()
        return
    # initdb runs a server of its own to fill the catalog: both are in the session we made.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _last_lines(text: str, count: int = 6) -> str:
    return "\n".join(text.strip().splitlines()[-count:]) or "it ended without a word"


def log_tail(folder: Path) -> str:
    """Give the end of the server's log."""
    with contextlib.suppress(OSError):
        return _last_lines((folder / "server.log").read_text(errors="replace"))
    return "it left no log"


@contextlib.contextmanager
def launched(
    folder: Path, binaries: Binaries, address: Listening, identity: Identity
) -> Iterator[Callable[[], bool]]:
    """Start a watchdog with its server; left by an exception, both are ended again."""
    command = [binaries.program("postgres")]
    command += start_arguments(folder / "data", socket_dir=address.socket_dir, port=address.port)
    process = _watchdog(folder, address, command=command, identity=identity)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield lambda: not _closed(process)
        with contextlib.suppress(OSError):
            process.stdin.write(b"1")
            process.stdin.flush()
    except BaseException:
        process.stdin.close()
        _await_end(process, 30.0)
        raise
    finally:
        with contextlib.suppress(OSError):
            process.stdin.close()
        process.stdout.close()


def watch(folder: Path, address: Listening) -> None:
    """Start a watchdog for a server that runs and has none."""
    process = _watchdog(folder, address, command=None, identity=Identity())
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()


def _watchdog(
    folder: Path, address: Listening, *, command: list[str] | None, identity: Identity
) -> subprocess.Popen[bytes]:
    """Run the watchdog in a bare interpreter; what it is told goes by its arguments."""
    orders = {
        "folder": str(folder),
        "socket_dir": address.socket_dir,
        "port": address.port,
        "command": command,
        "environment": environment(),
        "identity": identity.process_arguments(),
        "guard_seconds": 30 if command else 0,
        "poll_seconds": _POLL_SECONDS,
    }
    script = Path(__file__).with_name("server_watchdog.py")
    with open(folder / "watchdog.log", "wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(script), json.dumps(orders)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
            cwd="/" if os.name == "posix" else None,
        )
    if os.name == "posix":
        # The first process ends at once; the watchdog itself is then nobody's child.
        process.wait()
    return process


def _closed(process: subprocess.Popen[bytes]) -> bool:
    """Whether the watchdog is gone: it never writes, so readable output means its end."""
    if os.name != "posix":
        return process.poll() is not None
    assert process.stdout is not None
    return bool(select.select([process.stdout], [], [], 0)[0])


def _await_end(process: subprocess.Popen[bytes], seconds: float) -> None:
    for pause in pauses(seconds):
        if _closed(process):
            return
        pause()


def end_leftovers(data: Path) -> None:
    """Kill what still runs in the data folder after its postmaster was lost.

    A process is known by its working folder, never by a number in a file, which may long
    belong to somebody else.
    """
    for pause in pauses(10.0):
        found = _running_in(data)
        if not found:
            return
        for pid in found:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL if os.name == "posix" else signal.SIGTERM)
        pause()


def _running_in(data: Path) -> list[int]:
    """Give the processes whose working folder is the data folder, where Linux tells."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cwd"):
        with contextlib.suppress(OSError):
            if os.readlink(entry) == os.path.realpath(data):
                found.append(int(entry.parent.name))
    return found

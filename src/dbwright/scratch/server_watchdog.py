"""The process that owns the scratch server: it starts it, and stops it when nobody is left.

Run by its path in a bare interpreter, so: standard library only, nothing of ours but the file
`lease.py` beside it. It holds guard.lock while it lives. Its standard input is the lifeline of
the one who starts: closed before a byte came through, it means that the start was given up.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

_STOP_SECONDS = 20.0


def _leases() -> Any:
    """Load `lease.py` from this file's own folder, without importing the package."""
    spec = importlib.util.spec_from_file_location(
        "dbwright_lease", Path(__file__).with_name("lease.py")
    )
    if spec is None or spec.loader is None:
        raise ImportError("lease.py is not beside the watchdog")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Watchdog:
    """One server's owner; `orders` is what the starter wrote."""

    def __init__(self, orders: dict[str, Any]) -> None:
        self.orders = orders
        self.folder = Path(orders["folder"])
        self.data = self.folder / "data"
        self.file_lock = _leases().FileLock
        self.process: subprocess.Popen[bytes] | None = None
        self.last_seen = time.time()
        self.asked_to_stop = False

    def run(self) -> None:
        """Start the server if so ordered, then keep it until nobody needs it."""
        guard = self.file_lock(self.folder / "guard.lock")
        if not guard.acquire(self.orders["guard_seconds"]):
            return
        signal.signal(signal.SIGTERM, self._note_stop)
        if self.orders["command"]:
            self._launch()
            if not self._start_confirmed():
                self._stop()
                return
        self._keep()

    def _note_stop(self, *_: object) -> None:
        self.asked_to_stop = True

    def _launch(self) -> None:
        with open(self.folder / "server.log", "wb") as log:
            self.process = subprocess.Popen(
                self.orders["command"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/" if os.name == "posix" else None,
                env=self.orders["environment"],
                **self.orders["identity"],
            )

    def _start_confirmed(self) -> bool:
        """Wait for the starter's byte; no byte, or a dead server, ends it all."""
        while self.process is not None and self.process.poll() is None:
            if os.name != "posix" or select.select([0], [], [], 0.05)[0]:
                confirmed = os.read(0, 1) == b"1"
                os.close(0)
                return confirmed
        return False

    def _keep(self) -> None:
        while self._alive() and not self.asked_to_stop:
            if self._unused() and self._stop_unused():
                return
            time.sleep(self.orders["poll_seconds"])
        self._stop()

    def _alive(self) -> bool:
        """Whether the server answers on its socket and still has its data."""
        if not (self.data / "PG_VERSION").exists():
            return False
        return self.process.poll() is None if self.process is not None else self._answers()

    def _answers(self) -> bool:
        if self.orders["socket_dir"] is None:
            address: Any = ("127.0.0.1", self.orders["port"])
            family = socket.AF_INET
        else:
            address = f"{self.orders['socket_dir']}/.s.PGSQL.{self.orders['port']}"
            family = socket.AF_UNIX
        with socket.socket(family) as probe:
            probe.settimeout(5)
            try:
                probe.connect(address)
            except OSError as error:
                return isinstance(error, (TimeoutError, BlockingIOError))
        return True

    def _unused(self) -> bool:
        """Whether no lease is held and the last one ended long enough ago."""
        lease = self.file_lock(self.folder / "lease.lock")
        if not lease.try_acquire():
            self.last_seen = time.time()
            return False
        try:
            return self._idle_is_over()
        finally:
            lease.release()

    def _idle_is_over(self) -> bool:
        path = self.folder / "lease.lock"
        try:
            idle = float(path.read_text() or "60")
            last = max(self.last_seen, path.stat().st_mtime)
        except (OSError, ValueError):
            return True
        # A clock that was set back must not keep the server forever.
        return not 0 <= time.time() - last < idle

    def _stop_unused(self) -> bool:
        """Stop under both locks, so that nobody joins a server that is going down."""
        start = self.file_lock(self.folder / "start.lock")
        if not start.try_acquire():
            return False
        lease = self.file_lock(self.folder / "lease.lock")
        if not lease.try_acquire():
            start.release()
            return False
        self._stop()
        return True

    def _stop(self) -> None:
        """Shut the server down, fast and then hard, and remove its socket."""
        for number in (signal.SIGINT, signal.SIGQUIT):
            if not self._signal(number) or self._gone_within(_STOP_SECONDS):
                break
        if self.orders["socket_dir"] is not None:
            shutil.rmtree(self.orders["socket_dir"], ignore_errors=True)

    def _signal(self, number: int) -> bool:
        """Signal the postmaster, whose pid is trusted only where its socket answers."""
        if self.process is not None:
            if self.process.poll() is None:
                self.process.send_signal(number)
            return self.process.poll() is None
        if not self._answers():
            return False
        with contextlib.suppress(OSError, ValueError):
            os.kill(int((self.data / "postmaster.pid").read_text().split("\n", 1)[0]), number)
        return True

    def _gone_within(self, seconds: float) -> bool:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.process is not None:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self.process.wait(0.5)
                    return True
            elif not self._answers() and not (self.data / "postmaster.pid").exists():
                return True
            else:
                time.sleep(0.05)
        return False


def detach() -> None:
    """Leave the starter's process tree and terminal; the lifeline stays."""
    if os.name == "posix":
        if os.fork():
            os._exit(0)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)


if __name__ == "__main__":
    detach()
    Watchdog(json.loads(sys.argv[1])).run()

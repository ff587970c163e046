"""One child process: started behind clean variables, spoken to over pipes, ended with its kin."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

CHILD = Path(__file__).parent.parent / "child" / "__main__.py"
KEPT_OUTPUT = 200_000  # bytes of the child's own output that are kept
LONGEST_MESSAGE = 256_000_000
PATIENCE = 1.0  # seconds that a hanging child has to say where
QUIET = 0.05  # seconds after which it has said all


class Gone(Exception):
    """The child has ended without an answer; `status` is its exit status."""

    def __init__(self, status: int | None) -> None:
        super().__init__(f"exit status {status}")
        self.status = status


class TimedOut(Exception):
    """The child did not answer in time."""


class ChildProcess:
    """A running child and the pipes to it.

    `output` is what user code printed, at most the last of it.
    """

    def __init__(self, python: Path, root: Path, environment: dict[str, str]) -> None:
        read_fd, self._write = os.pipe()
        self._read, write_fd = os.pipe()
        try:
            self._process = subprocess.Popen(
                [str(python), str(CHILD), str(read_fd), str(write_fd)],
                cwd=root,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=(read_fd, write_fd),
                start_new_session=True,
            )
        except BaseException:
            os.close(self._write)
            os.close(self._read)
            raise
        finally:
            os.close(read_fd)
            os.close(write_fd)
        self.output = bytearray()
        self._buffer = bytearray()
        self._open = True
        self._selector = selectors.DefaultSelector()
        assert self._process.stdout is not None
        self._stdout = self._process.stdout
        for fd in (self._read, self._stdout.fileno()):
            os.set_blocking(fd, False)
            self._selector.register(fd, selectors.EVENT_READ)

    @property
    def pid(self) -> int:
        """The process id of the child's supervisor."""
        return self._process.pid

    def send(self, message: dict[str, Any]) -> None:
        """Writes one message; Gone when nobody reads."""
        data = memoryview(json.dumps(message, separators=(",", ":")).encode() + b"\n")
        try:
            while data:
                data = data[os.write(self._write, data) :]
        except BrokenPipeError:
            raise Gone(self._status()) from None

    def receive(self, seconds: float) -> dict[str, Any]:
        """Gives the child's next message; TimedOut or Gone when there is none."""
        until = time.monotonic() + seconds
        while True:
            end = self._buffer.find(b"\n", max(0, len(self._buffer) - 1_100_000))
            if end < 0:
                end = self._buffer.find(b"\n")
            if end >= 0:
                line = bytes(self._buffer[:end])
                del self._buffer[: end + 1]
                message: dict[str, Any] = json.loads(line)
                return message
            left = until - time.monotonic()
            if left <= 0:
                raise TimedOut
            self._wait(left)

    def _wait(self, seconds: float) -> None:
        for key, _ in self._selector.select(seconds):
            if key.fd == self._read:
                self._read_message()
            else:
                self.drain()

    def _read_message(self) -> None:
        data = os.read(self._read, 1_000_000)
        if not data or len(self._buffer) > LONGEST_MESSAGE:
            self.drain()
            raise Gone(self._status())
        self._buffer += data

    def drain(self) -> None:
        """Reads what the child has printed so far."""
        fd = self._stdout.fileno()
        while True:
            try:
                data = os.read(fd, 65536)
            except BlockingIOError:
                return
            if not data:
                with contextlib.suppress(KeyError):
                    self._selector.unregister(fd)
                return
            self.output += data
            del self.output[:-KEPT_OUTPUT]

    def ask_where(self) -> None:
        """Has the child print where it stands, and reads that; nothing where it will not."""
        if not hasattr(signal, "SIGUSR1") or self._process.poll() is not None:
            return
        os.kill(self._process.pid, signal.SIGUSR1)
        until, known = time.monotonic() + PATIENCE, len(self.output)
        while time.monotonic() < until:
            before = len(self.output)
            self._selector.select(PATIENCE if before == known else QUIET)
            self.drain()
            if known < before == len(self.output):
                return

    def _status(self) -> int | None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self._process.wait(2)
        return None

    def close(self) -> None:
        """Ends the child and all that it started: closing our end is the order to end."""
        if not self._open:
            return
        self._open = False
        os.close(self._write)
        try:
            self._process.wait(3)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        finally:
            self._selector.close()
            os.close(self._read)
            self._stdout.close()

"""The child's process: it never outlives its parent, and nothing that it starts outlives it."""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import sys
import time

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
LOOK_EVERY = 0.2  # seconds; how late the end of the worker may be noticed


def supervise(read_fd: int, write_fd: int) -> None:
    """Forks: returns in the worker; the supervisor stays here until one end is gone.

    The supervisor has one thread and no user code, so it can always notice that the parent's
    end of the pipe is closed, and kill all that user code has started.
    """
    _prctl(PR_SET_CHILD_SUBREAPER, 1)
    supervisor = os.getpid()
    worker = os.fork()
    if worker == 0:
        _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != supervisor:
            os._exit(1)
        os.setpgid(0, 0)
        return
    with contextlib.suppress(OSError):
        os.setpgid(worker, worker)
    os.close(write_fd)
    signal.signal(signal.SIGUSR1, lambda *_: os.kill(worker, signal.SIGUSR1))
    for fd in (1, 2):
        os.close(fd)
    os._exit(_watch(worker, read_fd))


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


def _watch(worker: int, read_fd: int) -> int:
    """Gives the exit status of the worker, killed when the parent is gone."""
    signal.signal(signal.SIGCHLD, lambda *_: None)
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    poll = select.poll()
    poll.register(read_fd, 0)
    poll.register(woken, select.POLLIN)
    status = None
    while status is None:
        events = dict(poll.poll(LOOK_EVERY * 1000))
        if events.get(read_fd, 0) & (select.POLLHUP | select.POLLERR):
            break
        if events.get(woken):
            os.read(woken, 512)
        status = _reaped(worker)
    _kill_all(worker)
    return 0 if status is None else status


def _reaped(worker: int) -> int | None:
    """Gives the worker's status once it has ended; buries orphans on the way."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return 1
        if pid == 0:
            return None
        if pid == worker:
            return 128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def _kill_all(worker: int) -> None:
    with contextlib.suppress(OSError):
        os.killpg(worker, signal.SIGKILL)
    until = time.monotonic() + 2
    while time.monotonic() < until:
        for pid in _children():
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        try:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                time.sleep(0.005)
        except ChildProcessError:
            return


def _children() -> list[int]:
    """Gives the processes that are now ours: daemons of user code come to us as subreaper."""
    try:
        with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as file:
            return [int(pid) for pid in file.read().split()]
    except OSError:
        return []

"""What the servers of a measured program take: CPU and memory, read from Linux's /proc.

They are nobody's children, so that no one waits for them and is told. They are known by a mark in
PATH, which is all that a server of dbwright has of its starter's environment. A server counts
its own processes that have ended; those that run are looked at ten times a second.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections import defaultdict
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")
_EVERY = 0.1


class Servers:
    """The PostgreSQL servers that dbwright starts in this process from now on.

    `seconds` is the CPU of all their processes, `peak` the most megabytes of memory that one of
    these had by itself: pages that processes share are not counted.
    """

    def __init__(self) -> None:
        self.spent: dict[str, float] = defaultdict(float)
        self.peak = 0.0
        mark = f"/measured-{os.getpid()}"
        os.environ["PATH"] = f"{os.environ.get('PATH', '')}{os.pathsep}{mark}"
        self.mark = mark.encode()
        self.ended = threading.Event()
        self.watch = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Servers:
        self.watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self.watch.join()

    @property
    def seconds(self) -> float:
        """The CPU of all of them, as it was last seen."""
        return sum(self.spent.values())

    def _watch(self) -> None:
        while not self.ended.wait(_EVERY):
            now: dict[str, float] = defaultdict(float)
            for pid, first in self._found().items():
                with contextlib.suppress(OSError):
                    now[first] += _seconds(pid, whole=str(pid) == first)
                    self.peak = max(self.peak, _own_memory(pid))
            for each, seconds in now.items():
                self.spent[each] = max(self.spent[each], seconds)

    def _found(self) -> dict[int, str]:
        """Give the processes of the servers, and of each the first one of its server."""
        found = {}
        for entry in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError, IndexError):
                folder = Path(os.readlink(entry / "cwd"))
                if folder.name == "data":
                    first = (folder / "postmaster.pid").read_text().split()[0]
                    # the others write what they do over the environment that they were given
                    if self.mark in Path(f"/proc/{first}/environ").read_bytes():
                        found[int(entry.name)] = first
        return found


def _seconds(pid: int, *, whole: bool) -> float:
    """Give the CPU of a process; `whole` with that of the children that it has waited for."""
    # the name stands in brackets and may have blanks: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(each) for each in fields[11 : 15 if whole else 13]) / _TICK


def _own_memory(pid: int) -> float:
    """Give the megabytes that are a process's own."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return sum(int(each.split()[1]) for each in lines if each.startswith("RssAnon:")) / 1024

"""Watches a whole process: from when it imports SQLAlchemy until it ends.

Where the facts go, and what is to be tried, stands in two variables; processes that it starts are
watched as well. What was seen is written again and again, in two parts of a hundred of the time and
every two seconds at least, so that a process which is killed has told nearly all.
"""

from __future__ import annotations

import atexit
import importlib
import importlib.abc
import importlib.machinery
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .hook import Watcher

FOLDER = "DBWRIGHT_WATCH"
"""The variable that names the folder for the facts."""
INJECT = "DBWRIGHT_WATCH_INJECT"
"""The variable that holds what is to be tried, as JSON (inject.py)."""
READS = "DBWRIGHT_WATCH_READS"
"""The variable that, where it is set, has what is read taken down too (reads.py)."""
ALSO = "DBWRIGHT_WATCH_ALSO"
"""The variable that names what else begins then, as `package.module:function`."""
_EVERY = 2.0
_SHARE = 50


def begin() -> None:
    """Begins when SQLAlchemy's ORM is imported, or its core is and the ORM is not."""
    folder = os.environ.get(FOLDER)
    if folder:
        sys.meta_path.insert(0, _Finder(_Process(folder)))


class _Process:
    """One process that is watched, and the file that its facts go to."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.watcher: Watcher | None = None
        self._due = 0.0

    def start(self) -> None:
        """Begins to watch."""
        from .hook import Watcher

        if self.watcher is not None:
            return
        self.watcher = watcher = Watcher(reads=bool(os.environ.get(READS)))
        watcher.start()
        watcher.often = self.often
        injected = os.environ.get(INJECT)
        if injected:
            from .inject import inject

            inject(json.loads(injected), watcher)
        atexit.register(self.write)
        self._tell_at_exit()
        also = os.environ.get(ALSO)
        if also:
            _also(*also.split(":"))
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._forked)

    def _tell_at_exit(self) -> None:
        """Has os._exit, which runs nothing else, write first."""
        ended = os._exit

        def _exit(status: int) -> None:
            try:
                self.write()
            finally:
                ended(status)

        os._exit = _exit  # type: ignore[assignment]

    def _forked(self) -> None:
        """Begins anew in a child: what its parent saw is the parent's to tell."""
        if self.watcher is None:
            return
        self.watcher.forget()
        util = sys.modules.get("multiprocessing.util")
        if util is not None:  # its children end without atexit
            util.Finalize(None, self.write, exitpriority=0)

    def often(self) -> None:
        """Writes what was seen so far, the less often the longer it takes."""
        now = time.monotonic()
        if now > self._due:
            self.write()
            took = time.monotonic() - now
            self._due = now + took + min(_EVERY, _SHARE * took)

    def write(self) -> None:
        """Writes the facts; a folder that is gone is no error."""
        from .facts import facts

        if self.watcher is None:
            return
        try:
            text = json.dumps({**facts(self.watcher), "process": os.getpid(), "argv": sys.argv[:3]})
            handle, name = tempfile.mkstemp(dir=self.folder, suffix=".part")
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            os.replace(name, os.path.join(self.folder, f"{os.getpid()}.json"))
        except OSError:
            pass


def _also(module: str, name: str) -> None:
    try:
        getattr(importlib.import_module(module), name)()
    except Exception as error:  # this interpreter may not have it
        sys.stderr.write(f"{module} cannot begin: {type(error).__name__}: {error}\n")


class _Finder(importlib.abc.MetaPathFinder):
    """Begins behind the import of SQLAlchemy; finds nothing by itself."""

    def __init__(self, process: _Process) -> None:
        self.process = process
        self._asked = False

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Gives the spec of SQLAlchemy, with our start behind its loader."""
        if name != "sqlalchemy" or self._asked:
            return None
        self._asked = True
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader, self.process)
        return spec


class _Loader(importlib.abc.Loader):
    """A loader that says when it has loaded."""

    def __init__(self, loader: Any, process: _Process) -> None:
        self.loader, self.process = loader, process

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        """Gives what the loader makes."""
        made: ModuleType | None = self.loader.create_module(spec)
        return made

    def exec_module(self, module: ModuleType) -> None:
        """Loads, and begins to watch."""
        spec = module.__spec__
        if spec is not None:
            spec.loader = module.__loader__ = self.loader
        self.loader.exec_module(module)
        try:
            self.process.start()
        except Exception as error:
            sys.stderr.write(f"dbwright cannot watch: {type(error).__name__}: {error}\n")

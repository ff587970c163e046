"""Files as edits would leave them: user code sees the new text, the disk keeps the old."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import linecache
import os
import sys
import types
from typing import Any

from . import frames
from .state import current


def lay(edited: dict[str, str | None]) -> None:
    """Has these files read with other text from now on; paths are relative to the root.

    None takes a file away. A module that is imported already keeps the text it was read with.
    """
    for path in current.edited:
        linecache.cache.pop(path, None)
    current.edited = {os.path.join(current.root, path): text for path, text in edited.items()}
    for path, text in current.edited.items():
        if text is not None:
            linecache.cache[path] = (len(text), None, text.splitlines(True), path)


def install() -> None:
    """Has Python's loader of source files ask the edits first.

    Alembic executes every revision anew for each command, and no byte code is written: what was
    compiled is kept here, for as long as the file has the same time and size.
    """
    loader: Any = importlib.machinery.SourceFileLoader
    of_disk = loader.get_code
    kept: dict[str, tuple[tuple[int, int], Any]] = {}

    def get_code(self: Any, fullname: str) -> Any:
        path = os.path.abspath(self.get_filename(fullname))
        text = current.edited.get(path)
        if text is not None:
            return compile(text, path, "exec", dont_inherit=True)
        if not frames.is_project(path):
            return of_disk(self, fullname)
        state = os.stat(path)
        key = (state.st_mtime_ns, state.st_size)
        if path not in kept or kept[path][0] != key:
            kept[path] = (key, of_disk(self, fullname))
        return kept[path][1]

    loader.get_code = get_code
    sys.meta_path.append(_New())


class _New(importlib.abc.MetaPathFinder):
    """Finds modules that the edits add, where the disk has none."""

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> Any:
        """Gives the spec of a module whose file is among the edits."""
        name = fullname.rpartition(".")[2] + ".py"
        for folder in sys.path if path is None else path:
            file = os.path.join(os.path.abspath(folder or "."), name)
            if current.edited.get(file) is not None:
                return importlib.util.spec_from_file_location(fullname, file)
        return None


def module(path: str, text: str) -> types.ModuleType:
    """Gives the module that a file with this text is, executed."""
    found = types.ModuleType(os.path.basename(path)[: -len(".py")])
    found.__file__ = path
    exec(compile(text, path, "exec", dont_inherit=True), found.__dict__)
    return found

"""Files as edits would leave them: user code sees the new text, the disk keeps the old."""

from __future__ import annotations

import importlib.machinery
import linecache
import os
import types
from typing import Any

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
    """Has Python's loader of source files ask the edits first."""
    loader: Any = importlib.machinery.SourceFileLoader
    of_disk = loader.get_code

    def get_code(self: Any, fullname: str) -> Any:
        path = os.path.abspath(self.get_filename(fullname))
        text = current.edited.get(path)
        return of_disk(self, fullname) if text is None else compile(text, path, "exec")

    loader.get_code = get_code


def module(path: str, text: str) -> types.ModuleType:
    """Gives the module that a file with this text is, executed."""
    found = types.ModuleType(os.path.basename(path)[: -len(".py")])
    found.__file__ = path
    exec(compile(text, path, "exec"), found.__dict__)
    return found

"""Which line of the project's own code stands behind a call."""

from __future__ import annotations

import os
import sys
from types import FrameType, TracebackType
from typing import Any

from .state import current

OURS = os.path.dirname(os.path.abspath(__file__)) + os.sep
_of_project: dict[str, bool] = {}
_relative: dict[str, str] = {}


def is_project(filename: str) -> bool:
    """Whether the file is the project's own: under its root, and in no environment there."""
    known = _of_project.get(filename)
    if known is None:
        path = os.path.abspath(filename)
        known = (
            path.startswith(current.root + os.sep)
            and not filename.startswith("<")
            and not path.startswith(OURS)
            and "site-packages" not in path
            and not path.startswith(os.path.abspath(sys.prefix) + os.sep)
        )
        _of_project[filename] = known
    return known


def forget() -> None:
    """Empties what is known of files: the root has changed."""
    _of_project.clear()
    _relative.clear()


def relative(filename: str) -> str:
    """Gives the path as the project's root sees it."""
    known = _relative.get(filename)
    if known is None:
        path = os.path.abspath(filename)
        inside = path.startswith(current.root + os.sep)
        known = os.path.relpath(path, current.root) if inside else path
        if os.path.isabs(filename):
            _relative[filename] = known
    return known


def caller(frame: FrameType | None = None) -> dict[str, Any] | None:
    """Gives file and line of the innermost frame of the project, or None."""
    frame = frame or sys._getframe(1)
    while frame is not None:
        if is_project(frame.f_code.co_filename):
            return {"file": relative(frame.f_code.co_filename), "line": frame.f_lineno}
        frame = frame.f_back
    return None


def statement_origin() -> tuple[dict[str, Any] | None, str | None]:
    """Gives the place in the running revision that sends a statement, and the Alembic call.

    The revision's own frame wins over a helper module's: the finding is about the revision.
    """
    operation = None
    first = None
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        code = frame.f_code
        name = code.co_filename
        if name == current.revision_file:
            return {"file": relative(name), "line": frame.f_lineno}, operation
        if name.endswith(("alembic/operations/ops.py", "alembic/operations/base.py")):
            if not code.co_name.startswith("_"):
                operation = code.co_name
        elif first is None and is_project(name):
            first = {"file": relative(name), "line": frame.f_lineno}
        frame = frame.f_back
    return first, operation


def innermost(traceback: TracebackType | None) -> dict[str, Any] | None:
    """Gives file and line of the deepest frame of the project in a traceback, or None."""
    found = None
    while traceback is not None:
        filename = traceback.tb_frame.f_code.co_filename
        if is_project(filename):
            found = {"file": relative(filename), "line": traceback.tb_lineno}
        traceback = traceback.tb_next
    return found

"""Where the child stood when it hung or died, read from what faulthandler printed."""

from __future__ import annotations

import re
from pathlib import Path

_BEGIN = re.compile(
    r"^(Fatal Python error: .*|(Current thread|Thread|Stack) .*\(most recent call first\):)$", re.M
)
_FRAME = re.compile(r'^  File "(.*)", line (\d+) in ', re.M)


def last_place(output: str, root: Path) -> tuple[str, int] | None:
    """Gives file and line of the innermost frame of the project in the last traceback printed.

    The file is relative to the root; one of an installed package is not the project's.
    """
    starts = list(_BEGIN.finditer(output))
    for name, line in _FRAME.findall(output[starts[-1].start() :] if starts else ""):
        path = Path(name)
        if path.is_relative_to(root) and "site-packages" not in path.parts:
            return str(path.relative_to(root)), int(line)
    return None


def without_traceback(output: str) -> str:
    """Gives what user code printed itself."""
    first = _BEGIN.search(output)
    return output[: first.start()] if first else output

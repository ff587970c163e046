"""Files written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from dbwright.core.errors import UsageError


def write_whole(path: Path, text: str, way_out: str) -> None:
    """Writes a file whole or not at all, with the rights that a new file gets here.

    What cannot be written raises UsageError with the way out; then the file is as it was.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_text(text, encoding="utf-8", errors="backslashreplace")
        if path.exists():
            temporary.chmod(path.stat().st_mode)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise UsageError(f"cannot write {path}: {error.strerror}", way_out=way_out) from error

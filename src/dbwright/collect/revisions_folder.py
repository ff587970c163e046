"""Folder: the files of a version location that Alembic would load."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path


def revision_files(locations: Iterable[Path], *, recursive: bool = False) -> Iterator[Path]:
    """Gives the revision files of folders, or files, each once and in a stable order."""
    seen: set[str] = set()
    for location in locations:
        for path in _python_files(location, recursive):
            key = os.path.realpath(path)
            if key not in seen:
                seen.add(key)
                yield path


def _python_files(location: Path, recursive: bool) -> Iterator[Path]:
    if location.is_file():
        yield location
        return
    for folder, folders, files in os.walk(location):
        folders[:] = sorted(name for name in folders if name != "__pycache__") if recursive else []
        for name in sorted(files):
            # Alembic passes over editors' lock files and the package's own
            if name.endswith(".py") and not name.startswith((".#", "__init__")):
                yield Path(folder) / name

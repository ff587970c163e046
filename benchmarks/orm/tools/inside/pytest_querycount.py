"""pytest-querycount: its recorder, asked as its marker `no_n_plus_one` asks it."""

from __future__ import annotations

import contextlib
import importlib
import types
from collections.abc import Iterator
from typing import Any


@contextlib.contextmanager
def watch(module: types.ModuleType, found: list[dict[str, Any]]) -> Iterator[None]:
    """The statements that are repeated, each at the line where most of them came from."""
    del module
    backends = importlib.import_module("pytest_querycount.backends")
    recorder = importlib.import_module("pytest_querycount.recorder").Recorder()
    backends.install_all()
    backends.push(recorder)
    try:
        yield
    finally:
        backends.pop(recorder)
    for duplicate in recorder.duplicates():
        most = duplicate.locations.most_common(1)
        file, _, line = (most[0][0] if most else ":0").rpartition(":")
        found.append(
            {
                "kind": "repeated-select",
                "about": duplicate.fingerprint,
                "file": file,
                "line": int(line),
                "fix": "selectinload() or joinedload() for a relationship, or a single IN query",
            }
        )

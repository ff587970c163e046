"""pytest-queryguard: what its plugin does around a test, its opt-in rules included."""

from __future__ import annotations

import contextlib
import importlib
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

LOOP = 5  # its plugin's own figure for a loop of writes, when that rule is on


@contextlib.contextmanager
def watch(module: types.ModuleType, found: list[dict[str, Any]]) -> Iterator[None]:
    """Its findings, with the text of each."""
    del module
    collector = importlib.import_module("pytest_queryguard.collector")
    detectors = importlib.import_module("pytest_queryguard.detectors")
    eager = importlib.import_module("pytest_queryguard.eager")
    messages = importlib.import_module("pytest_queryguard.messages")
    importlib.import_module("pytest_queryguard.listeners").install()
    eager.enable()
    seen = collector.QueryCollector()
    tracker = eager.start()
    collector.push(seen)
    try:
        yield
    finally:
        collector.pop(seen)
        eager.stop(tracker)
    told = messages.make_findings(
        detectors.detect(
            seen,
            relationship_threshold=2,
            repeat_threshold=5,
            column_load_threshold=5,
            write_loop_threshold=LOOP,
        ),
        cwd=Path("/"),
    )
    for finding in [*told, *eager.findings(tracker, cwd=Path("/"))]:
        found.append(
            {
                "kind": finding.kind,
                "about": finding.label,
                "file": finding.file or "",
                "line": finding.line or 0,
                "fix": finding.message,
            }
        )

"""queryspy: its window around a block, with the threshold that it has by itself."""

from __future__ import annotations

import contextlib
import importlib
import types
from collections.abc import Iterator
from typing import Any


@contextlib.contextmanager
def watch(module: types.ModuleType, found: list[dict[str, Any]]) -> Iterator[None]:
    """Its findings, with the line of the first and its hint."""
    del module
    spy = importlib.import_module("queryspy")
    hints = importlib.import_module("queryspy._hints")
    with spy.record() as recorder:
        yield
    for finding in recorder.findings():
        found.append(
            {
                "kind": finding.kind,
                "about": finding.label,
                "file": finding.frame.filename if finding.frame else "",
                "line": finding.frame.lineno if finding.frame else 0,
                "fix": hints.hint_for(finding),
            }
        )

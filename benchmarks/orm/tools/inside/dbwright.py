"""dbwright: `dbwright.watch(reads=True)` around the work, its report, and the code of each fix."""

from __future__ import annotations

import contextlib
import importlib
import types
from collections.abc import Iterator
from typing import Any


@contextlib.contextmanager
def watch(module: types.ModuleType, found: list[dict[str, Any]]) -> Iterator[None]:
    """Its findings, those that are only told as info too, with the code that they advise."""
    del module
    dbwright = importlib.import_module("dbwright")
    with dbwright.watch(reads=True) as seen:
        yield
    for each in seen.report().recommendations:
        found.append(
            {
                "kind": each.rule,
                "about": each.location.object or "",
                "file": each.location.file or "",
                "line": each.location.line or 0,
                "fix": each.advice.fix.code,
            }
        )

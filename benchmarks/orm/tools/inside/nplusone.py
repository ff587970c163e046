"""nplusone: its Profiler for SQLAlchemy, which says model and relationship and no line."""

from __future__ import annotations

import contextlib
import importlib
import types
from collections.abc import Iterator
from typing import Any


@contextlib.contextmanager
def watch(module: types.ModuleType, found: list[dict[str, Any]]) -> Iterator[None]:
    """Its messages; it patches SQLAlchemy's internals when it is imported."""
    del module
    importlib.import_module("nplusone.ext.sqlalchemy")
    profiler = importlib.import_module("nplusone.core.profiler")

    class Collects(profiler.Profiler):  # type: ignore[misc, name-defined]
        def notify(self, message: Any) -> None:
            about = f"{message.model.__name__}.{message.field}"
            finding = {"kind": message.label, "about": about, "file": "", "line": 0, "fix": ""}
            if finding not in found:
                found.append(finding)

    with Collects():
        yield

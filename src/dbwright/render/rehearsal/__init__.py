"""Renderers of a rehearsal: each revision's runs, locks and losses, laid out and escaped."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

from dbwright.core.rehearsed import RehearsalReport


def rehearsal_formats() -> tuple[str, ...]:
    """Gives the names of the formats: the modules of this package that have `render`."""
    names = [info.name for info in pkgutil.iter_modules(__path__)]
    return tuple(name for name in names if hasattr(_module(name), "render"))


def render_rehearsal(report: RehearsalReport, format: str, **options: object) -> str:
    """Gives the report as text in one of `rehearsal_formats()`."""
    text: str = _module(format).render(report, **options)
    return text


def _module(name: str) -> ModuleType:
    return importlib.import_module(f"{__name__}.{name}")

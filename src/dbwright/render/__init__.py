"""Renderers: a report laid out for a reader or a machine. They escape and lay out only."""

from __future__ import annotations

import importlib
import pkgutil

from dbwright.core.report import Report


def formats() -> tuple[str, ...]:
    """Gives the names of the formats: the modules of this package that have `render`."""
    return tuple(
        info.name
        for info in pkgutil.iter_modules(__path__)
        if info.name not in ("parts", "report_schema")
    )


def render(report: Report, format: str, **options: object) -> str:
    """Gives the report as text in one of `formats()`."""
    module = importlib.import_module(f"{__name__}.{format}")
    text: str = module.render(report, **options)
    return text

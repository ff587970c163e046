"""Entity-relationship diagrams of a schema: what is drawn, and its formats."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

from dbwright.render.diagram.values import Diagram


def diagram_formats() -> tuple[str, ...]:
    """Gives the names of the formats: the modules of this package that have `render`."""
    names = [info.name for info in pkgutil.iter_modules(__path__)]
    return tuple(name for name in names if hasattr(_module(name), "render"))


def render_diagram(diagram: Diagram, format: str, **options: object) -> str:
    """Gives the diagram as text in one of `diagram_formats()`."""
    text: str = _module(format).render(diagram, **options)
    return text


def _module(name: str) -> ModuleType:
    return importlib.import_module(f"{__name__}.{name}")

"""What lies behind errors that users meet, one file for each family; found by walking.

A module has `explains(failure)`, whether the error is one of its, and `explain(failure, known)`,
which gives the Explanation.
"""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

from dbwright.core.explanation import Explanation
from dbwright.core.failure import Failure, Known


def explained(failure: Failure, known: Known) -> Explanation | None:
    """Gives what lies behind an error, None for one that no family knows."""
    for info in sorted(pkgutil.iter_modules(__path__), key=lambda info: info.name):
        module = _module(info.name)
        if hasattr(module, "explains") and module.explains(failure):
            found: Explanation = module.explain(failure, known)
            return found
    return None


def _module(name: str) -> ModuleType:
    return importlib.import_module(f"{__name__}.{name}")

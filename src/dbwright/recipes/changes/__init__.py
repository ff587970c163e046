"""Changes of live tables that take several deploys, one file each; found by walking (PostgreSQL).

A module's first line is the command's help, `USAGE` shows its options, and `plan` gives the
revisions. Each is proved in the build: nothing is scanned or copied under a lock that blocks, the
old code runs until the contract, the schema ends as by the direct form, the rows are kept, and the
downgrade restores.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from types import ModuleType


@functools.cache
def names() -> tuple[str, ...]:
    """Gives the names of all changes, as the command takes them: `split-column`."""
    return tuple(module.name.replace("_", "-") for module in pkgutil.iter_modules(__path__))


def get(name: str) -> ModuleType:
    """Gives the module of a change."""
    return importlib.import_module(f"{__name__}.{name.replace('-', '_')}")

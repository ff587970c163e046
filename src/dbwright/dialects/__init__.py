"""What dbwright knows of each database: one package per database, the same file names in each."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from types import ModuleType

from dbwright.core.errors import SettingsError


def get(name: str) -> ModuleType:
    """Give the package of a database; its modules are imported when first used.

    >>> get("postgresql").__name__
    'dbwright.dialects.postgresql'
    """
    if name not in names():
        raise SettingsError(
            f"dbwright knows no database called {name!r}",
            way_out=f"Write one of {', '.join(names())}.",
        )
    package = importlib.import_module(f"{__name__}.{name}")
    # PEP 562: `get("sqlite").catalog` imports the module when it is first asked for.
    vars(package).setdefault("__getattr__", functools.partial(_submodule, package.__name__))
    return package


def _submodule(package: str, name: str) -> ModuleType:
    if name.startswith("__"):
        raise AttributeError(name)
    try:
        return importlib.import_module(f"{package}.{name}")
    except ModuleNotFoundError as error:
        if error.name != f"{package}.{name}":
            raise
        raise AttributeError(f"{package} has no module {name}") from error


@functools.cache
def names() -> tuple[str, ...]:
    """Give the databases that have a package here."""
    return tuple(module.name for module in pkgutil.iter_modules(__path__) if module.ispkg)

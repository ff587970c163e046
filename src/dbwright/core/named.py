"""Objects of user code by their names, as commands and backfills name them."""

from __future__ import annotations

import importlib

from dbwright.core.errors import UsageError


def named(path: str, what: str) -> object:
    """Gives the object of `package.module:name`; UsageError where there is none.

    >>> named("json:dumps", "the step").__name__
    'dumps'
    """
    module, _, name = path.partition(":")
    try:
        found: object = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise UsageError(
            f"{what} {path} cannot be imported: {error}",
            way_out="Write package.module:name, importable where it runs.",
        ) from error
    return found

"""Begins to watch when the interpreter starts: this folder is put first on PYTHONPATH for that.

A sitecustomize of the program's own is run as it would have been.
"""

from __future__ import annotations

import importlib.util
import os
import sys

_HERE = os.path.dirname(os.path.abspath(__file__))
_WATCHER = os.path.dirname(_HERE)
_NAME = "_dbwright_watcher"


def _begin() -> None:
    spec = importlib.util.spec_from_file_location(
        _NAME, os.path.join(_WATCHER, "__init__.py"), submodule_search_locations=[_WATCHER]
    )
    if spec is None:
        return
    sys.modules[_NAME] = importlib.util.module_from_spec(spec)
    importlib.import_module(f"{_NAME}.boot").begin()


def _others() -> None:
    """Runs the sitecustomize that this one hides."""
    for folder in sys.path:
        file = os.path.join(folder, "sitecustomize.py")
        if os.path.abspath(folder) != _HERE and os.path.isfile(file):
            spec = importlib.util.spec_from_file_location("sitecustomize", file)
            if spec is not None and spec.loader is not None:
                module = importlib.util.module_from_spec(spec)
                sys.modules["sitecustomize"] = module
                spec.loader.exec_module(module)
            return


sys.path[:] = [each for each in sys.path if os.path.abspath(each or os.curdir) != _HERE]
try:
    _begin()
except Exception as error:  # the program is another's: it goes on unwatched
    sys.stderr.write(f"dbwright cannot watch: {type(error).__name__}: {error}\n")
_others()

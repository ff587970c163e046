"""Starts the child: `python …/child/__main__.py READ_FD WRITE_FD`.

The folder is loaded as a package under a name of its own, and taken off `sys.path`, so that no
module of the project is shadowed by one of ours.
"""

from __future__ import annotations

import importlib.util
import os
import sys

PACKAGE = "_dbwright_child"
FOLDER = os.path.dirname(os.path.abspath(__file__))


def main() -> None:
    """Loads the package, forks under a supervisor and serves the parent until it is gone."""
    if sys.path and os.path.abspath(sys.path[0] or os.getcwd()) == FOLDER:
        del sys.path[0]
    spec = importlib.util.spec_from_file_location(
        PACKAGE, os.path.join(FOLDER, "__init__.py"), submodule_search_locations=[FOLDER]
    )
    assert spec is not None
    sys.modules[PACKAGE] = importlib.util.module_from_spec(spec)
    read_fd, write_fd = int(sys.argv[1]), int(sys.argv[2])
    importlib.import_module(f"{PACKAGE}.process").supervise(read_fd, write_fd)
    importlib.import_module(f"{PACKAGE}.serve").serve(read_fd, write_fd)


if __name__ == "__main__":
    main()

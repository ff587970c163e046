"""The commands of the child: a name, its arguments, a JSON result."""

from __future__ import annotations

import importlib
import platform
from typing import Any

HOME = {
    "history": "history",
    "upgrade": "migrate",
    "downgrade": "migrate",
    "stamp": "migrate",
    "script": "script",
    "file_names": "names",
    "models": "models",
    "create_all": "models",
    "statements": "statements",
    "question": "questions",
    "exercise": "exercise",
    "run_tests": "run_tests",
    "look": "deploy",
    "advance": "deploy",
    "written": "deploy",
    "targets": "deploy",
    "destination": "deploy",
    "compiled": "code",
    "expressions": "expressions",
}


def run(command: str, arguments: dict[str, Any], fences: list[str]) -> Any:
    """Gives the result of one command; user code may raise anything."""
    if command == "versions":
        return {**versions(), "fences": fences}
    module = importlib.import_module(f".{HOME[command]}", __package__)
    return getattr(module, command)(**arguments)


def versions() -> dict[str, Any]:
    """Gives the versions of Python, SQLAlchemy and Alembic; None for one that is absent."""
    return {
        "python": platform.python_version(),
        "sqlalchemy": _version("sqlalchemy"),
        "alembic": _version("alembic"),
    }


def _version(name: str) -> Any:
    try:
        return importlib.import_module(name).__version__
    except ImportError:
        return None

"""The application context that Flask-Migrate's env.py runs in."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import os
from collections.abc import Iterator
from typing import Any

from . import failures, frames
from .state import current

MODULES = ("app", "wsgi", "main", "manage", "run", "autoapp", "server", "application")
FACTORIES = ("create_app", "make_app", "app_factory")
INSTANCES = ("app", "application")


def needed(config: Any) -> bool:
    """Whether env.py asks for Flask's current_app."""
    try:
        with open(str(current.env_file), encoding="utf-8") as file:
            return "current_app" in file.read()
    except (OSError, UnicodeDecodeError):
        return False


@contextlib.contextmanager
def context(config: Any) -> Iterator[None]:
    """Runs the block in the application's context where env.py needs one."""
    if not needed(config):
        yield
        return
    application = find()
    if application is None:
        raise failures.Unusable(
            "needs Flask's current_app, and no application was found",
            file=frames.relative(str(current.env_file)),
            way_out="Name it as for flask itself:  FLASK_APP=package:create_app dbwright check",
        )
    migrate = getattr(application, "extensions", {}).get("migrate")
    with application.app_context():
        _complete(config, migrate)
        yield


def _complete(config: Any, migrate: Any) -> None:
    """Gives env.py the arguments that `flask db` would: config.cmd_opts and attributes."""
    if migrate is not None and hasattr(migrate, "configure_args"):
        config.cmd_opts.x = None if not config.cmd_opts.x else config.cmd_opts.x


def find() -> Any:
    """Gives the project's Flask application, or None."""
    named = os.environ.get("FLASK_APP")
    if named:
        return _named(named)
    for name in _candidates():
        application = _in_module(name, quiet=True)
        if application is not None:
            return application
    return None


def _candidates() -> list[str]:
    packages = []
    for base in (current.root, os.path.join(current.root, "src")):
        if not os.path.isdir(base):
            continue
        for entry in sorted(os.listdir(base)):
            if os.path.exists(os.path.join(base, entry, "__init__.py")):
                packages += [entry, f"{entry}.app"]
    single = [name for name in MODULES if os.path.exists(os.path.join(current.root, f"{name}.py"))]
    skipped = ("tests", "test", "migrations", "docs")
    return single + [name for name in packages if name.split(".")[0] not in skipped]


def _named(text: str) -> Any:
    module, _, attribute = text.partition(":")
    module = module.removesuffix(".py").replace("/", ".").strip(".")
    if not attribute:
        return _in_module(module, quiet=False)
    name = attribute.partition("(")[0]
    return _application(getattr(importlib.import_module(module), name))


def _in_module(name: str, *, quiet: bool) -> Any:
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if quiet and error.name and name.startswith(error.name):
            return None
        raise
    for attribute in (*INSTANCES, *FACTORIES):
        found = getattr(module, attribute, None)
        application = _application(found) if found is not None else None
        if application is not None:
            return application
    return None


def _application(found: Any) -> Any:
    if hasattr(found, "app_context"):
        return found
    if inspect.isfunction(found) and not _requires_arguments(found):
        made = found()
        return made if hasattr(made, "app_context") else None
    return None


def _requires_arguments(function: Any) -> bool:
    return any(
        parameter.default is parameter.empty
        and parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
        for parameter in inspect.signature(function).parameters.values()
    )

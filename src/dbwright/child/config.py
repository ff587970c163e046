"""Alembic's configuration and script folder, as the alembic command reads them."""

from __future__ import annotations

import argparse
import os
import sys
from typing import Any

from . import failures, frames
from .dialects import SYNTHETIC
from .state import current


def read_config(config: str | None, section: str | None, command: str) -> Any:
    """Gives Alembic's Config of an ini file, a pyproject.toml, or the folder of an env.py."""
    from alembic.config import Config

    path = os.path.join(current.root, config or "alembic.ini")
    if not os.path.exists(path):
        raise failures.Unusable(
            "there is no such file", file=frames.relative(path), way_out="Name it with --config."
        )
    options = argparse.Namespace(
        config=path, name=section or "alembic", x=[], raiseerr=False, quiet=True, tag=None,
        sql=False, autogenerate=False, cmd=None, revision=None,
    )  # fmt: skip
    sys.argv = ["alembic", command]
    if os.path.isdir(path):
        made = Config(cmd_opts=options)
        made.set_main_option("script_location", path.replace("%", "%%"))
        # code that configures Alembic gives it a URL too
        made.set_main_option("sqlalchemy.url", SYNTHETIC[current.dialect])
        return made
    if path.endswith(".toml"):
        made = _from_toml(Config, path, options)
    else:
        made = Config(path, ini_section=section or "alembic", cmd_opts=options)
    _default_location(made, path)
    return made


def _from_toml(config_class: Any, path: str, options: argparse.Namespace) -> Any:
    try:
        return config_class(toml_file=path, cmd_opts=options)
    except TypeError:
        raise failures.Unusable(
            "this Alembic does not read pyproject.toml",
            file=frames.relative(path),
            way_out="[tool.alembic] needs Alembic 1.16 or newer in the project's environment.",
        ) from None


def _default_location(config: Any, path: str) -> None:
    """Flask-Migrate keeps its alembic.ini inside the script folder and does not say so there."""
    text = option(config, "script_location")
    if text is not None:
        _own_package(config, text)
        return
    folder = os.path.dirname(path)
    if os.path.exists(os.path.join(folder, "env.py")):
        config.set_main_option("script_location", folder.replace("%", "%%"))
        return
    raise failures.Unusable(
        "has no script_location",
        file=frames.relative(path),
        way_out="Write  script_location = migrations  (the folder of env.py) in its section.",
    )


def _own_package(config: Any, text: str) -> None:
    """Takes `package:folder` from the project: Python may find an installed copy of it first."""
    package, *rest = text.split(":")
    if not rest or len(package) < 2 or "/" in package:
        return
    for base in (current.root, os.path.join(current.root, "src")):
        folder = os.path.join(base, *package.split("."), *rest)
        if os.path.isdir(folder):
            config.set_main_option("script_location", folder.replace("%", "%%"))
            return


def option(config: Any, name: str) -> str | None:
    """Gives an option of either file form, None when it is absent."""
    read = getattr(config, "get_alembic_option", None) or config.get_main_option
    value = read(name)
    return None if value is None else str(value)


def read_scripts(config: Any) -> Any:
    """Gives the script directory; adds the configured folders to sys.path as Alembic does."""
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(config)

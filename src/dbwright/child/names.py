"""The names that Alembic itself gives to the files of new revisions."""

from __future__ import annotations

import datetime
import os
from collections.abc import Sequence
from typing import Any

from . import frames
from .config import option, read_config, read_scripts

_SETTINGS = ("file_template", "truncate_slug_length")


def file_names(
    config: str | None, section: str | None, revisions: Sequence[dict[str, Any]]
) -> list[str] | None:
    """Gives the path of each new revision as `alembic revision` would name it.

    None where nothing is set: then any name does. A revision has `revision`, `title`, and
    `beside`, the path of one that it follows: with several version folders it goes to that one's.
    Each is a second younger than the one before it, so that they are listed in order.
    """
    settings = read_config(config, section, "revision")
    scripts = read_scripts(settings)
    folders = [os.path.abspath(str(folder)) for folder in scripts._version_locations]
    if len(folders) == 1 and not any(option(settings, name) for name in _SETTINGS):
        return None
    date = scripts._generate_create_date()
    found: list[str] = []
    for number, item in enumerate(revisions):
        folder = _folder(folders, item["beside"])
        moment = date + datetime.timedelta(seconds=number)
        path = os.path.abspath(
            str(scripts._rev_path(folder, item["revision"], item["title"], moment))
        )
        if path in found or os.path.exists(path):  # a template without the id
            path = f"{path[: -len('.py')]}_{item['revision']}.py"
        found.append(path)
    return [frames.relative(path) for path in found]


def _folder(folders: list[str], beside: str | None) -> str:
    """Gives the version folder that a file stands in, or else the first."""
    path = os.path.abspath(beside) if beside else ""
    inside = [folder for folder in folders if path.startswith(folder + os.sep)]
    return max(inside, key=len, default=folders[0])

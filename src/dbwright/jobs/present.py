"""Whether there are models in a folder."""

from __future__ import annotations

from pathlib import Path

from dbwright.collect.project import find_project
from dbwright.core.errors import CollectError
from dbwright.core.options import Options


def has_models(path: Path, options: Options) -> bool:
    """Whether there is a project with models in a folder, to be changed and not designed anew."""
    try:
        project = find_project(
            path, config=options.config, section=options.section, models=options.models,
            find_python=False,
        )  # fmt: skip
    except CollectError:
        return False
    return bool(project.models_spec or project.files or project.config)

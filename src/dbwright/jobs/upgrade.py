"""The upgrade job: the project's own revisions, run on the database that was named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from dbwright.collect.project import find_project
from dbwright.collect.settings import read_settings
from dbwright.core.errors import ProjectError, UpgradeError
from dbwright.core.options import Options, Progress
from dbwright.core.upgraded import Outlook, UpgradeReport
from dbwright.deploy.hand import Hand
from dbwright.deploy.run import Code, Order, Settings, outlook, upgrade
from dbwright.deploy.target import Target

Agree = Callable[[Outlook], bool]


def code_of(path: Path, options: Options) -> Code:
    """Gives the project's code; ProjectError where there is no Alembic environment."""
    settings = read_settings(path)
    project = find_project(
        path, settings, config=options.config, section=options.section, python=options.python
    )
    if project.config is None or project.env_path is None or project.python is None:
        raise ProjectError(
            "there is no Alembic environment here",
            file=str(path),
            way_out="Name the folder of the project, or --config FILE.",
        )
    config = project.toml if project.toml and not project.config else project.config
    return Code(project.python, project.root, str(config), project.section)


def run(
    path: Path,
    target: Target,
    revision: str,
    settings: Settings,
    options: Options,
    progress: Progress,
    agree: Agree,
) -> UpgradeReport:
    """Upgrades a database once `agree` has said yes to what is to be run."""
    code = code_of(path, options)
    with Hand(code.python, code.root, timeout=options.timeout) as hand:
        order = Order(hand, code, revision, settings)
        progress("reading the revisions")
        found = outlook(order, target, with_sql=True)
        if not found.pending:
            return UpgradeReport(found.target, "nothing to do", found.heads, found.heads)
        if not agree(found):
            raise UpgradeError("nothing was written", way_out="It was not agreed to.")
        return upgrade(order, target, progress)

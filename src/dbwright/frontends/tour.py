"""The tour: dbwright's jobs on a copy of the bundled shop, each step said in one sentence."""

from __future__ import annotations

import contextlib
import importlib.resources
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from dbwright.core.errors import ProjectError
from dbwright.core.options import Options
from dbwright.core.report import Report
from dbwright.frontends.cli.output import Progress, quiet_driver

SLOW = "select id from orders where date(placed_at) = '2026-11-01'"
REQUEST = (
    "who never wrote a review? select * from users where id not in (select user_id from reviews)"
)
IGNORED = shutil.ignore_patterns("__pycache__", ".venv", ".git", "*.pyc")


@dataclass(frozen=True, slots=True)
class Guide:
    """Who leads: says a step, shows a report, shows an edit."""

    say: Callable[[str], None]
    show: Callable[[Report, str], None]
    offer: Callable[[Report, Path], bool]
    progress: Callable[[str], None]


@contextlib.contextmanager
def shop() -> Iterator[Path]:
    """Gives a copy of the shop in a temporary folder, which is removed at the end."""
    with tempfile.TemporaryDirectory(prefix="dbwright-demo-") as folder:
        copy = Path(folder) / "shop"
        shutil.copytree(bundled(), copy, ignore=IGNORED)
        yield copy


def bundled() -> Path:
    """Gives the shop's folder: inside the installed package, or examples/shop of the repository."""
    package = Path(str(importlib.resources.files("dbwright")))
    for folder in (package / "demo_shop", package.parents[1] / "examples" / "shop"):
        if (folder / "alembic.ini").exists():
            return folder
    raise ProjectError(
        "the example shop is not in this installation",
        way_out="Install dbwright again, or run: dbwright check examples/shop in its repository",
    )


def lead(guide: Guide) -> None:
    """Leads through the tour: review, safe fixes, a slow query, a request in words."""
    from dbwright import api

    options = Options(python=sys.executable)
    with shop() as folder:
        guide.say(
            "This is the tour, on a copy of an example shop. 1 of 4: review its models and "
            "migrations, each finding proved on a scratch PostgreSQL."
        )
        guide.say("$ dbwright check")
        before = api.check(folder, options, guide.progress)
        guide.show(before, "dbwright check")
        guide.say("2 of 4: the safe fixes, those that change no meaning, as a diff; then applied.")
        guide.say("$ dbwright check --fix")
        if guide.offer(before, folder):
            guide.say("What is left after them:")
            guide.say("$ dbwright check --no-trials")
            after = api.check(folder, replace(options, trials=False), guide.progress)
            guide.show(after, "dbwright check")
            count = len(before.recommendations) - len(after.recommendations)
            guide.say(f"{count} of {len(before.recommendations)} are gone; the rest is for you.")
        guide.say("3 of 4: a slow query of the shop, on its own tables with rows made for them.")
        guide.say(f'$ dbwright queries review "{SLOW}"')
        guide.show(api.review_query(SLOW, folder, options, guide.progress), "dbwright queries …")
        guide.say("4 of 4: the same in words.")
        guide.say(f'$ dbwright ask "{REQUEST}"')
        words, report = api.ask(REQUEST, folder, options, guide.progress)
        assert isinstance(report, Report)
        guide.say(f"Read as: {words}.")
        guide.show(report, "dbwright ask …")
    guide.say("That was the tour; the copy is removed. In your project's folder: dbwright check")


@contextlib.contextmanager
def progress() -> Iterator[Progress]:
    """Gives a progress that forgets its line at the end."""
    quiet_driver()
    shown = Progress(quiet="CI" in os.environ)
    try:
        yield shown
    finally:
        shown.end()

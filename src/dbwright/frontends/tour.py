"""The tour: three requests in words, then a review of the bundled shop; each step in a sentence."""

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
from typing import TYPE_CHECKING

from dbwright.core.errors import ProjectError
from dbwright.core.options import Options
from dbwright.core.report import Report
from dbwright.frontends.cli.output import Progress, quiet_driver

if TYPE_CHECKING:
    from dbwright.frontends.answering import Exchange

SLOW = "select id from orders where date(placed_at) = '2026-11-01'"
REQUESTS = (
    "create a User model with authentication fields and relationships to a Profile",
    f"this query takes 5 seconds, here it is: {SLOW}",
    "add a column for user preferences",
)
IGNORED = shutil.ignore_patterns("__pycache__", ".venv", ".git", "*.pyc")


@dataclass(frozen=True, slots=True)
class Guide:
    """Who leads: says a step, shows a report or another answer, shows an edit."""

    say: Callable[[str], None]
    show: Callable[[Report, str], None]
    tell: Callable[[Exchange], None]
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
    """Leads through three requests in words, then through a review and its safe fixes."""
    options = Options(python=sys.executable)
    with shop() as folder, tempfile.TemporaryDirectory(prefix="dbwright-demo-") as empty:
        guide.say("This is the tour. First three requests in words, each ending in its proof.")
        _models(guide, options, Path(empty) / "app")
        _query(guide, options, folder)
        _column(guide, options, Path(empty) / "app")
        _review(guide, options, folder)
    guide.say(
        "That was the tour; its copies are removed. In your project's folder: dbwright check, "
        "or dbwright ask for a session."
    )


def _asked(guide: Guide, number: int, folder: Path, options: Options) -> Exchange:
    """Asks one of the requests, and shows the answer."""
    from dbwright.frontends.answering import asked

    request = REQUESTS[number - 1]
    guide.say(f'$ dbwright ask "{request}"')
    found = asked(request, folder, options, guide.progress)
    guide.tell(found)
    return found


def _models(guide: Guide, options: Options, folder: Path) -> None:
    from dbwright.api import apply_edits
    from dbwright.core.design import Designed
    from dbwright.frontends.answering import edits

    folder.mkdir()
    guide.say("1 of 5: new models, in an empty folder.")
    found = _asked(guide, 1, folder, options)
    assert isinstance(found.answer, Designed)
    refused = [p for p in found.answer.proved if p.what.startswith("bad rows refused")]
    told = " and ".join(f"{p.count} by {p.scope}" for p in refused)
    guide.say(f"Proof: bad rows, each breaking one rule of the models, were refused: {told}.")
    apply_edits(folder, edits(found))


def _query(guide: Guide, options: Options, folder: Path) -> None:
    guide.say("2 of 5: a slow query, on the tables of an example shop with rows made for them.")
    found = _asked(guide, 2, folder, options)
    assert isinstance(found.answer, Report)
    proofs = [proof for item in found.answer.recommendations for proof in item.proofs]
    factor = max((proof.factor or 0.0 for proof in proofs), default=0.0)
    rows = [proof.witness for proof in proofs if "same rows" in proof.witness]
    if factor and rows:
        guide.say(f"Proof: {rows[0].rstrip('.')}; {factor:.0f} times as fast.")


def _column(guide: Guide, options: Options, folder: Path) -> None:
    from dbwright.core.model_change import ModelsChanged

    guide.say("3 of 5: a new column, in the models of the first request.")
    found = _asked(guide, 3, folder, options)
    assert isinstance(found.answer, ModelsChanged)
    if found.answer.authored and found.answer.authored.proof:
        guide.say(f"Proof: {found.answer.authored.proof.witness}.")


def _review(guide: Guide, options: Options, folder: Path) -> None:
    from dbwright import api
    from dbwright.render import render

    guide.say(
        "4 of 5: review the models and migrations of the example shop, each finding proved on a "
        "scratch PostgreSQL."
    )
    guide.say("$ dbwright check")
    before = api.check(folder, options, guide.progress)
    guide.show(before, "dbwright check")
    page = Path(tempfile.mkdtemp(prefix="dbwright-report-")) / "report.html"
    page.write_text(render(before, "html", full=True), encoding="utf-8")
    guide.say("The same as a page for a browser, with every part and a diagram of the tables:")
    guide.say(page.as_uri())
    guide.say("5 of 5: the safe fixes, those that change no meaning, as a diff; then applied.")
    guide.say("$ dbwright check --fix")
    if guide.offer(before, folder):
        guide.say("$ dbwright check --no-trials")
        after = api.check(folder, replace(options, trials=False), guide.progress)
        total, left = len(before.recommendations), len(after.recommendations)
        guide.say(f"{total - left} of {total} findings are gone; the others are for you.")


@contextlib.contextmanager
def progress() -> Iterator[Progress]:
    """Gives a progress that forgets its line at the end."""
    quiet_driver()
    shown = Progress(quiet="CI" in os.environ)
    try:
        yield shown
    finally:
        shown.end()

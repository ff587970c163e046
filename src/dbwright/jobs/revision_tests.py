"""The tests job: a pytest file for one revision, with rows that were taken through it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dbwright.collect.project import Project
from dbwright.core.errors import UsageError
from dbwright.core.migration import Migration
from dbwright.jobs.base import lay_base
from dbwright.jobs.check import read, runs
from dbwright.jobs.history import opened
from dbwright.jobs.migrations import Chain, Replayed, read_source, replay, state_before
from dbwright.jobs.workplace import Workplace
from dbwright.recipes.revision_test import revision_test
from dbwright.verify.sample import Picture, sample


@dataclass(frozen=True, slots=True)
class TestFile:
    """A file of tests, not written yet; `path` is below the project's root."""

    root: Path
    path: str
    text: str


def run(place: Workplace, output: str | None = None) -> TestFile:
    """Gives the test of the one revision that the options' range names.

    Raises UsageError where the range is not one revision, where it cannot be run, where its
    upgrade fails, and where the file is there already.
    """
    found = read(place)
    if not runs(place, found) or not place.config or found.scope is None or not found.history:
        raise UsageError(
            f"a test needs the revision to be run: {place.why_no_sandbox or 'no chain is here'}",
            way_out="Run it in the folder with alembic.ini, with a scratch database.",
        )
    if len(found.scope.revisions) != 1:
        raise UsageError(
            f"{place.options.range!r} is {len(found.scope.revisions)} revisions",
            way_out="Name one: dbwright migrations tests REV",
        )
    (revision,) = found.scope.revisions
    path = output or f"tests/migrations/test_{_name(revision)}.py"
    if (place.project.root / path).exists():
        raise UsageError(
            f"{path} is there already", way_out="Name another file: --output tests/…/test_….py"
        )
    with opened(place, found) as chain:
        chain.thorough = False
        history = read_source(found.history, found.scope.revisions, chain, place.target.dialect)
        replayed = replay(history, found.scope.revisions, chain, place.progress, to_head=False)
        migration = next(m for m in replayed.history.migrations if m.revision == revision)
        _check(migration, replayed, place)
        text = _text(migration, replayed, chain, place, path)
    return TestFile(place.project.root, path, text)


def _check(migration: Migration, replayed: Replayed, place: Workplace) -> None:
    if place.settings.base is not None:
        raise UsageError(
            "the chain begins at [tool.dbwright] base, and a plain test knows no base",
            way_out="Let the first revision make that schema, or write the test by hand.",
        )
    if len(migration.down_revisions) > 1:
        raise UsageError(
            f"{migration.revision} merges branches and changes nothing by itself",
            way_out="Name a revision that does.",
        )
    run = replayed.rehearsals.get(migration.revision)
    if run is None or run.up is None or run.up.failed:
        error = replayed.stopped[1].message if replayed.stopped else "it was not run"
        why = (run.up.error if run and run.up else None) or error
        raise UsageError(
            f"the upgrade of {migration.revision} fails, so no test can hold it to anything: {why}",
            way_out=f"Mend it first: dbwright migrations rehearse {migration.revision}",
        )


def _text(
    migration: Migration, replayed: Replayed, chain: Chain, place: Workplace, path: str
) -> str:
    key = state_before(replayed.history, migration.revision, chain)

    @contextlib.contextmanager
    def template() -> Iterator[Any]:
        name = chain.sandbox.has(key)
        with chain.sandbox.clone(name) as database:
            if name is None:
                lay_base(database, chain.target, chain.base, chain.base_file)
            yield database

    seen = sample(chain.worker, chain.arguments, migration, template)
    return revision_test(
        revision=migration.revision,
        message=migration.message,
        before=migration.down_revisions[0] if migration.down_revisions else None,
        dialect=place.target.dialect,
        config=_config(place.project, path),
        inserts=seen.inserts,
        after=_tables(seen.after),
        back=_tables(seen.back),
        no_way_back=seen.not_back,
        batch=chain.environment.render_as_batch,
    )


def _tables(pictures: dict[str, Picture]) -> dict[str, Any]:
    return {key: (picture.columns, picture.rows) for key, picture in pictures.items()}


def _config(project: Project, path: str) -> str:
    """The expression of Alembic's Config, from where the file stands."""
    assert project.config is not None
    depth = len(Path(path).parts) - 1
    found = Path(os.path.relpath(project.config, project.root)).as_posix()
    where = f"Path(__file__).parents[{depth}] / {found!r}".replace("'", '"')
    if project.config.suffix == ".toml":
        return f"Config(toml_file={where})"
    section = "" if project.section == "alembic" else f', ini_section="{project.section}"'
    return f"Config({where}{section})"


def _name(revision: str) -> str:
    return "".join(c if c.isalnum() else "_" for c in revision)

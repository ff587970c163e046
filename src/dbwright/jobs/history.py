"""The project's chain run on the scratch databases, and what stood in its way."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dbwright.collect import origin
from dbwright.core.errors import DbwrightError, UsageError
from dbwright.core.migration import History
from dbwright.core.operation import CreateTable
from dbwright.jobs.migrations import Chain, Replayed, read_source, replay
from dbwright.jobs.workplace import Workplace
from dbwright.scratch.worker import Worker

if TYPE_CHECKING:
    from dbwright.jobs.check import Collected

MISSING_TABLE = re.compile(r'relation "([^"]+)" does not exist|no such table: (\S+)')


def run_chain(place: Workplace, found: Collected) -> None:
    """Replays and rehearses the chain; fills `found.replayed` and its history."""
    assert place.worker is not None
    assert found.history is not None
    assert found.scope is not None
    if not place.config:
        place.miss("the revisions", "there is no alembic.ini or env.py to run them with")
        return
    chain = Chain(
        place.worker,
        place.sandbox,
        place.target,
        dict(place.config),
        base=_base(place),
        salt=_salt(place),
        old_code=_old_code(place, found),
        new=_new(place, found),
        rows=place.rows,
        environment=found.environment,
        models=found.mapping.schema if found.mapping else None,
    )
    if found.environment.replaced:
        chain.arguments["own_env"] = True
    revisions = found.scope.revisions
    history = read_source(found.history, revisions, chain, place.target.dialect)
    replayed = replay(history, revisions, chain, place.progress)
    _tell(place, replayed)
    found.replayed = replayed
    found.history = replayed.history


def _tell(place: Workplace, replayed: Replayed) -> None:
    if replayed.own_environment is not None:
        error = replayed.own_environment
        where = f"{error.file}:{error.line}" if error.file else "env.py"
        place.miss(
            f"env.py ({where})",
            f"it cannot be used, so the revisions ran under an environment of ours: "
            f"{error.message}",
            error.way_out or "",
        )
    for revision, why in replayed.not_rehearsed.items():
        place.miss(f"revision {revision} with rows", why)
    if replayed.only_together:
        names = ", ".join(replayed.only_together)
        place.notes.append(f"Run only in one go with the revisions before: {names}.")
    if replayed.stopped is not None:
        _tell_stop(place, replayed)


def _tell_stop(place: Workplace, replayed: Replayed) -> None:
    assert replayed.stopped is not None
    name, error = replayed.stopped
    total = len(replayed.history.migrations)
    missing = MISSING_TABLE.search(error.message)
    table = (missing[1] or missing[2]) if missing else None
    if table and not _creates(replayed.history, table):
        place.miss(
            f"{total - len(replayed.ran)} of {total} revisions",
            f"the chain does not start from nothing: {name} works on {table}, which no revision "
            "creates (create_all and stamp?)",
            "Save the schema below the first revision (pg_dump --schema-only > base.sql) and set "
            '[tool.dbwright] base = "base.sql"',
        )
        return
    where = f"{error.file}:{error.line}: " if error.file and error.line else ""
    place.miss(
        f"{total - len(replayed.ran)} of {total} revisions",
        f"{name} stops the chain: {where}{error.message}",
        error.way_out or "Mend that revision; those after it cannot run before.",
    )


def _creates(history: History, table: str) -> bool:
    bare = table.rpartition(".")[2]
    return any(
        isinstance(operation, CreateTable) and operation.table.name == bare
        for migration in history.migrations
        for _, operation in migration.operations()
    )


def _base(place: Workplace) -> str:
    if place.settings.base is None:
        return ""
    file = place.project.root / place.settings.base
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"cannot read [tool.dbwright] base: {error}",
            file=str(file),
            way_out="It is a file of SQL that makes the schema below the first revision.",
        ) from error


def _salt(place: Workplace) -> tuple[str, ...]:
    env = place.project.env_path
    text = env.read_text(encoding="utf-8", errors="replace") if env and env.is_file() else ""
    versions = [str(place.versions.get(name)) for name in ("sqlalchemy", "alembic")]
    return (text, *versions, str(place.server), str(place.project.root))


def _old_code(place: Workplace, found: Collected) -> list[dict[str, Any]] | None:
    """The statements of the mappers at the merge base, collected in a process of their own."""
    scope, project = found.scope, place.project
    if scope is None or scope.merge_base is None or not found.source or found.history is None:
        return None
    if not _new(place, found) & scope.revisions:
        return None
    try:
        with origin.worktree(project, scope.merge_base) as old:
            source = _moved(found.source, project.root, old.root)
            worker = Worker(
                project.python or Path(),
                old.root,
                dialect=place.target.dialect,
                timeout=float(place.settings.timeout),
            )
            with worker:
                answer = worker.call("statements", **source)
    except DbwrightError as error:
        place.miss("old code against the new schema", error.message, error.way_out or "")
        return None
    statements = answer["statements"] if isinstance(answer, dict) else answer
    return list(statements)


def _new(place: Workplace, found: Collected) -> frozenset[str]:
    """The revisions that the code at the merge base has never seen."""
    if found.scope is None or found.scope.merge_base is None or found.history is None:
        return frozenset()
    return origin.absent(place.project, found.history, found.scope.merge_base)


def _moved(source: dict[str, Any], root: Path, folder: Path) -> dict[str, Any]:
    """The worker's arguments with their paths below the other checkout."""
    moved = dict(source)
    for name in ("config", "file"):
        if name in moved:
            moved[name] = str(folder / Path(moved[name]).resolve().relative_to(root.resolve()))
    return moved

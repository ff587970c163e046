"""The project's chain run on the scratch databases, and what stood in its way."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dbwright.collect import origin
from dbwright.collect.revisions import rehearsal_order
from dbwright.core.errors import DbwrightError, HangError, UsageError
from dbwright.core.migration import History
from dbwright.core.operation import CreateTable
from dbwright.jobs.collected import Collected
from dbwright.jobs.migrations import Chain, Replayed, read_source, replay
from dbwright.jobs.models_error import MEND, same_error
from dbwright.jobs.workplace import Workplace
from dbwright.scratch.worker import Worker
from dbwright.verify.old_code import DeployedCode

MISSING_TABLE = re.compile(r'relation "([^"]+)" does not exist|no such table: (\S+)')


def run_chain(place: Workplace, found: Collected) -> None:
    """Replays and rehearses the chain; fills `found.replayed` and its history."""
    assert found.scope is not None
    if not place.config:
        place.miss("the revisions", "there is no alembic.ini or env.py to run them with")
        return
    with opened(place, found) as chain:
        history = read_source(
            found.history or History(), found.scope.revisions, chain, place.target.dialect
        )
        walk_on = not place.options.rehearsal
        replayed = replay(history, found.scope.revisions, chain, place.progress, to_head=walk_on)
    hung = found.models_error if isinstance(found.models_error, HangError) else None
    replayed.own_environment = replayed.own_environment or hung
    _tell(place, replayed, found.models_error)
    found.replayed = replayed
    found.history = replayed.history


@contextlib.contextmanager
def opened(place: Workplace, found: Collected) -> Iterator[Chain]:
    """Gives what is needed to run the chain, with the old and, for a rehearsal, the new code."""
    with _old_code(place, found) as old_code:
        chain = chain_of(place, found, old_code)
        found.chain = chain
        if isinstance(found.models_error, HangError) or found.environment.replaced:
            chain.arguments["own_env"] = True
        if place.options.rehearsal:
            chain.thorough, chain.new_code = True, _new_code(place, found)
        yield chain


def chain_of(place: Workplace, found: Collected, old_code: DeployedCode | None) -> Chain:
    """Gives what is needed to run the project's chain."""
    assert place.worker is not None
    assert found.history is not None
    return Chain(
        place.worker,
        place.sandbox,
        place.target,
        {**place.config, **left_out(found.history)},
        base=_base(place),
        salt=_salt(place),
        old_code=old_code,
        new=_new(place, found),
        rows=place.rows,
        environment=found.environment,
        models=found.mapping.schema if found.mapping else None,
        base_file=place.settings.base,
        offline=place.settings.offline,
    )


def left_out(history: History) -> dict[str, list[str]]:
    """The worker's arguments that keep files which break the graph out of a run of the others."""
    order = set(rehearsal_order(history))
    broken = [m.path for m in history.migrations if m.revision not in order]
    for paths in history.duplicates.values():
        broken += [path for path in paths[1:] if path not in broken]
    # a file that was not read has no id that a run could name, and a huge one costs seconds
    broken += [problem.file for problem in history.problems]
    return {"leave_out": broken} if broken else {}


def _tell(place: Workplace, replayed: Replayed, told: DbwrightError | None) -> None:
    error = replayed.own_environment
    if error is not None and (told is None or not same_error(error, told)):
        where = f"{error.file}:{error.line}" if error.file else "env.py"
        place.miss(
            f"env.py ({where})",
            f"{error.message} (the revisions ran under an environment of ours)",
            error.way_out or MEND,
        )
    _tell_left_out(place, replayed)
    for revision, why in replayed.not_rehearsed.items():
        place.miss(f"revision {revision} with rows", why)
    if replayed.only_together:
        names = ", ".join(replayed.only_together)
        place.notes.append(f"Run only in one go with the revisions before: {names}.")
    if replayed.stopped is not None:
        _tell_stop(place, replayed)


def _tell_left_out(place: Workplace, replayed: Replayed) -> None:
    """Names the revisions that no run can reach, and what is wrong in the graph."""
    history = replayed.history
    order = set(rehearsal_order(history))
    lost = [m for m in history.migrations if m.revision not in order]
    if not lost:
        return
    names = ", ".join(m.revision for m in lost[:5]) + (" …" if len(lost) > 5 else "")
    place.miss(
        f"{len(lost)} of {len(history.migrations)} revisions ({names})",
        _graph_fault(history),
        "Mend down_revision there; what does not stand on it was run.",
    )


def _graph_fault(history: History) -> str:
    faults = []
    if history.cycles:
        place = history.places[history.cycles[0]]
        ids = ", ".join(history.cycles)
        faults.append(f"{place}: down_revision makes a cycle of {ids}, so none of them can run")
    for revision, parents in history.missing.items():
        place = history.places[revision]
        faults.append(f"{place}: {revision} stands on {', '.join(parents)}, which was not read")
    return "; ".join(faults) or "they stand on revisions that cannot run"


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
            "Save the schema below the first revision (pg_dump --schema-only --no-owner "
            '--no-privileges > base.sql) and set [tool.dbwright] base = "base.sql"',
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
        lines = file.read_text(encoding="utf-8").split("\n")
        # pg_dump writes \\restrict and other commands of psql's own
        return "\n".join("" if line.startswith("\\") else line for line in lines)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"cannot read [tool.dbwright] base: {error}",
            file=place.settings.base,
            way_out="It is a file of SQL that makes the schema below the first revision.",
        ) from error


def _salt(place: Workplace) -> tuple[str, ...]:
    env = place.project.env_path
    text = env.read_text(encoding="utf-8", errors="replace") if env and env.is_file() else ""
    versions = [str(place.versions.get(name)) for name in ("sqlalchemy", "alembic")]
    return (text, *versions, str(place.server), str(place.project.root))


@contextlib.contextmanager
def _old_code(place: Workplace, found: Collected) -> Iterator[DeployedCode | None]:
    """The mappers at the merge base, read in a process of their own while the chain begins."""
    scope, project = found.scope, place.project
    new = _new(place, found) & scope.revisions if scope else frozenset()
    if scope is None or scope.merge_base is None or not found.source or not new:
        yield None
        return

    def read() -> list[dict[str, Any]] | None:
        try:
            statements: list[dict[str, Any]] = begun.result()
            return statements
        except DbwrightError as error:
            place.miss("old code against the new schema", error.message, error.way_out or "")
            return None

    with contextlib.ExitStack() as stack:
        try:
            old = stack.enter_context(origin.worktree(project, scope.merge_base))
        except DbwrightError as error:
            place.miss("old code against the new schema", error.message, error.way_out or "")
            yield None
            return
        worker = Worker(
            project.python or Path(),
            old.root,
            dialect=place.target.dialect,
            timeout=float(place.settings.timeout),
        )
        stack.enter_context(worker)
        begun = worker.begin("statements", **_moved(found.source, project.root, old.root))
        code = DeployedCode(read)
        yield code
        code.statements()  # the trials of fixes ask for them when the old checkout is gone


def _new_code(place: Workplace, found: Collected) -> DeployedCode | None:
    """The mappers of the project as it stands, read when they are first needed."""
    if found.mapping is None:
        return None

    def read() -> list[dict[str, Any]] | None:
        assert place.worker is not None
        try:
            statements: list[dict[str, Any]] = place.worker.call("statements", **found.source)
            return statements
        except DbwrightError as error:
            place.miss("new code against the old schema", error.message, error.way_out or "")
            return None

    return DeployedCode(read)


def _new(place: Workplace, found: Collected) -> frozenset[str]:
    """The revisions that the code at the merge base has never seen."""
    if found.scope is None or found.scope.merge_base is None or found.history is None:
        return frozenset()
    new = origin.absent(place.project, found.history, found.scope.merge_base)
    applied = place.settings.applied
    return new - origin.applied(found.history, applied) if applied else new


def _moved(source: dict[str, Any], root: Path, folder: Path) -> dict[str, Any]:
    """The worker's arguments with their paths below the other checkout."""
    moved = dict(source)
    for name in ("config", "file"):
        if name in moved:
            moved[name] = str(folder / Path(moved[name]).resolve().relative_to(root.resolve()))
    return moved

"""Autogenerate: the models compared with the migrated database, revisions written and run.

Nothing is handed over that was not run: every new revision went up, down and up with rows, and
the catalog at the end is the one that the models make.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

from dbwright import dialects
from dbwright.collect.revisions import read_history
from dbwright.core.authoring import Authored, Meant, Written
from dbwright.core.claim import Proof
from dbwright.core.errors import CollectError, FixError, ProjectError, UsageError
from dbwright.core.finding import Edit
from dbwright.core.mapping import Mapping
from dbwright.core.migration import History
from dbwright.core.schema import Schema
from dbwright.core.trace import Rehearsal
from dbwright.jobs.autogenerate_names import ids_of, imports_of
from dbwright.jobs.collected import Collected
from dbwright.jobs.drift import created
from dbwright.jobs.examples import restore_problems
from dbwright.jobs.history import chain_of, left_out
from dbwright.jobs.migrations import Chain, Replayed, read_source, replay
from dbwright.jobs.models import mapping_of
from dbwright.jobs.trials_migrations import edited
from dbwright.jobs.workplace import Workplace
from dbwright.recipes import autogenerate as recipe
from dbwright.recipes import autogenerate_questions, revision
from dbwright.recipes.autogenerate_change import Change, phases
from dbwright.recipes.autogenerate_renames import renames
from dbwright.recipes.revision import Phase

KEPT = "nothing was written"


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for: the message, the options in pairs, and ids where the caller has them.

    `revision` is the id that the first new revision is to have.
    """

    message: str = ""
    given: tuple[tuple[str, str], ...] = ()
    revision: str | None = None


@dataclass(slots=True)
class _State:
    """What was read and run: the chain, the migrated schema with the renames done, the models."""

    chain: Chain
    history: History
    replayed: Replayed
    mapping: Mapping
    models: Schema
    migrated: Schema
    schemas: frozenset[str]
    first: tuple[Change, ...]


def run(place: Workplace, request: Request) -> Authored:
    """Gives the new revisions, or what has to be said first; neither where nothing changed.

    CollectError where models or revisions could not be read or run, FixError where a change
    cannot be written or did not hold when it was run: nothing is written then.
    """
    meant = Meant.parse(request.given)
    state = _state(place, meant)
    asked = autogenerate_questions.questions(state.models, state.migrated, meant)
    if asked:
        return Authored(questions=asked, notes=tuple(place.notes))
    draft = _draft(state, state.migrated, meant)
    changes = (*state.first, *draft.changes)
    if not changes:
        return Authored(notes=tuple(place.notes), left_alone=draft.left_alone)
    timeout = state.chain.environment.lock_timeout is None
    cut = phases(changes, request.message, timeout=timeout)
    written = _written(place, state, cut, request)
    edits = tuple(Edit(item.path, None, text) for item, text in written)
    place.progress(f"running {len(written)} new revisions with rows")
    proof = _proved(place, state, edits, meant)
    return Authored(
        tuple(item for item, _ in written),
        edits,
        proof=proof,
        notes=tuple(place.notes),
        left_alone=draft.left_alone,
    )


def _state(place: Workplace, meant: Meant) -> _State:
    if place.target.dialect != "postgresql":
        raise UsageError(
            f"revisions are written for PostgreSQL, and this project is for {place.target}",
            way_out="Take plain `alembic revision --autogenerate`, then `dbwright check`.",
        )
    place.progress("reading the revisions")
    asked = place.ask_models()
    if place.project.script_location is None and not place.project.version_locations:
        raise ProjectError("there is no Alembic project here", file=str(place.path))
    history = read_history(place.project, exclude=place.settings.exclude)
    place.ready()
    if place.worker is None or place.sandbox is None or asked is None:
        why = "; ".join(item.why for item in place.unverified) or place.why_no_sandbox
        raise CollectError(f"revisions are run before they are written, and here: {why}")
    place.progress("configuring the models")
    mapping, environment = mapping_of(asked.result(), place.source, place.project.root)
    found = Collected(history=history, mapping=mapping, source=place.source)
    found.environment = environment
    chain = chain_of(place, found, None)
    history = read_source(history, frozenset(), chain, place.target.dialect)
    place.progress("running the revisions")
    replayed = replay(history, frozenset(), chain, place.progress)
    _whole(replayed)
    assert replayed.head is not None
    models = created(place.worker, place.sandbox, mapping, place.source)
    autogenerate_questions.check_names(replayed.head, models, meant)
    first = tuple(renames(replayed.head, meant))
    statements = [sql for item in first for sql in item.statements]
    migrated, schemas = _renamed(place, replayed, statements)
    changes = tuple(item.change for item in first)
    return _State(chain, history, replayed, mapping, models, migrated, schemas, changes)


def _whole(replayed: Replayed) -> None:
    """Raises CollectError unless every revision ran and one head is left."""
    if replayed.stopped is not None:
        name, error = replayed.stopped
        raise CollectError(
            f"{name} stops the chain: {error.message}",
            file=error.file,
            line=error.line,
            way_out=error.way_out or "Mend that revision first: dbwright check says how.",
        )
    left = {m.revision for m in replayed.history.migrations} - set(replayed.ran)
    if left:
        raise CollectError(
            f"{len(left)} revisions cannot run, {sorted(left)[0]} is one of them",
            way_out="Mend the graph first: dbwright migrations review says where.",
        )
    if len(replayed.history.heads) > 1:
        heads = " ".join(replayed.history.heads)
        raise CollectError(
            f"the revisions have {len(replayed.history.heads)} heads: {heads}",
            way_out=f"Merge them first: alembic merge -m merge {heads}",
        )


def _renamed(
    place: Workplace, replayed: Replayed, statements: Sequence[str]
) -> tuple[Schema, frozenset[str]]:
    """The migrated schema after the renames that were said, and the names of its schemas."""
    key = replayed.head_key
    template = place.sandbox.has(key) if key else None
    with (
        place.sandbox.clone(template) as database,
        contextlib.closing(database.connect()) as connection,
    ):
        for sql in statements:
            try:
                connection.execute(sql)
            except Exception as error:  # the driver's own tree
                raise UsageError(f"{sql}: {str(error).strip().splitlines()[0]}") from error
        schema = dialects.get(place.target.dialect).catalog.read_schema(connection)
        rows = connection.execute("select nspname from pg_namespace").fetchall()
        connection.rollback()
    return schema, frozenset(row[0] for row in rows)


def _draft(state: _State, migrated: Schema, meant: Meant) -> recipe.Draft:
    return recipe.draft(
        state.models,
        migrated,
        state.mapping.schema,
        meant,
        convention=bool(state.mapping.naming_convention),
        schemas=state.schemas,
    )


def _written(
    place: Workplace, state: _State, cut: Sequence[Phase], request: Request
) -> list[tuple[Written, str]]:
    parent = next(iter(state.history.heads), None)
    folder = place.project.version_locations[0]
    relative = PurePath(folder).relative_to(place.project.root)
    known = {migration.revision for migration in state.history.migrations}
    found = []
    for phase, name in zip(cut, ids_of(cut, parent, request.revision, known), strict=True):
        imports = imports_of(f"{phase.upgrade}\n{phase.downgrade}")
        text = revision.render(phase, name, parent, imports)
        path = str(relative / revision.file_name(name, phase.title))
        notes = revision.notes_text(phase.notes)
        found.append(
            (
                Written(
                    name, parent, phase.title, phase.upgrade, phase.downgrade, imports, notes, path
                ),
                text,
            )
        )
        parent = name
    return found


def _proved(place: Workplace, state: _State, edits: Sequence[Edit], meant: Meant) -> Proof:
    """The proof that the new revisions do what they should; FixError says what they do not."""
    history = edited(state.history, edits, place)
    new = frozenset(m.revision for m in history.migrations) - frozenset(
        m.revision for m in state.history.migrations
    )
    arguments = {k: v for k, v in state.chain.arguments.items() if k != "leave_out"}
    arguments |= {"edited": {edit.path: edit.after for edit in edits}, **left_out(history)}
    chain = replace(state.chain, arguments=arguments)
    history = read_source(history, new, chain, place.target.dialect)
    run_ = replay(history, new, chain, place.progress, keep_head=False)
    if run_.stopped is not None:
        name, error = run_.stopped
        raise _not_held(name, error.message, history)
    for name in sorted(new - set(run_.rehearsals)):
        raise _not_held(name, run_.not_rehearsed.get(name, "it was not reached"), history)
    for name in new:
        why = _against(run_.rehearsals[name])
        if why is not None:
            raise _not_held(name, why, history)
    assert run_.head is not None
    left = _draft(state, run_.head, meant).changes
    if left:
        what = left[0].title
        raise FixError(f"after the new revisions there is still to do: {what}; {KEPT}")
    names = ", ".join(sorted(new))
    witness = f"{names} went up, down and up with rows; the catalog is the one of the models"
    return Proof("verified", "the new revisions hold", scope=place.server or "", witness=witness)


def _against(found: Rehearsal) -> str | None:
    """What the runs of a new revision say against it."""
    if found.up is None or found.up.failed:
        error = found.up.error if found.up else found.not_run
        return f"its upgrade fails: {error}"
    if problems := restore_problems([found]):
        return problems[0]
    if found.again is not None and found.again.failed:
        return f"its second upgrade fails: {found.again.error}"
    return None


def _not_held(name: str, why: str, history: History) -> FixError:
    migration = next(m for m in history.migrations if m.revision == name)
    text = migration.source.text if migration.source else ""
    return FixError(
        f"a new revision did not hold when it was run, so {KEPT}: {why}",
        way_out=f"This is what was tried; write it by hand from here:\n{text}",
    )

"""Autogenerate: the models compared with the migrated database, revisions written and run.

Nothing is handed over that was not run: every new revision went up, down and up with rows, and
the catalog at the end is the one that the models make.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from dbwright import dialects
from dbwright.core.authoring import Authored, Meant
from dbwright.core.claim import Proof
from dbwright.core.compare import Difference, structured
from dbwright.core.errors import DbwrightError, FixError, UsageError
from dbwright.core.finding import Edit
from dbwright.core.schema import Schema
from dbwright.jobs.autogenerate_trial import Request, State, Trial
from dbwright.jobs.drift import created
from dbwright.jobs.head import at_head
from dbwright.jobs.history import left_out
from dbwright.jobs.migrations import Replayed
from dbwright.jobs.new_revisions import files
from dbwright.jobs.trials_migrations import edited
from dbwright.jobs.workplace import Workplace
from dbwright.recipes import autogenerate as recipe
from dbwright.recipes import autogenerate_questions
from dbwright.recipes.autogenerate_change import Draft, phases
from dbwright.recipes.autogenerate_context import Builds
from dbwright.recipes.autogenerate_renames import renames

KEPT = "nothing was written"
TIMED = ("postgresql",)
"""The databases whose revisions set a lock_timeout, each change with a title of its own."""
OLDER = (
    "The models and the revisions differed before this change; that is left as it is: "
    "dbwright migrations new writes it."
)


def run(place: Workplace, request: Request, already: Schema | None = None) -> Authored:
    """Gives the new revisions, or what has to be said first; neither where nothing changed.

    `already` is the catalog of models as they were before a change: what differed then is left.
    CollectError where models or revisions could not be read or run, FixError where a change
    cannot be written or did not hold when it was run: nothing is written then.
    """
    meant = Meant.parse(request.given)
    state = _state(place, meant)
    if request.retried:
        known = state.chain.environment
        state = replace(state, builds=Builds(known.lock_timeout, known.statement_timeout))
    meant = replace(meant, keeps=meant.keeps | frozenset(place.settings.keep))
    older = _older(state, meant, already)
    asked = autogenerate_questions.questions(state.models, state.migrated, meant)
    asked = tuple(question for question in asked if question.subject not in older.subjects)
    if asked:
        return Authored(questions=asked, notes=tuple(place.notes))
    autogenerate_questions.check_needed(state.models, state.migrated, meant)
    draft = _draft(state, state.migrated, meant, older)
    changes = (*state.first, *(c for c in draft.changes if c.title not in older.titles))
    if older.differences or len(changes) < len(state.first) + len(draft.changes):
        place.notes.append(OLDER)
    if not changes:
        return Authored(notes=tuple(place.notes), left_alone=draft.left_alone)
    timeout = state.chain.environment.lock_timeout is None and state.models.dialect in TIMED
    cut = phases(changes, request.message, timeout=timeout)
    written = files(place, state.history, cut, request.revision)
    edits = tuple(Edit(item.path, None, text) for item, text in written)
    place.progress(f"running {len(written)} new revisions with rows")
    proof = _proved(place, state, edits, meant, older)
    return Authored(
        tuple(item for item, _ in written),
        edits,
        proof=proof,
        notes=tuple(place.notes),
        left_alone=draft.left_alone,
    )


@dataclass(frozen=True, slots=True)
class _Older:
    """What the models and the revisions differed in before a change, and what it would ask."""

    titles: frozenset[str] = frozenset()
    subjects: frozenset[str] = frozenset()
    differences: frozenset[Difference] = frozenset()


def _older(state: State, meant: Meant, already: Schema | None) -> _Older:
    if already is None:
        return _Older()
    before = replace(state, models=already)
    asked = autogenerate_questions.questions(already, state.migrated, meant)
    subjects = frozenset(question.subject for question in asked)
    if state.models.dialect not in TIMED:  # changes of a table share one title there
        found = structured(already, state.migrated)
        return _Older(subjects=subjects, differences=frozenset(found))
    try:
        changes = _draft(before, state.migrated, Meant()).changes
    except DbwrightError:  # one of them needs an answer: nobody asked for it here
        return _Older(subjects=subjects)
    return _Older(frozenset(change.title for change in changes), subjects)


def _state(place: Workplace, meant: Meant) -> State:
    head = at_head(place)
    chain, history, replayed, mapping = head.chain, head.history, head.replayed, head.mapping
    assert mapping is not None
    assert place.worker is not None
    models = created(place.worker, place.sandbox, mapping, place.source)
    autogenerate_questions.check_names(head.schema, models, meant)
    first = tuple(renames(head.schema, meant))
    statements = [sql for item in first for sql in item.statements]
    migrated, schemas = _renamed(place, replayed, statements)
    changes = tuple(item.change for item in first)
    return State(chain, history, replayed, mapping, models, migrated, schemas, changes)


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
        schemas = dialects.get(place.target.dialect).catalog.schema_names(connection)
        connection.rollback()
    return schema, frozenset(schemas)


def _draft(state: State, migrated: Schema, meant: Meant, older: _Older | None = None) -> Draft:
    return recipe.draft(
        state.models,
        migrated,
        state.mapping.schema,
        meant,
        convention=bool(state.mapping.naming_convention),
        schemas=state.schemas,
        older=older.differences if older else frozenset(),
        builds=state.builds,
    )


def _proved(
    place: Workplace, state: State, edits: Sequence[Edit], meant: Meant, older: _Older
) -> Proof:
    """The proof that the new revisions do what they should; FixError says what they do not."""
    history = edited(state.history, edits, place)
    arguments = {k: v for k, v in state.chain.arguments.items() if k != "leave_out"}
    after_all = {**place.edited, **{edit.path: edit.after for edit in edits}}
    arguments |= {"edited": after_all, **left_out(history)}
    trial = Trial(place, arguments, state, meant, history.heads[0])
    why, found = trial()
    if why is not None:
        text = "\n\n".join(edit.after or "" for edit in edits)
        raise FixError(
            f"the new revisions did not hold when they were run, so {KEPT}: {why}",
            way_out=f"This is what was tried; write it by hand from here:\n\n{text}",
        )
    assert found.after is not None
    made = {table.schema for table in found.after.tables if table.schema}
    after = replace(state, schemas=state.schemas | made)
    left = [
        c for c in _draft(after, found.after, meant, older).changes if c.title not in older.titles
    ]
    if left:
        raise FixError(f"after the new revisions there is still to do: {left[0].title}; {KEPT}")
    count = len(history.migrations) - len(state.history.migrations)
    rows = sum(found.rows.values())
    new = "new revision" if count == 1 else "new revisions"
    witness = f"{count} {new} went up, down and up again with {rows} rows"
    if found.down is not None:
        witness = f"{count} {new} went up with {rows} rows; down and up again without, for the "
        witness += "downgrade stops where values were dropped"
    witness += "; the catalog is the one that the models make"
    return Proof("verified", "the new revisions hold", scope=place.server or "", witness=witness)

"""Changes of live tables: planned from the migrated schema, run phase by phase, handed over."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import replace

from dbwright import dialects
from dbwright.core.authoring import Authored, Changed
from dbwright.core.claim import Proof
from dbwright.core.compare import differences
from dbwright.core.errors import FixError, UsageError
from dbwright.core.finding import Edit
from dbwright.core.schema import Schema
from dbwright.jobs.head import at_head
from dbwright.jobs.history import left_out
from dbwright.jobs.migrations import Chain, Replayed, read_source, replay
from dbwright.jobs.new_revisions import files
from dbwright.jobs.trials_migrations import edited
from dbwright.jobs.workplace import Workplace
from dbwright.recipes import changes
from dbwright.recipes.change import Change, Request

VERSION_TABLE = "alembic_version"


def run(place: Workplace, kind: str, request: Request) -> Authored:
    """Gives the revisions of a change, each run up, down and up with rows.

    UsageError for a change that cannot be meant, CollectError where the chain does not run,
    FixError where the new revisions did not hold.
    """
    if kind not in changes.names():
        raise UsageError(
            f"dbwright knows no change called {kind}",
            way_out=f"Write one of {', '.join(changes.names())}.",
        )
    return planned(place, lambda schema: (kind, request))


def planned(place: Workplace, plan: Callable[[Schema], tuple[str, Request]]) -> Authored:
    """Does what `run` does for a change that is told from the schema at head; PostgreSQL's "
    "alone."""
    if place.target.dialect != "postgresql":
        raise UsageError(
            f"changes in phases are written for PostgreSQL, and this project is for {place.target}",
            way_out="Change the model, then `dbwright migrations new` writes the revision.",
        )
    head = at_head(place, models=False)
    chain, replayed = head.chain, head.replayed
    kind, request = plan(head.schema)
    change: Change = changes.get(kind).plan(head.schema, request)
    place.progress(f"running {len(change.phases)} new revisions with rows")
    written = files(place, replayed.history, change.phases)
    edits = tuple(Edit(item.path, None, text) for item, text in written)
    proof = _proved(place, chain, replayed, change, edits)
    found = tuple(item for item, _ in written)
    return Authored(found, edits, proof=proof, notes=tuple(place.notes), change=_told(change))


def _told(change: Change) -> Changed:
    return Changed(change.title, change.contract, change.models, change.alternatives)


def _proved(
    place: Workplace, chain: Chain, replayed: Replayed, change: Change, edits: Sequence[Edit]
) -> Proof:
    history = edited(replayed.history, edits, place)
    names = frozenset(m.revision for m in history.migrations) - frozenset(replayed.ran)
    arguments = {k: v for k, v in chain.arguments.items() if k != "leave_out"}
    arguments |= {"edited": {edit.path: edit.after for edit in edits}, **left_out(history)}
    chain = replace(chain, arguments=arguments)
    history = read_source(history, names, chain, place.target.dialect)
    run = replay(history, names, chain, place.progress, keep_head=False)
    why = _against(run, names) or _another_schema(place, replayed, change, run)
    if why is not None:
        why = why.partition("\n(Background")[0]
        raise FixError(
            f"the new revisions did not hold when they were run, so nothing was written: {why}",
            way_out="The rows that it was tried with are as long and as odd as the columns allow. "
            "Change what --to and --back say until they fit, or bound the columns first.",
        )
    rows = sum(count for item in run.rehearsals.values() for count in item.rows.values())
    witness = (
        f"{len(names)} new revisions went up, down and up again with {rows} rows; the catalog is "
        "the one that the direct form makes"
    )
    return Proof("verified", "the new revisions hold", scope=place.server or "", witness=witness)


def _against(run: Replayed, names: frozenset[str]) -> str | None:
    """What the runs say against the new revisions."""
    if run.stopped is not None:
        return f"{run.stopped[0]} stops: {run.stopped[1].message}"
    for name in sorted(names - set(run.rehearsals)):
        return f"{name} was not run: {run.not_rehearsed.get(name, 'it could not be reached')}"
    for found in run.rehearsals.values():
        if found.up is not None and found.up.failed:
            return f"the upgrade of {found.revision} fails: {found.up.error}"
        if found.down is not None and found.down.failed:
            return f"the downgrade of {found.revision} fails: {found.down.error}"
    return None


def _another_schema(
    place: Workplace, replayed: Replayed, change: Change, run: Replayed
) -> str | None:
    """How the schema at the end differs from that of the direct form, which is run for that."""
    key = replayed.head_key
    template = place.sandbox.has(key) if key else None
    with (
        place.sandbox.clone(template) as database,
        contextlib.closing(database.connect()) as connection,
    ):
        for sql in change.direct:
            connection.execute(sql)
        connection.commit()
        direct = dialects.get(place.target.dialect).catalog.read_schema(connection)
    assert run.head is not None
    found = differences(_own(direct), _own(run.head))
    return f"the schema ends otherwise than by the direct form: {found[0]}" if found else None


def _own(schema: Schema) -> Schema:
    tables = tuple(table for table in schema.tables if table.name != VERSION_TABLE)
    return replace(schema, tables=tables)

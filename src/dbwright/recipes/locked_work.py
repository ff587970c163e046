"""Work that reads a whole table, taken out of a transaction that holds a lock (PostgreSQL)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from dbwright.core.finding import Edit, Fix, Step
from dbwright.core.migration import Migration
from dbwright.core.operation import (
    CreateView,
    Data,
    DropTable,
    DropView,
    Operation,
    Other,
    Statement,
    ValidateConstraint,
)
from dbwright.recipes import backfill, code, revision, revision_source
from dbwright.recipes.revision import Notes, Phase
from dbwright.recipes.split import NEW_TRANSACTION

NOTES = Notes(
    does="does the long part of the change in a transaction that holds no lock others wait for.",
    risk="a failure leaves the revisions before it applied; run it again.",
    order="after the revision before it.",
)
_READS = re.compile(r"\bfrom\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Work:
    """Long work behind a lock: what it is, the table that waits for it."""

    number: int
    statement: Statement
    what: str
    held: str


def behind_locks(migration: Migration) -> Iterator[Work]:
    """Gives the work that would harm nobody, were no lock held over it.

    What stops reads or writes by itself is left out: its own cure takes it elsewhere.
    """
    for number, (statement, operation) in enumerate(migration.operations()):
        what = _work(statement, operation)
        if what is None or statement.autocommit:
            continue
        held = backfill.lock_held(migration, number)
        added = isinstance(operation, ValidateConstraint) and held == operation.table
        if held is not None and not (added and _is_added(migration, number, operation)):
            yield Work(number, statement, what, held)


def _work(statement: Statement, operation: Operation) -> str | None:
    if isinstance(operation, ValidateConstraint):
        return f"{operation.name} of {operation.table} is validated"
    reads = _READS.search(statement.sql) is not None
    if isinstance(operation, Data) and operation.action == "insert":
        whole = operation.from_select and not operation.bounded and reads
        return f"rows are copied to {operation.table}" if whole else None
    if isinstance(operation, Other) and operation.tag == "CREATE TABLE AS":
        return f"rows are copied to {operation.table}" if reads else None
    if isinstance(operation, CreateView) and operation.materialized:
        return f"{operation.name} is filled"
    return None


def _is_added(migration: Migration, number: int, operation: Operation) -> bool:
    """Whether this transaction adds the constraint: another rule tells of that."""
    name = getattr(operation, "name", None)
    return any(
        name in (getattr(getattr(found, part, None), "name", None) for part in _CONSTRAINTS)
        for _, found in list(migration.operations())[:number]
    )


_CONSTRAINTS = ("foreign_key", "check")


def own_transaction(migration: Migration, work: Work) -> Fix:
    """The cure: the work in a revision of its own, in a new transaction."""
    statement = work.statement

    def make(text: str) -> tuple[Edit, ...]:
        where = revision.place_of(migration, statement)
        made = _made(statement)
        inverse = (
            revision.inverse_of(migration, lambda found: _drops(found, made)) if made else None
        )
        own = revision_source.statement(text, where)
        back = revision_source.statement(text, inverse) if inverse else "pass"
        phase = Phase(
            f"{migration.message or migration.revision}, the long part",
            code.lines(NEW_TRANSACTION, own),
            back,
            NOTES,
        )
        return revision.own_revision(migration, where, phase, inverse)

    return Fix(
        "Do the long part in a revision, and a transaction, of its own",
        revision.outline(
            ("the next revision", code.lines(NEW_TRANSACTION, "…  # the statement as it is"))
        ),
        "safe",
        revision.attempt(migration, make),
        (Step(statement.sql, "backfill"),),
    )


def _made(statement: Statement) -> str | None:
    """The table or view that the work makes."""
    for operation in statement.operations:
        if isinstance(operation, CreateView):
            return operation.name
        if isinstance(operation, Other) and operation.tag == "CREATE TABLE AS":
            return operation.table
    return None


def _drops(operation: Operation, name: str) -> bool:
    if isinstance(operation, DropView):
        return operation.name == name
    return isinstance(operation, DropTable) and operation.table == name

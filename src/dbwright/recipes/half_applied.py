"""Revisions that commit in their middle and cannot be run again, cut so that each part can."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from dbwright import dialects
from dbwright.core.errors import FixError
from dbwright.core.finding import Edit, Fix
from dbwright.core.migration import Migration
from dbwright.core.operation import (
    AddCheck,
    AddForeignKey,
    AddPrimaryKey,
    AddUnique,
    AlterType,
    CreateIndex,
    CreateTable,
    CreateView,
    Data,
    DropDefault,
    DropNotNull,
    LockTable,
    Maintain,
    Operation,
    Other,
    Reindex,
    Select,
    SetDefault,
    SetNotNull,
    SetParameter,
    Statement,
    ValidateConstraint,
)
from dbwright.recipes import commits, revision, revision_source
from dbwright.recipes.revision import Notes, Phase
from dbwright.recipes.revision_source import Where

COMMIT_EACH_CHANGE = frozenset({"mysql", "mariadb"})
"""The databases where every change of the schema commits by itself."""
MOST = 6
_VERBS = ("CREATE", "ALTER", "DROP", "RENAME", "CONVERT")
_AGAIN = (
    AlterType,
    DropDefault,
    DropNotNull,
    LockTable,
    Maintain,
    Reindex,
    Select,
    SetDefault,
    SetNotNull,
    SetParameter,
    ValidateConstraint,
)
"""What a second run does once more without an error."""
_NOTES = Notes(
    does="one change, so that it is there or it is not.",
    risk="it can be refused by rows, and then nothing of it is there: mend them, run it again.",
    order="after the revision before it; no code has to change in between.",
)


@dataclass(frozen=True, slots=True)
class Half:
    """A place where a revision can stop for good.

    `committed` are the statements that stay when `refused` fails, and that a second run cannot
    repeat; `commits` is how many commits come before `refused`.
    """

    committed: tuple[Statement, ...]
    refused: Statement
    commits: int


def halves(migration: Migration) -> tuple[Half, ...]:
    """Gives the places behind a commit where the upgrade can stop and not be run again.

    With a DDL that is undone (PostgreSQL) anything can stop it: a lock_timeout, a failed build.
    Where each change commits by itself, only the first that rows can refuse is given.
    """
    dialect = migration.target.dialect
    if dialect == "sqlite":
        return ()
    if dialect in COMMIT_EACH_CHANGE:
        places = _behind_changes(migration)
        return tuple(half for half in places if half.committed)[:1]
    places = _behind_blocks(migration.upgrade)
    return tuple(half for half in places if half.committed)[:MOST]


def _behind_blocks(statements: Sequence[Statement]) -> Iterator[Half]:
    """Gives the first statement of each transaction but the first, and what stays before it."""
    parts: list[list[Statement]] = []
    for statement in statements:
        last = parts[-1][-1] if parts else None
        apart = last is None or statement.autocommit or last.autocommit
        if apart or (last and last.transaction != statement.transaction):
            parts.append([])
        parts[-1].append(statement)
    for commits_before, part in enumerate(parts[1:], 1):
        work = [each for each in part if not _only(each, SetParameter)]
        before = [each for earlier in parts[:commits_before] for each in earlier]
        if work:
            yield Half(_once_only(before), work[0], commits_before)


def _behind_changes(migration: Migration) -> Iterator[Half]:
    changes = 0
    for number, statement in enumerate(migration.upgrade):
        if changes and _refusable(migration, number):
            yield Half(_once_only(migration.upgrade[:number]), statement, changes)
        changes += is_change(statement.operations)


def is_change(operations: Sequence[Operation]) -> bool:
    """Whether a statement changes the schema, and so commits on MySQL."""
    return any(
        operation.tag.startswith(_VERBS)
        if isinstance(operation, Other)
        else not isinstance(operation, Data | Select | SetParameter)
        for operation in operations
    )


def _once_only(statements: Sequence[Statement]) -> tuple[Statement, ...]:
    """Gives those of the statements that fail when all of them run a second time."""
    dropped: set[str] = set()
    found: list[Statement] = []
    for statement in statements:
        if not all(_runs_again(each, dropped) for each in statement.operations):
            found.append(statement)
        dropped |= {
            str(getattr(each, "index", None) or getattr(each, "table", None))
            for each in statement.operations
            if getattr(each, "if_exists", False)
        }
    return tuple(found)


def _runs_again(operation: Operation, dropped: set[str]) -> bool:
    if isinstance(operation, _AGAIN) or getattr(operation, "if_exists", False):
        return True
    if getattr(operation, "if_not_exists", False):
        return True
    match operation:
        case Data():
            return operation.action != "insert" or operation.from_select
        case CreateView():
            return operation.replace
        case CreateIndex():
            return operation.index.name in dropped
        case CreateTable():
            return operation.table.key in dropped
        case Other():
            return not operation.unknown and not operation.tag.startswith(_VERBS)
    return False


def _only(statement: Statement, kind: type[Any]) -> bool:
    return bool(statement.operations) and all(isinstance(op, kind) for op in statement.operations)


def _refusable(migration: Migration, number: int) -> bool:
    """Whether rows can refuse a statement: those of before, or that the revision has written."""
    filled = {
        operation.table
        for statement in migration.upgrade[:number]
        for operation in statement.operations
        if isinstance(operation, Data) and operation.action == "insert"
    }
    for operation in migration.upgrade[number].operations:
        table = getattr(operation, "table", None)
        holds = isinstance(table, str) and (table in filled or migration.stood_before(table))
        if holds and _asks_of_rows(migration, operation, table):
            return True
    return False


def _asks_of_rows(migration: Migration, operation: Operation, table: Any) -> bool:
    before = migration.existing(table)
    match operation:
        case AddUnique() | AddForeignKey() | AddCheck() | AddPrimaryKey():
            return True
        case CreateIndex():
            return operation.index.unique
        case SetNotNull():
            column = before.column(operation.column) if before else None
            return column is not None and column.nullable
        case AlterType():
            column = before.column(operation.column) if before else None
            fits = dialects.get(migration.target.dialect).types.fits
            return column is not None and not fits(column.type, operation.type)
    return False


def apart(migration: Migration, half: Half) -> Fix:
    """The cure: each part that commits by itself in a revision of its own."""
    if migration.target.dialect not in COMMIT_EACH_CHANGE:
        return commits.one_each(migration)
    first = migration.upgrade.index(half.refused)
    later = list(migration.upgrade[first:])

    def make(text: str) -> tuple[Edit, ...]:
        places = [revision.place_of(migration, each, *_calls(each)) for each in later]
        backs = [_inverse(migration, text, each) for each in later]
        taken = [*places, *(back for back in backs if back)]
        phases = [
            _phase(text, _table(half.refused), number, place, back)
            for number, (place, back) in enumerate(zip(places, backs, strict=True), 2)
        ]
        rest = revision_source.exchange_all(text, [(where, "") for where in taken])
        return revision.chain(migration, rest, phases)

    lines = [f"# {' '.join(each.sql.split())}" for each in later]
    titles = [f"a revision of its own ({number})" for number in range(1, len(lines) + 1)]
    return Fix(
        "Give each change from there on a revision of its own",
        revision.outline(*zip(titles, lines, strict=True)),
        "unsafe",
        revision.attempt(migration, make),
    )


def _calls(statement: Statement) -> list[tuple[str, str]]:
    """Gives the calls that may stand for a statement which does several things to one column."""
    columns = [each.column for each in statement.operations if isinstance(each, AlterType)]
    return [("alter_column", column) for column in columns]


def _phase(text: str, table: str | None, number: int, place: Where, back: Where | None) -> Phase:
    return Phase(
        f"Change {table or 'the schema'}, part {number}",
        revision_source.statement(text, place),
        revision_source.statement(text, back) if back else "",
        _NOTES,
    )


def _inverse(migration: Migration, text: str, statement: Statement) -> Where | None:
    """Where the downgrade undoes a statement; FixError where it is not the upgrade's mirror."""
    there, back = migration.upgrade, migration.downgrade
    if not back:
        return None
    if len(there) != len(back):
        raise FixError("the downgrade is not the upgrade's mirror")
    mirrored = back[len(there) - 1 - there.index(statement)]
    line = mirrored.place.line if mirrored.place else None
    where = Where("downgrade", line)
    if _table(statement) != _table(mirrored) or not revision_source.holds(text, where):
        raise FixError("the downgrade cannot be told apart")
    return where


def _table(statement: Statement) -> str | None:
    tables = (getattr(each, "table", None) for each in statement.operations)
    return next((table for table in tables if isinstance(table, str)), None)

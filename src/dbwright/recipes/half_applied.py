"""Revisions of MySQL that can stop half applied, cut so that each can be run again."""

from __future__ import annotations

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
    Data,
    Operation,
    Other,
    Select,
    SetNotNull,
    SetParameter,
    Statement,
)
from dbwright.recipes import revision, revision_source
from dbwright.recipes.revision import Notes, Phase
from dbwright.recipes.revision_source import Where

COMMIT_EACH_CHANGE = frozenset({"mysql", "mariadb"})
"""The databases where every change of the schema commits by itself."""
_VERBS = ("CREATE", "ALTER", "DROP", "RENAME", "CONVERT")
_NOTES = Notes(
    does="one change, so that it is there or it is not.",
    risk="it can be refused by rows, and then nothing of it is there: mend them, run it again.",
    order="after the revision before it; no code has to change in between.",
)


@dataclass(frozen=True, slots=True)
class Half:
    """A statement that rows can refuse, and the one before it that stays when they do."""

    committed: Statement
    refused: Statement
    table: str


def found(migration: Migration) -> Half | None:
    """Gives the first change that rows can refuse after another one was committed, if any."""
    changes = [each for each in migration.upgrade if is_change(each)]
    for number, statement in enumerate(changes):
        table = _refusable(migration, statement)
        if number and table is not None:
            return Half(changes[number - 1], statement, table)
    return None


def is_change(statement: Statement) -> bool:
    """Whether a statement changes the schema, and so commits."""
    return any(
        operation.tag.startswith(_VERBS)
        if isinstance(operation, Other)
        else not isinstance(operation, Data | Select | SetParameter)
        for operation in statement.operations
    )


def _refusable(migration: Migration, statement: Statement) -> str | None:
    for operation in statement.operations:
        table = getattr(operation, "table", None)
        stood = isinstance(table, str) and migration.stood_before(table)
        if stood and _asks_of_rows(migration, operation, table):
            return str(table)
    return None


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
    """The cure: what comes before stays, and from there on each change has its own revision."""
    later = list(migration.upgrade[migration.upgrade.index(half.refused) :])

    def make(text: str) -> tuple[Edit, ...]:
        places = [revision.place_of(migration, each, *_calls(each)) for each in later]
        backs = [_inverse(migration, text, each) for each in later]
        taken = [*places, *(back for back in backs if back)]
        phases = [
            _phase(text, half.table, number, place, back)
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


def _phase(text: str, table: str, number: int, place: Where, back: Where | None) -> Phase:
    return Phase(
        f"Change {table}, part {number}",
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

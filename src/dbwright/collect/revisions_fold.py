"""Fold: the schema before and after each revision, told from the files alone."""

from __future__ import annotations

from dataclasses import replace

from dbwright.collect.revisions_graph import rehearsal_order
from dbwright.core.apply import Fold
from dbwright.core.migration import History, Migration
from dbwright.core.operation import (
    CreateTable,
    CreateView,
    Data,
    DropTable,
    DropView,
    MoveTable,
    Operation,
    Other,
    RenameTable,
)
from dbwright.core.schema import Schema, qualified


def fold(history: History, dialect: str, base: Schema | None = None) -> History:
    """Gives the history with the schema before and after each revision, where it can be told.

    The revisions are taken in the order in which they would run on the base, by default an empty
    database. From the first statement on whose effect cannot be foreseen, or that names a table
    which no revision made, the schemas are None: only a replay tells them.
    """
    folding = _Folding(base or Schema(dialect))
    by_id: dict[str, Migration] = {}
    for migration in history.migrations:
        by_id.setdefault(migration.revision, migration)
    done = {name: folding.take(by_id[name]) for name in rehearsal_order(history)}
    migrations = (
        done[found.revision] if by_id[found.revision] is found and found.revision in done else found
        for found in history.migrations
    )
    return replace(history, migrations=tuple(migrations))


class _Folding:
    def __init__(self, schema: Schema) -> None:
        self._fold = Fold(schema)
        self._tables = {table.key for table in schema.tables}
        self._state: Schema | None = schema
        self._written: dict[str, None] = {}

    def take(self, migration: Migration) -> Migration:
        """Gives the revision with the schema on both sides, and moves on to the one after it."""
        before, written = self._state, tuple(self._written)
        for _, operation in migration.operations():
            if isinstance(operation, Data) and operation.action == "update":
                self._written |= {f"{operation.table}.{each}": None for each in operation.columns}
        for _, operation in migration.operations():
            if self._state is None:
                break
            if not self._foreseen(operation):
                self._state = None
                break
            self._fold.apply((operation,))
            self._note(operation)
        if self._state is not None:
            self._state = self._fold.schema()
        return replace(migration, before=before, after=self._state, written=written)

    def _foreseen(self, operation: Operation) -> bool:
        if isinstance(operation, Other):
            return not operation.unknown
        if isinstance(operation, (Data, CreateTable, CreateView, DropView)):
            return True
        table = getattr(operation, "table", None)
        optional = isinstance(operation, DropTable) and operation.if_exists
        return optional or not isinstance(table, str) or table in self._tables

    def _note(self, operation: Operation) -> None:
        if isinstance(operation, CreateTable):
            self._tables.add(operation.table.key)
        elif isinstance(operation, CreateView):
            self._tables.add(operation.name)
        elif isinstance(operation, DropTable):
            self._tables.discard(operation.table)
        elif isinstance(operation, DropView):
            self._tables.discard(operation.name)
        elif isinstance(operation, (RenameTable, MoveTable)):
            self._tables.discard(operation.table)
            self._tables.add(_moved(operation))


def _moved(operation: RenameTable | MoveTable) -> str:
    schema, _, name = operation.table.rpartition(".")
    if isinstance(operation, MoveTable):
        return qualified(name, operation.schema)
    return operation.to if "." in operation.to else qualified(operation.to, schema or None)

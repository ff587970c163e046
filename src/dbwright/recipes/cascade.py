"""What CASCADE takes along without a name: views and foreign keys, dropped by name instead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dbwright.core.draft import reads
from dbwright.core.errors import FixError
from dbwright.core.finding import Edit, Fix, Step
from dbwright.core.migration import Migration
from dbwright.core.operation import DropColumn, DropTable, DropView
from dbwright.core.schema import ForeignKey, Schema, Table
from dbwright.recipes import code, constraints, revision, revision_source, view


@dataclass(frozen=True, slots=True)
class Taken:
    """A view that goes along, or a foreign key with the table that holds it."""

    table: Table
    key: ForeignKey | None = None

    @property
    def words(self) -> str:
        """What it is, for the reader."""
        if self.key is None:
            return f"view {self.table.key}"
        return f"foreign key {constraints.key_name(self.table.key, self.key)} of {self.table.key}"


Dropping = DropTable | DropColumn | DropView


def taken_along(migration: Migration, number: int) -> tuple[Taken, ...]:
    """What a DROP … CASCADE drops that stood before, stands no more, and is named nowhere."""
    before = migration.before
    _, operation = migration.nth(number, DropTable, DropColumn, DropView)
    if before is None or not operation.cascade:
        return ()
    named = {
        found.name if isinstance(found, DropView) else found.table
        for _, _, found in migration.each(DropView, DropTable)
    }
    return tuple(
        item
        for item in (*_views(before, operation), *_keys(before, operation))
        if item.table.key not in named and not _stands(migration.after, item)
    )


def by_name(migration: Migration, number: int) -> Fix:
    """The cure: each thing is dropped by its name, and made again by the downgrade."""
    statement, operation = migration.nth(number, DropTable, DropColumn, DropView)
    taken = taken_along(migration, number)
    drops = [_drop(item) for item in reversed(taken)]
    own = _plain(operation)
    body = code.lines(*map(code.execute, (*drops, own)))
    lost = isinstance(operation, DropTable)  # with its rows, so that no key can hold for all
    again = code.lines(*(code.execute(_create(item, lost)) for item in taken))

    def make(text: str) -> tuple[Edit, ...]:
        if any(item.table.indexes for item in taken if item.key is None):
            raise FixError("the view has indexes, which must be made again too")
        where = revision.place_of(migration, statement)
        changed = revision_source.replace(text, where, body)
        if not revision_source.is_empty(text, "downgrade"):
            changed = revision_source.append(changed, "downgrade", again)
        return revision.edited(migration, changed)

    return Fix(
        "Drop each of them by name, and make them again in the downgrade",
        code.lines(body, "# in downgrade, last:", again),
        "safe",
        revision.attempt(migration, make),
        tuple(Step(sql, "contract", lock_timeout="5s") for sql in (*drops, own)),
    )


def _views(before: Schema, operation: Dropping) -> Iterator[Taken]:
    """The views over it, then those over them, in the order in which they can be made."""
    if isinstance(operation, DropColumn):
        waiting = [f"{operation.table}.{operation.column}"]
    else:
        waiting = [operation.name if isinstance(operation, DropView) else operation.table]
    seen: set[str] = set()
    while waiting:
        name = waiting.pop(0)
        for found in before.tables:
            if name in reads(found) and found.key not in seen:
                seen.add(found.key)
                waiting.append(found.key)
                yield Taken(found)


def _keys(before: Schema, operation: Dropping) -> Iterator[Taken]:
    if isinstance(operation, DropView):
        return
    for table, key in before.referring(operation.table):
        column = operation.column if isinstance(operation, DropColumn) else None
        if table.key != operation.table and (column is None or column in key.referred_columns):
            yield Taken(table, key)


def _stands(after: Schema | None, item: Taken) -> bool:
    table = after.table(item.table.key) if after else None
    if table is None:
        return False
    return item.key is None or item.key in table.foreign_keys


def _plain(operation: Dropping) -> str:
    guard = "IF EXISTS " if operation.if_exists else ""
    if isinstance(operation, DropColumn):
        head = f"ALTER TABLE {code.quoted(operation.table)} DROP COLUMN {guard}"
        return head + code.quoted(operation.column)
    if isinstance(operation, DropView):
        kind = "MATERIALIZED VIEW" if operation.materialized else "VIEW"
        return f"DROP {kind} {guard}{code.quoted(operation.name)}"
    return f"DROP TABLE {guard}{code.quoted(operation.table)}"


def _drop(item: Taken) -> str:
    if item.key is None:
        return view.drop_sql(item.table)
    name = code.quoted(constraints.key_name(item.table.key, item.key))
    return f"ALTER TABLE {code.quoted(item.table.key)} DROP CONSTRAINT {name}"


def _create(item: Taken, rows_lost: bool) -> str:
    if item.key is None:
        return view.create_sql(item.table)
    sql = constraints.key_sql(item.table.key, item.key)
    return f"{sql} NOT VALID" if rows_lost else sql

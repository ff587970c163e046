"""A column's type changed while others write: a second column, kept up by triggers (MySQL)."""

from __future__ import annotations

from dbwright import dialects
from dbwright.core.errors import FixError
from dbwright.core.finding import Edit, Fix
from dbwright.core.migration import Migration
from dbwright.core.operation import AlterType
from dbwright.core.schema import Column
from dbwright.recipes import (
    attributes,
    backfill,
    change_type,
    code,
    drop,
    revision,
    revision_source,
)
from dbwright.recipes.revision import Notes, Phase

SWAP_NOTES = Notes(
    does="gives the new column the old one's name; the old one waits under `…_retired`.",
    risk="the table is locked for a moment; what waits for it goes on afterwards.",
    downtime="none; reads and writes wait for a moment.",
    order="after the backfill, when both columns are the same in every row.",
    backup="none needed: the old column keeps its values until it is dropped.",
    test="compare both columns row by row before the old one is dropped.",
)
_ZEROS = {"smallint": "0", "integer": "0", "bigint": "0", "numeric": "0", "float": "0"}
_ZEROS |= {"boolean": "0", "varchar": "''", "char": "''"}


def shadow_column(migration: Migration, number: int) -> Fix:
    """The cure of a type change that copies the table: a second column, filled, then swapped."""
    statement, operation = migration.nth(number, AlterType)
    table, name = operation.table, operation.column
    before = migration.existing(table)
    column = before.column(name) if before else None
    key = backfill.key_of(migration, table)
    parts = _Parts(operation, column or Column(name, operation.type), migration)
    condition = f"NOT ({parts.shadow} <=> {parts.name})"
    batches = backfill.phase(table, key or "id", f"{parts.shadow} = {parts.name}", condition)
    swap = Phase(f"Swap {name} of {table} for its new type", *parts.swap(), SWAP_NOTES)

    def make(text: str) -> tuple[Edit, ...]:
        if before is None or column is None or key is None or parts.zero is None:
            raise FixError("the table or its key is not known")
        if change_type.is_tied(migration, before, column) or column.collation:
            raise FixError("the column has constraints or indexes that must be built anew first")
        plain = (parts.table, parts.name, parts.shadow, key)
        if any('"' in code.quoted(each) for each in plain):
            raise FixError("the names have to be quoted")
        alone = attributes.changes_only(AlterType, statement, column, migration)
        where = revision.place_of(migration, statement, ("alter_column", name), kept=alone)
        inverse = revision.inverse_of(
            migration,
            lambda found: isinstance(found, AlterType) and found.column == name,
            ("alter_column", name),
        )
        expand, back = parts.expand()
        changes = [(where, expand), *([(inverse, back)] if inverse else [])]
        text = revision_source.exchange_all(text, changes)
        if not inverse:
            text = revision_source.prepend(text, "downgrade", back)
        return revision.chain(migration, text, (batches, swap))

    titles = ("this revision", f"then: {batches.title}", f"then: {swap.title}")
    bodies = (parts.expand()[0], batches.upgrade, swap.upgrade)
    return Fix(
        "Fill a second column of the new type, then swap the names",
        revision.outline(*zip(titles, bodies, strict=True)),
        "unsafe",
        revision.attempt(migration, make),
    )


class _Parts:
    """The statements of the three revisions, for one column."""

    def __init__(self, operation: AlterType, column: Column, migration: Migration) -> None:
        self.table, self.name = operation.table, operation.column
        self.shadow = f"{self.name}_new"
        self.aside = drop.retired(self.name)
        self.type = operation.type
        self.column = column
        family = dialects.get(migration.target.dialect).types.family(operation.type)
        self.zero = column.default or ("NULL" if column.nullable else _ZEROS.get(family))
        self.head = f"ALTER TABLE {self.table}"

    def expand(self) -> tuple[str, str]:
        """Gives the code that adds the column and keeps it up, and the code that takes it away."""
        null = "NULL" if self.column.nullable else "NOT NULL"
        add = (
            f"{self.head} ADD COLUMN {self.shadow} {self.type} {null} DEFAULT {self.zero}, "
            "ALGORITHM=INSTANT"
        )
        back = f"{self.head} DROP COLUMN {self.shadow}"
        forth = (add, *self._triggers())
        return _code(*forth), _code(*self._no_triggers(), back)

    def swap(self) -> tuple[str, str]:
        """Gives the code that exchanges the names under one lock, and its way back."""
        aside = self._rename(self.name, self.aside, self.shadow, self.name)
        there = [self._locked(), *self._no_triggers(), aside]
        # first of all, so that a value that does not fit stops it before anything has changed
        refill = f"UPDATE {self.table} SET {self.aside} = {self.name}"
        refill += f" WHERE NOT ({self.aside} <=> {self.name})"
        renamed = self._rename(self.name, self.shadow, self.aside, self.name)
        back = [self._locked(), refill, renamed]
        if self.column.default is None and not self.column.nullable:
            # an INSERT that does not know the retired column must not fail for want of a default
            there.insert(3, f"{self.head} ALTER COLUMN {self.name} SET DEFAULT {self.zero}")
            there.append(f"{self.head} ALTER COLUMN {self.name} DROP DEFAULT")
            back.insert(2, f"{self.head} ALTER COLUMN {self.name} SET DEFAULT {self.zero}")
            back.append(f"{self.head} ALTER COLUMN {self.name} DROP DEFAULT")
        back += self._triggers()
        return _code(*there, "UNLOCK TABLES"), _code(*back, "UNLOCK TABLES")

    def _locked(self) -> str:
        return f"LOCK TABLES {self.table} WRITE"

    def _triggers(self) -> tuple[str, ...]:
        return tuple(
            f"CREATE TRIGGER {self._trigger(event)} BEFORE {event.upper()} ON {self.table} "
            f"FOR EACH ROW SET NEW.{self.shadow} = NEW.{self.name}"
            for event in ("insert", "update")
        )

    def _no_triggers(self) -> tuple[str, ...]:
        return tuple(f"DROP TRIGGER {self._trigger(event)}" for event in ("insert", "update"))

    def _trigger(self, event: str) -> str:
        return code.name_for(self.table, self.shadow, event, limit=64)

    def _rename(self, *names: str) -> str:
        first, to, second, back = names
        return (
            f"{self.head} RENAME COLUMN {first} TO {to}, RENAME COLUMN {second} TO {back}, "
            "ALGORITHM=INPLACE, LOCK=NONE"
        )


def _code(*statements: str) -> str:
    return code.lines(*map(code.execute, statements))

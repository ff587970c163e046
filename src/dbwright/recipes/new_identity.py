"""An identity column added to a table that has rows, without writing them under a lock."""

from __future__ import annotations

from dbwright.core.errors import FixError
from dbwright.core.finding import Edit, Fix, Step
from dbwright.core.identifiers import string_literal
from dbwright.core.migration import Migration
from dbwright.core.operation import AddColumn
from dbwright.recipes import backfill, code, not_null, revision, revision_source
from dbwright.recipes.revision import Notes, Phase

NOTES = Notes(
    does="makes the filled column an identity that goes on where its sequence stands.",
    risk="a lock on the table for a moment; lock_timeout ends the wait, then run it again.",
    downtime="none; reads and writes wait for a moment.",
    order="after the column is NOT NULL.",
    test="insert a row without the column: it gets the next number.",
)


def filled_first(migration: Migration, number: int) -> Fix:
    """The cure: a plain column with a sequence, filled in batches, made an identity at the end."""
    statement, operation = migration.nth(number, AddColumn)
    table, column = operation.table, operation.column
    sequence = code.quoted(_sequence(table, column.name))
    name, head = code.quoted(column.name), f"ALTER TABLE {code.quoted(table)}"
    add = f"{head} ADD COLUMN {name} {column.type}"
    default = f"{head} ALTER COLUMN {name} SET DEFAULT nextval('{sequence}')"
    create = f"CREATE SEQUENCE {sequence} AS {column.type}"
    expand = code.lines(
        revision.lock_timeout(migration), *map(code.execute, (create, add, default))
    )
    drop = code.execute(f"DROP SEQUENCE IF EXISTS {sequence}")
    key = backfill.key_of(migration, table)
    fill = f"{name} = nextval('{sequence}')"
    phases = (
        backfill.phase(table, key or "id", fill, f"{name} IS NULL"),
        *not_null.phases(table, column.name),
        _identity(operation, sequence, create, default),
    )

    def make(text: str) -> tuple[Edit, ...]:
        if key is None or operation.foreign_key or operation.check or operation.unique:
            raise FixError("the column cannot be filled by key")
        where = revision.place_of(migration, statement, ("add_column", column.name))
        changed = revision_source.replace(text, where, expand)
        if not revision_source.is_empty(text, "downgrade"):
            changed = revision_source.append(changed, "downgrade", drop)
        return revision.chain(migration, changed, phases)

    titles = ("this revision", *(f"then: {phase.title}" for phase in phases))
    bodies = (expand, *(phase.upgrade for phase in phases))
    return Fix(
        "A plain column with a sequence, filled in batches, made an identity at the end",
        revision.outline(*zip(titles, bodies, strict=True)),
        "unsafe",
        revision.attempt(migration, make),
        (
            Step(create, "expand"),
            Step(add, "expand", lock_timeout="5s"),
            Step(default, "expand", lock_timeout="5s"),
            Step(f"UPDATE {code.quoted(table)} SET {fill}", "backfill", autocommit=True),
        ),
    )


def _identity(operation: AddColumn, sequence: str, create: str, default: str) -> Phase:
    table, column = operation.table, operation.column
    name, head = code.quoted(column.name), f"ALTER TABLE {code.quoted(table)}"
    kind = (column.identity or "by default").upper()
    names = ", ".join(map(string_literal, (code.quoted(table), column.name)))
    own = f"pg_get_serial_sequence({names})"
    last = f"SELECT coalesce(max({name}), 1) FROM {code.quoted(table)}"
    upgrade = (
        f"{head} ALTER COLUMN {name} DROP DEFAULT",
        f"{head} ALTER COLUMN {name} ADD GENERATED {kind} AS IDENTITY",
        f"SELECT setval({own}, nextval('{sequence}'), false)",
        f"DROP SEQUENCE {sequence}",
    )
    downgrade = (
        f"{head} ALTER COLUMN {name} DROP IDENTITY",
        create,
        f"SELECT setval('{sequence}', ({last}))",
        default,
    )
    return Phase(
        f"Make {column.name} of {table} an identity",
        code.lines(code.LOCK_TIMEOUT, *map(code.execute, upgrade)),
        code.lines(code.LOCK_TIMEOUT, *map(code.execute, downgrade)),
        NOTES,
    )


def _sequence(table: str, column: str) -> str:
    """Another name than the one that the identity's own sequence gets from the server."""
    schema, _, bare = table.rpartition(".")
    name = code.name_for(bare, column, "filling")
    return f"{schema}.{name}" if schema else name

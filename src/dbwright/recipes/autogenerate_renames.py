"""Renames that the user said, as Alembic code both ways and as the SQL that does them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dbwright.core.authoring import Meant
from dbwright.core.errors import UsageError
from dbwright.core.schema import EnumType, Schema, Table, qualified
from dbwright.recipes import code
from dbwright.recipes.autogenerate_change import RENAME, Change, execute

BREAKS = "code that still uses the old name {} fails from this moment: stop it first."


@dataclass(frozen=True, slots=True)
class Rename:
    """One rename: what a revision does, and the statements that do the same."""

    change: Change
    statements: tuple[str, ...]


def renames(before: Schema, meant: Meant) -> Iterator[Rename]:
    """Gives the renames of tables, then those of columns and of labels.

    A column is named as it was said: with the name of its table in the models or the old one.
    """
    keys = dict(meant.table_renames)
    for old, new in keys.items():
        table = before.table(old)
        if table is None:
            raise UsageError(f"--rename-table {old}:{new}: the migrated database has no {old}")
        yield _table(table, new)
    back = {new: old for old, new in keys.items()}
    for name, new in meant.renames.items():
        subject, _, old = name.rpartition(".")
        table = before.table(back.get(subject, subject))
        if table is not None and table.column(old) is not None:
            yield _column(keys.get(table.key, table.key), old, new)
            continue
        enum = next((e for e in before.enums if qualified(e.name, e.schema) == subject), None)
        if enum is None or old not in enum.values:
            raise UsageError(f"--rename {name}:{new}: the migrated database has no {name}")
        yield _label(enum, old, new)


def _table(table: Table, new: str) -> Rename:
    schema, _, name = new.rpartition(".")
    old_name, moved = table.name, (table.schema or "") != schema
    up, down, statements = [], [], []
    if moved:
        to, back = schema or "public", table.schema or "public"
        make = f"CREATE SCHEMA IF NOT EXISTS {code.quoted(to)}"
        move = f"ALTER TABLE {code.quoted(table.key)} SET SCHEMA {code.quoted(to)}"
        here = qualified(old_name, schema or None)
        statements += [make, move]
        up += [execute(make), execute(move)]
        down.append(execute(f"ALTER TABLE {code.quoted(here)} SET SCHEMA {code.quoted(back)}"))
    if old_name != name:
        where = f", schema={code.literal(schema)}" if schema else ""
        here = qualified(old_name, schema or None)
        statements.append(f"ALTER TABLE {code.quoted(here)} RENAME TO {code.quoted(name)}")
        up.append(f"op.rename_table({code.literal(old_name)}, {code.literal(name)}{where})")
        down.insert(0, f"op.rename_table({code.literal(name)}, {code.literal(old_name)}{where})")
    change = Change(
        RENAME,
        f"rename table {table.key} to {new}",
        code.lines(*up),
        code.lines(*down),
        risk=BREAKS.format(table.key),
    )
    return Rename(change, tuple(statements))


def _column(table: str, old: str, new: str) -> Rename:
    sql = f"ALTER TABLE {code.quoted(table)} RENAME COLUMN {{}} TO {{}}"
    schema, _, name = table.rpartition(".")
    where = f", schema={code.literal(schema)}" if schema else ""

    def call(one: str, other: str) -> str:
        words = f"{code.literal(name)}, {code.literal(one)}, new_column_name={code.literal(other)}"
        return f"op.alter_column({words}{where})"

    change = Change(
        RENAME,
        f"rename column {table}.{old} to {new}",
        call(old, new),
        call(new, old),
        risk=BREAKS.format(f"{table}.{old}"),
    )
    return Rename(change, (sql.format(code.quoted(old), code.quoted(new)),))


def _label(enum: EnumType, old: str, new: str) -> Rename:
    name = code.quoted(qualified(enum.name, enum.schema))

    def sql(one: str, other: str) -> str:
        return f"ALTER TYPE {name} RENAME VALUE {text(one)} TO {text(other)}"

    change = Change(
        RENAME,
        f"rename label '{old}' of {enum.name} to '{new}'",
        execute(sql(old, new)),
        execute(sql(new, old)),
        risk=BREAKS.format(f"'{old}'"),
    )
    return Rename(change, (sql(old, new),))


def text(value: str) -> str:
    """Gives a literal in SQL."""
    return "'" + value.replace("'", "''") + "'"

"""Renames that the user said, as Alembic code both ways and as the SQL that does them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dbwright import dialects
from dbwright.core.authoring import Meant
from dbwright.core.errors import UsageError
from dbwright.core.schema import EnumType, Schema, Table, qualified
from dbwright.recipes import code, plain_code
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
        yield _table(table, new, before.dialect)
    back = {new: old for old, new in keys.items()}
    for name, new in meant.renames.items():
        subject, _, old = name.rpartition(".")
        table = before.table(back.get(subject, subject))
        if table is not None and table.column(old) is not None:
            yield _column(before, table, keys.get(table.key, table.key), old, new)
            continue
        enum = next((e for e in before.enums if qualified(e.name, e.schema) == subject), None)
        if enum is None or old not in enum.values:
            raise UsageError(f"--rename {name}:{new}: the migrated database has no {name}")
        yield _label(enum, old, new)


def _table(table: Table, new: str, dialect: str) -> Rename:
    if dialect != "postgresql":
        return _plain_table(dialect, table.name, new)
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


def _column(before: Schema, found: Table, table: str, old: str, new: str) -> Rename:
    if before.dialect != "postgresql":
        return _plain_column(before, found, table, old, new)
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


def _plain_table(dialect: str, old: str, new: str) -> Rename:
    quote = dialects.get(dialect).quoting.quoted
    change = Change(
        RENAME,
        f"rename table {old} to {new}",
        f"op.rename_table({code.literal(old)}, {code.literal(new)})",
        f"op.rename_table({code.literal(new)}, {code.literal(old)})",
        locks=False,
        risk=BREAKS.format(old),
    )
    return Rename(change, (f"ALTER TABLE {quote(old)} RENAME TO {quote(new)}",))


def _plain_column(before: Schema, found: Table, table: str, old: str, new: str) -> Rename:
    """A column renamed where ALTER COLUMN has to be told all that it is (MySQL), or its name."""
    quote, column = dialects.get(before.dialect).quoting.quoted, found.column(old)
    assert column is not None
    existing = []
    if before.dialect != "sqlite":
        made = plain_code.type_code(column.type, before.dialect, column.collation)
        if made is None:
            raise UsageError(
                f"--rename {table}.{old}:{new}: SQLAlchemy has no class of {column.type}",
                way_out="Write that revision by hand with op.execute, then run this again.",
            )
        existing = [f"existing_type={made}", f"existing_nullable={column.nullable}"]
        if column.default is not None:
            existing.append(f"existing_server_default={plain_code.default_code(column)}")
        existing += ["existing_autoincrement=True"] if column.identity else []
        existing += [f"existing_comment={code.literal(column.comment)}"] if column.comment else []

    def call(one: str, other: str) -> str:
        words = [code.literal(table), code.literal(one), f"new_column_name={code.literal(other)}"]
        return code.call("op.alter_column", [*words, *existing])

    change = Change(
        RENAME,
        f"rename column {table}.{old} to {new}",
        call(old, new),
        call(new, old),
        locks=False,
        risk=BREAKS.format(f"{table}.{old}"),
    )
    sql = f"ALTER TABLE {quote(table)} RENAME COLUMN {quote(old)} TO {quote(new)}"
    return Rename(change, (sql,))


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

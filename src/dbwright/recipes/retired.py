"""Columns put aside under another name, brought back, and dropped later (PostgreSQL)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dbwright.core.errors import UsageError
from dbwright.core.schema import Column, IndexKey, Schema, Table
from dbwright.recipes import code, drop, index
from dbwright.recipes import table as tables
from dbwright.recipes.revision import Notes, Phase

DROP_NOTES = Notes(
    does="drops what was put aside.",
    risk="what it held is gone; the downgrade can only compute it anew.",
    downtime="none; reads and writes wait for a moment.",
    order="in a later release, when nobody has missed it.",
    backup="pg_dump -t of the table, or a table with its key and the columns that go.",
    test="compare both forms row by row before this revision runs.",
)


def check_free(schema: Schema, table: Table, columns: Sequence[Column]) -> None:
    """Raises UsageError where more than the columns would have to go."""
    for column in columns:
        if why := _tie(schema, table, column.name):
            raise UsageError(
                f"{table.key}.{column.name} cannot be put aside: {why}",
                way_out="Take that away first, in a revision of its own, or write the change by "
                "hand; dbwright check reviews it.",
            )


def _tie(schema: Schema, table: Table, name: str) -> str | None:
    if table.primary_key and name in table.primary_key.columns:
        return "it is in the primary key"
    for other, key in schema.referring(table.key):
        if name in key.referred_columns:
            return f"the foreign key {key.name} of {other.key} points at it"
    for check in table.checks:
        if name in check.columns:
            return f"the check {check.name} reads it"
    for column in table.columns:
        if column.computed and column.name != name and name in _words(column.computed):
            return f"the column {column.name} is generated from it"
    for exclude in table.excludes:
        if name in exclude.columns:
            return f"the constraint {exclude.name} is built on it"
    for found in table.indexes:
        if name in found.uses and name not in found.columns:
            return f"the index {found.name} has it in an expression or a condition"
    if table.column(drop.retired(name)) is not None:
        return f"{drop.retired(name)} is there already"
    return None


def _words(expression: str) -> set[str]:
    return set("".join(c if c.isalnum() or c == "_" else " " for c in expression).split())


def aside(
    table: Table, columns: Sequence[Column]
) -> tuple[tuple[str, ...], tuple[tuple[str, ...], tuple[str, ...]]]:
    """Gives the statements that put columns aside, and those that bring them back.

    The way back has two halves: the names first, then, when every row has its value again, what
    the columns require.
    """
    head = f"ALTER TABLE {code.quoted(table.key)}"
    away: list[str] = []
    names: list[str] = []
    required: list[str] = []
    for column in columns:
        own = code.quoted(column.name)
        old = code.quoted(drop.retired(column.name))
        if column.default:
            away.append(f"{head} ALTER COLUMN {own} DROP DEFAULT")
            required.append(f"{head} ALTER COLUMN {own} SET DEFAULT {column.default}")
        if not column.nullable:
            away.append(f"{head} ALTER COLUMN {own} DROP NOT NULL")
            required.append(f"{head} ALTER COLUMN {own} SET NOT NULL")
        away.append(f"{head} RENAME COLUMN {own} TO {old}")
        names.append(f"{head} RENAME COLUMN {old} TO {own}")
    return tuple(away), (tuple(names), tuple(required))


def dropped(table: Table, columns: Sequence[Column]) -> Phase:
    """The revision that drops columns put aside; its downgrade makes them anew, empty."""
    names = ", ".join(column.name for column in columns)
    head = f"ALTER TABLE {code.quoted(table.key)}"
    olds = [drop.retired(column.name) for column in columns]
    gone = ", ".join(f"DROP COLUMN {code.quoted(old)}" for old in olds)
    back = ", ".join(
        f"ADD COLUMN {code.quoted(old)} {column.type}"
        for old, column in zip(olds, columns, strict=True)
    )
    return Phase(
        f"Drop the old {names} of {table.key}",
        code.lines(code.LOCK_TIMEOUT, code.execute(f"{head} {gone}")),
        code.lines(
            code.LOCK_TIMEOUT,
            code.execute(f"{head} {back}"),
            *_anew(table, {column.name for column in columns}),
        ),
        DROP_NOTES,
    )


def _anew(table: Table, gone: set[str]) -> list[str]:
    """The constraints and indexes that went with the columns, under the names of those aside."""

    def now(columns: Sequence[str]) -> tuple[str, ...]:
        return tuple(drop.retired(name) if name in gone else name for name in columns)

    head = f"ALTER TABLE {code.quoted(table.key)} ADD"
    uniques = [replace(u, columns=now(u.columns)) for u in table.uniques if gone & set(u.columns)]
    keys = [replace(k, columns=now(k.columns)) for k in table.foreign_keys if gone & set(k.columns)]
    found = [code.execute(f"{head} {tables.unique(item)}") for item in uniques]
    found += [code.execute(f"{head} {tables.foreign_key(item)}") for item in keys]
    for item in table.indexes:
        if gone & {name for name in item.columns if name}:
            again = replace(item, keys=_keys(item.keys, gone), include=now(item.include))
            found.append(code.autocommit(index.create_call(table.key, again)))
    return found


def _keys(keys: Sequence[IndexKey], gone: set[str]) -> tuple[IndexKey, ...]:
    return tuple(
        replace(key, column=drop.retired(key.column)) if key.column in gone and key.column else key
        for key in keys
    )

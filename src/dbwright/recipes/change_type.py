"""A column's type changed without copying the table under a lock: a second column (PostgreSQL)."""

from __future__ import annotations

import re
from dataclasses import replace

from dbwright import dialects
from dbwright.core.errors import FixError
from dbwright.core.finding import Edit, Fix, Step
from dbwright.core.migration import Migration
from dbwright.core.operation import AlterType, SetParameter
from dbwright.core.schema import Column, Index, IndexKey, Table
from dbwright.recipes import (
    backfill,
    code,
    drop,
    enum,
    index,
    not_null,
    revision,
    revision_source,
    trigger,
)
from dbwright.recipes.revision import Notes, Phase

UTC = ("utc", "etc/utc", "gmt", "etc/gmt", "uct", "zulu", "0")
"""Zones without an offset: in them a timestamp keeps its bytes, with a time zone and without."""
SWAP_NOTES = Notes(
    does="gives the new column the old one's name; the old one waits under `…_retired`.",
    risk="a lock on the table for a moment; lock_timeout ends the wait, then run it again.",
    downtime="none; reads and writes wait for a moment.",
    order="after the backfill, when no row is left without the new value.",
    backup="none needed: the old column keeps its values until it is dropped.",
    test="compare both columns row by row before the old one is dropped.",
)


def shadow_column(migration: Migration, number: int) -> Fix:
    """The cure of a type change that rewrites: a second column, filled, then swapped."""
    statement, operation = migration.nth(number, AlterType)
    table, name = operation.table, operation.column
    before = migration.existing(table)
    column = before.column(name) if before else None
    zone = zone_of(migration, number)
    if zone and operation.using is None and converts_zones(migration, operation):
        # The trigger runs in the sessions of the code, whose zone may be another.
        using = f"{code.quoted(name)} AT TIME ZONE '{zone}'"
        operation = replace(operation, using=using)
    shadow = f"{name}_new"
    expand, back = _expand(operation, shadow, "NEW.")
    expand = code.lines(revision.lock_timeout(migration), expand)
    key = backfill.key_of(migration, table)
    assignment = f"{code.quoted(shadow)} = {_value(operation, '')}"
    condition = f"{code.quoted(shadow)} IS NULL AND {code.quoted(name)} IS NOT NULL"
    batches = backfill.phase(table, key or "id", assignment, condition)
    swap = _swap(operation, column, shadow)

    def make(text: str) -> tuple[Edit, ...]:
        if before is None or column is None or key is None or is_tied(migration, before, column):
            raise FixError("the column has constraints or indexes that must be built anew first")
        where = revision.place_of(migration, statement, ("alter_column", name))
        inverse = revision.inverse_of(
            migration,
            lambda found: isinstance(found, AlterType) and found.column == name,
            ("alter_column", name),
        )
        changes = [(where, expand), *([(inverse, back)] if inverse else [])]
        text = revision_source.exchange_all(text, changes)
        if not inverse:
            text = revision_source.prepend(text, "downgrade", back)
        return revision.chain(migration, text, (batches, *swap))

    phases = (batches, *swap)
    titles = ("this revision", *(f"then: {phase.title}" for phase in phases))
    bodies = (expand, *(phase.upgrade for phase in phases))
    return Fix(
        "Fill a second column of the new type, then swap the names",
        revision.outline(*zip(titles, bodies, strict=True)),
        "unsafe",
        revision.attempt(migration, make),
        (
            Step(_add_sql(operation, shadow), "expand", lock_timeout="5s"),
            Step(f"UPDATE {code.quoted(table)} SET {assignment}", "backfill", autocommit=True),
            Step(_rename_sql(table, name, drop.retired(name)), "contract", lock_timeout="5s"),
            Step(_rename_sql(table, shadow, name), "contract", lock_timeout="5s"),
        ),
    )


def rewrites(migration: Migration, number: int, operation: AlterType) -> bool:
    """Whether the change writes every row of the table anew, as far as that is known."""
    dialect = dialects.get(migration.target.dialect)
    table = migration.existing(operation.table)
    column = table.column(operation.column) if table else None
    if column is None:
        return False
    known = dialect.locks.effect(operation, migration.before, migration.target).rewrites
    if known is not None:
        return bool(known)
    if {enum.bare(column.type), enum.bare(operation.type)} & enum.labelled(migration, number):
        return True
    zone = zone_of(migration, number)
    return converts_zones(migration, operation) and zone is not None and zone not in UTC


def chooses(migration: Migration, number: int, operation: AlterType) -> bool:
    """Whether text becomes an enumerated type, which refuses all but its labels."""
    table = migration.existing(operation.table)
    column = table.column(operation.column) if table else None
    family = dialects.get(migration.target.dialect).types.family
    is_text = column is not None and family(column.type) in ("text", "varchar", "char")
    return is_text and enum.bare(operation.type) in enum.labelled(migration, number)


def converts_zones(migration: Migration, operation: AlterType) -> bool:
    """Whether a column of timestamps gets a time zone, or loses it."""
    family = dialects.get(migration.target.dialect).types.family
    table = migration.existing(operation.table)
    column = table.column(operation.column) if table else None
    old = family(column.type) if column else None
    return {old, family(operation.type)} == {"timestamp", "timestamptz"}


def zone_of(migration: Migration, number: int) -> str | None:
    """The time zone that the revision itself sets before that operation, in lower case."""
    zones = [
        found.value.strip("'").lower()
        for at, _, found in migration.each(SetParameter)
        if at < number and found.name.lower() == "timezone"
    ]
    return zones[-1] if zones else None


def in_utc(migration: Migration, number: int) -> Fix:
    """The cure of timestamps read in whatever zone the session has: the zone is said."""
    statement, operation = migration.nth(number, AlterType)
    sql = "SET LOCAL timezone = 'UTC'"
    line = code.execute(sql)

    def make(text: str) -> tuple[Edit, ...]:
        where = revision.place_of(migration, statement, ("alter_column", operation.column))
        inverse = revision.inverse_of(
            migration,
            lambda found: isinstance(found, AlterType) and found.column == operation.column,
            ("alter_column", operation.column),
        )
        if inverse:
            text = revision_source.insert_before(text, inverse, line)
        return revision.edited(migration, revision_source.insert_before(text, where, line))

    return Fix(
        "Say that the old values are UTC",
        code.lines(line, "# then the statement as it is"),
        "unsafe",
        revision.attempt(migration, make),
        (Step(sql, "now"), Step(statement.sql, "now", lock_timeout="5s")),
    )


def indexes_on(table: Table, column: str) -> tuple[str, ...]:
    """The names of what is sorted by the column: indexes, the key, unique constraints."""
    names = [index.name for index in table.indexes if column in (*index.columns, *index.uses)]
    names += [item.name or "a unique index" for item in table.uniques if column in item.columns]
    if table.primary_key and column in table.primary_key.columns:
        names.append(table.primary_key.name or "the primary key")
    return tuple(names)


def collation_by_index(migration: Migration, number: int) -> Fix:
    """The cure of a new collation: an index sorted by it, beside the column as it is."""
    statement, operation = migration.nth(number, AlterType)
    collation = operation.collation or "default"
    words = code.literal(collation)
    name = code.name_for("ix", operation.table, operation.column, collation.lower())
    key = IndexKey(operation.column, collation=code.quoted(collation))
    built = Index(name, (key,))

    def make(text: str) -> tuple[Edit, ...]:
        where = revision.place_of(migration, statement, ("alter_column", operation.column))
        inverse = revision.inverse_of(
            migration,
            lambda found: isinstance(found, AlterType) and found.column == operation.column,
            ("alter_column", operation.column),
        )
        phase = Phase(
            f"Build {name} on {operation.table}",
            code.autocommit(index.create_call(operation.table, built)),
            code.autocommit(index.drop_call(name, operation.table)),
            index.BUILD_NOTES,
        )
        return revision.own_revision(migration, where, phase, inverse)

    return Fix(
        "Build an index with the new collation concurrently, and sort by it in the queries",
        code.lines(
            code.autocommit(index.create_call(operation.table, built)),
            f"# in queries: .order_by({operation.column}.collate({words}))",
        ),
        "unsafe",
        revision.attempt(migration, make),
        steps=(Step(index.create_sql(operation.table, built), "expand", autocommit=True),),
    )


def _expand(operation: AlterType, shadow: str, prefix: str) -> tuple[str, str]:
    table = operation.table
    body = f"    NEW.{code.quoted(shadow)} := {_value(operation, prefix)};"
    function, attached = trigger.create(table, shadow, body)
    statements = (_add_sql(operation, shadow), function, attached)
    drop_column = f"ALTER TABLE {code.quoted(table)} DROP COLUMN {code.quoted(shadow)}"
    back = code.lines(*map(code.execute, (*trigger.drop(table, shadow), drop_column)))
    return code.lines(*map(code.execute, statements)), back


def _swap(operation: AlterType, column: Column | None, shadow: str) -> tuple[Phase, ...]:
    table, name = operation.table, operation.column
    aside = drop.retired(name)
    head = f"ALTER TABLE {code.quoted(table)}"
    required = column is not None and not column.nullable
    default = column.default if column else None
    body = f"    NEW.{code.quoted(shadow)} := {_value(operation, 'NEW.')};"
    last = Phase(
        f"Swap {name} of {table} for its new type",
        code.lines(
            code.LOCK_TIMEOUT,
            *map(code.execute, trigger.drop(table, shadow)),
            code.execute(f"{head} ALTER COLUMN {code.quoted(name)} DROP NOT NULL")
            if required
            else None,
            code.execute(_rename_sql(table, name, aside)),
            code.execute(_rename_sql(table, shadow, name)),
            code.execute(f"{head} ALTER COLUMN {code.quoted(name)} SET DEFAULT {default}")
            if default
            else None,
        ),
        code.lines(
            code.LOCK_TIMEOUT,
            code.execute(_rename_sql(table, name, shadow)),
            code.execute(_rename_sql(table, aside, name)),
            code.execute(f"{head} ALTER COLUMN {code.quoted(shadow)} DROP DEFAULT")
            if default
            else None,
            *(map(code.execute, _refill(operation, column, shadow)) if column else ()),
            *map(code.execute, trigger.create(table, shadow, body)),
        ),
        SWAP_NOTES,
    )
    if not required:
        return (last,)
    return (*not_null.phases(table, shadow), last)


def _refill(operation: AlterType, column: Column, shadow: str) -> tuple[str, ...]:
    """What a downgrade owes the rows written since the swap."""
    table, name = code.quoted(operation.table), code.quoted(operation.column)
    fill = (
        f"UPDATE {table} SET {name} = {_value_back(operation, column, shadow)} "
        f"WHERE {name} IS NULL AND {code.quoted(shadow)} IS NOT NULL"
    )
    require = f"ALTER TABLE {table} ALTER COLUMN {name} SET NOT NULL"
    return (fill,) if column.nullable else (fill, require)


def _value_back(operation: AlterType, column: Column, shadow: str) -> str:
    """The old value made of the new one: the way that USING took, the other way round."""
    new, using = code.quoted(shadow), operation.using or ""
    _, zone, literal = using.rpartition(" AT TIME ZONE ")
    if zone and column.type.startswith("timestamp"):
        return f"{new}{zone}{literal}"
    value = f"CAST({new} AS text)" if "::text" in using else new
    return f"CAST({value} AS {column.type})"


def is_tied(migration: Migration, table: Table, column: Column) -> bool:
    """Whether more than the column itself would have to be made anew."""
    name = column.name
    used = [*table.unique_sets(), *(key.columns for key in table.foreign_keys)]
    referred = migration.before.referring(table.key) if migration.before else ()
    return (
        any(name in columns for columns in used)
        or any(name in key.referred_columns for _, key in referred)
        or bool(indexes_on(table, name))
        or any(re.search(rf"\b{re.escape(name)}\b", item.expression) for item in table.checks)
        or bool(column.identity or column.computed or table.triggers)
        or "nextval" in (column.default or "")
    )


def _add_sql(operation: AlterType, shadow: str) -> str:
    return (
        f"ALTER TABLE {code.quoted(operation.table)} "
        f"ADD COLUMN {code.quoted(shadow)} {operation.type}"
    )


def _rename_sql(table: str, old: str, new: str) -> str:
    return (
        f"ALTER TABLE {code.quoted(table)} RENAME COLUMN {code.quoted(old)} TO {code.quoted(new)}"
    )


def _value(operation: AlterType, prefix: str) -> str:
    name = code.quoted(operation.column)
    if operation.using is None:
        return f"CAST({prefix}{name} AS {operation.type})"
    return re.sub(
        rf"(?<![\w.\"']){re.escape(name)}(?![\w\"'(])", f"{prefix}{name}", operation.using
    )

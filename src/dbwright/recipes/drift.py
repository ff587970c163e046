"""Drift mended: the revision that brings the database to the models, or the model's line."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dbwright.core.compare import Difference
from dbwright.core.describe import text_of
from dbwright.core.drift import Drift
from dbwright.core.errors import FixError
from dbwright.core.finding import Edit, Fix, Location, Severity
from dbwright.core.schema import SERIAL_DEFAULT, Column, Index, Schema, Table, Unique
from dbwright.recipes import drift_sqlite, model_source, revision

SEVERITIES: dict[str, Severity] = {
    "table": "error",
    "column": "error",
    "unique": "error",
    "foreign key": "error",
    "primary key": "error",
    "enum": "error",
    "check": "warning",
    "index": "warning",
}
KEYWORDS = {"foreign key": "foreign key ", "unique": "unique ", "primary key": "primary key "}
SERIALS = {"smallint": "smallserial", "integer": "serial", "bigint": "bigserial"}
BY_BATCH = ("column", "unique", "foreign key", "check")
"""What SQLite's ALTER TABLE cannot change."""
PARTS = {
    "unique": "uniques",
    "foreign key": "foreign_keys",
    "check": "checks",
    "index": "indexes",
}


def location(drift: Drift, difference: Difference) -> Location:
    """Gives where the model declares the object, or its table."""
    table = drift.mapping.schema.table(difference.table or difference.name)
    column = difference.name if difference.object == "column" else None
    place = drift.mapping.place_of(table, column) if table else None
    return Location.at(place, name(difference))


def name(difference: Difference) -> str:
    """Gives the object as the reader names it: `orders.note`, `orders.ix_a`, `orders`."""
    if difference.table is None or difference.object == "table":
        return difference.name
    return f"{difference.table}.{difference.name or difference.object}"


def migration_fix(drift: Drift, difference: Difference) -> Fix:
    """Gives the new revision that brings the database to the models."""
    bodies = _bodies(drift, difference)
    if bodies is None:
        return Fix("write the revision that is missing", f"# {difference}")
    body, back = bodies
    title = f"{difference.object} {name(difference)} as the models declare it"
    notes = revision.Notes(
        f"makes the {difference.object} {name(difference)} what the models declare.",
        "rows that are there may not satisfy it; it may wait for a lock.",
    )
    phase = revision.Phase(title, body, back, notes)
    edits = _new_revision(drift, phase)
    return Fix("write the revision that is missing", body, edits=edits)


def _bodies(drift: Drift, difference: Difference) -> tuple[str, str] | None:
    """The code that brings the database to the models, and the code back."""
    plain = difference.object == "column" and difference.kind != "changed"
    if drift.target.dialect == "sqlite" and difference.object in BY_BATCH and not plain:
        return _batches(drift, difference)
    up, down = to_models(drift, difference)
    return (_executes(up), _executes(down)) if up else None


def _batches(drift: Drift, difference: Difference) -> tuple[str, str] | None:
    if difference.object == "column":
        wanted = drift_sqlite.column(difference, difference.before)
        present = drift_sqlite.column(difference, difference.after)
        return (wanted, present) if wanted and present else None
    table = difference.table or ""
    new = None if difference.kind == "added" else _part(drift.models, difference)
    old = None if difference.kind == "removed" else _part(drift.migrated, difference)
    if (new or old) is None or difference.aspect == "name":
        return None
    up_code = drift_sqlite.exchange(table, old, new)
    # what the upgrade made has a name by then
    made = replace(new, name=drift_sqlite.name_of(table, new)) if new else None
    down_code = drift_sqlite.exchange(table, made, old)
    return (up_code, down_code) if up_code and down_code else None


def to_models(drift: Drift, difference: Difference) -> tuple[list[str], list[str]]:
    """Gives SQL that brings the migrated schema to the models' one, and the SQL back."""
    if difference.kind == "changed":
        return _change(drift, difference)
    add = _add(drift.models if difference.kind == "removed" else drift.migrated, difference)
    drop = _drop(difference)
    return (add, drop) if difference.kind == "removed" else (drop, add)


def declaration(drift: Drift, difference: Difference) -> str | None:
    """Gives the element of `__table_args__` that declares a part of the database, if one can."""
    part = _part(drift.migrated, difference)
    called = f', name="{difference.name}"' if difference.name else ""
    if isinstance(part, Unique):
        return f"UniqueConstraint({_quoted(part.columns)}{called})"
    if difference.object == "check":
        return f"CheckConstraint({part.expression!r}{called})"
    if isinstance(part, Index) and None not in part.columns and part.predicate is None:
        unique = ", unique=True" if part.unique else ""
        columns = tuple(column for column in part.columns if column)
        return f'Index("{part.name}", {_quoted(columns)}{unique})'
    return None


def model_fix(drift: Drift, difference: Difference) -> Fix:
    """Gives the line of the model that declares what the database has."""
    element = declaration(drift, difference)
    title = f"declare the {difference.object} in the model"
    where = location(drift, difference)
    source = drift.mapping.source(where.file) if where.file else None
    mappers = drift.mapping.mappers_of(difference.table or "")
    if element is None or source is None or not mappers:
        return Fix(title, element or f"# declare the {difference.object} {difference.after or ''}")
    text = model_source.add_table_argument(source.text, mappers[0].name, element)
    if text is None:
        return Fix(title, element)
    text = model_source.add_import(text, "sqlalchemy", element.partition("(")[0])
    code = f"__table_args__ = (\n    {element},\n)"
    return Fix(title, code, edits=(Edit(source.path, source.text, text),))


def _new_revision(drift: Drift, phase: revision.Phase) -> tuple[Edit, ...]:
    head = drift.head
    if head is None or head.source is None or head.followers != ():
        return ()
    try:
        return (revision.behind(head, phase),)
    except FixError:
        return ()


def _executes(statements: list[str]) -> str:
    return "\n".join(f"op.execute({_literal(sql)})" for sql in statements) or "pass"


def _literal(sql: str) -> str:
    plain = '"' not in sql and "\\" not in sql and "\n" not in sql
    return f'"{sql}"' if plain else repr(sql)


def _add(schema: Schema, difference: Difference) -> list[str]:
    if difference.object == "table":
        table = schema.table(difference.name)
        return create_sql(table) if table else []
    if difference.object == "enum":
        enum = schema.enum(difference.name)
        labels = ", ".join(f"'{value}'" for value in enum.values) if enum else ""
        return [f"create type {difference.name} as enum ({labels})"] if enum else []
    part = _part(schema, difference)
    if part is None:
        return []
    if difference.object == "column":
        return [f'alter table {difference.table} add column "{part.name}" {column_sql(part)}']
    if isinstance(part, Index):
        return [_create_index(part, difference.table or "")]
    return [_constraint(difference.table or "", difference.object, part)]


def _drop(difference: Difference) -> list[str]:
    table, called = difference.table, difference.name
    if difference.object == "table":
        return [f"drop table {called}"]
    if difference.object == "enum":
        return [f"drop type {called}"]
    if difference.object == "column":
        return [f'alter table {table} drop column "{called}"']
    if difference.object == "index":
        return [f'drop index "{called}"']
    return [f'alter table {table} drop constraint "{called}"'] if called else []


def _change(drift: Drift, difference: Difference) -> tuple[list[str], list[str]]:
    table = difference.table
    if difference.aspect == "name":
        rename = f'alter table {table} rename constraint "{difference.after}" to "%s"'
        if difference.object == "index":
            rename = f'alter index "{difference.after}" rename to "%s"'
        back = rename.replace(f'"{difference.after}"', f'"{difference.before}"')
        return [rename % difference.before], [back % difference.after]
    if difference.object != "column":
        if difference.table is None:
            return [], []
        new = _drop(difference) + _add(drift.models, difference)
        return new, _drop(difference) + _add(drift.migrated, difference)
    before, after = difference.before, difference.after
    return alter_sql(difference, before, after), alter_sql(difference, after, before)


def alter_sql(difference: Difference, wanted: str | None, present: str | None) -> list[str]:
    """Gives SQL that gives one aspect of a column its wanted value."""
    table, column = difference.table or "", difference.name
    alter = f'alter table {table} alter column "{column}" '
    if difference.aspect == "type":
        return [f"{alter}type {wanted}"]
    if difference.aspect == "nullability":
        return [f"{alter}{'set' if wanted == 'NOT NULL' else 'drop'} not null"]
    if difference.aspect != "default":
        return []
    sequence = f"{table}_{column}_seq"
    if wanted == SERIAL_DEFAULT:
        return [
            f'create sequence {sequence} owned by {table}."{column}"',
            f"select setval('{sequence}', coalesce(max(\"{column}\"), 0) + 1, false) from {table}",
            f"{alter}set default nextval('{sequence}')",
        ]
    changed = f"{alter}set default {wanted}" if wanted else f"{alter}drop default"
    unused = [f"drop sequence if exists {sequence}"] if present == SERIAL_DEFAULT else []
    return [changed, *unused]


def _part(schema: Schema, difference: Difference) -> Any:
    table = schema.table(difference.table or "")
    if table is None:
        return None
    if difference.object == "column":
        return table.column(difference.name)
    if difference.object == "primary key":
        return table.primary_key
    parts = getattr(table, PARTS.get(difference.object, ""), ())
    wanted = (difference.before, difference.after)
    named = [part for part in parts if (part.name or "") == difference.name != ""]
    return next(iter(named or [part for part in parts if text_of(part) in wanted]), None)


def create_sql(table: Table) -> list[str]:
    """Gives the SQL that creates a table, then that of its indexes."""
    lines = [f'"{column.name}" {column_sql(column)}' for column in table.columns]
    if table.primary_key:
        lines.append(_named(table.primary_key.name, "primary key", table.primary_key))
    for kind, parts in (("unique", table.uniques), ("check", table.checks)):
        lines += [_named(part.name, kind, part) for part in parts]
    lines += [_named(part.name, "foreign key", part) for part in table.foreign_keys]
    created = f"create table {table.key} ({', '.join(lines)})"
    return [created, *(_create_index(index, table.key) for index in table.indexes)]


def column_sql(column: Column) -> str:
    """Gives what follows a column's name in SQL."""
    default = column.default or ""
    if default == SERIAL_DEFAULT and column.type in SERIALS:
        return SERIALS[column.type]
    return text_of(column) + (" stored" if column.computed and column.stored else "")


def _named(called: str | None, kind: str, part: Any) -> str:
    prefix = f'constraint "{called}" ' if called else ""
    return f"{prefix}{KEYWORDS.get(kind, '')}{text_of(part)}"


def _constraint(table: str, kind: str, part: Any) -> str:
    return f"alter table {table} add {_named(part.name, kind, part)}"


def _create_index(index: Index, table: str) -> str:
    words = text_of(index)
    unique = "unique " if index.unique else ""
    rest = words.removeprefix("unique ")
    return f'create {unique}index "{index.name}" on {table} {rest}'


def _quoted(columns: tuple[str, ...]) -> str:
    return ", ".join(f'"{column}"' for column in columns)

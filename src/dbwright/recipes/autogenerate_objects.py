"""What stands beside tables: schemas, enums, sequences, functions, views, triggers, comments."""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.compare import Difference
from dbwright.core.schema import Column, EnumType, Schema, Table, qualified
from dbwright.recipes import code, constraints
from dbwright.recipes.autogenerate_change import (
    COLUMN,
    CUT,
    DROP_OBJECT,
    FUNCTION,
    LABEL,
    SCHEMA,
    TYPE,
    VIEW,
    Change,
    alone,
    execute,
)
from dbwright.recipes.autogenerate_columns import REWRITES
from dbwright.recipes.autogenerate_context import Context, create_view, drop_view
from dbwright.recipes.autogenerate_questions import enum_of
from dbwright.recipes.autogenerate_renames import text
from dbwright.recipes.index import create_sql
from dbwright.recipes.revision import Notes, Phase
from dbwright.recipes.sqlalchemy_code import type_code

LABEL_NOTES = Notes(
    does="adds the label, and commits it so that the next statements can use it.",
    risk="code of the old version may read a label that it does not know.",
    order="before the code that writes the new label.",
    backup="none needed: no row changes; the downgrade stops where a row has the label.",
)


def schemas(context: Context) -> Iterator[Change]:
    """Gives the schemas that the models need and the migrated database lacks."""
    named = {table.schema for table in context.models.tables}
    named |= {enum.schema for enum in context.models.enums}
    moved = {new.rpartition(".")[0] for new in context.meant.table_renames.values()}
    for schema in sorted(name for name in named if name and name not in context.schemas | moved):
        name = code.quoted(schema)
        yield Change(
            SCHEMA,
            f"create schema {schema}",
            execute(f"CREATE SCHEMA IF NOT EXISTS {name}"),
            execute(f"DROP SCHEMA {name}"),
            locks=False,
        )


def enum(context: Context, difference: Difference) -> Iterator[Change]:
    """Gives the changes of an enumerated type."""
    key = difference.name
    if difference.kind == "removed":
        make, drop = _make(enum_of(context.models, key))
        yield Change(TYPE, f"create type {key}", make, drop, locks=False)
    elif difference.kind == "added":
        if not any(_users(context.migrated, key)):
            context.left_alone.append(f"type {key}")
            return
        make, drop = _make(enum_of(context.migrated, key))
        yield Change(DROP_OBJECT, f"drop type {key}", drop, make, locks=False)
    else:
        yield from _labels(context, key)


def _make(found: EnumType) -> tuple[str, str]:
    labels = ", ".join(text(label) for label in found.values)
    name = code.quoted(qualified(found.name, found.schema))
    return execute(f"CREATE TYPE {name} AS ENUM ({labels})"), execute(f"DROP TYPE {name}")


def _labels(context: Context, key: str) -> Iterator[Change]:
    wanted, old = enum_of(context.models, key), enum_of(context.migrated, key)
    new = [label for label in wanted.values if label not in old.values]
    if [label for label in wanted.values if label not in new] != list(old.values):
        yield _swapped(context, key, old, wanted)
        return
    present = list(old.values)
    for label in new:
        after = EnumType(old.name, tuple(_with(present, label, wanted.values)), old.schema)
        before = EnumType(old.name, tuple(present), old.schema)
        yield alone(LABEL, _added(context, key, label, before, after))
        present = list(after.values)


def _with(present: list[str], label: str, order: tuple[str, ...]) -> list[str]:
    found = [*present, label]
    return sorted(found, key=order.index)


def _added(context: Context, key: str, label: str, before: EnumType, after: EnumType) -> Phase:
    place = after.values.index(label)
    beside = f" BEFORE {text(after.values[place + 1])}" if place + 1 < len(after.values) else ""
    sql = f"ALTER TYPE {code.quoted(key)} ADD VALUE IF NOT EXISTS {text(label)}{beside}"
    back = _swap(context, context.migrated, key, before, {})
    return Phase(f"Add '{label}' to {key}", code.autocommit(execute(sql)), back, LABEL_NOTES)


def _swapped(context: Context, key: str, old: EnumType, wanted: EnumType) -> Change:
    gone = [label for label in old.values if label not in wanted.values]
    prefix = f"{key}."
    replaced = {
        name.removeprefix(prefix): label
        for name, label in context.meant.replaces.items()
        if name.startswith(prefix)
    }
    tables = sorted({table.key for table, _ in _users(context.migrated, key)})
    what = f"take {', '.join(map(repr, gone))} out of {key}" if gone else f"reorder {key}"
    for table, column in _users(context.migrated, key):
        context.disturb(table.key, column.name)
    stops = "" if not gone or set(gone) <= set(replaced) else " It stops where a row has the label."
    return Change(
        COLUMN - 0.5,
        what,
        _swap(context, context.migrated, key, wanted, replaced),
        _swap(context, context.models, key, old, {}),
        risk=" ".join(REWRITES.format(table) for table in tables) + stops,
        undo=" ".join(
            f"keep a copy of the rows with '{label}': which they were is not known afterwards."
            for label in replaced
        ),
    )


def _users(schema: Schema, key: str) -> Iterator[tuple[Table, Column]]:
    name, _, space = key.rpartition(".")[::-1]
    spelled = qualified(code.quoted(name), code.quoted(space) if space else None)
    for table in schema.tables:
        for column in table.columns:
            if table.kind in ("table", "partitioned") and column.type.removesuffix("[]") == spelled:
                yield table, column


def _swap(
    context: Context, schema: Schema, key: str, wanted: EnumType, replaced: dict[str, str]
) -> str:
    """The code that puts a new type of the same name in the place of an enum."""
    before, after = _tied(context, schema, key)
    name, aside = code.quoted(key), f"{wanted.name[:59]}_old"
    old = code.quoted(qualified(aside, wanted.schema))
    labels = ", ".join(text(label) for label in wanted.values)
    lines = [
        f"ALTER TYPE {name} RENAME TO {code.quoted(aside)}",
        f"CREATE TYPE {name} AS ENUM ({labels})",
    ]
    for table, column in _users(schema, key):
        head = f"ALTER TABLE {code.quoted(table.key)} ALTER COLUMN {code.quoted(column.name)}"
        array = "[]" if column.type.endswith("[]") else ""
        value = f"{code.quoted(column.name)}::text{array}"
        if replaced and not array:
            whens = " ".join(f"WHEN {text(a)} THEN {text(b)}" for a, b in replaced.items())
            value = f"(CASE {value} {whens} ELSE {value} END)"
        lines += [f"{head} DROP DEFAULT"] if column.default else []
        lines.append(f"{head} TYPE {name}{array} USING {value}::{name}{array}")
        lines += [f"{head} SET DEFAULT {column.default}"] if column.default else []
    lines.append(f"DROP TYPE {old}")
    return code.lines(*(execute(line) for line in (*before, *lines, *after)))


def _tied(context: Context, schema: Schema, key: str) -> tuple[list[str], list[str]]:
    """SQL that takes off what names labels of an enum, and that puts it back.

    A predicate or check of the old type does not compare with the new one; those that differ
    between the models and the database are dropped and made by changes of their own.
    """
    other = context.models if schema is context.migrated else context.migrated
    drops, makes = [], []
    for table, column in _users(schema, key):
        there = other.table(table.key) or table
        head = f"ALTER TABLE {code.quoted(table.key)}"
        for index in table.indexes:
            told = index.predicate or None in index.columns
            if told and column.name in index.uses and index in there.indexes:
                name = qualified(index.name, table.schema)
                drops.append(f"DROP INDEX IF EXISTS {code.quoted(name)}")
                makes.append(create_sql(table.key, index, concurrently=False))
        for check in table.checks:
            if column.name in check.columns and check in there.checks and check.name:
                drops.append(f"{head} DROP CONSTRAINT IF EXISTS {code.quoted(check.name)}")
                makes.append(constraints.check_sql(table.key, check))
    return list(dict.fromkeys(drops)), list(dict.fromkeys(makes))


def sequence(context: Context, difference: Difference) -> Iterator[Change]:
    """Gives the changes of a sequence that no column owns."""
    key = code.quoted(difference.name)
    make = execute(f"CREATE SEQUENCE {key} {_brief(difference.before or difference.after or '')}")
    drop = execute(f"DROP SEQUENCE {key}")
    if difference.kind == "removed":
        yield Change(TYPE, f"create sequence {difference.name}", make, drop, locks=False)
    elif difference.kind == "added":
        if difference.name not in context.meant.drops:
            context.left_alone.append(f"sequence {difference.name}")
            return
        yield Change(DROP_OBJECT, f"drop sequence {difference.name}", drop, make)
    else:
        alter = f"ALTER SEQUENCE {key} {{}}"
        up, down = _brief(difference.before or ""), _brief(difference.after or "")
        title = f"change sequence {difference.name}"
        yield Change(TYPE, title, execute(alter.format(up)), execute(alter.format(down)))


def _brief(definition: str) -> str:
    """The definition of a sequence, upper case and without what is so by itself."""
    return definition.upper().replace(" MINVALUE 1 MAXVALUE 9223372036854775807", "")


def function(context: Context, difference: Difference) -> Iterator[Change]:
    """Gives the changes of a function; one that no model declares stays."""
    name = difference.name
    drop = execute(f"DROP ROUTINE {name}")
    if difference.kind == "added":
        if name not in context.meant.drops:
            context.left_alone.append(f"function {name}")
            return
        back = execute(difference.after or "")
        yield Change(DROP_OBJECT, f"drop function {name}", drop, back, locks=False)
        return
    up = execute(difference.before or "")
    if difference.kind == "removed":
        yield Change(FUNCTION, f"create function {name}", up, drop, locks=False)
        return
    back = execute(difference.after or "")
    yield Change(FUNCTION, f"change function {name}", up, back, locks=False)


def view(context: Context, difference: Difference) -> Iterator[Change]:
    """Gives the changes of a view; one that no model declares stays."""
    key = difference.name
    wanted, old = context.models.table(key), context.migrated.table(key)
    if wanted is None and old is not None:
        if key not in context.meant.drops:
            context.left_alone.append(f"view {key}")
            return
        yield Change(CUT, f"drop view {key}", drop_view(old), create_view(old))
    elif wanted is not None and old is None:
        yield Change(VIEW, f"create view {key}", create_view(wanted), drop_view(wanted))


def trigger(context: Context, difference: Difference) -> Iterator[Change]:
    """Gives the changes of a trigger; one that no model declares stays."""
    table, name = difference.table or "", difference.name
    drop = execute(f"DROP TRIGGER {code.quoted(name)} ON {code.quoted(table)}")
    if difference.kind == "added" and name not in context.meant.drops:
        context.left_alone.append(f"trigger {name} of {table}")
        return
    if difference.kind != "removed":
        old = context.part(context.migrated, difference, found=True).definition
        yield Change(CUT, f"drop trigger {name} of {table}", drop, execute(old))
    if difference.kind != "added":
        new = context.part(context.models, difference).definition
        yield Change(VIEW + 0.5, f"create trigger {name} of {table}", execute(new), drop)


def other(context: Context, difference: Difference) -> Iterator[Change]:
    """Gives the changes of a domain, composite type, extension or policy: those that are new."""
    kind, name = difference.object, difference.name
    if kind == "extension" and difference.kind == "removed":
        make = execute(f"CREATE EXTENSION IF NOT EXISTS {code.quoted(name)}")
        yield Change(SCHEMA, f"create extension {name}", make, "", locks=False)
    elif kind == "domain" and difference.kind == "removed":
        make = execute(f"CREATE DOMAIN {code.quoted(name)} AS {difference.before}")
        drop = execute(f"DROP DOMAIN {code.quoted(name)}")
        yield Change(TYPE, f"create domain {name}", make, drop, locks=False)
    else:
        context.left_alone.append(f"{kind} {name}")


def comments(context: Context) -> Iterator[Change]:
    """Gives the changes of comments of tables and columns that both sides have."""
    for table in context.models.tables:
        old = context.migrated.table(table.key)
        if old is None or table.kind not in ("table", "partitioned"):
            continue
        if (table.comment or None) != (old.comment or None):
            up, down = _table_comment(table, old), _table_comment(old, table)
            yield Change(VIEW, f"change the comment of {table.key}", up, down)
        for column in table.columns:
            before = old.column(column.name)
            if before is None or before.computed != column.computed:
                continue
            if (column.comment or None) != (before.comment or None):
                yield _column_comment(context, table, column, before)


def _table_comment(wanted: Table, present: Table) -> str:
    where = f", schema={code.literal(wanted.schema)}" if wanted.schema else ""
    existing = code.literal(present.comment) if present.comment else "None"
    name = code.literal(wanted.name)
    if not wanted.comment:
        return f"op.drop_table_comment({name}, existing_comment={existing}{where})"
    comment = code.literal(wanted.comment)
    return f"op.create_table_comment({name}, {comment}, existing_comment={existing}{where})"


def _column_comment(context: Context, table: Table, wanted: Column, old: Column) -> Change:
    where = f", schema={code.literal(table.schema)}" if table.schema else ""
    type_ = type_code(wanted.type, context.both)

    def call(one: str | None, other: str | None) -> str:
        words = [code.literal(table.name), code.literal(wanted.name)]
        words += [f"comment={code.literal(one) if one else None}"]
        words += [f"existing_comment={code.literal(other) if other else None}"]
        words += [f"existing_type={type_}"] if type_ else []
        return code.call("op.alter_column", [*words, *([where[2:]] if where else [])])

    name = f"{table.key}.{wanted.name}"
    up, down = call(wanted.comment, old.comment), call(old.comment, wanted.comment)
    return Change(VIEW, f"change the comment of {name}", up, down)

"""Columns added, dropped and altered by autogenerate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dbwright import dialects
from dbwright.core.compare import Difference
from dbwright.core.errors import FixError
from dbwright.core.schema import SERIAL_DEFAULT, Column, Table
from dbwright.core.target import Target
from dbwright.recipes import backfill, code, drift, model_types, not_null, revision
from dbwright.recipes.autogenerate_change import (
    BACKFILL,
    COLUMN,
    CONSTRAINT,
    DROP_COLUMN,
    SET,
    VALIDATE,
    Change,
    alone,
    execute,
)
from dbwright.recipes.autogenerate_context import Context
from dbwright.recipes.autogenerate_questions import needs_value
from dbwright.recipes.sqlalchemy_code import column_code, default_text, escaped
from dbwright.recipes.table import column as column_sql

STOP = "was dropped with its values"
"""The words of a downgrade that cannot bring values back."""
REWRITES = (
    "reads and writes of {0} wait while every row of it is written anew; for a large table "
    "`dbwright check --fix` writes this in phases."
)


def column(context: Context, table: str, name: str, found: list[Difference]) -> Iterator[Change]:
    """Gives the changes of one column."""
    wanted_table, old_table = context.models.table(table), context.migrated.table(table)
    wanted = wanted_table.column(name) if wanted_table else None
    old = old_table.column(name) if old_table else None
    if wanted is None and old is not None:
        yield from _dropped(context, context.table(context.migrated, table), old)
    elif old is None and wanted is not None:
        yield from _added(context, context.table(context.models, table), wanted)
    elif old is not None and wanted is not None:
        yield from _altered(context, context.table(context.models, table), old, wanted, found)


def _in_schema(table: str) -> list[str]:
    schema = table.rpartition(".")[0]
    return [f"schema={code.literal(schema)}"] if schema else []


def _bare(table: str) -> str:
    return code.literal(table.rpartition(".")[2])


def add(context: Context, table: str, found: Column, *, nullable: bool = False) -> str:
    """Gives the code that adds a column."""
    made = column_code(found, context.both, nullable=nullable)
    if made is not None:
        return code.call("op.add_column", [_bare(table), made, *_in_schema(table)])
    shown = replace(found, nullable=True) if nullable else found
    return execute(f"ALTER TABLE {code.quoted(table)} ADD COLUMN {column_sql(shown)}")


def drop(table: str, name: str) -> str:
    """Gives the code that drops a column."""
    return code.call("op.drop_column", [_bare(table), code.literal(name), *_in_schema(table)])


def _added(context: Context, table: Table, found: Column) -> Iterator[Change]:
    key = table.key
    late = needs_value(found, None) and f"{key}.{found.name}" in context.meant.fills
    rewrites = bool(found.computed and found.stored) or bool(found.identity)
    yield Change(
        COLUMN,
        f"add column {key}.{found.name}",
        add(context, key, found, nullable=late),
        drop(key, found.name),
        risk=REWRITES.format(key) if rewrites or found.default == SERIAL_DEFAULT else "",
        undo=f"the downgrade drops {key}.{found.name} with what was written to it meanwhile.",
    )
    if late:
        yield from _filled(context, table, found)


def _filled(context: Context, table: Table, found: Column) -> Iterator[Change]:
    """The way of a column to NOT NULL: a check for new rows, a backfill, a validation."""
    key, name = table.key, found.name
    first, validated, last = not_null.phases(key, name)
    check = not_null.add_check_sql(key, name)
    alter_column = f"ALTER TABLE {code.quoted(key)} ALTER COLUMN {code.quoted(name)}"
    strict, done = not_null.set_sql(key, name)
    drop_check = (
        f"ALTER TABLE {code.quoted(key)} DROP CONSTRAINT "
        f"{code.quoted(not_null.check_name(key, name))}"
    )
    yield Change(CONSTRAINT, first.title.lower(), execute(check), execute(drop_check))
    value = context.meant.fills.get(f"{key}.{name}")
    if value is not None:
        context.fills.setdefault(key, {})[name] = value
    yield alone(VALIDATE, validated)
    yield Change(
        SET,
        last.title.lower(),
        code.lines(execute(strict), execute(done)),
        code.lines(
            execute(check),
            execute(f"{alter_column} DROP NOT NULL"),
        ),
    )


def backfills(context: Context) -> Iterator[Change]:
    """Gives one backfill of each table that has columns to fill."""
    for key, values in context.fills.items():
        table = context.table(context.models, key)
        yield alone(BACKFILL, _backfill(context, table, values))


def _backfill(context: Context, table: Table, values: dict[str, str]) -> revision.Phase:
    names = {code.quoted(name): value for name, value in values.items()}
    several = len(names) > 1
    assignment = ", ".join(
        f"{name} = coalesce({name}, {value})" if several else f"{name} = {value}"
        for name, value in names.items()
    )
    condition = " OR ".join(f"{name} IS NULL" for name in names)
    old = context.migrated.table(table.key) or table
    if old.primary_key is not None and len(old.primary_key.columns) == 1:
        return backfill.phase(table.key, old.primary_key.columns[0], assignment, condition)
    sql = f"UPDATE {code.quoted(table.key)} SET {assignment} WHERE {condition}"
    notes = replace(backfill.NOTES, does="writes all rows in one statement: there is no plain key.")
    block = code.autocommit(execute(sql))
    return revision.Phase(f"Backfill {table.key}", block, backfill.NOTHING_TO_UNDO, notes)


def _dropped(context: Context, table: Table, found: Column) -> Iterator[Change]:
    key, name = table.key, f"{table.key}.{found.name}"
    if name in context.meant.keeps:
        context.left_alone.append(f"column {name}")
        return
    context.disturb(key, found.name)
    yield Change(
        DROP_COLUMN,
        f"drop column {name}",
        drop(key, found.name),
        _add_again(context, key, found),
        risk=f"the values of {name} are gone, and code that still uses it fails.",
        undo=f"keep a copy of the key of {key} with {found.name}.",
    )


def _add_again(context: Context, table: str, found: Column) -> str:
    """The code of a downgrade: with values where it was said how, refused where rows lack them."""
    name = f"{table}.{found.name}"
    value = context.meant.fills_back.get(name)
    if found.computed or found.identity:
        return add(context, table, found)
    if value is None:
        return code.lines(_stop_if_rows(table, found.name), add(context, table, found))
    sql = f"UPDATE {code.quoted(table)} SET {code.quoted(found.name)} = {value}"
    strict = None if found.nullable else alter(context, table, found, "nullable=False")
    return code.lines(add(context, table, found, nullable=True), execute(sql), strict)


def _stop_if_rows(table: str, column_name: str) -> str:
    exists = f"SELECT EXISTS (SELECT FROM {code.quoted(table)})"
    why = f"{table}.{column_name} {STOP}: bring them back from the copy, then take this line out"
    return (
        "if op.get_context().as_sql or op.get_bind().scalar(\n"
        f"    sa.text({code.literal(exists)})\n"
        "):\n"
        f"    raise RuntimeError(\n        {code.literal(why)}\n    )"
    )


def alter(
    context: Context, table: str, found: Column, *changes: str, existing: Column | None = None
) -> str:
    """Gives an `op.alter_column` of one aspect, with the type that the column has."""
    present = existing or found
    type_ = context.type(present, context.migrated)
    words = [_bare(table), code.literal(found.name), *changes]
    words += [f"existing_type={type_}"] if type_ else []
    words += [] if changes[0].startswith("nullable=") else [f"existing_nullable={present.nullable}"]
    return code.call("op.alter_column", [*words, *_in_schema(table)])


def _altered(
    context: Context, table: Table, old: Column, wanted: Column, found: list[Difference]
) -> Iterator[Change]:
    aspects = {difference.aspect for difference in found}
    key = table.key
    if aspects & {"expression", "storage"} or bool(old.computed) != bool(wanted.computed):
        yield from _computed(context, table, old, wanted)
        return
    if aspects & {"type", "collation"}:
        yield from _type(context, key, old, wanted)
    if "identity" in aspects:
        yield from _identity(context, key, old, wanted)
    recast = "type" in aspects and not _is_same_kind(old, wanted)
    serial = SERIAL_DEFAULT in (old.default, wanted.default)
    identity = bool(wanted.identity or old.identity)
    if "default" in aspects and not identity and not (recast and not serial):
        yield Change(
            COLUMN + 0.5,
            f"change the default of {key}.{old.name}",
            _default(context, key, wanted, old),
            _default(context, key, old, wanted),
        )
    if "nullability" in aspects:
        yield from _nullability(context, table, old, wanted)


def _computed(context: Context, table: Table, old: Column, wanted: Column) -> Iterator[Change]:
    """A computed column made anew: its values come from the others."""
    if not (old.computed and wanted.computed):
        raise FixError(
            f"{table.key}.{old.name} turns {'into' if wanted.computed else 'from'} a computed "
            "column, and its values are not those of the expression",
            way_out="Give the new column another name; then drop the old one.",
        )
    context.disturb(table.key, old.name)
    users = [(index.name, index.uses) for index in table.indexes]
    users += [(part.name or "a UNIQUE", part.columns) for part in table.uniques]
    users += [(part.name or "a CHECK", part.columns) for part in table.checks]
    for name, uses in users:
        if old.name in uses:
            raise FixError(
                f"{name} uses {table.key}.{old.name}, whose expression changes",
                way_out="Take it out of the model for this revision, and in again for the next.",
            )
    yield Change(
        COLUMN,
        f"make the computed column {table.key}.{old.name} anew",
        code.lines(drop(table.key, old.name), add(context, table.key, wanted)),
        code.lines(drop(table.key, old.name), add(context, table.key, old)),
        risk=REWRITES.format(table.key) if wanted.stored else "",
    )


def _type(context: Context, table: str, old: Column, wanted: Column) -> Iterator[Change]:
    context.disturb(table, old.name)
    types = dialects.get("postgresql").types
    moved = types.rewrites(old.type, wanted.type, Target("postgresql")) is not False
    risks = [REWRITES.format(table)] if moved else []
    if not types.fits(old.type, wanted.type):
        risks.append(f"it stops at a value of {table}.{old.name} that the new type cannot hold.")
    yield Change(
        COLUMN,
        f"change the type of {table}.{old.name} to {wanted.type}",
        _cast(context, table, old, wanted),
        _cast(context, table, wanted, old),
        risk=" ".join(risks),
    )


def _is_same_kind(one: Column, other: Column) -> bool:
    """Whether a value of one type becomes one of the other without a USING."""
    return model_types.family(one.type) == model_types.family(other.type)


def _cast(context: Context, table: str, present: Column, wanted: Column) -> str:
    type_ = context.type(wanted, context.models)
    same = _is_same_kind(present, wanted)
    using = f"{code.quoted(wanted.name)}::{wanted.type}"
    if type_ is None or wanted.collation != present.collation:
        collation = f" COLLATE {code.quoted(wanted.collation)}" if wanted.collation else ""
        head = f"ALTER TABLE {code.quoted(table)} ALTER COLUMN {code.quoted(wanted.name)}"
        change = execute(f"{head} TYPE {wanted.type}{collation} USING {using}")
    else:
        tail = [] if same else [f"postgresql_using={code.literal(using)}"]
        change = alter(context, table, wanted, f"type_={type_}", *tail, existing=present)
    if same or SERIAL_DEFAULT in (present.default, wanted.default):
        return change
    # a default of the old type cannot be cast by itself
    without = replace(present, default=None)
    first = _default(context, table, without, present) if present.default else None
    last = _default(context, table, wanted, wanted) if wanted.default else None
    return code.lines(first, change, last)


def _identity(context: Context, table: str, old: Column, wanted: Column) -> Iterator[Change]:
    yield Change(
        COLUMN + 0.5,
        f"change the identity of {table}.{old.name}",
        _identify(context, table, wanted, old),
        _identify(context, table, old, wanted),
    )


def _identify(context: Context, table: str, wanted: Column, present: Column) -> str:
    def identity(found: Column) -> str:
        return f"sa.Identity(always={found.identity == 'always'})" if found.identity else "None"

    words = (
        f"server_default={identity(wanted)}",
        f"existing_server_default={identity(present)}",
    )
    first = last = None
    if present.default and not present.identity:
        first = _default(context, table, replace(present, default=None), present)
    if wanted.default and not wanted.identity:
        last = _default(context, table, wanted, replace(wanted, default=None))
    change = alter(context, table, wanted, *words, existing=present)
    if wanted.identity and not present.identity:
        column_name = code.quoted(wanted.name)
        sequence = f"pg_get_serial_sequence('{code.quoted(table)}', '{wanted.name}')"
        last = execute(
            f"SELECT setval({sequence}, coalesce(max({column_name}), 0) + 1, false) "
            f"FROM {code.quoted(table)}"
        )
    return code.lines(first, change, last)


def _default(context: Context, table: str, wanted: Column, present: Column) -> str:
    if SERIAL_DEFAULT in (wanted.default, present.default):
        difference = Difference("changed", "column", table, wanted.name, aspect="default")
        statements = drift.alter_sql(difference, wanted.default, drops=present.default)
        return code.lines(*(execute(sql) for sql in statements))
    text = default_text(wanted)
    value = f"sa.text({code.literal(escaped(text))})" if text else "None"
    return alter(context, table, wanted, f"server_default={value}", existing=present)


def _nullability(context: Context, table: Table, old: Column, wanted: Column) -> Iterator[Change]:
    key = table.key
    if not wanted.nullable:
        yield from _filled(context, table, wanted)
        return
    strict = alter(context, key, old, "nullable=False")
    yield Change(
        COLUMN + 0.6,
        f"allow NULL in {key}.{old.name}",
        alter(context, key, wanted, "nullable=True"),
        strict,
        undo=f"the downgrade stops where a row of {key} has NULL in {old.name} by then.",
    )

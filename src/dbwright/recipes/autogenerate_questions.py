"""What a changed model leaves open: renamed or dropped, and what the rows get.

Nothing that could lose a row is guessed: each of these is asked, with the options that say it.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from dbwright.core.authoring import Choice, Meant, Question
from dbwright.core.compare import structured
from dbwright.core.errors import UsageError
from dbwright.core.schema import Column, EnumType, Schema, Table, qualified

ALIKE = 0.5
"""More than this part of a table's columns has one that may be the same table renamed."""
KINDS = ("table", "partitioned")


def questions(models: Schema, migrated: Schema, meant: Meant) -> tuple[Question, ...]:
    """Gives what must be said before revisions bring the migrated schema to the models' one.

    The renames that were said are done in `migrated` already.
    """
    return (
        *_tables(models, migrated, meant),
        *_columns(models, migrated, meant),
        *_labels(models, migrated, meant),
    )


def check_names(before: Schema, models: Schema, meant: Meant) -> None:
    """Raises UsageError for an option about something that neither side has."""
    known = {*_names(before), *_names(models)}
    for option, name in meant.given():
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            raise UsageError(
                f"--{option} {name}: there is no {name} in the models or the migrated database",
                way_out=f"The nearest is {near[0]}."
                if near
                else "Names are TABLE or TABLE.COLUMN.",
            )


def _names(schema: Schema) -> Iterator[str]:
    for table in schema.tables:
        yield table.key
        yield from (f"{table.key}.{column.name}" for column in table.columns)
        yield from (trigger.name for trigger in table.triggers)
        yield from (index.name for index in table.indexes)
        yield from (part.name for part in table.excludes)
        yield from (part.name or "" for part in table.checks)
        yield from (part.name or "" for part in table.uniques)
        yield from (part.name or "" for part in table.foreign_keys)
    for enum in schema.enums:
        key = qualified(enum.name, enum.schema)
        yield from (f"{key}.{label}" for label in enum.values)
    yield from (qualified(other.name, other.schema) for other in schema.others)


def check_needed(models: Schema, migrated: Schema, meant: Meant) -> None:
    """Raises UsageError for an answer to what is not in question: it was meant for another name."""
    present = set(_names(models))
    for name in meant.drops:
        if name in present:
            raise UsageError(
                f"--drop {name}: the models still declare it", way_out="Take it out there first."
            )
    for name in meant.fills:
        table, _, column = name.rpartition(".")
        new, old = models.table(table), migrated.table(table)
        wanted = new.column(column) if new else None
        before = old.column(column) if old else None
        if old is None or wanted is None or not needs_value(wanted, before):
            raise UsageError(
                f"--fill {name}: no column of rows that are there becomes NOT NULL by this name",
                way_out="Leave it out, or make the column NOT NULL in the model.",
            )


def is_open(name: str, meant: Meant) -> bool:
    """Whether nothing was said about something that the models no longer have."""
    return name not in meant.drops and name not in meant.keeps


def _tables(models: Schema, migrated: Schema, meant: Meant) -> Iterator[Question]:
    new = [table for table in models.tables if migrated.table(table.key) is None]
    for table in migrated.tables:
        gone = models.table(table.key) is None and table.kind in KINDS
        if not gone or not is_open(table.key, meant):
            continue
        alike = [other for other in new if _alike(table, other)]
        renames = tuple(
            Choice(
                f"Is {other.key} the renamed {table.key}?",
                "rename-table",
                f"{table.key}:{other.key}",
            )
            for other in alike
        )
        yield Question(
            table.key,
            f"The models have no table {table.key} any more; its rows would be lost.",
            (*renames, *_gone(table.key, f"the table {table.key} with its rows")),
        )


def _alike(one: Table, other: Table) -> bool:
    mine = {(column.name, column.type) for column in one.columns}
    theirs = {(column.name, column.type) for column in other.columns}
    return len(mine & theirs) > ALIKE * max(len(mine), len(theirs))


def _gone(name: str, what: str) -> tuple[Choice, ...]:
    return (
        Choice(f"Is {what} to be dropped?", "drop", name),
        Choice(f"Is {name} to stay, though no model has it?", "keep", name),
    )


def _columns(models: Schema, migrated: Schema, meant: Meant) -> Iterator[Question]:
    for table in models.tables:
        before = migrated.table(table.key)
        if before is None or before.kind not in KINDS:
            continue
        new = [column for column in table.columns if before.column(column.name) is None]
        for column in before.columns:
            name = f"{table.key}.{column.name}"
            if table.column(column.name) is None and is_open(name, meant):
                yield _dropped(table.key, column, new, meant)
        for column in table.columns:
            old = before.column(column.name)
            if needs_value(column, old) and not _is_said(table.key, column.name, meant):
                yield _value(table.key, column, old)


def _dropped(table: str, column: Column, new: list[Column], meant: Meant) -> Question:
    name = f"{table}.{column.name}"
    if column.computed:  # its values come from other columns
        return Question(
            name,
            f"The models have no column {name} any more.",
            _gone(name, f"the column {name}"),
        )
    unsaid = [other for other in new if f"{table}.{other.name}" not in meant.fills]
    likely = sorted(unsaid, key=lambda other: _distance(column, other))
    renames = tuple(
        Choice(f"Is {table}.{other.name} the renamed {name}?", "rename", f"{name}:{other.name}")
        for other in likely
        if other.type.partition("(")[0] == column.type.partition("(")[0] and not other.computed
    )
    return Question(
        name,
        f"The models have no column {name} any more; its values would be lost.",
        (*renames, *_gone(name, f"the column {name} with its values")),
    )


def _distance(one: Column, other: Column) -> float:
    return 1 - difflib.SequenceMatcher(None, one.name, other.name).ratio()


def needs_value(column: Column, old: Column | None) -> bool:
    """Whether rows that are there may have no value for a column that is to be NOT NULL."""
    if column.nullable or column.computed or column.identity:
        return False
    return column.default is None if old is None else old.nullable


def _is_said(table: str, column: str, meant: Meant) -> bool:
    name = f"{table}.{column}"
    return name in meant.fills or name in meant.without_nulls


def _value(table: str, column: Column, old: Column | None) -> Question:
    name = f"{table}.{column.name}"
    fill = Choice(
        f"What do the rows of {table} get in {column.name}? SQL, as 'none' or other_column",
        "fill",
        f"{name}:SQL",
        needs="SQL",
    )
    if old is None:
        empty = Choice(f"Has {table} no rows anywhere?", "no-nulls", name)
        return Question(
            name, f"{name} is new and NOT NULL, without a server default.", (fill, empty)
        )
    none = Choice(f"Has no row of {table} NULL in {column.name}?", "no-nulls", name)
    return Question(name, f"{name} becomes NOT NULL; rows may have NULL there.", (fill, none))


def _labels(models: Schema, migrated: Schema, meant: Meant) -> Iterator[Question]:
    for difference in structured(models, migrated):
        if difference.object != "enum" or difference.kind != "changed":
            continue
        wanted, found = enum_of(models, difference.name), enum_of(migrated, difference.name)
        new = [label for label in wanted.values if label not in found.values]
        for label in found.values:
            name = f"{difference.name}.{label}"
            said = name in meant.replaces or not is_open(name, meant)
            if label not in wanted.values and not said:
                yield _label(difference.name, label, new)


def enum_of(schema: Schema, key: str) -> EnumType:
    """Gives the enumerated type of that name, which the schema has."""
    return next(e for e in schema.enums if qualified(e.name, e.schema) == key)


def _label(enum: str, label: str, new: list[str]) -> Question:
    name = f"{enum}.{label}"
    renames = tuple(
        Choice(f"Is '{other}' the renamed '{label}'?", "rename", f"{name}:{other}") for other in new
    )
    return Question(
        name,
        f"The enum {enum} has no label '{label}' any more; rows may have it.",
        (
            *renames,
            Choice(f"Which label do rows with '{label}' get?", "replace", f"{name}:VALUE", "VALUE"),
            Choice(f"Has no row '{label}'? The upgrade stops where one has.", "drop", name),
        ),
    )

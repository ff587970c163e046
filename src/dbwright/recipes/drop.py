"""Columns and tables taken away in two deploys: put aside under another name, dropped later."""

from __future__ import annotations

import re
from collections.abc import Sequence

import sqlglot
from sqlglot import exp

from dbwright import dialects
from dbwright.core.errors import FixError
from dbwright.core.finding import Edit, Fix, Step
from dbwright.core.migration import Migration
from dbwright.core.operation import (
    AddColumn,
    CreateTable,
    Data,
    DropColumn,
    DropTable,
    RenameColumn,
    RenameTable,
    Select,
)
from dbwright.core.schema import Column
from dbwright.recipes import batch, code, new_column, revision, revision_source

SUFFIX = "_retired"


STATES_COLUMNS_ANEW = frozenset({"mysql", "mariadb"})
"""Where a column has no ALTER for one attribute alone, and SQL of its own."""
backticked = dialects.get("mysql").quoting.quoted_key


def retired(name: str) -> str:
    """The name under which something waits to be dropped."""
    return f"{name[: 63 - len(SUFFIX)]}{SUFFIX}"


def is_retired(name: str) -> bool:
    """Whether that is the name of something put aside by an earlier deploy."""
    return name.endswith(SUFFIX)


def retire_column(migration: Migration, number: int) -> Fix:
    """The cure of a dropped column: the column put aside, nullable, with its values."""
    statement, operation = migration.nth(number, DropColumn)
    schema, _, table = operation.table.rpartition(".")
    name, aside = operation.column, retired(operation.column)
    before = migration.existing(operation.table)
    column = before.column(name) if before else None
    tail = f", schema={code.literal(schema)}" if schema else ""
    default = _needed_default(migration, operation.table, column)
    lean, back = ("", "")
    if default:
        lean = f", server_default=sa.text({code.literal(default)})"
        back = ", server_default=None"
    elif column is not None and _is_required(column):
        lean = ", nullable=True"
    put_aside = _alter(table, name, aside, lean + tail)
    bring_back = _alter(table, aside, name, back + tail)
    if migration.target.dialect in STATES_COLUMNS_ANEW:
        put_aside, bring_back = _renames(operation.table, name, aside, default)

    def make(text: str) -> tuple[Edit, ...]:
        if "nullable" in lean:
            raise FixError("new rows would have NULL where the downgrade must not have it")
        where = revision.place_of(migration, statement, ("drop_column", name))
        inverse = revision.inverse_of(
            migration,
            lambda found: isinstance(found, AddColumn) and found.column.name == name,
        )
        changes = [(where, put_aside)]
        if inverse:
            changes.append((inverse, bring_back))
        elif revision_source.is_empty(text, "downgrade"):
            text = revision_source.append(text, "downgrade", bring_back)
        return revision.edited(migration, revision_source.exchange_all(text, changes))

    return Fix(
        "Put the column aside now, drop it in a later release",
        put_aside,
        "unsafe",
        revision.attempt(migration, make),
        (
            Step(
                f"ALTER TABLE {code.quoted(operation.table)} RENAME COLUMN "
                f"{code.quoted(name)} TO {code.quoted(aside)}",
                "contract",
                lock_timeout="5s",
            ),
        ),
    )


def _renames(table: str, name: str, aside: str, default: str | None) -> tuple[str, str]:
    """Gives the renaming and its way back in SQL: alter_column would state the column anew."""
    head = f"ALTER TABLE {backticked(table)}"
    forth = [f"{head} RENAME COLUMN {backticked(name)} TO {backticked(aside)}"]
    back = [f"{head} RENAME COLUMN {backticked(aside)} TO {backticked(name)}"]
    if default:
        forth.append(f"{head} ALTER COLUMN {backticked(aside)} SET DEFAULT {default}")
        back.append(f"{head} ALTER COLUMN {backticked(name)} DROP DEFAULT")
    return code.lines(*map(code.execute, forth)), code.lines(*map(code.execute, back))


def _is_required(column: Column) -> bool:
    return not column.nullable and not column.generates_itself


def _needed_default(migration: Migration, table: str, column: Column | None) -> str | None:
    """What the database must fill in, once code inserts rows without the column."""
    if column is None or not _is_required(column):
        return None
    return new_column.neutral_default(migration, AddColumn(table, column))


def retire_table(migration: Migration, number: int) -> Fix:
    """The cure of a dropped table: the table put aside with its rows."""
    statement, operation = migration.nth(number, DropTable)
    schema, _, name = operation.table.rpartition(".")
    aside = retired(name)
    tail = f", schema={code.literal(schema)}" if schema else ""
    put_aside = f"op.rename_table({code.literal(name)}, {code.literal(aside)}{tail})"
    bring_back = f"op.rename_table({code.literal(aside)}, {code.literal(name)}{tail})"

    def make(text: str) -> tuple[Edit, ...]:
        where = revision.place_of(migration, statement, ("drop_table", name))
        inverse = revision.inverse_of(
            migration,
            lambda found: isinstance(found, CreateTable) and found.table.key == operation.table,
            ("create_table", name),
        )
        changes = [(where, put_aside)]
        if inverse:
            changes.append((inverse, bring_back))
        elif revision_source.is_empty(text, "downgrade"):
            text = revision_source.append(text, "downgrade", bring_back)
        return revision.edited(migration, revision_source.exchange_all(text, changes))

    return Fix(
        "Put the table aside now, drop it in a later release",
        put_aside,
        "unsafe",
        revision.attempt(migration, make),
        (
            Step(
                f"ALTER TABLE {code.quoted(operation.table)} RENAME TO {code.quoted(aside)}",
                "contract",
                lock_timeout="5s",
            ),
        ),
    )


def copy_first(migration: Migration, number: int, tables: Sequence[str]) -> Fix:
    """The cure of rows deleted: a copy of them, made in the same transaction.

    `tables` are in the order in which their rows can be written again.
    """
    statement, _ = list(migration.operations())[number]
    copies: list[str] = []
    restore: list[str] = []
    drops: list[str] = []
    for table in tables:
        aside = _aside(table)
        own, copy = code.quoted(table), code.quoted(aside)
        which = _condition(statement.sql) if len(tables) == 1 else ""
        create = f"CREATE TABLE {copy} (LIKE {own} INCLUDING ALL)"
        back = f"INSERT INTO {own} SELECT * FROM {copy} ON CONFLICT DO NOTHING"
        if migration.target.dialect in STATES_COLUMNS_ANEW:
            own, copy = backticked(table), backticked(aside)
            create = f"CREATE TABLE {copy} LIKE {own}"
            back = f"INSERT IGNORE INTO {own} SELECT * FROM {copy}"
        copies += [create, f"INSERT INTO {copy} SELECT * FROM {own}{which}"]
        restore.append(back)
        drops.append(f"DROP TABLE {copy}")
    keep = code.lines(*map(code.execute, copies))

    def make(text: str) -> tuple[Edit, ...]:
        where = revision.place_of(migration, statement)
        changed = revision_source.insert_before(text, where, keep)
        undo = code.lines(*map(code.execute, (*restore, *drops)))
        return revision.edited(migration, revision_source.append(changed, "downgrade", undo))

    return Fix(
        "Keep a copy of the rows, in the same transaction",
        code.lines(keep, "# then the statement as it stands"),
        "unsafe",
        revision.attempt(migration, make),
        tuple(Step(sql, "now") for sql in copies),
    )


def _condition(sql: str) -> str:
    """The WHERE of a DELETE that reads no other table and has no parameters, else nothing."""
    try:
        tree = sqlglot.parse_one(sql, read="postgres")
    except sqlglot.errors.SqlglotError:
        return ""
    where = tree.args.get("where") if isinstance(tree, exp.Delete) else None
    if where is None or tree.args.get("using") or tree.this.alias:
        return ""
    if re.search(r"%\(|%s|\$\d", sql) or where.find(exp.Placeholder, exp.Parameter):
        return ""
    return f" {where.sql(dialect='postgres')}"


def _aside(table: str) -> str:
    schema, _, name = table.rpartition(".")
    return f"{schema}.{retired(name)}" if schema else retired(name)


def truncated_along(migration: Migration, operation: Data) -> tuple[str, ...]:
    """The tables that TRUNCATE … CASCADE empties too: those that refer to it, at any distance."""
    found: list[str] = []
    waiting = [operation.table] if operation.cascade and migration.before else []
    while waiting and migration.before:
        for child, _ in migration.before.referring(waiting.pop()):
            if child.key not in (*found, operation.table):
                found.append(child.key)
                waiting.append(child.key)
    return tuple(found)


def is_used_by_models(migration: Migration, table: str, column: str | None = None) -> bool:
    """Whether the models at head still have the table, or the column."""
    found = migration.models.table(table) if migration.models else None
    return found is not None and (column is None or found.column(column) is not None)


def is_new_column(migration: Migration, table: str, column: str) -> bool:
    """Whether the revision itself has added the column, or given another that name."""
    added = {(item.table, item.column.name) for _, _, item in migration.each(AddColumn)}
    renamed = {(item.table, item.to) for _, _, item in migration.each(RenameColumn)}
    return (table, column) in added | renamed


def is_derived(migration: Migration, table: str, column: str) -> bool:
    """Whether the database computes the column from others, so that nothing is lost."""
    before = migration.existing(table)
    found = before.column(column) if before else None
    return found is not None and found.computed is not None


def is_replaced(migration: Migration, number: int, table: str) -> bool:
    """Whether a table made anew takes the place of the dropped one, as batch mode does."""
    name = table.rpartition(".")[2]
    renamed = any(at > number and item.to == name for at, _, item in migration.each(RenameTable))
    # a run that stopped at the drop has not come to the rename
    return renamed or any(
        at < number and item.table.name == f"{batch.TEMPORARY}{name}"
        for at, _, item in migration.each(CreateTable)
    )


def is_kept(migration: Migration, number: int, *names: str) -> bool:
    """Whether an earlier statement of the upgrade copies what has all of these names.

    So does a revision that reads the table and writes other rows after that, through Python.
    """
    earlier = list(migration.operations())[:number]
    if any(_copies(statement.sql.lower(), names) for statement, _ in earlier):
        return True
    read = False
    for _, operation in earlier:
        if isinstance(operation, Select) and names[0] in operation.tables:
            read = True
        elif read and isinstance(operation, Data) and operation.action in ("insert", "update"):
            return True
    return False


def _copies(sql: str, names: tuple[str, ...]) -> bool:
    words = set(
        "".join(letter if letter.isalnum() or letter == "_" else " " for letter in sql).split()
    )
    writes = {"update"} <= words or ({"select"} <= words and bool({"insert", "create"} & words))
    whole = "*" in sql or len(names) == 1
    named = names[0] in words and (whole or set(names) <= words)
    return writes and named


def _alter(table: str, column: str, to: str, tail: str) -> str:
    return (
        f"op.alter_column({code.literal(table)}, {code.literal(column)}, "
        f"new_column_name={code.literal(to)}{tail})"
    )

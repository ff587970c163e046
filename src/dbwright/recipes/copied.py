"""Statements of MySQL that copy their table while writes wait, and what to do instead."""

from __future__ import annotations

from collections.abc import Iterator

from dbwright import dialects
from dbwright.core.finding import Fix
from dbwright.core.migration import Migration
from dbwright.core.operation import (
    AddCheck,
    AddForeignKey,
    AlterType,
    Other,
    SetParameter,
    Statement,
)
from dbwright.recipes import code, revision, shadow_mysql

_ONLINE = frozenset({"ALGORITHM=INSTANT", "ALGORITHM=NOCOPY", "ALGORITHM=INPLACE", "LOCK=NONE"})


def statements(migration: Migration) -> Iterator[tuple[int, Statement, str, str | None]]:
    """Gives each statement that needs a copy: an operation's number, the table, its column.

    One that demands to be done without does not copy: it is done without, or refused.
    """
    for number, statement, table, column in _needing(migration):
        if not demands(migration, statement):
            yield number, statement, table, column


def refused(migration: Migration) -> Iterator[tuple[int, Statement, str, str | None, str]]:
    """Gives each statement that needs a copy and demands, in the last place, to do without.

    A foreign key needs none where the session does not check them.
    """
    unchecked = any(
        operation.name == "foreign_key_checks" and operation.value.upper() in ("0", "OFF")
        for _, _, operation in migration.each(SetParameter)
    )
    for number, statement, table, column in _needing(migration):
        operation = list(migration.operations())[number][1]
        sure = isinstance(operation, AlterType | Other)
        sure = sure or (isinstance(operation, AddForeignKey) and not unchecked)
        wanted = demands(migration, statement)
        if wanted and sure:
            yield number, statement, table, column, ", ".join(sorted(wanted))


def demands(migration: Migration, statement: Statement) -> frozenset[str]:
    """Gives what a statement demands so that others can go on writing."""
    found: frozenset[str] = dialects.get(migration.target.dialect).statements.demands(statement.sql)
    return found & _ONLINE


def _needing(migration: Migration) -> Iterator[tuple[int, Statement, str, str | None]]:
    locks = dialects.get(migration.target.dialect).locks
    last: Statement | None = None
    for number, (statement, operation) in enumerate(migration.operations()):
        effect = locks.effect(operation, migration.before, migration.target)
        table = effect.relation
        if statement is last or table is None or effect.brief or not effect.blocks_writes:
            continue
        if isinstance(operation, AlterType) and not _is_known(migration, operation):
            continue
        if migration.stood_before(table):
            last = statement
            yield number, statement, table, getattr(operation, "column", None)


def _is_known(migration: Migration, operation: AlterType) -> bool:
    """Whether the type of before is known: without it nothing can be said of the change."""
    table = migration.existing(operation.table)
    return table is not None and table.column(operation.column) is not None


def cure(migration: Migration, number: int) -> Fix:
    """Gives the way round the copy, as far as there is one."""
    statement, operation = list(migration.operations())[number]
    if isinstance(operation, AlterType):
        return shadow_mysql.shadow_column(migration, number)
    if isinstance(operation, AddForeignKey):
        return _unchecked_key(operation)
    if isinstance(operation, AddCheck):
        return Fix(
            "Have the application hold the condition, and add the CHECK in a quiet window",
            f"# {operation.check.expression}: neither MySQL nor MariaDB adds it without a copy",
        )
    words = "CONVERT TO CHARACTER SET" if isinstance(operation, Other) else "the statement"
    return Fix(
        "Build the new table beside the old one with an online tool, then swap their names",
        f"# {words} has no form that lets others write; pt-online-schema-change or gh-ost do it:\n"
        f"# {statement.sql}",
    )


def _unchecked_key(operation: AddForeignKey) -> Fix:
    key, table = operation.foreign_key, operation.table
    pairs = zip(key.columns, key.referred_columns, strict=False)
    same = " AND ".join(f"p.{other} = c.{own}" for own, other in pairs)
    orphan = f"SELECT 1 FROM {table} c LEFT JOIN {key.referred} p ON {same} "
    orphan += f"WHERE c.{key.columns[0]} IS NOT NULL AND p.{(key.referred_columns or ('id',))[0]} "
    orphan += "IS NULL LIMIT 1"
    columns, others = ", ".join(key.columns), ", ".join(key.referred_columns)
    add = f"ALTER TABLE {table} ADD CONSTRAINT {key.name or f'fk_{table}_{key.columns[0]}'} "
    add += f"FOREIGN KEY ({columns}) REFERENCES {key.referred} ({others})"
    add += f" ON DELETE {key.on_delete}" if key.on_delete else ""
    add += ", ALGORITHM=INPLACE, LOCK=NONE"
    return Fix(
        "Add the key without a check of the rows, and look for orphans by a query",
        revision.outline(
            (
                "this revision: rows that stand are not checked, new ones are",
                code.lines(
                    code.execute("SET foreign_key_checks = 0"),
                    code.execute(add),
                    code.execute("SET foreign_key_checks = 1"),
                ),
            ),
            ("right after it: no row may come back", f"# {orphan}"),
        ),
    )

"""A change of a column's collation rebuilds its indexes while every read and write waits.

## What it does
Reports ALTER COLUMN … TYPE … COLLATE on an indexed column of an existing table, where the rows
themselves stay as they are.

## Why is this bad?
The order of the text changes, so each index on it is built again, under ACCESS EXCLUSIVE on the
table.

## When to leave it
The table is small, or the service is down while the migration runs.
"""

from collections.abc import Iterator

from dbwright import dialects
from dbwright.core.claim import Claim
from dbwright.core.finding import Advice, Alternative, Finding, Risk
from dbwright.core.migration import Migration
from dbwright.core.operation import AlterType
from dbwright.core.rule import Applies, RevisionExample
from dbwright.recipes import change_type, revision

APPLIES = Applies(("postgresql",))
SEVERITY = "warning"
TABLES = """
    create table users (id bigint primary key, name text not null);
    create index ix_users_name on users (name);
    """

BAD = RevisionExample(
    before=TABLES,
    upgrade="""op.execute('ALTER TABLE users ALTER COLUMN name TYPE text COLLATE "C"')""",
    downgrade="""
        op.execute('ALTER TABLE users ALTER COLUMN name TYPE text COLLATE "default"')
        """,
    claims=("full_scan_locked", "blocks_reads"),
    object="users.name",
)
GOOD = RevisionExample(
    before="create table users (id bigint primary key, name text not null);",
    upgrade="""
        op.execute("SET LOCAL lock_timeout = '5s'")
        op.execute('ALTER TABLE users ALTER COLUMN name TYPE text COLLATE "C"')
        """,
    downgrade="""
        op.execute('ALTER TABLE users ALTER COLUMN name TYPE text COLLATE "default"')
        """,
)


def check(migration: Migration) -> Iterator[Finding]:
    locks = dialects.get(migration.target.dialect).locks
    for number, statement, operation in migration.each(AlterType):
        table = migration.existing(operation.table)
        column = table.column(operation.column) if table else None
        if table is None or column is None or operation.collation == column.collation:
            continue
        names = change_type.indexes_on(table, operation.column)
        effect = locks.effect(operation, migration.before, migration.target)
        if effect.rewrites is not False or not names:
            continue
        yield Finding(
            f"its new order rebuilds {', '.join(names)} while every read and write waits",
            migration.locate(statement, f"{table.key}.{operation.column}"),
            (
                Claim("full_scan_locked", table.key, "AccessExclusiveLock"),
                Claim("blocks_reads", table.key, "AccessExclusiveLock"),
            ),
            migration.weigh(table.key, "warning"),
            migration.size_of(table.key),
            {"operation": number},
        )


def advise(finding: Finding, migration: Migration) -> Advice:
    _, operation = migration.nth(finding.details["operation"], AlterType)
    table, name = operation.table, operation.column
    fix = change_type.collation_by_index(migration, finding.details["operation"])
    return Advice(
        reason=f"an index on {name} is sorted by the old collation; PostgreSQL sorts it anew "
        f"under AccessExclusiveLock on {table}.",
        fix=fix,
        alternatives=(
            Alternative(
                "keep the one statement, with lock_timeout, in a quiet window",
                f"the column's collation changes for every query; {table} cannot be used meanwhile",
            ),
        ),
        risk=Risk(
            f"queries sort by the old collation until they say COLLATE {operation.collation}",
            "search the code for ORDER BY and LIKE on the column",
        ),
        undo=revision.undo(fix, "drop the new index concurrently."),
        tests="EXPLAIN the queries that sort by or compare the column: they use the new index.",
        backup="none needed: no row changes.",
    )

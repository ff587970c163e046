"""SET NOT NULL reads the whole table while every read and write waits.

## What it does
Reports SET NOT NULL on a column of an existing table, unless a validated CHECK says already that
the column is not null.

## Why is this bad?
The statement holds ACCESS EXCLUSIVE and looks at every row, and fails when one of them is NULL. A
CHECK that is validated in a transaction of its own spares the scan [PostgreSQL 12].

## When to leave it
The table is small, or the service is down while the migration runs.
"""

from collections.abc import Iterator

from dbwright.core.claim import Claim
from dbwright.core.finding import Advice, Alternative, Finding, Risk
from dbwright.core.migration import Migration
from dbwright.core.operation import SetNotNull
from dbwright.core.rule import Applies, RevisionExample
from dbwright.recipes import code, constraints, not_null, revision

APPLIES = Applies(("postgresql",))
SEVERITY = "error"
TABLES = "create table orders (id bigint primary key, note text default '' check (note <> 'x'));"

BAD = RevisionExample(
    before=TABLES,
    upgrade="""
        op.execute("UPDATE orders SET note = 'none' WHERE note IS NULL")
        op.alter_column("orders", "note", nullable=False)
        """,
    downgrade='op.alter_column("orders", "note", nullable=True)',
    claims=("full_scan_locked", "blocks_reads"),
    object="orders.note",
)
BAD_OVER_NULLS = RevisionExample(
    before=TABLES,
    upgrade='op.alter_column("orders", "note", nullable=False)',
    downgrade='op.alter_column("orders", "note", nullable=True)',
    claims=("fails_on_data", "full_scan_locked", "blocks_reads"),
    object="orders.note",
)
GOOD = RevisionExample(
    before="""
        create table orders (
            id bigint primary key, note text default '',
            constraint ck_note check (note is not null)
        );
        """,
    upgrade="""
        op.execute("SET LOCAL lock_timeout = '5s'")
        op.alter_column("orders", "note", nullable=False)
        op.drop_constraint("ck_note", "orders", type_="check")
        """,
    downgrade="""
        op.execute("ALTER TABLE orders ADD CONSTRAINT ck_note CHECK (note IS NOT NULL)")
        op.alter_column("orders", "note", nullable=True)
        """,
)


def check(migration: Migration) -> Iterator[Finding]:
    for number, statement, operation in migration.each(SetNotNull):
        table, column = operation.table, operation.column
        if not migration.stood_before(table):
            continue
        before = migration.existing(table)
        found = before.column(column) if before else None
        if found is not None and not found.nullable:
            continue
        if not_null.is_checked(migration, number, table, column):
            continue
        yield Finding(
            f"setting it NOT NULL reads all of {table} while every read and write waits",
            migration.locate(statement, f"{table}.{column}"),
            (
                Claim("full_scan_locked", table, "AccessExclusiveLock"),
                Claim("blocks_reads", table, "AccessExclusiveLock"),
                *constraints.refusal(migration, number, table, (column,)),
            ),
            migration.weigh(table, "error"),
            migration.size_of(table),
            {"operation": number},
        )


def advise(finding: Finding, migration: Migration) -> Advice:
    _, operation = migration.nth(finding.details["operation"], SetNotNull)
    table, column = operation.table, operation.column
    fix = not_null.by_check(migration, finding.details["operation"])
    return Advice(
        reason=f"SET NOT NULL holds AccessExclusiveLock on {table} while it looks for a NULL in "
        f"{column} of every row.",
        fix=fix,
        alternatives=(
            Alternative(
                "set it in one step, with lock_timeout, in a quiet window",
                f"one revision; {table} cannot be used for as long as reading it takes",
            ),
            Alternative(
                "stop at the validated CHECK",
                "two revisions instead of three; the column stays nullable for SQLAlchemy",
            ),
        ),
        risk=Risk(
            f"VALIDATE fails when a row of {table} still has NULL in {column}: look before with "
            f"SELECT count(*) FROM {code.quoted(table)} WHERE {code.quoted(column)} IS NULL",
            "new rows are refused at once all the same; fill the old ones and validate again",
        ),
        undo=revision.undo(fix, f"alembic downgrade lets {column} be NULL again; no row changes."),
        tests=f"insert a row into {table} with NULL in {column}: refused after each of the three.",
        backup="none needed: no row changes.",
    )

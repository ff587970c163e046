"""Rows are written in the transaction that has just locked a table against reads.

## What it does
Reports an UPDATE of a whole existing table behind a statement of the same transaction that took
ACCESS EXCLUSIVE on an existing table, such as ADD COLUMN.

## Why is this bad?
ADD COLUMN needs its lock for a moment, but locks last to the end of the transaction. With the
UPDATE behind it, nobody reads the table until the last row is written.

## When to leave it
The table is small.
"""

from collections.abc import Iterator

from dbwright.core.claim import Claim
from dbwright.core.finding import Advice, Alternative, Finding, Risk
from dbwright.core.migration import Migration
from dbwright.core.operation import Data
from dbwright.core.rule import Applies, RevisionExample
from dbwright.recipes import backfill, revision

APPLIES = Applies(("postgresql",))
SEVERITY = "error"
TABLES = "create table orders (id bigint primary key, status text);"

BAD = RevisionExample(
    before=TABLES,
    upgrade="""
        op.add_column("orders", sa.Column("region", sa.String(20)))
        op.execute("UPDATE orders SET region = 'eu'")
        """,
    downgrade='op.drop_column("orders", "region")',
    claims=("blocks_reads", "long_row_locks"),
    object="orders",
)
BAD_THEN_NOT_NULL = RevisionExample(
    before=TABLES,
    upgrade="""
        op.execute("SET LOCAL lock_timeout = '5s'")
        op.add_column("orders", sa.Column("region", sa.String(20)))
        op.execute("UPDATE orders SET region = 'eu' WHERE region IS NULL")
        op.alter_column("orders", "region", nullable=False)
        """,
    downgrade='op.drop_column("orders", "region")',
    claims=("blocks_reads", "long_row_locks"),
)
BAD_WHERE_NOT_NULL = RevisionExample(
    before=TABLES,
    upgrade="""
        op.add_column("orders", sa.Column("state", sa.String(20)))
        op.execute("UPDATE orders SET state = left(lower(status), 20) WHERE status IS NOT NULL")
        """,
    downgrade='op.drop_column("orders", "state")',
    claims=("blocks_reads", "long_row_locks"),
)
GOOD = RevisionExample(
    before=TABLES,
    upgrade="""
        op.execute("SET LOCAL lock_timeout = '5s'")
        op.add_column("orders", sa.Column("region", sa.String(20)))
        op.execute("UPDATE orders SET region = 'eu' WHERE id IN (1, 2, 3)")
        """,
    downgrade='op.drop_column("orders", "region")',
)


def check(migration: Migration) -> Iterator[Finding]:
    for number, statement, operation in migration.each(Data):
        if not backfill.covers_whole_table(migration, operation):
            continue
        held = backfill.lock_held(migration, number)
        if held is None:
            continue
        yield Finding(
            f"{held} cannot be read until this UPDATE has written every row",
            migration.locate(statement, operation.table),
            (
                Claim("blocks_reads", held, "AccessExclusiveLock"),
                Claim("long_row_locks", operation.table),
            ),
            migration.weigh(operation.table, "error"),
            migration.size_of(operation.table),
            {"operation": number, "held": held},
        )


def advise(finding: Finding, migration: Migration) -> Advice:
    _, operation = migration.nth(finding.details["operation"], Data)
    table, held = operation.table, finding.details["held"]
    fix = backfill.in_batches(migration, finding.details["operation"])
    return Advice(
        reason=f"the AccessExclusiveLock on {held} lasts to the end of the transaction, and the "
        "UPDATE makes that late.",
        fix=fix,
        alternatives=(
            Alternative(
                "a constant server_default on the new column instead of the UPDATE",
                "no row is written at all [PostgreSQL 11]; only for one value for all rows",
            ),
            backfill.by_tool(migration, finding.details["operation"]),
        ),
        risk=Risk(
            "between the revisions some rows have no value yet",
            "let the code bear NULL until the backfill has ended",
        ),
        undo=revision.undo(fix, "put the statements back into one revision."),
        tests=f"SELECT from {held} in a second session while the backfill runs: it returns.",
        backup=f"none needed where the columns of {table} are new; else copy them with the key.",
    )

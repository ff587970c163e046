"""A new column whose value differs per row copies the whole table under a full lock.

## What it does
Reports ADD COLUMN on an existing table with a volatile default (`gen_random_uuid()`, `random()`,
`clock_timestamp()`, a sequence, serial), as identity, or as a stored generated column.

## Why is this bad?
A constant, and `now()`, is stored once in the catalog [PostgreSQL 11]. A value of its own for each
row means that every row is written anew, and all indexes too, under ACCESS EXCLUSIVE.

## When to leave it
The table is small, or the service is down while the migration runs.
"""

from collections.abc import Iterator

from dbwright import dialects
from dbwright.core.claim import Claim
from dbwright.core.finding import Advice, Alternative, Finding, Risk
from dbwright.core.migration import Migration
from dbwright.core.operation import AddColumn
from dbwright.core.rule import Applies, RevisionExample
from dbwright.recipes import new_column, revision

APPLIES = Applies(("postgresql",))
SEVERITY = "error"
TABLES = "create table orders (id bigint primary key, total numeric(10, 2) not null);"

BAD = RevisionExample(
    before=TABLES,
    upgrade="""
        op.add_column(
            "orders",
            sa.Column(
                "token", sa.Uuid(), nullable=False, server_default=sa.text("gen_random_uuid()")
            ),
        )
        """,
    downgrade='op.drop_column("orders", "token")',
    claims=("table_rewrite", "blocks_reads"),
    object="orders.token",
)
BAD_SERIAL = RevisionExample(
    before=TABLES,
    upgrade='op.execute("ALTER TABLE orders ADD COLUMN number serial")',
    downgrade='op.drop_column("orders", "number")',
    claims=("table_rewrite", "blocks_reads"),
)
BAD_STORED = RevisionExample(
    before=TABLES,
    upgrade="""
        op.add_column(
            "orders", sa.Column("gross", sa.Numeric(), sa.Computed("total * 1.2", persisted=True))
        )
        """,
    downgrade='op.drop_column("orders", "gross")',
    claims=("table_rewrite", "blocks_reads"),
)
GOOD = RevisionExample(
    before=TABLES,
    upgrade="""
        op.execute("SET LOCAL lock_timeout = '5s'")
        op.execute(
            "ALTER TABLE orders ADD COLUMN created_at timestamptz NOT NULL DEFAULT now()"
        )
        """,
    downgrade='op.drop_column("orders", "created_at")',
)


def check(migration: Migration) -> Iterator[Finding]:
    locks = dialects.get(migration.target.dialect).locks
    for number, statement, operation in migration.each(AddColumn):
        table = operation.table
        if not migration.stood_before(table):
            continue
        if locks.effect(operation, migration.before, migration.target).rewrites is False:
            continue
        yield Finding(
            f"a value of its own for each row copies all of {table} while every read and write "
            "waits",
            migration.locate(statement, f"{table}.{operation.column.name}"),
            (
                Claim("table_rewrite", table, "AccessExclusiveLock"),
                Claim("blocks_reads", table, "AccessExclusiveLock"),
            ),
            migration.weigh(table, "error"),
            migration.size_of(table),
            {"operation": number},
        )


def advise(finding: Finding, migration: Migration) -> Advice:
    _, operation = migration.nth(finding.details["operation"], AddColumn)
    table, column = operation.table, operation.column
    source = column.computed or column.default or f"identity ({column.identity})"
    fix = new_column.default_later(migration, finding.details["operation"])
    return Advice(
        reason=f"{source} has another value for each row, so {table} and its indexes are written "
        "anew under AccessExclusiveLock.",
        fix=fix,
        alternatives=(
            Alternative(
                "keep the one statement, with lock_timeout, in a quiet window",
                f"one revision; {table} cannot be used while it is copied, and needs its size "
                "again on disk",
            ),
            Alternative(
                "GENERATED ALWAYS AS (…) VIRTUAL [PostgreSQL 18], where it is a formula",
                "no value is stored; it is computed at each read",
            ),
        ),
        risk=Risk(
            f"until the backfill ends, old rows have NULL in {column.name}",
            "deploy the code that reads it after the backfill",
        ),
        undo=revision.undo(fix, f"alembic downgrade drops {column.name}."),
        tests=f"count the rows of {table} with NULL in {column.name}: 0 after the last revision.",
        backup="none needed: no value that is there changes.",
    )

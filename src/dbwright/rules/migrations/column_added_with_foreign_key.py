"""A column and its foreign key are added by two statements: the second scans under a full lock.

## What it does
Reports `op.add_column` with a ForeignKey on a table that is older than the revision.

## Why is this bad?
Alembic sends ADD COLUMN, then ADD FOREIGN KEY. The first takes ACCESS EXCLUSIVE, the second reads
the whole table under it, though every value is NULL. In one statement PostgreSQL knows that there
is nothing to look up, and reads no row.

## When to leave it
The table is small.
"""

from collections.abc import Iterator

from dbwright.core.claim import Claim
from dbwright.core.finding import Advice, Alternative, Finding, Risk
from dbwright.core.migration import Migration
from dbwright.core.operation import AddForeignKey
from dbwright.core.rule import Applies, RevisionExample
from dbwright.recipes import foreign_key, revision

APPLIES = Applies(("postgresql",))
SEVERITY = "error"
TABLES = """
    create table coupons (id bigint primary key);
    create table orders (id bigint primary key);
    """

BAD = RevisionExample(
    before=TABLES,
    upgrade="""
        op.add_column(
            "orders",
            sa.Column("coupon_id", sa.BigInteger(), sa.ForeignKey("coupons.id")),
        )
        """,
    downgrade='op.drop_column("orders", "coupon_id")',
    claims=("full_scan_locked", "blocks_reads"),
    object="orders.coupon_id",
)
GOOD = RevisionExample(
    before=TABLES,
    upgrade="""
        op.execute("SET LOCAL lock_timeout = '5s'")
        op.execute("ALTER TABLE orders ADD COLUMN coupon_id bigint REFERENCES coupons (id)")
        """,
    downgrade='op.drop_column("orders", "coupon_id")',
)


def check(migration: Migration) -> Iterator[Finding]:
    for number, statement, operation in migration.each(AddForeignKey):
        table, key = operation.table, operation.foreign_key
        if not key.validated or not migration.stood_before(table):
            continue
        if not foreign_key.added_with_column(migration, number):
            continue
        yield Finding(
            f"its foreign key reads all of {table} while every read and write waits",
            migration.locate(statement, f"{table}.{key.columns[0]}"),
            (
                Claim("full_scan_locked", table, "AccessExclusiveLock"),
                Claim("blocks_reads", table, "AccessExclusiveLock"),
            ),
            migration.weigh(table, "error"),
            migration.size_of(table),
            {"operation": number},
        )


def advise(finding: Finding, migration: Migration) -> Advice:
    _, operation = migration.nth(finding.details["operation"], AddForeignKey)
    table, key = operation.table, operation.foreign_key
    fix = foreign_key.inline(migration, finding.details["operation"])
    return Advice(
        reason=f"ADD COLUMN holds AccessExclusiveLock on {table} to the end of the transaction, "
        "and the key that follows reads every row under it.",
        fix=fix,
        alternatives=(
            Alternative(
                "op.add_column(…, inline_references=True)",
                "the same statement, written by Alembic; needs Alembic 1.18.2 or newer",
            ),
            Alternative(
                "add the key NOT VALID and validate it in a later revision",
                "two revisions more; needed where the column gets a default",
            ),
        ),
        risk=Risk(
            f"{table} and {key.referred} are locked for a moment",
            "lock_timeout ends the wait; run the revision again",
        ),
        undo=revision.undo(fix, f"alembic downgrade drops {key.columns[0]}."),
        tests=f"insert into {table} a {key.columns[0]} that {key.referred} lacks: refused.",
        backup="none needed: no row changes.",
    )

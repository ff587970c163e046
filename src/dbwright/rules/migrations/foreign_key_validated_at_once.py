"""A foreign key is added and checked in one step, while every write of both tables waits.

## What it does
Reports ADD FOREIGN KEY without NOT VALID on a table that is older than the revision.

## Why is this bad?
The statement holds SHARE ROW EXCLUSIVE on both tables and looks up every row meanwhile, and fails
when one has no match: rows written before the key can have outlived theirs. Added NOT VALID it
reads nothing, and VALIDATE CONSTRAINT in a later transaction lets writes go on.

## When to leave it
The table is small, or the service does not write while the migration runs.
"""

from collections.abc import Iterator

from dbwright.core.claim import Claim
from dbwright.core.finding import Advice, Alternative, Finding, Risk
from dbwright.core.migration import Migration
from dbwright.core.operation import AddForeignKey
from dbwright.core.rule import Applies, RevisionExample
from dbwright.recipes import constraints, foreign_key, revision

APPLIES = Applies(("postgresql",))
SEVERITY = "error"
TABLES = """
    create table customers (id bigint primary key);
    create table orders (id bigint primary key, customer_id bigint not null);
    """

BAD = RevisionExample(
    before=TABLES,
    upgrade="""
        op.create_foreign_key(
            "fk_orders_customer_id", "orders", "customers", ["customer_id"], ["id"]
        )
        """,
    downgrade='op.drop_constraint("fk_orders_customer_id", "orders", type_="foreignkey")',
    claims=("blocks_writes", "full_scan_locked", "fails_on_data"),
    object="orders",
)
BAD_SQL = RevisionExample(
    before=TABLES,
    upgrade="""
        op.execute("SET LOCAL lock_timeout = '5s'")
        op.execute("ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers")
        """,
    downgrade='op.drop_constraint("orders_customer_id_fkey", "orders", type_="foreignkey")',
    claims=("blocks_writes", "full_scan_locked"),
)
GOOD = RevisionExample(
    before=TABLES,
    upgrade="""
        op.execute("SET LOCAL lock_timeout = '5s'")
        op.create_foreign_key(
            "fk", "orders", "customers", ["customer_id"], ["id"], postgresql_not_valid=True
        )
        """,
    downgrade='op.drop_constraint("fk", "orders", type_="foreignkey")',
)
GOOD_NEW_TABLE = RevisionExample(
    before="create table customers (id bigint primary key);",
    upgrade="""
        op.execute("SET LOCAL lock_timeout = '5s'")
        op.create_table(
            "orders",
            sa.Column("id", sa.BigInteger(), primary_key=True),
            sa.Column("customer_id", sa.BigInteger()),
        )
        op.create_foreign_key("fk_orders", "orders", "customers", ["customer_id"], ["id"])
        """,
    downgrade='op.drop_table("orders")',
)


def check(migration: Migration) -> Iterator[Finding]:
    for number, statement, operation in migration.each(AddForeignKey):
        table, key = operation.table, operation.foreign_key
        if not key.validated or not migration.stood_before(table):
            continue
        if foreign_key.added_with_column(migration, number):
            continue
        both = table if key.referred == table else f"{table} and {key.referred}"
        yield Finding(
            f"this foreign key stops every write of {both} while it reads all of {table}",
            migration.locate(statement, table),
            (
                Claim("blocks_writes", table, "ShareRowExclusiveLock"),
                Claim("full_scan_locked", table, "ShareRowExclusiveLock"),
                *constraints.refusal(migration, number, table, key.columns),
            ),
            migration.weigh(table, "error"),
            migration.size_of(table),
            {"operation": number},
        )


def advise(finding: Finding, migration: Migration) -> Advice:
    _, operation = migration.nth(finding.details["operation"], AddForeignKey)
    table, key = operation.table, operation.foreign_key
    columns = ", ".join(key.columns)
    fix = foreign_key.validate_later(migration, finding.details["operation"])
    return Advice(
        reason=f"ADD FOREIGN KEY holds ShareRowExclusiveLock on {table} and {key.referred} while "
        f"it looks up {columns} of every row.",
        fix=fix,
        alternatives=(
            Alternative(
                "add it in one step, with lock_timeout, in a quiet window",
                f"one revision; writes of both tables stop for as long as reading {table} takes",
            ),
        ),
        risk=Risk(
            f"VALIDATE fails when a row of {table} has no {key.referred}: look before with "
            f"{constraints.orphans(table, key)}",
            "new rows are refused at once all the same; repair the old ones and validate again",
        ),
        undo=revision.undo(fix, "alembic downgrade drops the constraint; no row changes."),
        tests=f"insert a row into {table} with {columns} that {key.referred} lacks: refused.",
        backup="none needed: no row changes.",
    )

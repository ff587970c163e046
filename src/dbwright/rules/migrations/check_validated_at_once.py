"""A CHECK constraint is added and checked in one step, while every read and write waits.

## What it does
Reports ADD CHECK without NOT VALID, and ADD COLUMN with a CHECK, on a table that is older than
the revision.

## Why is this bad?
The statement holds ACCESS EXCLUSIVE and reads the whole table meanwhile: not even a SELECT gets
through. It fails when one row breaks the check. Added NOT VALID it reads nothing, and VALIDATE
CONSTRAINT lets reads and writes go on.

## When to leave it
The table is small, or the service is down while the migration runs.
"""

from collections.abc import Iterator

from dbwright.core.claim import Claim
from dbwright.core.finding import Advice, Alternative, Finding, Fix, Risk
from dbwright.core.migration import Migration
from dbwright.core.operation import AddCheck, AddColumn
from dbwright.core.rule import Applies, RevisionExample
from dbwright.core.schema import Check
from dbwright.recipes import check as recipe
from dbwright.recipes import code, constraints, revision

APPLIES = Applies(("postgresql",))
SEVERITY = "error"
TABLES = "create table orders (id bigint primary key, total numeric(10, 2) not null);"

BAD = RevisionExample(
    before=TABLES,
    upgrade='op.create_check_constraint("ck_orders_total", "orders", "total >= 0")',
    downgrade='op.drop_constraint("ck_orders_total", "orders", type_="check")',
    claims=("blocks_reads", "full_scan_locked", "fails_on_data"),
    object="orders",
)
BAD_COLUMN = RevisionExample(
    before=TABLES,
    upgrade='op.execute("ALTER TABLE orders ADD COLUMN discount integer CHECK (discount > 0)")',
    downgrade='op.drop_column("orders", "discount")',
    claims=("full_scan_locked",),
)
GOOD = RevisionExample(
    before=TABLES,
    upgrade="""
        op.execute("SET LOCAL lock_timeout = '5s'")
        op.create_check_constraint(
            "ck_orders_total", "orders", "total >= 0", postgresql_not_valid=True
        )
        """,
    downgrade='op.drop_constraint("ck_orders_total", "orders", type_="check")',
)


def check(migration: Migration) -> Iterator[Finding]:
    for number, statement, operation in migration.each(AddCheck, AddColumn):
        table = operation.table
        if not operation.check or not operation.check.validated:
            continue
        if not migration.stood_before(table):
            continue
        yield Finding(
            f"this check stops every read and write while it reads all of {table}",
            migration.locate(statement, table),
            (
                Claim("blocks_reads", table, "AccessExclusiveLock"),
                Claim("full_scan_locked", table, "AccessExclusiveLock"),
                *_refusal(migration, number, operation),
            ),
            migration.weigh(table, "error"),
            migration.size_of(table),
            {"operation": number},
        )


def _refusal(
    migration: Migration, number: int, operation: AddCheck | AddColumn
) -> tuple[Claim, ...]:
    """The claim that a row breaks the check; a new column has no value that could."""
    if isinstance(operation, AddColumn):
        return ()
    return constraints.refusal(migration, number, operation.table, operation.check.columns)


def advise(finding: Finding, migration: Migration) -> Advice:
    number = finding.details["operation"]
    _, operation = migration.nth(number, AddCheck, AddColumn)
    table, found = operation.table, operation.check or Check("")
    fix = recipe.validate_later(migration, number)
    return Advice(
        reason=f"the constraint holds AccessExclusiveLock on {table} while every row is checked.",
        fix=fix,
        alternatives=_alternatives(table, fix),
        risk=Risk(
            f"VALIDATE fails when a row breaks {found.expression}: look before with SELECT "
            f"count(*) FROM {code.quoted(table)} WHERE NOT ({found.expression})",
            "new rows are refused at once all the same; repair the old ones and validate again",
        ),
        undo=revision.undo(fix, "alembic downgrade drops the constraint; no row changes."),
        tests=f"insert a row into {table} that breaks {found.expression}: refused.",
        backup="none needed: no row changes.",
    )


def _alternatives(table: str, fix: Fix) -> tuple[Alternative, ...]:
    return (
        Alternative(
            "add it in one step, with lock_timeout, in a quiet window",
            f"one revision; {table} cannot be read or written for as long as reading it takes",
        ),
    )

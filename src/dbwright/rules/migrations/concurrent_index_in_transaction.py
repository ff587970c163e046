"""A concurrent index build, drop or rebuild stands inside a transaction, where it fails.

## What it does
Reports CREATE INDEX, DROP INDEX, REINDEX and DETACH PARTITION with CONCURRENTLY, and VACUUM, where
the migration runs them inside its transaction.

## Why is this bad?
PostgreSQL refuses them there ("cannot run inside a transaction block"), and Alembic opens a
transaction around every revision: the deploy stops at this line.

## When to leave it
Never: it cannot work.
"""

from collections.abc import Iterator

from dbwright.core.claim import Claim
from dbwright.core.finding import Advice, Alternative, Finding, Risk
from dbwright.core.migration import Migration
from dbwright.core.rule import Applies, RevisionExample
from dbwright.recipes import own_transaction, revision

APPLIES = Applies(("postgresql",))
SEVERITY = "error"
TABLES = "create table orders (id bigint primary key, customer_id bigint not null);"

BAD = RevisionExample(
    before=TABLES,
    upgrade="""
        op.create_index(
            "ix_orders_customer_id",
            "orders",
            ["customer_id"],
            postgresql_concurrently=True,
        )
        """,
    downgrade='op.drop_index("ix_orders_customer_id", table_name="orders")',
    claims=("fails_at_runtime",),
    object="orders",
)
BAD_VACUUM = RevisionExample(
    before=TABLES,
    upgrade='op.execute("VACUUM orders")',
    claims=("fails_at_runtime",),
)
GOOD = RevisionExample(
    before=TABLES,
    upgrade="""
        with op.get_context().autocommit_block():
            op.create_index(
                "ix_orders_customer_id", "orders", ["customer_id"], postgresql_concurrently=True
            )
        """,
    downgrade="""
        with op.get_context().autocommit_block():
            op.drop_index("ix_orders_customer_id", postgresql_concurrently=True)
        """,
)


def check(migration: Migration) -> Iterator[Finding]:
    for number, (statement, operation) in enumerate(migration.operations()):
        words = own_transaction.needed_by(operation)
        if words is None or statement.autocommit:
            continue
        name = own_transaction.subject_of(migration, operation)
        yield Finding(
            f"{words} fails inside the migration's transaction, and the deploy with it",
            migration.locate(statement, name),
            (Claim("fails_at_runtime", name),),
            details={"operation": number},
        )


def advise(finding: Finding, migration: Migration) -> Advice:
    number = finding.details["operation"]
    words = own_transaction.needed_by(list(migration.operations())[number][1]) or ""
    fix = own_transaction.wrap(migration, number)
    return Advice(
        reason=f"PostgreSQL answers {words} inside a transaction block with an error; Alembic "
        "opens one around each revision.",
        fix=fix,
        alternatives=(
            Alternative(
                "leave CONCURRENTLY out, with lock_timeout, in a quiet window",
                f"it shares the transaction with the rest; {finding.location.object} is blocked "
                "while it runs",
            ),
        ),
        risk=Risk(
            "what stands before the block in the same revision is committed by it",
            "keep it alone in its revision, so that it can be run again",
        ),
        undo=revision.undo(fix, "take the block away again; the statement then fails as now."),
        tests="alembic upgrade head on a copy: it ends without an error.",
        backup="none needed: no row changes.",
    )

"""VALIDATE CONSTRAINT shares a transaction with the statement that adds the constraint.

## What it does
Reports VALIDATE CONSTRAINT in the transaction that added the constraint NOT VALID: in one
revision, or in two that a deploy of both runs in one transaction, which is Alembic's default.

## Why is this bad?
NOT VALID and VALIDATE are two steps so that the long one runs under a weak lock. Locks last to the
end of the transaction: in one transaction the scan runs under the strong lock of the first step.

## When to leave it
The table is small.
"""

from collections.abc import Iterator

from dbwright.core.claim import Claim
from dbwright.core.finding import Advice, Alternative, Finding, Risk
from dbwright.core.migration import Migration
from dbwright.core.operation import ValidateConstraint
from dbwright.core.rule import Applies, RevisionExample
from dbwright.recipes import revision, validate

APPLIES = Applies(("postgresql",))
SEVERITY = "warning"
TABLES = """
    create table customers (id bigint primary key);
    create table orders (id bigint primary key, customer_id bigint not null);
    """
NOT_VALID = """
    alter table orders add constraint fk_orders
        foreign key (customer_id) references customers not valid;
    """

BAD = RevisionExample(
    before=TABLES,
    upgrade="""
        op.execute("SET LOCAL lock_timeout = '5s'")
        op.create_foreign_key(
            "fk_orders",
            "orders",
            "customers",
            ["customer_id"],
            ["id"],
            postgresql_not_valid=True,
        )
        op.execute("ALTER TABLE orders VALIDATE CONSTRAINT fk_orders")
        """,
    downgrade='op.drop_constraint("fk_orders", "orders", type_="foreignkey")',
    claims=("full_scan_locked", "blocks_writes"),
    object="orders",
)
BAD_TWO_REVISIONS = RevisionExample(
    before=TABLES,
    history=(
        """
        op.execute("SET LOCAL lock_timeout = '5s'")
        op.create_check_constraint(
            "ck_orders", "orders", "customer_id > 0", postgresql_not_valid=True
        )
        """,
    ),
    upgrade='op.execute("ALTER TABLE orders VALIDATE CONSTRAINT ck_orders")',
    claims=("full_scan_locked", "blocks_writes", "blocks_reads"),
    object="orders",
)
GOOD = RevisionExample(
    before=f"{TABLES} {NOT_VALID}",
    upgrade="""
        with op.get_context().autocommit_block():
            op.execute("ALTER TABLE orders VALIDATE CONSTRAINT fk_orders")
        """,
)
GOOD_TRANSACTION_PER_MIGRATION = RevisionExample(
    before=TABLES,
    history=(
        """
        op.execute("SET LOCAL lock_timeout = '5s'")
        op.create_foreign_key(
            "fk_orders", "orders", "customers", ["customer_id"], ["id"], postgresql_not_valid=True
        )
        """,
    ),
    upgrade='op.execute("ALTER TABLE orders VALIDATE CONSTRAINT fk_orders")',
    environment="transaction_per_migration=True",
)


def check(migration: Migration) -> Iterator[Finding]:
    for number, statement, operation in migration.each(ValidateConstraint):
        if statement.autocommit or not migration.stood_before(operation.table):
            continue
        found = validate.adding(migration, statement, operation)
        if found is None:
            continue
        table, lock = operation.table, found[1]
        reads = lock == "AccessExclusiveLock"
        claims = [Claim("full_scan_locked", table, lock), Claim("blocks_writes", table, lock)]
        if reads:
            claims.append(Claim("blocks_reads", table, lock))
        yield Finding(
            f"validating {operation.name} in the transaction that adds it stops every "
            + ("read and write" if reads else "write"),
            migration.locate(statement, table),
            tuple(claims),
            migration.weigh(operation.table, "warning"),
            migration.size_of(operation.table),
            {"operation": number},
        )


def advise(finding: Finding, migration: Migration) -> Advice:
    _, operation = migration.nth(finding.details["operation"], ValidateConstraint)
    table, name = operation.table, operation.name
    fix = validate.own_transaction(migration, finding.details["operation"])
    return Advice(
        reason=f"the lock that adding {name} took on {table} lasts to the end of the transaction, "
        "so the scan runs under it.",
        fix=fix,
        alternatives=(
            Alternative(
                "set transaction_per_migration=True in env.py's context.configure",
                "cures every revision at once; a deploy that fails half-way then leaves the "
                "earlier revisions applied",
            ),
        ),
        risk=Risk(
            "the block commits what ran before it in the same transaction",
            "the revision holds nothing else, so that it can be run again",
        ),
        undo=revision.undo(fix, "put the statement back into the transaction."),
        tests=f"while it runs, insert into {table} in a second session: it returns at once.",
        backup="none needed: no row changes.",
    )

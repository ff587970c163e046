"""A table stays locked against reads while the same transaction does long work elsewhere.

## What it does
Reports a statement that reads a whole table (VALIDATE CONSTRAINT, INSERT … SELECT, CREATE TABLE AS,
CREATE MATERIALIZED VIEW) behind one that took ACCESS EXCLUSIVE on an existing table in the same
transaction.

## Why is this bad?
The work harms nobody by itself, and the lock is needed for a moment. But locks last to the end of
the transaction: together they keep every SELECT of the locked table waiting until the work is done.

## When to leave it
The table that is read is small.
"""

from collections.abc import Iterator

from dbwright.core.claim import Claim
from dbwright.core.finding import Advice, Alternative, Finding, Risk
from dbwright.core.migration import Migration
from dbwright.core.rule import Applies, RevisionExample
from dbwright.recipes import locked_work, revision

APPLIES = Applies(("postgresql",))
SEVERITY = "error"
TABLES = """
    create table customers (id bigint primary key);
    create table orders (id bigint primary key, total numeric not null);
    """

BAD = RevisionExample(
    before=TABLES,
    upgrade="""
        op.execute("SET LOCAL lock_timeout = '5s'")
        op.add_column("customers", sa.Column("region", sa.String(20)))
        op.execute("CREATE MATERIALIZED VIEW totals AS SELECT sum(total) AS total FROM orders")
        """,
    downgrade="""
        op.execute("DROP MATERIALIZED VIEW totals")
        op.drop_column("customers", "region")
        """,
    claims=("lock_held_over_work",),
    object="customers",
)
BAD_COPY = RevisionExample(
    before=TABLES,
    upgrade="""
        op.execute("SET LOCAL lock_timeout = '5s'")
        op.add_column("customers", sa.Column("region", sa.String(20)))
        op.execute("CREATE TABLE archive (id bigint PRIMARY KEY, total numeric NOT NULL)")
        op.execute("INSERT INTO archive SELECT id, total FROM orders")
        """,
    downgrade="""
        op.execute("DROP TABLE archive")
        op.drop_column("customers", "region")
        """,
    claims=("lock_held_over_work",),
    object="customers",
)
BAD_VALIDATE = RevisionExample(
    before=f"""
        {TABLES}
        alter table orders add constraint ck_orders_total check (total >= 0) not valid;
        """,
    upgrade="""
        op.execute("SET LOCAL lock_timeout = '5s'")
        op.add_column("customers", sa.Column("region", sa.String(20)))
        op.execute("ALTER TABLE orders VALIDATE CONSTRAINT ck_orders_total")
        """,
    downgrade='op.drop_column("customers", "region")',
    claims=("lock_held_over_work",),
    object="customers",
    environment="transaction_per_migration=True",
)
GOOD = RevisionExample(
    before=TABLES,
    upgrade="""
        op.execute("CREATE MATERIALIZED VIEW totals AS SELECT sum(total) AS total FROM orders")
        op.execute("SET LOCAL lock_timeout = '5s'")
        op.add_column("customers", sa.Column("region", sa.String(20)))
        """,
    downgrade="""
        op.drop_column("customers", "region")
        op.execute("DROP MATERIALIZED VIEW totals")
        """,
)
GOOD_FEW_ROWS = RevisionExample(
    before=TABLES,
    upgrade="""
        op.execute("SET LOCAL lock_timeout = '5s'")
        op.add_column("customers", sa.Column("region", sa.String(20)))
        op.execute("INSERT INTO customers (id, region) SELECT 100001, 'eu'")
        """,
    downgrade='op.drop_column("customers", "region")',
)


def check(migration: Migration) -> Iterator[Finding]:
    for work in locked_work.behind_locks(migration):
        yield Finding(
            f"it cannot be read until {work.what} in the same transaction",
            migration.locate(work.statement, work.held),
            (Claim("lock_held_over_work", work.held, "AccessExclusiveLock"),),
            evidence=migration.size_of(work.held),
            details={"operation": work.number},
        )


def advise(finding: Finding, migration: Migration) -> Advice:
    number, held = finding.details["operation"], finding.location.object
    work = next(item for item in locked_work.behind_locks(migration) if item.number == number)
    fix = locked_work.own_transaction(migration, work)
    return Advice(
        reason=f"the AccessExclusiveLock on {held} lasts to the end of the transaction, and the "
        "work makes that late.",
        fix=fix,
        alternatives=(
            Alternative(
                "put the long statement in front of the one that takes the lock",
                f"one revision; what fails in between costs the work, {held} waits for a moment",
            ),
        ),
        risk=Risk(
            "a deploy that fails between the two leaves the first one applied",
            "each of them must be good for the code that runs",
        ),
        undo=revision.undo(fix, "put the statements back into one revision."),
        tests=f"SELECT from {held} in a second session while the work runs: it returns.",
        backup="none needed: no row changes.",
    )

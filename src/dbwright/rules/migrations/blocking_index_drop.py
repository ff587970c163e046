"""An index of an existing table is dropped under a lock that stops every read and write.

## What it does
Reports DROP INDEX without CONCURRENTLY on a table that is older than the revision, where no
lock_timeout bounds the wait.

## Why is this bad?
A plain DROP INDEX asks for ACCESS EXCLUSIVE on the table. It is held for a moment, but while it
waits behind one long query, every later query of the table waits behind it.

## When to leave it
No query on the table runs long, or the revision sets lock_timeout and may be run again.
"""

from collections.abc import Iterator

from dbwright.core.claim import Claim
from dbwright.core.finding import Advice, Alternative, Finding, Risk
from dbwright.core.migration import Migration
from dbwright.core.operation import DropIndex
from dbwright.core.rule import Applies, RevisionExample
from dbwright.recipes import index, revision, timeout

APPLIES = Applies(("postgresql",))
SEVERITY = "warning"
TABLES = """
    create table orders (id bigint primary key, status text not null);
    create index ix_orders_status on orders (status);
    """

BAD = RevisionExample(
    before=TABLES,
    upgrade='op.drop_index("ix_orders_status", table_name="orders")',
    downgrade='op.create_index("ix_orders_status", "orders", ["status"])',
    claims=("blocks_reads", "blocks_writes"),
    object="orders",
)
GOOD = RevisionExample(
    before=TABLES,
    upgrade="""
        with op.get_context().autocommit_block():
            op.drop_index("ix_orders_status", table_name="orders", postgresql_concurrently=True)
        """,
    downgrade="""
        with op.get_context().autocommit_block():
            op.create_index(
                "ix_orders_status", "orders", ["status"], postgresql_concurrently=True
            )
        """,
)
GOOD_BOUNDED = RevisionExample(
    before=TABLES,
    upgrade="""
        op.execute("SET LOCAL lock_timeout = '2s'")
        op.drop_index("ix_orders_status", table_name="orders")
        """,
    downgrade='op.create_index("ix_orders_status", "orders", ["status"])',
)


def check(migration: Migration) -> Iterator[Finding]:
    for number, statement, operation in migration.each(DropIndex):
        table, _ = index.owner_of(migration, operation.index)
        known = migration.before is not None
        if operation.concurrently or timeout.is_set(migration, number) or (known and not table):
            continue
        if not known and index.is_created(migration, operation.index):
            continue
        relation = table or operation.index
        yield Finding(
            f"dropping {operation.index} stops reads and writes while it waits for its lock",
            migration.locate(statement, relation),
            (
                Claim("blocks_reads", relation, "AccessExclusiveLock"),
                Claim("blocks_writes", relation, "AccessExclusiveLock"),
            ),
            migration.weigh(relation, "warning"),
            migration.size_of(relation),
            {"operation": number},
        )


def advise(finding: Finding, migration: Migration) -> Advice:
    _, operation = migration.nth(finding.details["operation"], DropIndex)
    fix = index.concurrent_drop(migration, finding.details["operation"])
    return Advice(
        reason=f"DROP INDEX takes AccessExclusiveLock on {finding.location.object}: it waits for "
        "the queries that run, and all later ones wait behind it.",
        fix=fix,
        alternatives=(
            Alternative(
                "keep the plain drop and set lock_timeout before it",
                "one line and one transaction; on a busy table it may need several attempts",
            ),
        ),
        risk=Risk(
            "a concurrent drop waits for old transactions and cannot be rolled back",
            "it blocks nobody meanwhile; end the oldest transaction when it takes too long",
        ),
        undo=revision.undo(fix, f"alembic downgrade -1 builds {operation.index} again."),
        tests="EXPLAIN the queries that used the index, before and after.",
        backup="none needed: no row changes; keep the index's definition (pg_get_indexdef).",
    )

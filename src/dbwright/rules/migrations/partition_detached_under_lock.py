"""A partition is detached under a lock that stops every read and write of the whole table.

## What it does
Reports DETACH PARTITION without CONCURRENTLY [PostgreSQL 14], where no lock_timeout bounds the wait
and no default partition stands in the way of CONCURRENTLY.

## Why is this bad?
DETACH asks for ACCESS EXCLUSIVE on the whole table, not only on the partition. It is held for a
moment, but while it waits behind one long query, every later query of any partition waits too.

## When to leave it
The revision sets lock_timeout and may be run again.
"""

from collections.abc import Iterator

from dbwright import dialects
from dbwright.core.claim import Claim
from dbwright.core.finding import Advice, Alternative, Finding, Risk
from dbwright.core.migration import Migration
from dbwright.core.operation import DetachPartition
from dbwright.core.rule import Applies, RevisionExample
from dbwright.recipes import partition, revision, timeout

APPLIES = Applies(("postgresql",), since=(14,))
SEVERITY = "warning"
TABLES = """
    create table events (id bigint not null, day date not null) partition by range (day);
    create table events_2024 partition of events
        for values from ('2024-01-01') to ('2025-01-01');
    create table events_2025 partition of events
        for values from ('2025-01-01') to ('2026-01-01');
    """
ATTACH = """
    op.execute(
        "ALTER TABLE events ATTACH PARTITION events_2024 "
        "FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')"
    )
    """

BAD = RevisionExample(
    before=TABLES,
    upgrade='op.execute("ALTER TABLE events DETACH PARTITION events_2024")',
    downgrade=ATTACH,
    claims=("blocks_reads", "blocks_writes"),
    object="events",
)
GOOD = RevisionExample(
    before=TABLES,
    upgrade="""
        with op.get_context().autocommit_block():
            op.execute("ALTER TABLE events DETACH PARTITION events_2024 CONCURRENTLY")
        """,
    downgrade=f"""
    {ATTACH}
    op.execute("ALTER TABLE events_2024 DROP CONSTRAINT events_2024_day_check")
    """,
)
GOOD_BOUNDED = RevisionExample(
    before=TABLES,
    upgrade="""
        op.execute("SET LOCAL lock_timeout = '2s'")
        op.execute("ALTER TABLE events DETACH PARTITION events_2024")
        """,
    downgrade=ATTACH,
)


def check(migration: Migration) -> Iterator[Finding]:
    partitions = dialects.get("postgresql").partitions
    for number, statement, operation in migration.each(DetachPartition):
        table = operation.table
        parent = migration.existing(table)
        if operation.concurrently or parent is None or timeout.is_set(migration, number):
            continue
        # PostgreSQL refuses to detach concurrently beside a default partition.
        if migration.before and partitions.default_of(parent, migration.before):
            continue
        yield Finding(
            f"detaching {operation.partition} stops reads and writes of all partitions while it "
            "waits for its lock",
            migration.locate(statement, table),
            (
                Claim("blocks_reads", table, "AccessExclusiveLock"),
                Claim("blocks_writes", table, "AccessExclusiveLock"),
            ),
            migration.weigh(table, "warning"),
            migration.size_of(table),
            {"operation": number},
        )


def advise(finding: Finding, migration: Migration) -> Advice:
    _, operation = migration.nth(finding.details["operation"], DetachPartition)
    table, part = operation.table, operation.partition
    fix = partition.detach_concurrently(migration, finding.details["operation"])
    return Advice(
        reason=f"DETACH takes AccessExclusiveLock on {table}: it waits for the queries that run, "
        "and all later ones wait behind it.",
        fix=fix,
        alternatives=(
            Alternative(
                "keep the plain form and set lock_timeout before it",
                "one line and one transaction; on a busy table it may need several attempts",
            ),
        ),
        risk=Risk(
            f"interrupted, it leaves {part} pending, and {part} keeps a check of its bound",
            f"finish it with ALTER TABLE {table} DETACH PARTITION {part} FINALIZE",
        ),
        undo=revision.undo(fix, f"alembic downgrade attaches {part} again; no row is lost."),
        tests=f"SELECT from {table} in a second session while it runs: it returns.",
        backup=f"none needed: the rows stay in {part}.",
    )

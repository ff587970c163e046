"""A table that becomes a partition is read whole while every read and write of it waits.

## What it does
Reports ATTACH PARTITION of an existing table that no validated CHECK shows to fit, and a new
partition beside a default partition that no validated CHECK shows to hold none of its rows.

## Why is this bad?
PostgreSQL looks at every row, of the table and of the default partition, under ACCESS EXCLUSIVE. A
validated CHECK that says what the partition's bound says spares the scan.

## When to leave it
The table is small, or nobody uses it yet.
"""

from collections.abc import Iterator

from dbwright.core.claim import Claim
from dbwright.core.finding import Advice, Alternative, Finding, Risk
from dbwright.core.migration import Migration
from dbwright.core.rule import Applies, RevisionExample
from dbwright.recipes import partition, revision

APPLIES = Applies(("postgresql",))
SEVERITY = "error"
PARENT = """
    create table events (id bigint not null, day date not null) partition by range (day);
    create table events_2024 partition of events
        for values from ('2024-01-01') to ('2025-01-01');
    """
TABLES = f"{PARENT} create table events_2025 (id bigint not null, day date not null);"
ATTACH = """
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(
        "ALTER TABLE events ATTACH PARTITION events_2025 "
        "FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')"
    )
    """
DETACH = 'op.execute("ALTER TABLE events DETACH PARTITION events_2025")'
CREATE = """
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(
        "CREATE TABLE events_2091 PARTITION OF events "
        "FOR VALUES FROM ('2091-01-01') TO ('2092-01-01')"
    )
    """

BAD = RevisionExample(
    before=TABLES,
    upgrade=ATTACH,
    downgrade=DETACH,
    claims=("full_scan_locked", "blocks_reads"),
    object="events_2025",
)
BAD_DEFAULT = RevisionExample(
    before=f"{PARENT} create table events_rest partition of events default;",
    upgrade=CREATE,
    downgrade='op.execute("DROP TABLE events_2091")',
    claims=("full_scan_locked", "blocks_reads"),
    object="events_rest",
)
GOOD = RevisionExample(
    before=f"""
        {TABLES}
        alter table events_2025 add constraint events_2025_bound
            check (day >= '2025-01-01' and day < '2026-01-01');
        """,
    upgrade=ATTACH,
    downgrade=DETACH,
)
GOOD_NEW_PARTITION = RevisionExample(
    before=PARENT, upgrade=CREATE, downgrade='op.execute("DROP TABLE events_2091")'
)
GOOD_DEFAULT_KNOWN = RevisionExample(
    before=f"""
        {PARENT} create table events_rest partition of events default;
        alter table events_rest add constraint events_rest_bound
            check (day < '2091-01-01' or day >= '2092-01-01');
        """,
    upgrade=CREATE,
    downgrade='op.execute("DROP TABLE events_2091")',
)


def check(migration: Migration) -> Iterator[Finding]:
    for found in partition.scanned(migration):
        table = found.table
        what = (
            f"attaching it to {found.parent}"
            if table == found.partition
            else f"the partition {found.partition}"
        )
        yield Finding(
            f"{what} reads all of {table} while every read and write waits",
            migration.locate(found.statement, table),
            (
                Claim("full_scan_locked", table, "AccessExclusiveLock"),
                Claim("blocks_reads", table, "AccessExclusiveLock"),
            ),
            migration.weigh(table, "error"),
            migration.size_of(table),
            {"operation": found.number},
        )


def advise(finding: Finding, migration: Migration) -> Advice:
    found = next(
        item
        for item in partition.scanned(migration)
        if (item.number, item.table) == (finding.details["operation"], finding.location.object)
    )
    table, fix = found.table, partition.check_first(migration, found)
    return Advice(
        reason=f"{table} is locked by AccessExclusiveLock, and each of its rows is held against "
        f"the bound of {found.partition}.",
        fix=fix,
        alternatives=(
            Alternative(
                "keep the one statement, with lock_timeout, in a quiet window",
                f"one revision; {table} cannot be used for as long as reading it takes",
            ),
        ),
        risk=Risk(
            f"VALIDATE fails when a row of {table} does not fit",
            "move the row to where it belongs, then validate again",
        ),
        undo=revision.undo(fix, "alembic downgrade takes the partition out again; no row is lost."),
        tests=f"insert into {found.parent} a row for {found.partition}: it is found there.",
        backup="none needed: no row changes.",
    )

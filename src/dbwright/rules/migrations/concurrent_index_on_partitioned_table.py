"""PostgreSQL refuses CONCURRENTLY on a partitioned table, and the deploy fails.

## What it does
Reports CREATE INDEX CONCURRENTLY on a table that is cut into partitions, and DROP INDEX
CONCURRENTLY of an index of one.

## Why is this bad?
"Cannot create index on partitioned table concurrently": the statement is refused on every version.
The index is made ON ONLY the whole first, then built concurrently on each partition and attached.

## When to leave it
Never: it cannot work.
"""

from collections.abc import Iterator

from dbwright.core.claim import Claim
from dbwright.core.finding import Advice, Alternative, Finding, Fix, Risk
from dbwright.core.migration import Migration
from dbwright.core.operation import CreateIndex, DropIndex
from dbwright.core.rule import Applies, RevisionExample
from dbwright.recipes import index, index_partitioned, revision

APPLIES = Applies(("postgresql",))
SEVERITY = "error"
TABLES = """
    create table events (id bigint not null, day date not null) partition by range (day);
    create table events_2024 partition of events
        for values from ('2024-01-01') to ('2025-01-01');
    """

BAD = RevisionExample(
    before=TABLES,
    upgrade="""
        with op.get_context().autocommit_block():
            op.create_index("ix_events_id", "events", ["id"], postgresql_concurrently=True)
        """,
    downgrade='op.drop_index("ix_events_id", table_name="events")',
    claims=("fails_at_runtime",),
    object="events",
)
BAD_DROP = RevisionExample(
    before=f"{TABLES} create index ix_events_id on events (id);",
    upgrade="""
        with op.get_context().autocommit_block():
            op.execute("DROP INDEX CONCURRENTLY ix_events_id")
        """,
    downgrade='op.execute("CREATE INDEX ix_events_id ON events (id)")',
    claims=("fails_at_runtime",),
    object="events",
)
GOOD = RevisionExample(
    before=TABLES,
    upgrade="""
        with op.get_context().autocommit_block():
            op.execute("CREATE INDEX CONCURRENTLY events_2024_id_idx ON events_2024 (id)")
        """,
    downgrade="""
        with op.get_context().autocommit_block():
            op.execute("DROP INDEX CONCURRENTLY events_2024_id_idx")
        """,
)


def check(migration: Migration) -> Iterator[Finding]:
    for number, statement, operation in migration.each(CreateIndex, DropIndex):
        if isinstance(operation, CreateIndex):
            table, verb, named = operation.table, "build", operation.table
        else:
            table, verb = index.owner_of(migration, operation.index)[0] or "", "drop"
            named = operation.index
        if not operation.concurrently or not index_partitioned.is_cut(migration, table):
            continue
        yield Finding(
            f"it is cut into partitions: PostgreSQL refuses to {verb} an index of it concurrently",
            migration.locate(statement, table),
            (Claim("fails_at_runtime", named),),
            details={"operation": number},
        )


def advise(finding: Finding, migration: Migration) -> Advice:
    number, table = finding.details["operation"], finding.location.object
    _, operation = migration.nth(number, CreateIndex, DropIndex)
    fix = _fix(migration, number, operation)
    return Advice(
        reason=f"an index of {table} is one for each partition, and CONCURRENTLY is for one table.",
        fix=fix,
        alternatives=(
            Alternative(
                "leave CONCURRENTLY out, with lock_timeout, in a quiet window",
                f"one statement; a build stops all writes of {table} meanwhile, a drop takes a "
                "lock for a moment",
            ),
        ),
        risk=Risk(
            "a partition that comes in between gets an index under the name that the server gives",
            "it is attached by itself; the index of the whole is valid once all are",
        ),
        undo=revision.undo(fix, "alembic downgrade takes the change back; no row changes."),
        tests="alembic upgrade head on a copy; indisvalid of the index of the whole is true.",
        backup="none needed: no row changes.",
    )


def _fix(migration: Migration, number: int, operation: CreateIndex | DropIndex) -> Fix:
    if isinstance(operation, CreateIndex):
        return index_partitioned.part_by_part(migration, number)
    return index_partitioned.plain_drop(migration, number)

"""An index is built on an existing table under a lock that stops every write.

## What it does
Reports CREATE INDEX without CONCURRENTLY on a table that is older than the revision, and says where
reads wait for it too: behind a statement of the same transaction that has locked a table whole.

## Why is this bad?
A plain build holds SHARE on the table from its first to its last row, and to the end of the
transaction. Every INSERT, UPDATE and DELETE waits for it: on a large table that is an outage.
Behind ADD COLUMN, whose ACCESS EXCLUSIVE lasts to the end of the transaction, every SELECT waits as
well.

## When to leave it
The table is small, or the service does not write while the migration runs.
"""

from collections.abc import Iterator

from dbwright.core.claim import Claim
from dbwright.core.finding import Advice, Alternative, Finding, Risk
from dbwright.core.migration import Migration
from dbwright.core.operation import CreateIndex
from dbwright.core.rule import Applies, RevisionExample
from dbwright.recipes import backfill, constraints, index, index_partitioned, revision

APPLIES = Applies(("postgresql",))
SEVERITY = "error"
TABLES = "create table orders (id bigint primary key, customer_id bigint not null);"

BAD = RevisionExample(
    before=TABLES,
    upgrade='op.create_index("ix_orders_customer_id", "orders", ["customer_id"])',
    downgrade='op.drop_index("ix_orders_customer_id", table_name="orders")',
    claims=("blocks_writes",),
    object="orders",
)
BAD_SQL_BESIDE_OTHER_CHANGES = RevisionExample(
    before=TABLES,
    upgrade="""
        op.execute("SET LOCAL lock_timeout = '5s'")
        op.add_column("orders", sa.Column("note", sa.Text()))
        op.execute("CREATE INDEX ix_orders_note ON orders (lower(note)) WHERE note > ''")
        """,
    downgrade="""
        op.execute("DROP INDEX ix_orders_note")
        op.drop_column("orders", "note")
        """,
    claims=("blocks_writes", "blocks_reads", "lock_held_over_work"),
)
BAD_BEHIND_ANOTHER_LOCK = RevisionExample(
    before=f"{TABLES} create table customers (id bigint primary key);",
    upgrade="""
        op.execute("SET LOCAL lock_timeout = '5s'")
        op.add_column("customers", sa.Column("note", sa.Text()))
        op.create_index("ix_orders_customer_id", "orders", ["customer_id"])
        """,
    downgrade="""
        op.drop_index("ix_orders_customer_id", table_name="orders")
        op.drop_column("customers", "note")
        """,
    claims=("blocks_writes", "lock_held_over_work"),
    object="orders",
)
PARTITIONED = """
    create table events (id bigint not null, day date not null) partition by range (day);
    create table events_2024 partition of events
        for values from ('2024-01-01') to ('2025-01-01');
    create table events_2025 partition of events
        for values from ('2025-01-01') to ('2026-01-01');
    """
BAD_PARTITIONED = RevisionExample(
    before=PARTITIONED,
    upgrade='op.create_index("ix_events_day", "events", ["day"])',
    downgrade='op.drop_index("ix_events_day", table_name="events")',
    claims=("blocks_writes",),
)
BAD_UNIQUE = RevisionExample(
    before=TABLES,
    upgrade='op.create_index("uq_orders", "orders", ["customer_id"], unique=True)',
    downgrade='op.drop_index("uq_orders", table_name="orders")',
    claims=("blocks_writes", "fails_on_data"),
)
GOOD_ONLY_THE_WHOLE = RevisionExample(
    before=PARTITIONED,
    upgrade="""
        op.execute("SET LOCAL lock_timeout = '5s'")
        op.execute("CREATE INDEX ix_events_day ON ONLY events (day)")
        """,
    downgrade='op.execute("DROP INDEX ix_events_day")',
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
            op.drop_index(
                "ix_orders_customer_id", table_name="orders", postgresql_concurrently=True
            )
        """,
)
GOOD_NEW_TABLE = RevisionExample(
    before="",
    upgrade="""
        op.create_table("orders", sa.Column("id", sa.BigInteger(), primary_key=True))
        op.create_index("ix_orders_id", "orders", ["id"])
        """,
    downgrade='op.drop_table("orders")',
)
GOOD_NEW_TABLE_OF_AN_OLD_NAME = RevisionExample(
    before="create table orders (id bigint primary key, note text);",
    upgrade="""
        op.execute("SET LOCAL lock_timeout = '5s'")
        op.rename_table("orders", "orders_retired")
        op.create_table("orders", sa.Column("id", sa.BigInteger()), sa.Column("note", sa.Text()))
        op.create_index("ix_orders_note", "orders", ["note"])
        """,
    downgrade="""
        op.drop_table("orders")
        op.rename_table("orders_retired", "orders")
        """,
)


def check(migration: Migration) -> Iterator[Finding]:
    for number, statement, operation in migration.each(CreateIndex):
        if operation.concurrently or not migration.stood_before(operation.table, number):
            continue
        if operation.only and index_partitioned.is_cut(migration, operation.table):
            continue
        held = backfill.lock_held(migration, number)
        yield Finding(
            "this index build stops every write" + (f", and every read of {held}" if held else ""),
            migration.locate(statement, operation.table),
            (
                Claim("blocks_writes", operation.table, "ShareLock"),
                *_behind(operation, held),
                *_refusal(migration, number, operation),
            ),
            migration.weigh(operation.table, "error"),
            migration.size_of(operation.table),
            {"operation": number},
        )


def _behind(operation: CreateIndex, held: str | None) -> Iterator[Claim]:
    """What a lock that the transaction holds on a table already makes of the build."""
    if held is None:
        return
    yield Claim("lock_held_over_work", held, "AccessExclusiveLock")
    if held == operation.table:
        yield Claim("blocks_reads", held, "AccessExclusiveLock")


def _refusal(migration: Migration, number: int, operation: CreateIndex) -> tuple[Claim, ...]:
    """The claim that a unique index meets rows with the same values."""
    if not operation.index.unique:
        return ()
    return constraints.refusal(migration, number, operation.table, operation.index.columns)


def advise(finding: Finding, migration: Migration) -> Advice:
    _, operation = migration.nth(finding.details["operation"], CreateIndex)
    table, name = operation.table, operation.index.name
    cut = index_partitioned.is_cut(migration, table)
    build = index_partitioned.part_by_part if cut else index.concurrent_build
    fix = build(migration, finding.details["operation"])
    return Advice(
        reason=f"CREATE INDEX holds ShareLock on {table} until the transaction ends: reads go on, "
        "every write waits.",
        fix=fix,
        alternatives=(
            Alternative(
                "keep the plain build, with lock_timeout, in a quiet window",
                f"simpler, and in one transaction with the rest; writes of {table} stop meanwhile",
            ),
        ),
        risk=Risk(
            "a concurrent build takes about twice as long, and one that fails leaves an invalid "
            "index behind",
            f'drop it with DROP INDEX CONCURRENTLY "{name}", then run the revision again',
        ),
        undo=revision.undo(fix, f"alembic downgrade -1 drops {name} concurrently."),
        tests=f"after the upgrade: select indisvalid from pg_index where indexrelid = '{name}'"
        "::regclass; it must be true.",
        backup="none needed: no row changes.",
    )

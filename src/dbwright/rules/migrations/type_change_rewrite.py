"""A change of a column's type copies the whole table under a full lock.

## What it does
Reports ALTER COLUMN … TYPE on an existing table where PostgreSQL writes the rows anew, `integer` to
`bigint` among them, and text to an enumerated type, which also refuses every value that is none of
its labels. Widening (`varchar(20)` to `varchar(40)` or `text`, more digits of `numeric` before the
point) does not, and is not reported.

## Why is this bad?
The table and all its indexes are written again under ACCESS EXCLUSIVE: nothing reads or writes the
table meanwhile, and it needs its size again on disk.

## When to leave it
The table is small, or the service is down while the migration runs.
"""

from collections.abc import Iterator

from dbwright.core.claim import Claim
from dbwright.core.finding import Advice, Alternative, Finding, Risk
from dbwright.core.migration import Migration
from dbwright.core.operation import AlterType
from dbwright.core.rule import Applies, RevisionExample
from dbwright.recipes import change_type, revision

APPLIES = Applies(("postgresql",))
SEVERITY = "error"
TABLES = """
    create table orders (
        id bigint primary key, shipped date not null default current_date, code varchar(20),
        total numeric(10, 2)
    );
    """

BAD = RevisionExample(
    before=TABLES,
    upgrade="""
        op.alter_column("orders", "shipped", existing_type=sa.Date(), type_=sa.DateTime())
        """,
    downgrade="""
        op.alter_column("orders", "shipped", existing_type=sa.DateTime(), type_=sa.Date())
        """,
    claims=("table_rewrite", "blocks_reads"),
    object="orders.shipped",
)
BAD_USING = RevisionExample(
    before=TABLES,
    upgrade="""
        op.alter_column(
            "orders", "code", type_=sa.LargeBinary(), postgresql_using="convert_to(code, 'utf8')"
        )
        """,
    downgrade="""
        op.alter_column(
            "orders", "code", type_=sa.String(20), postgresql_using="convert_from(code, 'utf8')"
        )
        """,
    claims=("table_rewrite", "blocks_reads"),
)
BAD_ENUM_SWAP = RevisionExample(
    before="""
        create type order_state as enum ('new', 'paid');
        create table orders (id bigint primary key, state order_state not null);
        """,
    upgrade="""
        op.execute("SET LOCAL lock_timeout = '5s'")
        op.execute("CREATE TYPE order_status AS ENUM ('paid', 'new')")
        op.execute(
            "ALTER TABLE orders ALTER COLUMN state TYPE order_status "
            "USING state::text::order_status"
        )
        """,
    downgrade="""
        op.execute(
            "ALTER TABLE orders ALTER COLUMN state TYPE order_state "
            "USING state::text::order_state"
        )
        op.execute("DROP TYPE order_status")
        """,
    claims=("table_rewrite", "blocks_reads"),
    object="orders.state",
)
BAD_TEXT_TO_ENUM = RevisionExample(
    before="create table visits (id bigint primary key, channel varchar(20) not null);",
    upgrade="""
        op.execute("SET LOCAL lock_timeout = '5s'")
        op.execute("CREATE TYPE channel AS ENUM ('web', 'shop')")
        op.execute(
            "ALTER TABLE visits ALTER COLUMN channel TYPE channel USING channel::channel"
        )
        """,
    downgrade="""
        op.execute("ALTER TABLE visits ALTER COLUMN channel TYPE varchar(20)")
        op.execute("DROP TYPE channel")
        """,
    claims=("table_rewrite", "blocks_reads", "fails_on_data"),
    object="visits.channel",
)
BAD_OTHER_ZONE = RevisionExample(
    before="create table orders (id bigint primary key, shipped timestamp);",
    upgrade="""
        op.execute("SET LOCAL timezone = 'Europe/Vienna'")
        op.alter_column("orders", "shipped", type_=sa.DateTime(timezone=True))
        """,
    downgrade="""
        op.execute("SET LOCAL timezone = 'Europe/Vienna'")
        op.alter_column("orders", "shipped", type_=sa.DateTime())
        """,
    claims=("table_rewrite", "blocks_reads"),
)
GOOD = RevisionExample(
    before=TABLES,
    upgrade="""
        op.execute("SET LOCAL lock_timeout = '5s'")
        op.alter_column("orders", "code", type_=sa.Text())
        op.alter_column("orders", "total", type_=sa.Numeric(14, 2))
        """,
    downgrade="""
        op.alter_column("orders", "code", type_=sa.String(20))
        op.alter_column("orders", "total", type_=sa.Numeric(10, 2))
        """,
)


def check(migration: Migration) -> Iterator[Finding]:
    for number, statement, operation in migration.each(AlterType):
        table = operation.table
        if not migration.stood_before(table) or not change_type.rewrites(
            migration, number, operation
        ):
            continue
        claims = [
            Claim("table_rewrite", table, "AccessExclusiveLock"),
            Claim("blocks_reads", table, "AccessExclusiveLock"),
        ]
        if change_type.chooses(migration, number, operation):
            claims.append(Claim("fails_on_data", table))
        yield Finding(
            f"the new type copies all of {table} while every read and write waits",
            migration.locate(statement, f"{table}.{operation.column}"),
            tuple(claims),
            migration.weigh(table, "error"),
            migration.size_of(table),
            {"operation": number},
        )


def advise(finding: Finding, migration: Migration) -> Advice:
    _, operation = migration.nth(finding.details["operation"], AlterType)
    table, name = operation.table, operation.column
    before = migration.existing(table)
    column = before.column(name) if before else None
    old = column.type if column else "the old type"
    fix = change_type.shadow_column(migration, finding.details["operation"])
    return Advice(
        reason=f"{old} and {operation.type} are stored differently, so every row of {table} is "
        "written anew under AccessExclusiveLock.",
        fix=fix,
        alternatives=(
            Alternative(
                "keep the one statement, with lock_timeout, in a quiet window",
                f"one revision; {table} cannot be used while it is copied",
            ),
        ),
        risk=Risk(
            f"a value of {name} that {operation.type} cannot hold stops the backfill, and before "
            "that the writes that carry it",
            f"look for such values first; dropping the trigger lets {table} be written again",
        ),
        undo=revision.undo(fix, f"alembic downgrade goes back to the old column of {table}."),
        tests=f"compare {name} and its copy in every row before the swap.",
        backup=f"none needed: the old {name} keeps its values until it is dropped.",
    )

"""A change that MySQL can only do by a copy of the table keeps every write out meanwhile.

## What it does
Reports ALTER TABLE on an existing table of MySQL or MariaDB that needs `ALGORITHM=COPY`, or a
`LOCK` stronger than NONE: another type (`int` to `bigint` among them), CONVERT TO CHARACTER SET,
a new foreign key, CHECK or stored generated column, a FULLTEXT index. A new column, a longer
`varchar`, a new label at the end of an ENUM and an ordinary index are not reported: others write
meanwhile.

## Why is this bad?
Every row is written again into a second table, and until that is done no INSERT, UPDATE or DELETE
gets through. What waits keeps its connection, so the pool of the service runs empty.

## When to leave it
The table is small, or the service is down while the migration runs.
"""

from collections.abc import Iterator

from dbwright.core.claim import Claim
from dbwright.core.finding import Advice, Alternative, Finding, Risk
from dbwright.core.migration import Migration
from dbwright.core.rule import Applies, RevisionExample
from dbwright.recipes import copied, revision

APPLIES = Applies(("mysql", "mariadb"))
SEVERITY = "error"
TABLES = """
create table customers (id bigint primary key);
create table orders (
    id bigint auto_increment primary key, customer_id bigint, code varchar(20),
    total int not null default 0, weight int not null
);
"""

BAD = RevisionExample(
    before=TABLES,
    upgrade="""
        op.alter_column(
            "orders", "total", existing_type=sa.Integer(), type_=sa.BigInteger(),
            existing_nullable=False, existing_server_default=sa.text("0"),
        )
        """,
    downgrade="""
        op.alter_column(
            "orders", "total", existing_type=sa.BigInteger(), type_=sa.Integer(),
            existing_nullable=False, existing_server_default=sa.text("0"),
        )
        """,
    claims=("blocks_writes",),
    object="orders.total",
    dialect="mariadb",
)
BAD_WITHOUT_DEFAULT = RevisionExample(
    before=TABLES,
    upgrade="""
        op.alter_column(
            "orders", "weight", existing_type=sa.Integer(), type_=sa.BigInteger(),
            existing_nullable=False,
        )
        """,
    downgrade="""
        op.alter_column(
            "orders", "weight", existing_type=sa.BigInteger(), type_=sa.Integer(),
            existing_nullable=False,
        )
        """,
    claims=("blocks_writes",),
    object="orders.weight",
    dialect="mariadb",
)
GOOD = RevisionExample(
    before=TABLES,
    upgrade="""
        op.add_column("orders", sa.Column("note", sa.String(90)))
        op.alter_column(
            "orders", "code", existing_type=sa.String(20), type_=sa.String(40),
            existing_nullable=True,
        )
        op.create_index("ix_orders_customer_id", "orders", ["customer_id"])
        """,
    downgrade="""
        op.drop_index("ix_orders_customer_id", "orders")
        op.alter_column(
            "orders", "code", existing_type=sa.String(40), type_=sa.String(20),
            existing_nullable=True,
        )
        op.drop_column("orders", "note")
        """,
    dialect="mariadb",
)
GOOD_NEW_TABLE = RevisionExample(
    before=TABLES,
    upgrade="""
        op.create_table("notes", sa.Column("id", sa.BigInteger(), primary_key=True),
                        sa.Column("order_id", sa.BigInteger()))
        op.create_foreign_key("fk_notes_order_id", "notes", "orders", ["order_id"], ["id"])
        """,
    downgrade='op.drop_table("notes")',
    dialect="mariadb",
)


def check(migration: Migration) -> Iterator[Finding]:
    for number, statement, table, column in copied.statements(migration):
        yield Finding(
            f"this change copies all of {table} while every write waits",
            migration.locate(statement, f"{table}.{column}" if column else table),
            (Claim("blocks_writes", table, "SHARED_NO_WRITE"),),
            migration.weigh(table, "error"),
            migration.size_of(table),
            {"operation": number},
        )


def advise(finding: Finding, migration: Migration) -> Advice:
    number = finding.details["operation"]
    table = finding.claims[0].relation or ""
    fix = copied.cure(migration, number)
    return Advice(
        reason="the server does it only with ALGORITHM=COPY or LOCK=SHARED: rows are written "
        f"into a second table while nobody may write {table}.",
        fix=fix,
        alternatives=(
            Alternative(
                "run the same change by an online tool (pt-online-schema-change, gh-ost), and "
                "have the revision only note it",
                "no revision to write and the load is throttled; needs the tool, its rights and "
                "twice the disk, and foreign keys need care",
            ),
            Alternative(
                "keep the one statement, in a quiet window, with SET lock_wait_timeout = 5",
                f"one revision; {table} cannot be written while it is copied",
            ),
        ),
        risk=Risk(
            "each write costs a little more while the two are kept the same, and the disk holds "
            "the values twice",
            "the revisions can be taken back one by one until the old column is dropped",
        ),
        undo=revision.undo(fix, f"alembic downgrade goes back to {table} as it was."),
        tests=f"write to {table} from a second connection while the upgrade runs.",
        backup="none needed: the old values stay until they are dropped by a later revision.",
    )

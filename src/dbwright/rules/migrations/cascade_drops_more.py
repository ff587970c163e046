"""CASCADE drops views and foreign keys that the revision does not name.

## What it does
Reports DROP TABLE, DROP COLUMN and DROP VIEW with CASCADE where views read what is dropped, or
foreign keys of other tables refer to it, and nothing else in the revision drops or makes them.

## Why is this bad?
Code that reads the view fails, and rows that break the lost key are taken from then on. The
revision does not say so, and the downgrade does not bring them back. On production more may hang
on it than in the database that it was tried on.

## When to leave it
Never: naming what is dropped costs a line.
"""

from collections.abc import Iterator

from dbwright.core.claim import Claim
from dbwright.core.finding import Advice, Alternative, Finding, Risk
from dbwright.core.migration import Migration
from dbwright.core.operation import DropColumn, DropTable, DropView
from dbwright.core.rule import Applies, RevisionExample
from dbwright.recipes import cascade, constraints, drop, revision

APPLIES = Applies(("postgresql",))
SEVERITY = "warning"
TABLES = """
    create table customers_retired (id bigint primary key, mail_retired text);
    create view mails as select id, mail_retired from customers_retired;
    """
CREATE = """
    op.create_table(
        "customers_retired",
        sa.Column("id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("mail_retired", sa.Text()),
    )
    """

BAD = RevisionExample(
    before=TABLES,
    upgrade="""
        op.execute("SET LOCAL lock_timeout = '5s'")
        op.execute("ALTER TABLE customers_retired DROP COLUMN mail_retired CASCADE")
        """,
    downgrade='op.add_column("customers_retired", sa.Column("mail_retired", sa.Text()))',
    claims=("drops_unnamed",),
    object="customers_retired.mail_retired",
)
BAD_TABLE = RevisionExample(
    before=TABLES,
    upgrade="""
        op.execute("SET LOCAL lock_timeout = '5s'")
        op.execute("DROP TABLE customers_retired CASCADE")
        """,
    downgrade=CREATE,
    claims=("drops_unnamed",),
    object="customers_retired",
)
KEY = """
    create table orders (
        id bigint primary key, code_retired text unique check (code_retired is null)
    );
    create table parcels (
        id bigint primary key, code text references orders (code_retired) check (code is null)
    );
    """
BAD_KEY = RevisionExample(
    before=KEY,
    upgrade="""
        op.execute("SET LOCAL lock_timeout = '5s'")
        op.execute("ALTER TABLE orders DROP COLUMN code_retired CASCADE")
        """,
    downgrade="""
        op.add_column("orders", sa.Column("code_retired", sa.Text()))
        op.create_check_constraint(
            "orders_code_retired_check", "orders", "code_retired IS NULL"
        )
        op.create_unique_constraint("orders_code_retired_key", "orders", ["code_retired"])
        """,
    claims=("drops_unnamed",),
    object="orders.code_retired",
)
GOOD = RevisionExample(
    before=TABLES,
    upgrade="""
        op.execute("SET LOCAL lock_timeout = '5s'")
        op.execute("DROP VIEW mails")
        op.execute("ALTER TABLE customers_retired DROP COLUMN mail_retired CASCADE")
        """,
    downgrade="""
        op.add_column("customers_retired", sa.Column("mail_retired", sa.Text()))
        op.execute("CREATE VIEW mails AS SELECT id, mail_retired FROM customers_retired")
        """,
)


def check(migration: Migration) -> Iterator[Finding]:
    for number, statement, operation in migration.each(DropTable, DropColumn, DropView):
        taken = cascade.taken_along(migration, number)
        if not taken:
            continue
        subject = operation.name if isinstance(operation, DropView) else operation.table
        if isinstance(operation, DropColumn):
            subject = f"{subject}.{operation.column}"
        yield Finding(
            f"CASCADE takes along what the revision does not name: "
            f"{', '.join(item.words for item in taken)}",
            migration.locate(statement, subject),
            tuple(
                Claim(
                    "drops_unnamed",
                    item.table.key,
                    column=constraints.key_name(item.table.key, item.key) if item.key else None,
                )
                for item in taken
            ),
            details={"operation": number},
        )


def advise(finding: Finding, migration: Migration) -> Advice:
    number = finding.details["operation"]
    taken = cascade.taken_along(migration, number)
    words = ", ".join(item.words for item in taken)
    fix = cascade.by_name(migration, number)
    return Advice(
        reason=f"{words} hang on it, and CASCADE drops them without a word.",
        fix=fix,
        alternatives=(
            Alternative(
                "leave CASCADE out",
                "PostgreSQL then refuses and lists what hangs on it: nothing goes unseen",
            ),
        ),
        risk=Risk(
            "what hangs on it on production only makes the revision fail there",
            "the error names it: decide, then add the line",
        ),
        undo=revision.undo(fix, "alembic downgrade makes them again."),
        tests=f"upgrade and downgrade: {words} are there as before.",
        backup=f"keep the definitions (pg_get_viewdef, pg_get_constraintdef); {drop.SUFFIX} "
        "keeps rows.",
    )

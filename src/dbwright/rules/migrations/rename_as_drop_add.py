"""A rename is written as drop and add: the new column is empty, the old values are lost.

## What it does
Reports a column dropped and one of the same type added to the same table in one revision, where
nothing copies the values. This is what autogenerate writes for a rename in the models.

## Why is this bad?
Autogenerate cannot see a rename. The revision runs without an error, and every value of the
column is gone.

## When to leave it
The two columns have nothing to do with each other.
"""

from collections.abc import Iterator

from dbwright.core.claim import Claim
from dbwright.core.finding import Advice, Alternative, Finding, Risk
from dbwright.core.migration import Migration
from dbwright.core.rule import Applies, RevisionExample
from dbwright.recipes import rename, revision

APPLIES = Applies()
SEVERITY = "error"
TABLES = "create table customers (id bigint primary key, mail varchar(200));"

BAD = RevisionExample(
    before=TABLES,
    upgrade="""
        op.add_column("customers", sa.Column("email", sa.String(200), nullable=True))
        op.drop_column("customers", "mail")
        """,
    downgrade="""
        op.add_column("customers", sa.Column("mail", sa.String(200), nullable=True))
        op.drop_column("customers", "email")
        """,
    claims=("rename_as_drop_add", "data_loss"),
    object="customers.mail",
)
BAD_ON_MARIADB = RevisionExample(
    before="create table customers (id bigint primary key, mail varchar(200) comment 'checked')",
    upgrade="""
        op.add_column("customers", sa.Column("email", sa.String(200), comment="checked"))
        op.drop_column("customers", "mail")
        """,
    downgrade="""
        op.add_column("customers", sa.Column("mail", sa.String(200), comment="checked"))
        op.drop_column("customers", "email")
        """,
    claims=("rename_as_drop_add", "data_loss"),
    object="customers.mail",
    dialect="mariadb",
)
GOOD = RevisionExample(
    before=TABLES,
    upgrade="""
        op.execute("SET LOCAL lock_timeout = '5s'")
        op.add_column("customers", sa.Column("email", sa.String(200), nullable=True))
        """,
    downgrade='op.drop_column("customers", "email")',
)
GOOD_ON_MARIADB = RevisionExample(
    before="create table customers (id bigint primary key, mail varchar(200))",
    upgrade="""
        op.add_column("customers", sa.Column("email", sa.String(200), nullable=True))
        """,
    downgrade='op.drop_column("customers", "email")',
    dialect="mariadb",
)


def check(migration: Migration) -> Iterator[Finding]:
    for number, dropped, at, added in rename.pairs(migration):
        statement = list(migration.operations())[number][0]
        table, new = dropped.table, added.column.name
        yield Finding(
            f"its values are lost: {new} starts empty where a rename would keep them",
            migration.locate(statement, f"{table}.{dropped.column}"),
            (
                Claim("rename_as_drop_add", table, column=dropped.column),
                Claim("data_loss", table, column=dropped.column),
            ),
            details={"dropped": number, "added": at},
        )


def advise(finding: Finding, migration: Migration) -> Advice:
    dropped, added = finding.details["dropped"], finding.details["added"]
    fix = rename.as_rename(migration, dropped, added)
    old = finding.location.object or ""
    return Advice(
        reason="both columns have the same type, one goes and one comes: autogenerate writes a "
        "rename like this.",
        fix=fix,
        alternatives=(
            Alternative(
                "add the new column, copy in batches, drop the old one in a later release",
                "old and new code both work during the deploy; three revisions instead of one",
            ),
        ),
        risk=Risk(
            f"the code that runs during the deploy still asks for {old}",
            "where it does, take the slower way above",
        ),
        undo=revision.undo(fix, "alembic downgrade gives the old name back, with the values."),
        tests=f"count the values of {old} before and of its successor after: the same.",
        backup=f"keep {old} with the table's key: without the fix its values are lost.",
    )

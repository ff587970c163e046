"""A column becomes NOT NULL while rows may still hold NULL in it.

## What it does
Reports a nullable column of MySQL or MariaDB that a revision makes NOT NULL, where neither this
revision nor an earlier one has written it by an UPDATE, and no CHECK refuses NULL already.

## Why is this bad?
One row with NULL is enough: strict mode refuses the change ("Data truncated", "Invalid use of
NULL value") and the deploy stops, behind the changes that are committed already. Without strict
mode it is worse, every NULL becomes '' or 0 and nobody is told.

## When to leave it
No row has NULL there, and no running code writes one.
"""

from collections.abc import Iterator

from dbwright.core.claim import Claim
from dbwright.core.finding import Advice, Alternative, Finding, Risk
from dbwright.core.migration import Migration
from dbwright.core.operation import SetNotNull
from dbwright.core.rule import Applies, RevisionExample
from dbwright.recipes import nulls, revision

APPLIES = Applies(("mysql", "mariadb"))
SEVERITY = "warning"
TABLES = "create table customers (id bigint auto_increment primary key, phone varchar(20))"
ALTER = """
        op.alter_column("customers", "phone", existing_type=sa.String(20), nullable=False)
        """
BACK = """
        op.alter_column("customers", "phone", existing_type=sa.String(20), nullable=True)
        """

BAD = RevisionExample(
    before=TABLES,
    upgrade=ALTER,
    downgrade=BACK,
    claims=("fails_on_data",),
    object="customers.phone",
    dialect="mariadb",
)
BAD_NEW_COLUMN = RevisionExample(
    before="create table customers (id bigint auto_increment primary key)",
    upgrade="""
        op.add_column("customers", sa.Column("phone", sa.String(20)))
        op.execute("ALTER TABLE customers MODIFY phone varchar(20) NOT NULL")
        """,
    downgrade='op.drop_column("customers", "phone")',
    claims=("fails_on_data",),
    object="customers.phone",
    dialect="mariadb",
)
GOOD = RevisionExample(
    before=TABLES,
    upgrade=f"""
        op.execute("UPDATE customers SET phone = '' WHERE phone IS NULL AND id BETWEEN 1 AND 9000")
        {ALTER.strip()}
        """,
    downgrade=BACK,
    dialect="mariadb",
)
GOOD_FILLED_BEFORE = RevisionExample(
    before=TABLES,
    history=(
        """
        op.execute("UPDATE customers SET phone = '' WHERE phone IS NULL AND id BETWEEN 1 AND 9000")
        """,
    ),
    upgrade=ALTER,
    downgrade=BACK,
    dialect="mariadb",
)


def check(migration: Migration) -> Iterator[Finding]:
    for number, statement, operation in migration.each(SetNotNull):
        table, column = operation.table, operation.column
        if nulls.may_be_met(migration, number):
            yield Finding(
                f"it fails as soon as one row of {table} has NULL in {column}",
                migration.locate(statement, f"{table}.{column}"),
                (Claim("fails_on_data", table, column=column),),
                evidence=migration.size_of(table),
                details={"operation": number},
            )


def advise(finding: Finding, migration: Migration) -> Advice:
    _, operation = migration.nth(finding.details["operation"], SetNotNull)
    table, column = operation.table, operation.column
    fix = nulls.filled_first(migration, finding.details["operation"])
    return Advice(
        reason=f"{column} takes NULL until now, and nothing has filled the rows of {table}.",
        fix=fix,
        alternatives=(
            Alternative(
                "count the NULLs at the revision's start and raise where there are any",
                "no invented value in any row; somebody fills them before the next try",
            ),
            Alternative(
                "leave the column nullable, and let the model refuse None",
                "no migration; other writers may still leave NULL",
            ),
        ),
        risk=Risk(
            "code that still writes NULL stops it after the batches, and fails after the change",
            "deploy the code that always writes a value first; the revision can be run again",
        ),
        undo=revision.undo(fix, f"{column} takes NULL again; what was filled stays."),
        tests=f"put a row with NULL in {column} of {table}, upgrade, look at what it has.",
        backup=f"keep the keys of the rows of {table} with NULL in {column}: afterwards nobody "
        "can tell them from the others.",
    )

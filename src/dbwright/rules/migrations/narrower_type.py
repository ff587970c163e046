"""A column gets a type that not every value fits: they stop the upgrade, or are cut silently.

## What it does
Reports on MySQL and MariaDB a shorter text, a smaller or unsigned integer, fewer digits, an ENUM
without a label that it had, and DATETIME that becomes DATE, unless an UPDATE of this revision or an
earlier one has written the column.

## Why is this bad?
Strict mode refuses a text that is too long, a number out of range and a label that is gone: the
upgrade stops on the first such row. Digits behind the point and the time of a day it never refuses:
they are rounded or cut with no more than a note, and no downgrade brings them back.

## When to leave it
Every value was looked at, and fits.
"""

from collections.abc import Iterator

from dbwright.core.claim import Claim, ClaimKind
from dbwright.core.finding import Advice, Alternative, Finding, Risk
from dbwright.core.migration import Migration
from dbwright.core.operation import AlterType
from dbwright.core.rule import Applies, RevisionExample
from dbwright.recipes import narrow_mysql, revision

APPLIES = Applies(("mysql", "mariadb"))
SEVERITY = "warning"
TABLES = """
create table orders (
    id bigint auto_increment primary key, note varchar(200), price decimal(10, 2) not null,
    placed_at datetime not null
)
"""

BAD = RevisionExample(
    before=TABLES,
    upgrade='op.alter_column("orders", "note", existing_type=sa.String(200), type_=sa.String(20))',
    downgrade="""
        op.alter_column("orders", "note", existing_type=sa.String(20), type_=sa.String(200))
        """,
    claims=("fails_on_data",),
    object="orders.note",
    dialect="mariadb",
)
BAD_ROUNDED = RevisionExample(
    before=TABLES,
    upgrade='op.execute("ALTER TABLE orders MODIFY price decimal(10, 1) NOT NULL")',
    downgrade='op.execute("ALTER TABLE orders MODIFY price decimal(10, 2) NOT NULL")',
    claims=("data_loss",),
    object="orders.price",
    dialect="mariadb",
)
BAD_TIME_CUT = RevisionExample(
    before=TABLES,
    upgrade="""
        op.alter_column(
            "orders", "placed_at", existing_type=sa.DateTime(), type_=sa.Date(),
            existing_nullable=False,
        )
        """,
    downgrade='op.execute("ALTER TABLE orders MODIFY placed_at datetime NOT NULL")',
    claims=("data_loss",),
    object="orders.placed_at",
    dialect="mariadb",
)
GOOD = RevisionExample(
    before=TABLES,
    upgrade='op.alter_column("orders", "note", existing_type=sa.String(200), type_=sa.String(400))',
    downgrade="""
        op.alter_column("orders", "note", existing_type=sa.String(400), type_=sa.String(200))
        """,
    dialect="mariadb",
)


def check(migration: Migration) -> Iterator[Finding]:
    for number, statement, operation in migration.each(AlterType):
        table, column = operation.table, operation.column
        narrowing = narrow_mysql.found(migration, number)
        if narrowing is None:
            continue
        refused = narrowing.outcome == "refused"
        kind: ClaimKind = "fails_on_data" if refused else "data_loss"
        yield Finding(
            f"it fails as soon as one value does not fit {operation.type}"
            if refused
            else f"values that do not fit {operation.type} are cut without an error",
            migration.locate(statement, f"{table}.{column}"),
            (Claim(kind, table, column=column),),
            evidence=migration.size_of(table),
            details={"operation": number},
        )


def advise(finding: Finding, migration: Migration) -> Advice:
    _, operation = migration.nth(finding.details["operation"], AlterType)
    table, column = operation.table, operation.column
    fix = narrow_mysql.fitted_first(migration, finding.details["operation"])
    return Advice(
        reason=f"{operation.type} holds less than {column} could hold until now, and nobody has "
        "looked at the values.",
        fix=fix,
        alternatives=(
            Alternative(
                "leave the wide type, and refuse such values in the application or by a CHECK",
                "no value changes; the column stays as wide as it is",
            ),
            Alternative(
                "count the values that do not fit at the revision's start, and raise",
                "nothing is lost unseen; somebody decides before the next try",
            ),
        ),
        risk=Risk(
            "running code may write such a value between the batches and the change, and after it",
            "deploy the code that writes only what fits first; the revision can be run again",
        ),
        undo=revision.undo(fix, "the wide type comes back, what was cut does not."),
        tests=f"put a value that does not fit in {table}.{column}, upgrade, look at it.",
        backup=f"copy {column} of {table} with its key where it does not fit.",
    )

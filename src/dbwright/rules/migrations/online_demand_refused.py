"""A statement demands to run without a copy or a lock, and the server has no such way for it.

## What it does
Reports ALTER TABLE on MySQL or MariaDB with ALGORITHM=INSTANT, NOCOPY or INPLACE or with LOCK=NONE
for what takes a copy of the table: another type (`int` to `bigint` among them), CONVERT TO
CHARACTER SET, a foreign key while foreign_key_checks is on.

## Why is this bad?
The demand is good: it keeps a statement from locking the table unnoticed. But this one can never
be met. The upgrade stops with "ALGORITHM=INPLACE is not supported", on an empty table too, and
what came before it in the revision is committed.

## When to leave it
Never: it cannot run.
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
    id bigint auto_increment primary key, customer_id bigint, total int not null default 0,
    code varchar(20)
);
"""

BAD = RevisionExample(
    before=TABLES,
    upgrade="""
        op.execute(
            "ALTER TABLE orders MODIFY total bigint NOT NULL DEFAULT 0, ALGORITHM=INPLACE, "
            "LOCK=NONE"
        )
        """,
    downgrade='op.execute("ALTER TABLE orders MODIFY total int NOT NULL DEFAULT 0")',
    claims=("fails_at_runtime",),
    object="orders.total",
    dialect="mariadb",
)
GOOD = RevisionExample(
    before=TABLES,
    upgrade="""
        op.execute("ALTER TABLE orders MODIFY code varchar(40), ALGORITHM=INSTANT")
        """,
    downgrade='op.execute("ALTER TABLE orders MODIFY code varchar(20)")',
    dialect="mariadb",
)
GOOD_UNCHECKED_KEY = RevisionExample(
    before=TABLES,
    upgrade="""
        op.execute("SET foreign_key_checks = 0")
        op.execute(
            "ALTER TABLE orders ADD CONSTRAINT fk_orders_customer FOREIGN KEY (customer_id) "
            "REFERENCES customers (id), ALGORITHM=INPLACE, LOCK=NONE"
        )
        op.execute("SET foreign_key_checks = 1")
        """,
    downgrade="""
        op.drop_constraint("fk_orders_customer", "orders", type_="foreignkey")
        op.drop_index("fk_orders_customer", "orders")
        """,
    dialect="mariadb",
)


def check(migration: Migration) -> Iterator[Finding]:
    for number, statement, table, column, wanted in copied.refused(migration):
        yield Finding(
            f"it demands {wanted}, which the server refuses for this change",
            migration.locate(statement, f"{table}.{column}" if column else table),
            (Claim("fails_at_runtime", table, column=column),),
            details={"operation": number},
        )


def advise(finding: Finding, migration: Migration) -> Advice:
    table = finding.claims[0].relation or ""
    fix = copied.cure(migration, finding.details["operation"])
    return Advice(
        reason=f"the server can do it only by a copy of {table} that keeps writers out, and the "
        "statement forbids it that.",
        fix=fix,
        alternatives=(
            Alternative(
                "take the demand away, and run it in a quiet window",
                f"one statement; {table} cannot be written while it is copied",
            ),
            Alternative(
                "run the change by an online tool (pt-online-schema-change, gh-ost)",
                "the load is throttled; needs the tool, its rights and twice the disk",
            ),
        ),
        risk=Risk(
            "each write costs a little more while the two are kept the same",
            "the revisions can be taken back one by one until the old column is dropped",
        ),
        undo=revision.undo(fix, f"alembic downgrade goes back to {table} as it was."),
        tests="run it on an empty copy of the table: it is refused there as well.",
        backup="none needed: it stops before a row changes.",
    )

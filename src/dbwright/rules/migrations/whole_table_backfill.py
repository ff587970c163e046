"""One UPDATE writes every row of a table and keeps all of them locked to its end.

## What it does
Reports an UPDATE of an existing table without a condition, or with one that says nothing of how
many rows meet it: those that have no value yet, those on one side of a value, those that another
table has a match for. A key, a value, a list or a subquery names rows, and is left alone.

## Why is this bad?
Every row written stays locked until the transaction ends, so each write of any of them waits. The
table grows by as much again, replicas lag, and a failure near the end throws it all away.

## When to leave it
The table is small, or few rows meet the condition in production: count them first.
"""

from collections.abc import Iterator

from dbwright.core.claim import Claim
from dbwright.core.finding import Advice, Alternative, Finding, Risk
from dbwright.core.migration import Migration
from dbwright.core.operation import Data
from dbwright.core.rule import Applies, RevisionExample
from dbwright.recipes import backfill, revision

APPLIES = Applies(("postgresql", "mysql", "mariadb"))
SEVERITY = "warning"
TABLES = "create table orders (id bigint primary key, status text, region text);"

BAD = RevisionExample(
    before=TABLES,
    upgrade="""op.execute("UPDATE orders SET region = 'eu'")""",
    claims=("long_row_locks",),
    object="orders",
)
BAD_WHERE_NULL = RevisionExample(
    before=TABLES,
    upgrade="""op.execute("UPDATE orders SET region = 'eu' WHERE region IS NULL")""",
    claims=("long_row_locks",),
    object="orders",
)
BAD_JOINED = RevisionExample(
    before=f"""
        create table customers (id bigint primary key, region text not null);
        {TABLES.replace("status text", "customer_id bigint not null references customers")}
        """,
    upgrade="""
        op.execute(
            "UPDATE orders SET region = customers.region FROM customers "
            "WHERE customers.id = orders.customer_id"
        )
        """,
    claims=("long_row_locks",),
    object="orders",
)
GOOD_SOME = RevisionExample(
    before=TABLES,
    upgrade="""op.execute("UPDATE orders SET region = 'eu' WHERE region = 'europe'")""",
)
BAD_ON_MARIADB = RevisionExample(
    before="create table orders (id bigint primary key, region varchar(9))",
    upgrade="""
        op.add_column("orders", sa.Column("area", sa.String(9)))
        op.execute("UPDATE `orders` SET area = region WHERE `area` IS NULL")
        """,
    downgrade='op.drop_column("orders", "area")',
    claims=("long_row_locks",),
    object="orders",
    dialect="mariadb",
)
GOOD = RevisionExample(
    before=TABLES,
    upgrade='''
        with op.get_context().autocommit_block():
            connection = op.get_bind()
            first = 0
            while first is not None:
                connection.execute(
                    sa.text(
                        """
                        UPDATE orders SET region = 'eu'
                        WHERE id BETWEEN :first AND :first + 4999 AND region IS NULL
                        """
                    ),
                    {"first": first},
                )
                first = connection.scalar(
                    sa.text("SELECT min(id) FROM orders WHERE id > :first + 4999"),
                    {"first": first},
                )
        ''',
)
GOOD_BY_DBWRIGHT = RevisionExample(
    before=TABLES,
    upgrade="""
        from dbwright.backfill import Backfill, in_revision

        change = Backfill("region", "orders", set="region = 'eu'", where="region IS NULL")
        in_revision(op, change)
        """,
)
GOOD_ON_MARIADB = RevisionExample(
    before="create table orders (id bigint primary key, region varchar(9))",
    upgrade="op.execute(\"UPDATE orders SET region = 'eu' WHERE id BETWEEN 1 AND 5000\")",
    dialect="mariadb",
)


def check(migration: Migration) -> Iterator[Finding]:
    for number, statement, operation in migration.each(Data):
        if not backfill.covers_whole_table(migration, operation):
            continue
        if backfill.lock_held(migration, number):
            continue
        many = "the rows it finds" if operation.bounded else "all its rows"
        yield Finding(
            f"one UPDATE locks {many} until the transaction ends",
            migration.locate(statement, operation.table),
            (Claim("long_row_locks", operation.table),),
            migration.weigh(operation.table, "warning"),
            migration.size_of(operation.table),
            {"operation": number},
        )


def advise(finding: Finding, migration: Migration) -> Advice:
    _, operation = migration.nth(finding.details["operation"], Data)
    table, columns = operation.table, ", ".join(operation.columns)
    fix = backfill.in_batches(migration, finding.details["operation"])
    rows = "every row that meets the condition" if operation.bounded else "every row"
    return Advice(
        reason=f"{rows} of {table} is written in one transaction; a write of any of them waits "
        "for its end.",
        fix=fix,
        alternatives=(
            Alternative(
                "keep the one UPDATE, in a quiet window",
                f"simpler; writes of {table} stop meanwhile, and it grows to twice its size",
            ),
            backfill.by_tool(migration, finding.details["operation"]),
        ),
        risk=Risk(
            "between the batches some rows have the new value and some the old one",
            "deploy code that reads both before it, and code that needs the new one after it",
        ),
        undo=revision.undo(fix, f"restore {columns or 'the columns'} from the copy."),
        tests=f"run it twice on a copy of {table}: the second run changes nothing.",
        backup=f"copy {columns or 'the columns written'} of {table} with its key: the old values "
        "are overwritten.",
    )

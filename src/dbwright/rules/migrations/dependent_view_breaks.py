"""A view uses the column: PostgreSQL refuses to drop it or to change its type.

## What it does
Reports DROP COLUMN without CASCADE, and ALTER COLUMN … TYPE, of a column that a view selects,
where the revision does not drop the view first.

## Why is this bad?
PostgreSQL answers "cannot drop column … because other objects depend on it" or "cannot alter type
of a column used by a view", and the deploy stops here. Models and autogenerate know no views.

## When to leave it
Never: it cannot work.
"""

from collections.abc import Iterator

from dbwright.core.claim import Claim
from dbwright.core.finding import Advice, Alternative, Finding, Risk
from dbwright.core.migration import Migration
from dbwright.core.operation import AlterType, DropColumn
from dbwright.core.rule import Applies, RevisionExample
from dbwright.recipes import revision, view

APPLIES = Applies(("postgresql",))
SEVERITY = "error"
TABLES = """
    create table orders (id bigint primary key, code varchar(20), total numeric(10, 2));
    create view big_orders as select id, code from orders where total > 100;
    """

BAD = RevisionExample(
    before=TABLES,
    upgrade="""
        op.execute("SET LOCAL lock_timeout = '5s'")
        op.alter_column("orders", "code", type_=sa.String(40))
        """,
    downgrade='op.alter_column("orders", "code", type_=sa.String(20))',
    claims=("fails_at_runtime",),
    object="orders.code",
)
BAD_DROP = RevisionExample(
    before=TABLES,
    upgrade="""
        op.execute("SET LOCAL lock_timeout = '5s'")
        op.drop_column("orders", "total")
        """,
    downgrade='op.add_column("orders", sa.Column("total", sa.Numeric(10, 2)))',
    claims=("fails_at_runtime",),
    object="orders.total",
)
GOOD = RevisionExample(
    before=TABLES,
    upgrade="""
        op.execute("SET LOCAL lock_timeout = '5s'")
        op.execute("DROP VIEW big_orders")
        op.alter_column("orders", "code", type_=sa.String(40))
        op.execute("CREATE VIEW big_orders AS SELECT id, code FROM orders WHERE total > 100")
        """,
    downgrade="""
        op.execute("DROP VIEW big_orders")
        op.alter_column("orders", "code", type_=sa.String(20))
        op.execute("CREATE VIEW big_orders AS SELECT id, code FROM orders WHERE total > 100")
        """,
)


def check(migration: Migration) -> Iterator[Finding]:
    for number, statement, operation in migration.each(DropColumn, AlterType):
        if isinstance(operation, DropColumn) and operation.cascade:
            continue
        table, column = operation.table, operation.column
        views = view.using(migration, number, table, column)
        if not views:
            continue
        names = ", ".join(found.key for found in views)
        verb = "drop it" if isinstance(operation, DropColumn) else "change its type"
        yield Finding(
            f"{names} uses it, so PostgreSQL refuses to {verb}",
            migration.locate(statement, f"{table}.{column}"),
            (Claim("fails_at_runtime", table, column=column),),
            details={"operation": number, "views": [found.key for found in views]},
        )


def advise(finding: Finding, migration: Migration) -> Advice:
    _, operation = migration.nth(finding.details["operation"], DropColumn, AlterType)
    names = ", ".join(finding.details["views"])
    fix = view.made_anew(migration, finding.details["operation"], finding.details["views"])
    return Advice(
        reason=f"{names} selects {operation.column} of {operation.table}, and depends on it.",
        fix=fix,
        alternatives=(
            Alternative(
                "a new column beside it, and the view changed to that",
                "old code goes on reading the view; the old column is dropped later",
            ),
        ),
        risk=Risk(
            f"grants and comments of {names} go with it, and queries fail until it is back",
            "all in one transaction nobody sees it missing; write the grants down first",
        ),
        undo=revision.undo(fix, "alembic downgrade makes the old view again."),
        tests=f"select from {names} after the upgrade, as the role of the application.",
        backup=f"keep pg_get_viewdef of {names} and its grants.",
    )

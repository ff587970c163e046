"""A NOT NULL column without a default is refused by the rows, or refuses the INSERTs of old code.

## What it does
Reports ADD COLUMN … NOT NULL without a default, identity or expression on an existing table.

## Why is this bad?
The rows that are there have no value for it: the statement fails on the first one, and the deploy
with it. Where the table is empty it works, and every INSERT of the code that still runs fails,
because that code does not know the column. MySQL and MariaDB always do the latter: they put '' or
0 into the rows that are there, and refuse the INSERT with "doesn't have a default value".

## When to leave it
The table is empty and nothing writes to it yet.
"""

from collections.abc import Iterator

from dbwright.core.finding import Advice, Alternative, Finding, Risk
from dbwright.core.migration import Migration
from dbwright.core.operation import AddColumn
from dbwright.core.rule import Applies, RevisionExample
from dbwright.recipes import new_column, revision

APPLIES = Applies()
SEVERITY = "error"
TABLES = "create table orders (id bigint primary key);"

BAD = RevisionExample(
    before=TABLES,
    upgrade='op.add_column("orders", sa.Column("region", sa.String(20), nullable=False))',
    downgrade='op.drop_column("orders", "region")',
    claims=("fails_on_data",),
    object="orders.region",
)
BAD_REFERENCE = RevisionExample(
    before=f"create table regions (id bigint primary key); {TABLES}",
    upgrade="""
        op.execute(
            "ALTER TABLE orders ADD COLUMN region_id bigint NOT NULL REFERENCES regions (id)"
        )
        """,
    downgrade='op.drop_column("orders", "region_id")',
    claims=("fails_on_data",),
)
MARIADB_TABLES = "create table orders (id bigint auto_increment primary key, note varchar(20))"
MODELS = """
from sqlalchemy import BigInteger, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

class Base(DeclarativeBase):
    pass

class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    note: Mapped[str | None] = mapped_column(String(20))
"""
BAD_ON_MARIADB = RevisionExample(
    before=MARIADB_TABLES,
    upgrade='op.add_column("orders", sa.Column("region", sa.String(20), nullable=False))',
    downgrade='op.drop_column("orders", "region")',
    old_models=MODELS,
    claims=("breaks_old_code",),
    object="orders.region",
    dialect="mariadb",
)
BAD_TEXT_ON_MARIADB = RevisionExample(
    before=MARIADB_TABLES,
    upgrade='op.add_column("orders", sa.Column("extra", sa.JSON(), nullable=False))',
    downgrade='op.drop_column("orders", "extra")',
    old_models=MODELS,
    claims=("breaks_old_code",),
    object="orders.extra",
    dialect="mariadb",
)
BAD_REFERENCE_ON_MARIADB = RevisionExample(
    before=f"create table regions (id bigint primary key); {MARIADB_TABLES}",
    upgrade="""
        op.add_column(
            "orders", sa.Column("region_id", sa.BigInteger(), sa.ForeignKey("regions.id"),
                                nullable=False),
        )
        """,
    downgrade="""
        op.drop_constraint("orders_ibfk_1", "orders", type_="foreignkey")
        op.drop_column("orders", "region_id")
        """,
    claims=("fails_on_data",),
    object="orders.region_id",
    dialect="mariadb",
)
GOOD = RevisionExample(
    before=TABLES,
    upgrade="""
        op.execute("SET LOCAL lock_timeout = '5s'")
        op.add_column(
            "orders", sa.Column("region", sa.String(20), nullable=False, server_default="eu")
        )
        """,
    downgrade='op.drop_column("orders", "region")',
)
GOOD_ON_MARIADB = RevisionExample(
    before=MARIADB_TABLES,
    upgrade="""
        op.add_column(
            "orders", sa.Column("region", sa.String(20), nullable=False, server_default="eu")
        )
        """,
    downgrade='op.drop_column("orders", "region")',
    old_models=MODELS,
    dialect="mariadb",
)


def check(migration: Migration) -> Iterator[Finding]:
    for number, statement, operation in migration.each(AddColumn):
        table, column = operation.table, operation.column
        if column.nullable or column.generates_itself or not migration.stood_before(table):
            continue
        if migration.rows.get(table) == 0:
            continue
        claims = new_column.refused(migration, operation)
        fails = claims[0].kind == "fails_on_data"
        yield Finding(
            f"adding it NOT NULL without a default fails as soon as {table} has a row"
            if fails
            else "an INSERT that does not know it fails from here on",
            migration.locate(statement, f"{table}.{column.name}"),
            claims,
            evidence=migration.size_of(table),
            details={"operation": number},
        )


def advise(finding: Finding, migration: Migration) -> Advice:
    _, operation = migration.nth(finding.details["operation"], AddColumn)
    table, name = operation.table, operation.column.name
    fix = new_column.with_default(migration, finding.details["operation"])
    return Advice(
        reason=f"the rows of {table} have no {name}, and the code that runs during the deploy "
        "inserts rows without it.",
        fix=fix,
        alternatives=(
            Alternative(
                "add it nullable, let the new code write it, fill the old rows in batches, then "
                "set NOT NULL",
                "more revisions, and no invented value in any row",
            ),
        ),
        risk=Risk(
            "a default is a statement about old rows, and hides that new code forgot the value",
            "choose a value that is true of them; drop the default once all code writes it",
        ),
        undo=revision.undo(fix, f"alembic downgrade drops {name}."),
        tests=f"run the revision on a {table} with rows, then an INSERT of the old code.",
        backup="none needed: no value that is there changes.",
    )

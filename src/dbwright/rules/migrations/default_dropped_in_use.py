"""A default is dropped from a NOT NULL column while code that leans on it still runs.

## What it does
Reports DROP DEFAULT on a NOT NULL column of an existing table, and on one that the same revision
adds with that default.

## Why is this bad?
The code of before the deploy leaves the column out of its INSERT: it does not know the column, or
trusts the default. From here on every such INSERT fails with a NOT NULL violation.

## When to leave it
All running code writes the column.
"""

from collections.abc import Iterator

from dbwright.core.claim import Claim
from dbwright.core.finding import Advice, Alternative, Finding, Risk
from dbwright.core.migration import Migration
from dbwright.core.operation import DropDefault
from dbwright.core.rule import Applies, RevisionExample
from dbwright.recipes import default, revision

APPLIES = Applies(("postgresql",))
SEVERITY = "warning"
TABLES = "create table orders (id bigint primary key, status varchar(20) not null default 'new');"
MODELS = """
from sqlalchemy import BigInteger, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

class Base(DeclarativeBase):
    pass

class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    status: Mapped[str] = mapped_column(String(20), server_default="new")
"""

BAD = RevisionExample(
    before=TABLES,
    upgrade="""
        op.execute("SET LOCAL lock_timeout = '5s'")
        op.alter_column("orders", "status", server_default=None)
        """,
    downgrade='op.alter_column("orders", "status", server_default="new")',
    old_models=MODELS,
    claims=("breaks_old_code",),
    object="orders.status",
)
BAD_ADDED_AND_DROPPED = RevisionExample(
    before=TABLES,
    upgrade="""
        op.execute("SET LOCAL lock_timeout = '5s'")
        op.add_column(
            "orders", sa.Column("region", sa.String(9), nullable=False, server_default="eu")
        )
        op.alter_column("orders", "region", server_default=None)
        """,
    downgrade='op.drop_column("orders", "region")',
    old_models=MODELS,
    claims=("breaks_old_code",),
    object="orders.region",
)
GOOD = RevisionExample(
    before=TABLES,
    upgrade="""
        op.execute("SET LOCAL lock_timeout = '5s'")
        op.add_column(
            "orders", sa.Column("region", sa.String(9), nullable=False, server_default="eu")
        )
        """,
    downgrade='op.drop_column("orders", "region")',
    old_models=MODELS,
)


def check(migration: Migration) -> Iterator[Finding]:
    for number, statement, operation in migration.each(DropDefault):
        table, column = operation.table, operation.column
        if not migration.stood_before(table):
            continue
        if not default.is_leaned_on(migration, number, table, column):
            continue
        yield Finding(
            "an INSERT that leaves it out fails from here on",
            migration.locate(statement, f"{table}.{column}"),
            (Claim("breaks_old_code", table, column=column),),
            details={"operation": number},
        )


def advise(finding: Finding, migration: Migration) -> Advice:
    _, operation = migration.nth(finding.details["operation"], DropDefault)
    table, column = operation.table, operation.column
    fix = default.keep(migration, finding.details["operation"])
    return Advice(
        reason=f"{column} is NOT NULL, and the code of before the deploy inserts into {table} "
        "without it.",
        fix=fix,
        alternatives=(
            Alternative(
                "keep the default for good",
                "nothing breaks; a forgotten value is filled in silently",
            ),
        ),
        risk=Risk(
            "models and database differ by a default for one release",
            "drop it in the release after the one that writes the column",
        ),
        undo=revision.undo(fix, "drop the default later, as the revision does now."),
        tests=f"run the old code's INSERT into {table} on the new schema.",
        backup="none needed: no row changes.",
    )

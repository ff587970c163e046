"""A change of a column drops its NOT NULL, its default or its comment along the way.

## What it does
Reports `op.alter_column` on MySQL and MariaDB where the column has a NOT NULL, a default,
AUTO_INCREMENT or a comment that the call does not say again. There is no ALTER for one attribute
alone: Alembic writes MODIFY or CHANGE, which state the whole column anew, and what is left out is
gone.

## Why is this bad?
The revision runs without a word. Then an INSERT that leaned on the default writes NULL, or fails
once the column is NOT NULL again; and rows that the constraint refused come in.

## When to leave it
The attribute is meant to go: then say so, `nullable=True` or `server_default=None`.
"""

from collections.abc import Iterator

from dbwright.core.claim import Claim
from dbwright.core.finding import Advice, Alternative, Finding, Risk
from dbwright.core.migration import Migration
from dbwright.core.rule import Applies, RevisionExample
from dbwright.recipes import attributes, revision

APPLIES = Applies(("mysql", "mariadb"))
SEVERITY = "error"
TABLES = """
create table orders (
    id bigint auto_increment primary key,
    status varchar(20) not null default 'new' comment 'new, paid, shipped'
)
"""

BAD = RevisionExample(
    before=TABLES,
    upgrade="""
        op.alter_column(
            "orders", "status", existing_type=sa.String(20), type_=sa.String(40)
        )
        """,
    downgrade="""
        op.alter_column(
            "orders", "status", existing_type=sa.String(40), type_=sa.String(20)
        )
        """,
    claims=("attribute_lost",),
    object="orders.status",
    dialect="mariadb",
)
BAD_DEFAULT_BY_NOT_NULL = RevisionExample(
    before="create table orders (id bigint auto_increment primary key, total int default 7)",
    upgrade="""
        op.execute("update orders set total = 0 where total is null")
        op.alter_column("orders", "total", existing_type=sa.Integer(), nullable=False)
        """,
    downgrade="""
        op.alter_column("orders", "total", existing_type=sa.Integer(), nullable=True)
        """,
    old_models="""
from sqlalchemy import BigInteger
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

class Base(DeclarativeBase):
    pass

class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    total: Mapped[int | None] = mapped_column(server_default="7")
""",
    claims=("attribute_lost", "breaks_old_code"),
    object="orders.total",
    dialect="mariadb",
)
BAD_BY_A_DEFAULT = RevisionExample(
    before="create table orders (id bigint primary key, placed_at datetime not null)",
    upgrade="""
        op.alter_column(
            "orders", "placed_at", existing_type=sa.DateTime(), server_default=sa.func.now()
        )
        """,
    downgrade="""
        op.execute("ALTER TABLE orders MODIFY placed_at datetime NOT NULL")
        """,
    claims=("attribute_lost",),
    object="orders.placed_at",
    dialect="mariadb",
)
GOOD = RevisionExample(
    before=TABLES,
    upgrade="""
        op.alter_column(
            "orders", "status", existing_type=sa.String(20), type_=sa.String(40),
            existing_nullable=False, existing_server_default=sa.text("'new'"),
            existing_comment="new, paid, shipped",
        )
        """,
    downgrade="""
        op.alter_column(
            "orders", "status", existing_type=sa.String(40), type_=sa.String(20),
            existing_nullable=False, existing_server_default=sa.text("'new'"),
            existing_comment="new, paid, shipped",
        )
        """,
    dialect="mariadb",
)
GOOD_DEFAULT_ALONE = RevisionExample(
    before=TABLES,
    upgrade='op.alter_column("orders", "status", server_default="open")',
    downgrade='op.alter_column("orders", "status", server_default="new")',
    dialect="mariadb",
)


def check(migration: Migration) -> Iterator[Finding]:
    for number, lost in enumerate(attributes.losses(migration)):
        name = f"{lost.table}.{lost.column.name}"
        words = " and ".join(lost.words)
        claims = [Claim("attribute_lost", lost.table, column=lost.column.name)]
        if lost.leaned_on:
            claims.append(Claim("breaks_old_code", lost.table, column=lost.column.name))
        yield Finding(
            f"{words} {'is' if len(lost.words) == 1 else 'are'} dropped along with the change",
            migration.locate(lost.statement, name),
            tuple(claims),
            details={"loss": number},
        )


def advise(finding: Finding, migration: Migration) -> Advice:
    lost = list(attributes.losses(migration))[finding.details["loss"]]
    fix = attributes.keep(migration, lost)
    name = f"{lost.table}.{lost.column.name}"
    return Advice(
        reason="MODIFY and CHANGE state the whole column anew: what alter_column is not told of "
        f"{name}, MySQL and MariaDB drop without a word.",
        fix=fix,
        alternatives=(
            Alternative(
                "let it go, and say so: nullable=True, server_default=None",
                "the next reader sees that it was meant; INSERTs that leaned on it change",
            ),
        ),
        risk=Risk(
            "where a deploy has run this already, rows without a value may stand there",
            f"look for NULLs in {name} first: NOT NULL refuses them when it comes back",
        ),
        undo=revision.undo(fix, "nothing: the column keeps what it had."),
        tests=f"show create table {lost.table} before and after: only the change differs.",
        backup="none needed: no row changes.",
    )

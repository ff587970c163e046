"""A dropped table takes its rows with it, and breaks the code that still uses it.

## What it does
Reports DROP TABLE of a table that is older than the revision, unless an earlier statement copies
its rows or the table was put aside (`…_retired`) by an earlier release.

## Why is this bad?
The rows are gone at once, and no downgrade brings them back. The code that runs during the deploy
still reads and writes the table.

## When to leave it
An earlier release has stopped using the table, and nobody needs its rows.
"""

from collections.abc import Iterator

from dbwright.core.claim import Claim
from dbwright.core.finding import Advice, Alternative, Finding, Risk
from dbwright.core.migration import Migration
from dbwright.core.operation import DropTable
from dbwright.core.rule import Applies, RevisionExample
from dbwright.recipes import archive, drop, revision

APPLIES = Applies()
SEVERITY = "warning"
TABLES = "create table coupons (id bigint primary key, code varchar(20) not null);"
MODELS = """
from sqlalchemy import BigInteger, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

class Base(DeclarativeBase):
    pass

class Coupon(Base):
    __tablename__ = "coupons"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    code: Mapped[str] = mapped_column(String(20))
"""
CREATE = """
    op.create_table(
        "coupons",
        sa.Column("id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("code", sa.String(20), nullable=False),
    )
    """

BAD = RevisionExample(
    before=TABLES,
    upgrade='op.drop_table("coupons")',
    downgrade=CREATE,
    old_models=MODELS,
    claims=("data_loss", "breaks_old_code"),
    object="coupons",
)
BAD_MARIADB = RevisionExample(
    before=TABLES,
    upgrade='op.drop_table("coupons")',
    downgrade=CREATE,
    old_models=MODELS,
    claims=("data_loss", "breaks_old_code"),
    object="coupons",
    dialect="mariadb",
)
GOOD_MARIADB = RevisionExample(
    before=TABLES,
    upgrade='op.rename_table("coupons", "coupons_retired")',
    downgrade='op.rename_table("coupons_retired", "coupons")',
    dialect="mariadb",
)
GOOD = RevisionExample(
    before=TABLES,
    upgrade="""
        op.execute("SET LOCAL lock_timeout = '5s'")
        op.rename_table("coupons", "coupons_retired")
        """,
    downgrade='op.rename_table("coupons_retired", "coupons")',
)


def check(migration: Migration) -> Iterator[Finding]:
    for number, statement, operation in migration.each(DropTable):
        name = operation.table
        if not migration.stood_before(name) or drop.is_retired(name):
            continue
        if drop.is_replaced(migration, number, name):
            continue
        used = drop.is_used_by_models(migration, name)
        kept = drop.is_kept(migration, number, name)
        if kept and not used:
            continue
        lost = () if kept else (Claim("data_loss", name),)
        yield Finding(
            "its rows are gone for good, and code that still uses it fails",
            migration.locate(statement, name),
            (*lost, Claim("breaks_old_code", name)),
            "error" if used else "warning",
            ("the models at head still have it",) if used else migration.size_of(name),
            {"operation": number},
        )


def advise(finding: Finding, migration: Migration) -> Advice:
    _, operation = migration.nth(finding.details["operation"], DropTable)
    name = operation.table
    fix = drop.retire_table(migration, finding.details["operation"])
    return Advice(
        reason=f"DROP TABLE cannot be taken back: the downgrade makes an empty {name}.",
        fix=fix,
        alternatives=(
            Alternative(
                f"two releases: stop using {name} first, drop it in the next",
                "no rename; the rows are lost when it goes",
            ),
            Alternative(
                f"dump it first: pg_dump --table={name}",
                "the rows outlive the table, outside of the database",
            ),
        ),
        risk=Risk(
            f"code that names {name} fails from the rename on, as it would from the drop on",
            "deploy the code without it first; the rename is taken back in a moment",
        ),
        undo=revision.undo(fix, f"rename {drop.retired(name)} back to {name}: no row is lost."),
        tests=f"grep the code, views and jobs for {name}; look at its last write.",
        backup=f"none while it stands under its new name; before it is dropped "
        f"{archive.words(migration, name, rows=True)}",
    )

"""A dropped column takes its values with it, and breaks the code that still reads it.

## What it does
Reports DROP COLUMN on a table that is older than the revision, unless an earlier statement copies
the values or the column was put aside (`…_retired`) by an earlier release.

## Why is this bad?
The values are gone at once, and no downgrade brings them back. The code that runs during the
deploy names the column in each SELECT of its model: every one of them fails.

## When to leave it
An earlier release has stopped using the column, and nobody needs its values.
"""

from collections.abc import Iterator

from dbwright.core.claim import Claim
from dbwright.core.finding import Advice, Alternative, Finding, Risk
from dbwright.core.migration import Migration
from dbwright.core.operation import DropColumn
from dbwright.core.rule import Applies, RevisionExample
from dbwright.recipes import archive, drop, rename, revision

APPLIES = Applies()
SEVERITY = "warning"
TABLES = "create table orders (id bigint primary key, note varchar(200) not null);"
MODELS = """
from sqlalchemy import BigInteger, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

class Base(DeclarativeBase):
    pass

class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    note: Mapped[str] = mapped_column(String(200))
"""

BAD = RevisionExample(
    before=TABLES,
    upgrade='op.drop_column("orders", "note")',
    downgrade='op.add_column("orders", sa.Column("note", sa.String(200)))',
    old_models=MODELS,
    claims=("data_loss", "breaks_old_code"),
    object="orders.note",
)
BAD_MARIADB = RevisionExample(
    before=TABLES,
    upgrade='op.drop_column("orders", "note")',
    downgrade='op.add_column("orders", sa.Column("note", sa.String(200), nullable=False))',
    old_models=MODELS,
    claims=("data_loss", "breaks_old_code"),
    object="orders.note",
    dialect="mariadb",
)
GOOD = RevisionExample(
    before=TABLES,
    upgrade="""
        op.execute("SET LOCAL lock_timeout = '5s'")
        op.alter_column("orders", "note", new_column_name="note_retired", server_default="")
        """,
    downgrade="""
        op.alter_column("orders", "note_retired", new_column_name="note", server_default=None)
        """,
)
GOOD_RETIRED_BEFORE = RevisionExample(
    before="create table orders (id bigint primary key, note_retired varchar(200));",
    upgrade="""
        op.execute("SET LOCAL lock_timeout = '5s'")
        op.drop_column("orders", "note_retired")
        """,
    downgrade='op.add_column("orders", sa.Column("note_retired", sa.String(200)))',
)


def check(migration: Migration) -> Iterator[Finding]:
    renamed = {number for number, *_ in rename.pairs(migration)}
    for number, statement, operation in migration.each(DropColumn):
        table, name = operation.table, operation.column
        if not migration.stood_before(table) or drop.is_retired(name) or number in renamed:
            continue
        if drop.is_new_column(migration, table, name) or drop.is_derived(migration, table, name):
            continue
        used = drop.is_used_by_models(migration, table, name)
        kept = drop.is_kept(migration, number, table, name)
        if kept and not used:
            continue
        lost = () if kept else (Claim("data_loss", table, column=name),)
        yield Finding(
            "its values are gone for good, and code that still reads it fails",
            migration.locate(statement, f"{table}.{name}"),
            (*lost, Claim("breaks_old_code", table, column=name)),
            "error" if used else "warning",
            ("the models at head still have it",) if used else (),
            {"operation": number},
        )


def advise(finding: Finding, migration: Migration) -> Advice:
    _, operation = migration.nth(finding.details["operation"], DropColumn)
    table, name = operation.table, operation.column
    fix = drop.retire_column(migration, finding.details["operation"])
    return Advice(
        reason=f"DROP COLUMN cannot be taken back: the downgrade adds an empty {name}.",
        fix=fix,
        alternatives=(
            Alternative(
                f"two releases: take {name} out of the model first, drop it in the next",
                "no rename; the values are lost when it goes, and code can be rolled back once",
            ),
            Alternative(
                f"copy the key and {name} into a table first",
                f"the values outlive the column; {table} is read whole once",
            ),
        ),
        risk=Risk(
            f"code that names {name} fails from the rename on, as it would from the drop on",
            "deploy the code without it first; the rename is taken back in a moment",
        ),
        undo=revision.undo(fix, f"rename {drop.retired(name)} back to {name}: no value is lost."),
        tests=f"run the old code's SELECT on {table}; grep the code for {name}.",
        backup=f"none while the column stands under its new name; before it is dropped "
        f"{archive.words(migration, table, (name,))}",
    )

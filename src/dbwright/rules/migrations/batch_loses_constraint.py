"""Batch mode makes the table anew without its unnamed CHECKs, triggers and some indexes.

## What it does
Reports a batch that makes a table anew (`op.batch_alter_table` with a change that SQLite cannot do
in place) whose unnamed CHECKs, triggers, indexes on an expression or in descending order, or
collations are not there afterwards.

## Why is this bad?
Alembic reads the table's definition to copy it, and does not see these. The revision ends without
an error; bad rows are taken from then on, and queries are slow.

## When to leave it
The constraint was meant to go.
"""

from collections.abc import Iterator

from dbwright.core.claim import Claim
from dbwright.core.finding import Advice, Alternative, Finding, Risk
from dbwright.core.migration import Migration
from dbwright.core.rule import Applies, RevisionExample
from dbwright.recipes import batch_copy, revision

APPLIES = Applies(("sqlite",))
SEVERITY = "error"
TABLES = "create table orders (id integer primary key, total integer not null, check (total >= 0));"

BAD = RevisionExample(
    before=TABLES,
    upgrade="""
        with op.batch_alter_table("orders") as batch_op:
            batch_op.alter_column("total", type_=sa.BigInteger())
        """,
    downgrade="""
        with op.batch_alter_table("orders") as batch_op:
            batch_op.alter_column("total", type_=sa.Integer())
        """,
    claims=("schema_differs",),
    object="orders",
    dialect="sqlite",
)
CHANGE = """
    with op.batch_alter_table("orders") as batch_op:
        batch_op.alter_column("total", type_=sa.BigInteger())
    """
CHANGE_BACK = CHANGE.replace("BigInteger", "Integer")
BAD_TRIGGER_AND_INDEX = RevisionExample(
    before="""
        create table orders (id integer primary key, total integer not null, code text);
        create trigger keep_total after insert on orders when new.total < 0 begin
            update orders set total = 0 where id = new.id;
        end;
        create index ix_orders_lower_code on orders (lower(code));
        create index ix_orders_total on orders (total desc);
        """,
    upgrade=CHANGE,
    downgrade=CHANGE_BACK,
    claims=("schema_differs",),
    object="orders",
    dialect="sqlite",
)
GOOD_NOTHING_TO_LOSE = RevisionExample(
    before="""
        create table orders (id integer primary key, total integer not null, code text);
        create unique index uq_orders_code on orders (code) where total > 0;
        """,
    upgrade=CHANGE,
    downgrade=CHANGE_BACK,
    dialect="sqlite",
)
GOOD = RevisionExample(
    before=TABLES,
    upgrade="""
        with op.batch_alter_table(
            "orders", table_args=(sa.CheckConstraint("total >= 0"),)
        ) as batch_op:
            batch_op.alter_column("total", type_=sa.BigInteger())
        """,
    downgrade="""
        with op.batch_alter_table(
            "orders", table_args=(sa.CheckConstraint("total >= 0"),)
        ) as batch_op:
            batch_op.alter_column("total", type_=sa.Integer())
        """,
    dialect="sqlite",
)


def check(migration: Migration) -> Iterator[Finding]:
    operations = [operation for _, operation in migration.operations()]
    for number, table in batch_copy.tables_made_anew(operations):
        lost = batch_copy.lost(migration, table)
        if not lost:
            continue
        statement = list(migration.operations())[number][0]
        yield Finding(
            f"the batch loses {', '.join(lost)}",
            migration.locate(statement, table),
            (Claim("schema_differs", table),),
            details={"table": table, "lost": list(lost)},
        )


def advise(finding: Finding, migration: Migration) -> Advice:
    name, lost = finding.details["table"], ", ".join(finding.details["lost"])
    table = migration.existing(name)
    assert table is not None
    fix = batch_copy.carry_over(migration, table)
    return Advice(
        reason=f"SQLite's {name} is made anew from what SQLAlchemy reads of it, and that leaves "
        f"out {lost}.",
        fix=fix,
        alternatives=(
            Alternative(
                "name every CHECK (a naming convention in the MetaData)",
                "named ones are carried over from then on; the tables that exist must be mended",
            ),
        ),
        risk=Risk(
            "rows that break the constraint stop the batch",
            "look for them first; the database is as it was when the batch fails",
        ),
        undo=revision.undo(fix, "take the argument away again."),
        tests=f"insert a row into {name} that breaks {lost}: refused before and after.",
        backup="copy the database file first: a batch makes the whole table anew.",
    )

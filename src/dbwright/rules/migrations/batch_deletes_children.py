"""Batch mode drops the old table, and the rows of the tables that refer to it go along.

## What it does
Reports rows that a batch deleted or changed in other tables: those with ON DELETE CASCADE or SET
NULL to the table that it makes anew, on a connection with `PRAGMA foreign_keys=ON`.

## Why is this bad?
A batch copies the table, drops the old one and renames the copy. With foreign keys on, DROP TABLE
deletes every row first, and the children follow. The revision ends without an error.

## When to leave it
Never: the rows are gone.
"""

from collections.abc import Iterator

from dbwright.core.claim import Claim
from dbwright.core.finding import Advice, Alternative, Finding, Fix, Risk
from dbwright.core.rule import Applies, RevisionExample
from dbwright.core.trace import Rehearsal
from dbwright.recipes import batch_copy, revision

APPLIES = Applies(("sqlite",))
SEVERITY = "error"
ENVIRONMENT = """from alembic import context
from sqlalchemy import MetaData, create_engine, event

engine = create_engine("sqlite://")


@event.listens_for(engine, "connect")
def check_foreign_keys(connection, record):
    connection.execute("PRAGMA foreign_keys=ON")


with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=MetaData())
    with context.begin_transaction():
        context.run_migrations()
"""
FILES = (("migrations/env.py", ENVIRONMENT),)
TABLES = """
    create table orders (id integer primary key, total integer not null);
    create table order_lines (
        id integer primary key,
        order_id integer not null references orders (id) on delete cascade
    );
    """
CHANGE = """
    with op.batch_alter_table("orders") as batch_op:
        batch_op.alter_column("total", type_=sa.BigInteger())
    """
OFF = """
    with op.get_context().autocommit_block():
        op.execute("PRAGMA foreign_keys=OFF")
    """
ON = OFF.replace("OFF", "ON")

BAD = RevisionExample(
    before=TABLES,
    upgrade=CHANGE,
    downgrade=CHANGE.replace("BigInteger", "Integer"),
    claims=("data_loss",),
    object="order_lines",
    dialect="sqlite",
    files=FILES,
)
GOOD = RevisionExample(
    before=TABLES,
    upgrade=f"{OFF}{CHANGE}{ON}",
    downgrade=f"{OFF}{CHANGE.replace('BigInteger', 'Integer')}{ON}",
    dialect="sqlite",
    files=FILES,
)
GOOD_NOT_ENFORCED = RevisionExample(
    before=TABLES,
    upgrade=CHANGE,
    downgrade=CHANGE.replace("BigInteger", "Integer"),
    dialect="sqlite",
)


def check(rehearsal: Rehearsal) -> Iterator[Finding]:
    up, migration = rehearsal.up, rehearsal.migration
    if up is None or migration is None or migration.before is None:
        return
    sent = [
        (item.statement, found) for item in up.statements for found in item.statement.operations
    ]
    for number, table in batch_copy.tables_made_anew(found for _, found in sent):
        children = batch_copy.affected(migration.before, table)
        for loss in up.losses:
            if loss.table not in children:
                continue
            what = f"values of {loss.column}" if loss.column else "rows"
            yield Finding(
                f"the batch that makes {table} anew takes its {what} along: {loss.lost} of "
                f"{loss.of} are gone",
                migration.locate(sent[number][0], loss.table),
                (Claim("data_loss", loss.table, column=loss.column),),
                details={"table": table},
            )


def advise(finding: Finding, rehearsal: Rehearsal) -> Advice:
    child, table = finding.location.object, finding.details["table"]
    fix = _fix(rehearsal, table)
    return Advice(
        reason=f"DROP TABLE {table} deletes its rows first, and {child} follows them (ON DELETE).",
        fix=fix,
        alternatives=(
            Alternative(
                "leave foreign keys off for all migrations: no PRAGMA in env.py's engine",
                "no line in each revision; rows that break a key are seen only afterwards",
            ),
        ),
        risk=Risk(
            "while foreign keys are off nothing refuses a row that breaks one",
            "PRAGMA foreign_key_check behind it: no row",
        ),
        undo=revision.undo(fix, "take the lines away again."),
        tests=f"count the rows of {child} before and after: the same.",
        backup="copy the database file first: a batch makes the whole table anew.",
    )


def _fix(rehearsal: Rehearsal, table: str) -> Fix:
    if rehearsal.migration is None:
        return Fix("Take the foreign keys off while the batch runs", "PRAGMA foreign_keys=OFF")
    return batch_copy.without_keys(rehearsal.migration, table)

"""SQLite has no such ALTER: outside of batch mode the revision fails.

## What it does
Reports `op.alter_column`, and constraints added or dropped on `op`, where the database is SQLite.

## Why is this bad?
SQLite can add, rename and drop a column, and nothing else. Alembic answers the rest with "No
support for ALTER of constraints in SQLite dialect", or SQLite with a syntax error.

## When to leave it
The call stands behind a test of the dialect; those inside an `if` are not reported.
"""

from collections.abc import Iterator

from dbwright.core.claim import Claim
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.migration import Migration
from dbwright.core.rule import Applies, RevisionExample
from dbwright.recipes import batch, revision

APPLIES = Applies(("sqlite",))
SEVERITY = "error"
TABLES = "create table orders (id integer primary key, note varchar(200));"

BAD = RevisionExample(
    before=TABLES,
    upgrade='op.create_unique_constraint("uq_orders_note", "orders", ["note"])',
    downgrade="""
        with op.batch_alter_table("orders") as batch_op:
            batch_op.drop_constraint("uq_orders_note", type_="unique")
        """,
    claims=("fails_at_runtime",),
    object="orders",
    dialect="sqlite",
)
GOOD = RevisionExample(
    before=TABLES,
    upgrade="""
        with op.batch_alter_table("orders") as batch_op:
            batch_op.create_unique_constraint("uq_orders_note", ["note"])
        """,
    downgrade="""
        with op.batch_alter_table("orders") as batch_op:
            batch_op.drop_constraint("uq_orders_note", type_="unique")
        """,
    dialect="sqlite",
)


def check(migration: Migration) -> Iterator[Finding]:
    if migration.source is None:
        return
    for line, method, table in batch.unsupported_calls(migration.source):
        yield Finding(
            f"SQLite has no ALTER for op.{method}, and the revision fails",
            Location(migration.path, line, migration.revision, table),
            (Claim("fails_at_runtime"),),
            details={"line": line, "table": table, "method": method},
        )


def advise(finding: Finding, migration: Migration) -> Advice:
    table = finding.details["table"]
    fix = batch.use_batch(migration, finding.details["line"], table)
    return Advice(
        reason=f"SQLite changes {table} only by making it anew, which is what batch mode does.",
        fix=fix,
        alternatives=(
            Alternative(
                "render_as_batch=True in env.py",
                "autogenerate then writes batches by itself; revisions that exist stay as they are",
            ),
        ),
        risk=Risk(
            f"the table is copied: triggers and unnamed CHECKs of {table} are lost",
            "hand them to the batch, or make them again behind it",
        ),
        undo=revision.undo(fix, "put the call back as it was."),
        tests="upgrade, downgrade and upgrade again on a copy with rows; compare the schema.",
        backup="copy the database file first: a batch makes the whole table anew.",
    )

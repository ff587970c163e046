"""A column is given an enumerated type that nothing has created.

## What it does
Reports `op.add_column` or `op.alter_column` with `sa.Enum(…, name=…)` where no earlier statement
and no earlier revision creates that type.

## Why is this bad?
`op.create_table` creates the type along with the table; `op.add_column` does not. PostgreSQL
answers that the type does not exist, and the deploy stops here.

## When to leave it
Something outside of the revisions creates the type.
"""

from collections.abc import Iterator

from dbwright.core.claim import Claim
from dbwright.core.finding import Advice, Alternative, Finding, Risk
from dbwright.core.migration import Migration
from dbwright.core.operation import AddColumn, AlterType, CreateEnum
from dbwright.core.rule import Applies, RevisionExample
from dbwright.recipes import enum, revision

APPLIES = Applies(("postgresql",))
SEVERITY = "error"
TABLES = "create table orders (id bigint primary key);"

BAD = RevisionExample(
    before=TABLES,
    upgrade="""
        op.execute("SET LOCAL lock_timeout = '5s'")
        op.add_column("orders", sa.Column("state", sa.Enum("new", "paid", name="order_state")))
        """,
    downgrade='op.drop_column("orders", "state")',
    claims=("fails_at_runtime",),
    object="orders.state",
)
GOOD = RevisionExample(
    before=TABLES,
    upgrade="""
        op.execute("SET LOCAL lock_timeout = '5s'")
        state = sa.Enum("new", "paid", name="order_state")
        state.create(op.get_bind())
        op.add_column("orders", sa.Column("state", state))
        """,
    downgrade="""
        op.drop_column("orders", "state")
        op.execute("DROP TYPE order_state")
        """,
)


def check(migration: Migration) -> Iterator[Finding]:
    if migration.before is None:
        return
    declared = enum.declared(migration.source)
    known = enum.known(migration)
    for number, statement, operation in migration.each(AddColumn, AlterType, CreateEnum):
        if isinstance(operation, CreateEnum):
            known.add(operation.name.rpartition(".")[2])
            continue
        is_added = isinstance(operation, AddColumn)
        column = operation.column.name if isinstance(operation, AddColumn) else operation.column
        written = operation.column.type if isinstance(operation, AddColumn) else operation.type
        name = enum.bare(written)
        if name not in declared or name in known:
            continue
        yield Finding(
            f"its type {name} does not exist, and the deploy fails",
            migration.locate(statement, f"{operation.table}.{column}"),
            (Claim("fails_at_runtime", operation.table, column=column),),
            details={"operation": number, "type": name, "added": is_added},
        )


def advise(finding: Finding, migration: Migration) -> Advice:
    name = finding.details["type"]
    labels = enum.declared(migration.source).get(name, ())
    fix = enum.create_type(migration, finding.details["operation"], name, labels)
    return Advice(
        reason=f"op.add_column sends ADD COLUMN only; CREATE TYPE {name} is sent by nobody.",
        fix=fix,
        alternatives=(
            Alternative(
                "sa.Enum(…, native_enum=False): text with a CHECK",
                "labels change without ALTER TYPE; a few bytes more in each row",
            ),
        ),
        risk=Risk(
            f"where somebody has created {name} by hand, CREATE TYPE fails",
            f"drop that one, or make it {name}.create(op.get_bind(), checkfirst=True)",
        ),
        undo=revision.undo(fix, f"alembic downgrade drops the column and {name}."),
        tests="upgrade, downgrade and upgrade again on an empty database.",
        backup="none needed: no row changes.",
    )

"""The downgrade leaves an enumerated type behind, and the next upgrade fails on it.

## What it does
Reports a type that the upgrade creates, by `op.create_table` too, and that the downgrade does not
drop.

## Why is this bad?
`op.drop_table` drops the table and leaves the type. Upgrading again then fails with "type already
exists": after one rollback the deploy cannot be repeated.

## When to leave it
A later revision's downgrade drops the type.
"""

from collections.abc import Iterator

from dbwright.core.claim import Claim
from dbwright.core.finding import Advice, Alternative, Finding, Risk
from dbwright.core.migration import Migration
from dbwright.core.operation import CreateEnum, Other
from dbwright.core.rule import Applies, RevisionExample
from dbwright.recipes import enum, revision

APPLIES = Applies(("postgresql",))
SEVERITY = "warning"
CREATE = """
    op.create_table(
        "orders",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("state", sa.Enum("new", "paid", name="order_state")),
    )
    """

BAD = RevisionExample(
    before="",
    upgrade=CREATE,
    downgrade='op.drop_table("orders")',
    claims=("leaves_object_behind",),
    object="order_state",
)
GOOD = RevisionExample(
    before="",
    upgrade=CREATE,
    downgrade="""
        op.drop_table("orders")
        op.execute("DROP TYPE order_state")
        """,
)
GOOD_SWAP = RevisionExample(
    before="create type order_state as enum ('new', 'paid', 'odd')",
    upgrade="""
        op.execute("CREATE TYPE order_state_new AS ENUM ('new', 'paid')")
        op.execute("DROP TYPE order_state")
        op.execute("ALTER TYPE order_state_new RENAME TO order_state")
        """,
    downgrade="""
        op.execute("ALTER TYPE order_state RENAME TO order_state_new")
        op.execute("CREATE TYPE order_state AS ENUM ('new', 'paid', 'odd')")
        op.execute("DROP TYPE order_state_new")
        """,
)


def check(migration: Migration) -> Iterator[Finding]:
    back = [operation for _, operation in migration.downgrade_operations()]
    if not back or any(isinstance(found, Other) and found.unknown for found in back):
        return
    there = [operation for _, operation in migration.operations()]
    for number, statement, operation in migration.each(CreateEnum):
        if enum.goes(operation.name, [*there[number + 1 :], *back]):
            continue
        yield Finding(
            "the downgrade leaves this type behind, and the next upgrade fails on it",
            migration.locate(statement, operation.name),
            (Claim("leaves_object_behind", operation.name),),
            details={"operation": number},
        )


def advise(finding: Finding, migration: Migration) -> Advice:
    _, operation = migration.nth(finding.details["operation"], CreateEnum)
    name = operation.name
    fix = enum.drop_type(migration, finding.details["operation"])
    return Advice(
        reason=f"dropping the table does not drop {name}; CREATE TYPE then meets the old one.",
        fix=fix,
        alternatives=(
            Alternative(
                f"{name}.create(op.get_bind(), checkfirst=True) in the upgrade",
                "the second upgrade works; a type with old labels would be taken as it is",
            ),
        ),
        risk=Risk(
            f"DROP TYPE fails while another table uses {name}",
            "then it must stay until that table's revision is taken back",
        ),
        undo=revision.undo(fix, "take the line away."),
        tests="upgrade, downgrade and upgrade again: the second upgrade ends without an error.",
        backup="none needed: a type has no rows.",
    )

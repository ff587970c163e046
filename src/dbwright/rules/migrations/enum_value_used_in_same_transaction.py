"""A new enum label is used in the transaction that adds it, and PostgreSQL refuses it.

## What it does
Reports ALTER TYPE … ADD VALUE followed, in the same transaction, by a statement that uses the
label.

## Why is this bad?
A label that is added to a type cannot be used before the transaction commits ("unsafe use of new
value"). Alembic runs the whole revision, and by default all revisions, in one
transaction: the deploy stops here.

## When to leave it
Never: it cannot work.
"""

from collections.abc import Iterator

from dbwright.core.claim import Claim
from dbwright.core.finding import Advice, Alternative, Finding, Risk
from dbwright.core.migration import Migration
from dbwright.core.operation import AddEnumValue, CreateEnum
from dbwright.core.rule import Applies, RevisionExample
from dbwright.recipes import enum, revision

APPLIES = Applies(("postgresql",))
SEVERITY = "error"
TABLES = """
    create type order_status as enum ('new', 'paid');
    create table orders (id bigint primary key, status order_status not null);
    """

BAD = RevisionExample(
    before=TABLES,
    upgrade="""
        op.execute("ALTER TYPE order_status ADD VALUE 'archived'")
        op.execute("UPDATE orders SET status = 'archived' WHERE id = 1")
        """,
    claims=("fails_at_runtime",),
    object="order_status",
)
GOOD = RevisionExample(
    before=TABLES,
    upgrade="""
        with op.get_context().autocommit_block():
            op.execute("ALTER TYPE order_status ADD VALUE IF NOT EXISTS 'archived'")
        op.execute("UPDATE orders SET status = 'archived' WHERE id = 1")
        """,
)
NEW_TYPE = """
        op.execute("CREATE TYPE channel AS ENUM ('web', 'shop')")
        op.execute("ALTER TYPE channel ADD VALUE 'phone'")
        op.execute("CREATE TABLE visits (id bigint PRIMARY KEY, channel channel DEFAULT 'phone')")
        """
REMOVED = """
        op.drop_table("visits")
        op.execute("DROP TYPE channel")
        """
BAD_IN_A_NEW_TYPE_BEFORE_17 = RevisionExample(
    before=TABLES,
    upgrade=NEW_TYPE,
    downgrade=REMOVED,
    claims=("fails_at_runtime",),
    object="channel",
    applies=Applies(before=(17,)),
)
GOOD_IN_A_NEW_TYPE_FROM_17 = RevisionExample(
    before=TABLES, upgrade=NEW_TYPE, downgrade=REMOVED, applies=Applies(since=(17,))
)


def check(migration: Migration) -> Iterator[Finding]:
    created = {found.name for _, _, found in migration.each(CreateEnum)}
    for number, statement, operation in migration.each(AddEnumValue):
        # PostgreSQL 17 lets the transaction that creates a type use what it adds to it.
        spared = operation.name in created and migration.target.has(17)
        if statement.autocommit or spared:
            continue
        later = [sent for sent, _ in list(migration.operations())[number + 1 :]]
        label = "'" + operation.value.replace("'", "''") + "'"
        uses = [
            sent
            for sent in later
            if label in sent.sql and sent.transaction == statement.transaction
        ]
        if uses:
            yield Finding(
                f"{label} is used before it is committed, and the deploy fails",
                migration.locate(uses[0], operation.name),
                (Claim("fails_at_runtime", operation.name),),
                details={"operation": number},
            )


def advise(finding: Finding, migration: Migration) -> Advice:
    _, operation = migration.nth(finding.details["operation"], AddEnumValue)
    fix = enum.add_value_committed(migration, finding.details["operation"])
    return Advice(
        reason=f"PostgreSQL refuses '{operation.value}' of {operation.name} in the transaction "
        "that adds it.",
        fix=fix,
        alternatives=(
            Alternative(
                "add the label in a revision of its own, with transaction_per_migration=True",
                "no block; needs that setting in env.py",
            ),
        ),
        risk=Risk(
            "the block commits at once: when a later statement fails, the label stays",
            "IF NOT EXISTS lets the revision be run again",
        ),
        undo=revision.undo(fix, "none for the label: PostgreSQL cannot take one away."),
        tests="alembic upgrade head on a copy: it ends without an error.",
        backup="none needed: no row changes by the label.",
    )

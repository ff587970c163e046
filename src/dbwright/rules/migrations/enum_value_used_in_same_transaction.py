"""A new enum label is used in the transaction that adds it, and PostgreSQL refuses it.

## What it does
Reports ALTER TYPE … ADD VALUE followed, in the same transaction, by a statement that uses the
label: in one revision, or in two that a deploy of both runs in one transaction.

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
from dbwright.core.rule import Applies, RevisionExample
from dbwright.recipes import enum_value, revision

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
BAD_TWO_REVISIONS = RevisionExample(
    before=TABLES,
    history=("""op.execute("ALTER TYPE order_status ADD VALUE IF NOT EXISTS 'archived'")""",),
    upgrade="""
        op.execute("SET LOCAL lock_timeout = '5s'")
        op.alter_column("orders", "status", server_default="archived")
        """,
    downgrade='op.alter_column("orders", "status", server_default=None)',
    claims=("fails_at_runtime",),
    object="order_status",
)
GOOD_TRANSACTION_PER_MIGRATION = RevisionExample(
    before=TABLES,
    history=("""op.execute("ALTER TYPE order_status ADD VALUE IF NOT EXISTS 'archived'")""",),
    upgrade="""
        op.execute("SET LOCAL lock_timeout = '5s'")
        op.alter_column("orders", "status", server_default="archived")
        """,
    downgrade='op.alter_column("orders", "status", server_default=None)',
    environment="transaction_per_migration=True",
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
    told: set[tuple[str, str]] = set()
    for use in enum_value.uncommitted(migration):
        if (use.added.name, use.added.value) in told:
            continue
        told.add((use.added.name, use.added.value))
        yield Finding(
            f"'{use.added.value}' is used before it is committed, and the deploy fails",
            migration.locate(use.statement, use.added.name),
            (Claim("fails_at_runtime", use.added.name),),
            details={"value": use.added.value},
        )


def advise(finding: Finding, migration: Migration) -> Advice:
    key = finding.location.object, finding.details["value"]
    uses = enum_value.uncommitted(migration)
    use = next(each for each in uses if (each.added.name, each.added.value) == key)
    operation = use.added
    fix = enum_value.committed(migration, use)
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

"""The downgrade does nothing, so that a rollback leaves the new schema in place.

## What it does
Reports a `downgrade()` that only passes, where the upgrade changes the schema.

## Why is this bad?
`alembic downgrade` reports success and changes nothing; the next upgrade then fails because
everything is there already. In an emergency that is found out too late.

## When to leave it
The team never goes back. Then say so: `raise NotImplementedError("…why…")` is not reported.
"""

from collections.abc import Iterator

from dbwright.core.claim import Claim
from dbwright.core.finding import Advice, Alternative, Finding, Risk
from dbwright.core.migration import Migration
from dbwright.core.rule import Applies, RevisionExample
from dbwright.recipes import inverse, revision, revision_source

APPLIES = Applies()
SEVERITY = "warning"
TABLES = "create table orders (id bigint primary key);"

BAD = RevisionExample(
    before=TABLES,
    upgrade="""
        op.create_table("refunds", sa.Column("id", sa.BigInteger(), primary_key=True))
        op.execute("SET LOCAL lock_timeout = '5s'")
        op.add_column("orders", sa.Column("refund_id", sa.BigInteger()))
        """,
    downgrade="pass",
    claims=("irreversible_downgrade",),
)
BAD_MARIADB = RevisionExample(
    before=TABLES,
    upgrade='op.add_column("orders", sa.Column("refund_id", sa.BigInteger()))',
    downgrade="pass",
    claims=("irreversible_downgrade",),
    dialect="mariadb",
)
GOOD = RevisionExample(
    before=TABLES,
    upgrade="""
        op.execute("SET LOCAL lock_timeout = '5s'")
        op.add_column("orders", sa.Column("refund_id", sa.BigInteger()))
        """,
    downgrade='op.drop_column("orders", "refund_id")',
)
GOOD_ON_PURPOSE = RevisionExample(
    before=TABLES,
    upgrade="""
        op.execute("SET LOCAL lock_timeout = '5s'")
        op.add_column("orders", sa.Column("refund_id", sa.BigInteger()))
        """,
    downgrade='raise NotImplementedError("refunds are booked from here on")',
)


def check(migration: Migration) -> Iterator[Finding]:
    if migration.source is None or not revision_source.is_empty(migration.source.text, "downgrade"):
        return
    changes = [
        (statement, operation)
        for statement, operation in migration.operations()
        if not isinstance(operation, inverse.NOTHING + inverse.FOR_GOOD)
    ]
    if not changes:
        return
    subject = inverse.subject_of(changes[0][1])
    yield Finding(
        "a rollback leaves all of this revision's changes in place",
        migration.locate(changes[0][0], subject),
        (Claim("irreversible_downgrade", subject),),
    )


def advise(finding: Finding, migration: Migration) -> Advice:
    fix = inverse.write(migration)
    return Advice(
        reason="downgrade() only passes: Alembic takes the revision off its list, and the schema "
        "stays.",
        fix=fix,
        alternatives=(
            Alternative(
                'raise NotImplementedError("…why…")',
                "a rollback stops with a reason instead of pretending; going back needs a backup",
            ),
        ),
        risk=Risk(
            "a downgrade drops what was added, with the values written since",
            "take a backup of them before going back",
        ),
        undo=revision.undo(fix, "empty the function again."),
        tests="upgrade, downgrade and upgrade again on a copy with rows.",
        backup="none needed for the fix; before a downgrade, the columns and tables it drops.",
    )

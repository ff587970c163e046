"""The revision commits in its middle, and once it has stopped there it cannot be run again.

## What it does
Reports a revision with an autocommit block that was stopped behind one of its commits, as a lock
timeout would, and failed when it ran a second time.

## Why is this bad?
An autocommit block commits what stood before it, and each of its own statements. When a later one
fails, those stay, and Alembic does not know: the next deploy starts the revision from its first
line and dies of "already exists". Somebody has to repair the schema by hand, in the outage.

## When to leave it
Only indexes are left behind, which harms nobody until somebody drops them: that is an info.
"""

from collections.abc import Iterator

from dbwright.core.claim import Claim
from dbwright.core.finding import Advice, Alternative, Finding, Fix, Risk
from dbwright.core.rule import Applies, RevisionExample
from dbwright.core.trace import Rehearsal
from dbwright.recipes import commits, revision

APPLIES = Applies(("postgresql",))
TABLES = "create table orders (id bigint primary key, status text not null);"
BLOCK = """
    with op.get_context().autocommit_block():
        op.create_index("ix_orders_status", "orders", ["status"], postgresql_concurrently=True)
    """
DROP = """
    with op.get_context().autocommit_block():
        op.drop_index("ix_orders_status", table_name="orders", postgresql_concurrently=True)
    """

BAD = RevisionExample(
    before=TABLES,
    upgrade=f"""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("orders", sa.Column("region", sa.String(20)))
    {BLOCK}
    """,
    downgrade=f"""
    {DROP}
    op.drop_column("orders", "region")
    """,
    claims=("retry_fails",),
)
BAD_TWO_BUILDS = RevisionExample(
    before=TABLES,
    upgrade="""
        with op.get_context().autocommit_block():
            op.execute("CREATE INDEX CONCURRENTLY ix_one ON orders (status)")
            op.execute("CREATE INDEX CONCURRENTLY ix_two ON orders (lower(status))")
        """,
    downgrade="""
        with op.get_context().autocommit_block():
            op.execute("DROP INDEX CONCURRENTLY ix_two")
            op.execute("DROP INDEX CONCURRENTLY ix_one")
        """,
    claims=("retry_fails",),
)
GOOD = RevisionExample(before=TABLES, upgrade=BLOCK, downgrade=DROP)
GOOD_RUN_AGAIN = RevisionExample(
    before="create type channel as enum ('web'); create table visits (channel channel);",
    upgrade="""
        with op.get_context().autocommit_block():
            op.execute("ALTER TYPE channel ADD VALUE IF NOT EXISTS 'shop'")
        op.execute("COMMENT ON COLUMN visits.channel IS 'where it came from'")
        """,
    downgrade='raise NotImplementedError("PostgreSQL cannot take a label away")',
)


def check(rehearsal: Rehearsal) -> Iterator[Finding]:
    migration, up = rehearsal.migration, rehearsal.up
    for run in rehearsal.interrupted:
        if run.error is None or migration is None or up is None:
            continue
        sent = [item.statement for item in up.statements if item.statement.sql == run.stopped]
        words = run.sql_error.message if run.sql_error else run.error.strip().splitlines()[0]
        yield Finding(
            f"when it stops in the middle it cannot be run again: {words}",
            migration.locate(sent[0] if sent else None, rehearsal.revision),
            (Claim("retry_fails"),),
            # An index that is there already harms nobody meanwhile.
            "info" if all(text.startswith("index ") for text in run.left) else "warning",
            evidence=tuple(text.replace(": not wanted, found", " is there:") for text in run.left),
        )
        return


def advise(finding: Finding, rehearsal: Rehearsal) -> Advice:
    fix = _fix(rehearsal)
    return Advice(
        reason="what stands before the statement is committed by then, and Alembic starts the "
        f"revision again from its first line. Left by then: {'; '.join(finding.evidence)}.",
        fix=fix,
        alternatives=(
            Alternative(
                "IF NOT EXISTS and IF EXISTS on each statement that may have run",
                "one revision; an index that a failed build left invalid is then taken for done",
            ),
        ),
        risk=Risk(
            "a deploy may stop between two of the revisions",
            "each of them must be good for the code that runs: add, never take away",
        ),
        undo=revision.undo(fix, "put the statements back into one revision."),
        tests="stop the upgrade at its last statement (hold a lock on the table), run it again.",
        backup="none needed: no row changes.",
    )


def _fix(rehearsal: Rehearsal) -> Fix:
    if rehearsal.migration is None:
        return Fix("One revision for each part that commits by itself", "…")
    return commits.one_each(rehearsal.migration)

"""A blocking lock on a table in use is waited for without an end.

## What it does
Reports once per revision that it takes a lock which stops reads or writes of an existing table,
and that neither the revision nor env.py nor the role sets lock_timeout.

## Why is this bad?
A lock of a millisecond waits behind one long query or an idle transaction, and every query that
comes later waits behind the lock. Without lock_timeout that lasts until somebody ends it.

## When to leave it
The role that migrates has a lock_timeout that dbwright cannot see.
"""

from collections.abc import Iterator

from dbwright import dialects
from dbwright.core.claim import Claim
from dbwright.core.finding import Advice, Alternative, Finding, Risk
from dbwright.core.migration import Migration
from dbwright.core.rule import Applies, RevisionExample
from dbwright.recipes import revision, timeout

APPLIES = Applies(("postgresql",))
TABLES = "create table orders (id bigint primary key, note text);"

BAD = RevisionExample(
    before=TABLES,
    upgrade='op.add_column("orders", sa.Column("region", sa.String(20)))',
    downgrade='op.drop_column("orders", "region")',
    claims=("lock_no_timeout",),
    object="orders",
)
GOOD = RevisionExample(
    before=TABLES,
    upgrade="""
        op.execute("SET LOCAL lock_timeout = '5s'")
        op.add_column("orders", sa.Column("region", sa.String(20)))
        """,
    downgrade='op.drop_column("orders", "region")',
)
GOOD_NEW_TABLE = RevisionExample(
    before="",
    upgrade="""
        op.create_table("orders", sa.Column("id", sa.BigInteger(), primary_key=True))
        op.add_column("orders", sa.Column("region", sa.String(20)))
        """,
    downgrade='op.drop_table("orders")',
)


def check(migration: Migration) -> Iterator[Finding]:
    locks = dialects.get(migration.target.dialect).locks
    for number, (statement, operation) in enumerate(migration.operations()):
        effect = locks.effect(operation, migration.before, migration.target)
        relation, mode = effect.relation, effect.mode
        if relation is None or mode is None or not migration.stood_before(relation):
            continue
        table = migration.existing(relation)
        written = table is None or table.kind != "materialized view"
        if not effect.blocks_reads and not (effect.blocks_writes and written):
            continue
        if timeout.is_set(migration, number):
            return
        work = timeout.work_under(migration, number)
        severity = migration.weigh(relation, "warning") if work else "info"
        held = f", and held while {work}" if work else ""
        yield Finding(
            f"its lock is waited for without an end, and all later queries wait behind it{held}",
            migration.locate(statement, relation),
            (Claim("lock_no_timeout", relation, mode),),
            severity,
            details={"operation": number, "mode": mode},
        )
        return


def advise(finding: Finding, migration: Migration) -> Advice:
    table, mode = finding.location.object, finding.details["mode"]
    fix = timeout.set_first(migration, finding.details["operation"])
    return Advice(
        reason=f"the statement asks for {mode} on {table}; while it waits behind a query that "
        "runs, later ones queue behind it, and nothing ends that.",
        fix=fix,
        alternatives=(
            Alternative(
                "set it once for all revisions: connect_args in env.py, or ALTER ROLE … SET "
                "lock_timeout",
                "no line in each revision; long maintenance must then lift it",
            ),
        ),
        risk=Risk(
            f"on a {table} that is always busy the revision fails after 5 seconds",
            "nothing has changed then: run it again, with a pause, until it gets its lock",
        ),
        undo=revision.undo(fix, "take the line away."),
        tests=f"hold a SELECT on {table} in a second session: the upgrade fails after 5 seconds "
        "and leaves nothing behind.",
        backup="none needed: no row changes.",
    )

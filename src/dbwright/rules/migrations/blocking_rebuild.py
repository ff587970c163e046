"""A table, its indexes or a materialized view is rebuilt under a lock that stops the service.

## What it does
Reports REINDEX and REFRESH MATERIALIZED VIEW without CONCURRENTLY, CLUSTER and VACUUM FULL on
what is older than the revision.

## Why is this bad?
REINDEX holds SHARE on the table (no writes) and ACCESS EXCLUSIVE on the index. CLUSTER, VACUUM
FULL and a plain REFRESH hold ACCESS EXCLUSIVE: not even a SELECT gets through until all is copied.

## When to leave it
In a maintenance window.
"""

from collections.abc import Iterator

from dbwright.core.claim import Claim
from dbwright.core.finding import Advice, Alternative, Finding, Risk
from dbwright.core.migration import Migration
from dbwright.core.operation import Maintain, Reindex
from dbwright.core.rule import Applies, RevisionExample
from dbwright.recipes import rebuild, revision

APPLIES = Applies(("postgresql",))
SEVERITY = "warning"
TABLES = """
    create table orders (id bigint primary key, total numeric not null);
    create materialized view daily as select count(*) as n from orders;
    create unique index uq_daily on daily (n);
    """

BAD = RevisionExample(
    before=TABLES,
    upgrade='op.execute("REINDEX TABLE orders")',
    claims=("blocks_writes",),
    object="orders",
)
BAD_REFRESH = RevisionExample(
    before=TABLES,
    upgrade='op.execute("REFRESH MATERIALIZED VIEW daily")',
    claims=("blocks_reads",),
    object="daily",
)
GOOD = RevisionExample(
    before=TABLES,
    upgrade="""
        with op.get_context().autocommit_block():
            op.execute("REINDEX TABLE CONCURRENTLY orders")
        """,
)
GOOD_REFRESH = RevisionExample(
    before=TABLES,
    upgrade='op.execute("REFRESH MATERIALIZED VIEW CONCURRENTLY daily")',
)


def check(migration: Migration) -> Iterator[Finding]:
    for number, statement, operation in migration.each(Reindex, Maintain):
        words = rebuild.words_of(operation)
        target = operation.target
        if words is None or target is None or not rebuild.stood_before(migration, target):
            continue
        relation = rebuild.relation_of(migration, target)
        kinds = rebuild.claims_of(operation)
        lock = "ShareLock" if isinstance(operation, Reindex) else "AccessExclusiveLock"
        stops = "every write" if isinstance(operation, Reindex) else "every read and write"
        yield Finding(
            f"{words} stops {stops} until it ends",
            migration.locate(statement, relation),
            tuple(Claim(kind, relation, lock) for kind in kinds),
            migration.weigh(relation, "warning"),
            migration.size_of(relation),
            {"operation": number},
        )


def advise(finding: Finding, migration: Migration) -> Advice:
    _, operation = migration.nth(finding.details["operation"], Reindex, Maintain)
    words = rebuild.words_of(operation) or ""
    fix = rebuild.without_blocking(migration, finding.details["operation"])
    return Advice(
        reason=f"{words} keeps its lock on {finding.location.object} while everything is written "
        "anew.",
        fix=fix,
        alternatives=(
            Alternative("run it by hand in a quiet window", "no revision; the window is yours"),
        ),
        risk=Risk(rebuild.risk_of(operation), "run it again; drop what is marked invalid first"),
        undo=revision.undo(fix, "none needed: the contents are the same before and after."),
        tests=f"while it runs, SELECT from and write to {finding.location.object} in a second "
        "session: both return.",
        backup="none needed: no row changes.",
    )

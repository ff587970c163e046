"""One transaction locks several tables against reads, and holds the first while it waits.

## What it does
Reports a revision that takes ACCESS EXCLUSIVE on two or more existing tables in one transaction.

## Why is this bad?
The first table stays locked while the second lock is waited for: the outage of one is the outage
of both. Code that uses them in the other order meets the migration in a deadlock.

## When to leave it
The tables are seldom used, or the change must be seen whole or not at all.
"""

from collections.abc import Iterator

from dbwright import dialects
from dbwright.core.claim import Claim
from dbwright.core.finding import Advice, Alternative, Finding, Risk
from dbwright.core.migration import Migration
from dbwright.core.rule import Applies, RevisionExample
from dbwright.recipes import revision, split

APPLIES = Applies(("postgresql",))
SEVERITY = "info"
MANY = 4
TABLES = """
    create table customers (id bigint primary key);
    create table orders (id bigint primary key);
    """

BAD = RevisionExample(
    before=TABLES,
    upgrade="""
        op.execute("SET LOCAL lock_timeout = '5s'")
        op.add_column("customers", sa.Column("region", sa.String(20)))
        op.add_column("orders", sa.Column("region", sa.String(20)))
        """,
    downgrade="""
        op.drop_column("orders", "region")
        op.drop_column("customers", "region")
        """,
    claims=("blocks_reads",),
    object="customers",
)
GOOD = RevisionExample(
    before=TABLES,
    upgrade="""
        op.execute("SET LOCAL lock_timeout = '5s'")
        op.add_column("customers", sa.Column("region", sa.String(20)))
        """,
    downgrade='op.drop_column("customers", "region")',
)


def check(migration: Migration) -> Iterator[Finding]:
    locks = dialects.get(migration.target.dialect).locks
    held: dict[int | None, list[tuple[int, str]]] = {}
    for number, (statement, operation) in enumerate(migration.operations()):
        effect = locks.effect(operation, migration.before, migration.target)
        table = effect.relation
        if table is None or not effect.blocks_reads or statement.autocommit:
            continue
        tables = held.setdefault(statement.transaction, [])
        if migration.stood_before(table) and table not in [name for _, name in tables]:
            tables.append((number, table))
    for tables in held.values():
        if len(tables) < 2:
            continue
        (_, first), (number, _), *_ = tables
        names = [name for _, name in tables]
        statement = list(migration.operations())[number][0]
        rest = ", ".join(names[1:])
        yield Finding(
            f"it stays locked against reads while the same transaction waits for {rest}",
            migration.locate(statement, first),
            tuple(Claim("blocks_reads", name, "AccessExclusiveLock") for name in names),
            "warning" if len(names) >= MANY else "info",
            details={"tables": names},
        )


def advise(finding: Finding, migration: Migration) -> Advice:
    tables: list[str] = finding.details["tables"]
    fix = split.per_table(migration, tables)
    return Advice(
        reason=f"locks last to the end of the transaction: {tables[0]} is released only when "
        f"{tables[-1]} is done.",
        fix=fix,
        alternatives=(
            Alternative(
                "keep one revision, with a short lock_timeout",
                "the change is seen whole or not at all; a busy table makes it fail more often",
            ),
        ),
        risk=Risk(
            "a deploy that fails between the revisions leaves the first ones applied",
            "each of them must be good for the code that runs: add, never take away",
        ),
        undo=revision.undo(fix, "put the statements back into one revision."),
        tests=f"hold a SELECT on {tables[-1]} open while it runs: {tables[0]} can be read.",
        backup="none needed: no row changes.",
    )

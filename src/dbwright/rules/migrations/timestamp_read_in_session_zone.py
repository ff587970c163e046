"""Timestamps get a time zone, or lose it, by the clock of whoever runs the revision.

## What it does
Reports ALTER COLUMN … TYPE between `timestamp` and `timestamptz` without USING, where the revision
does not set the session's time zone.

## Why is this bad?
PostgreSQL reads each value in the session's TimeZone: the same revision gives other moments on a
laptop and on the server. Unless the zone is UTC [PostgreSQL 12] it also writes the whole table
anew, under ACCESS EXCLUSIVE.

## When to leave it
Every session that runs migrations has the zone that the values were written in.
"""

from collections.abc import Iterator

from dbwright.core.claim import Claim
from dbwright.core.finding import Advice, Alternative, Finding, Risk
from dbwright.core.migration import Migration
from dbwright.core.operation import AlterType
from dbwright.core.rule import Applies, RevisionExample
from dbwright.recipes import change_type, revision

APPLIES = Applies(("postgresql",), since=(12,))
SEVERITY = "warning"
TABLES = "create table orders (id bigint primary key, placed_at timestamp not null);"
WITH_ZONE = 'op.alter_column("orders", "placed_at", type_=sa.DateTime(timezone=True))'
WITHOUT = 'op.alter_column("orders", "placed_at", type_=sa.DateTime())'

BAD = RevisionExample(
    before=TABLES,
    upgrade=WITH_ZONE,
    downgrade=WITHOUT,
    claims=("table_rewrite",),
    object="orders.placed_at",
)
BAD_LOSES_IT = RevisionExample(
    before=TABLES.replace("timestamp ", "timestamptz "),
    upgrade=WITHOUT,
    downgrade=WITH_ZONE,
    claims=("table_rewrite",),
)
GOOD = RevisionExample(
    before=TABLES,
    upgrade=f"""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL timezone = 'UTC'")
    {WITH_ZONE}
    """,
    downgrade=f"""
    op.execute("SET LOCAL timezone = 'UTC'")
    {WITHOUT}
    """,
)


def check(migration: Migration) -> Iterator[Finding]:
    for number, statement, operation in migration.each(AlterType):
        table = operation.table
        if operation.using or not migration.stood_before(table):
            continue
        if not change_type.converts_zones(migration, operation):
            continue
        if change_type.zone_of(migration, number) is not None:
            continue
        yield Finding(
            "its values are read in the time zone of the session that runs this, and in another "
            f"than UTC all of {table} is copied",
            migration.locate(statement, f"{table}.{operation.column}"),
            (Claim("table_rewrite", table, "AccessExclusiveLock"),),
            migration.weigh(table, "warning"),
            migration.size_of(table),
            {"operation": number},
        )


def advise(finding: Finding, migration: Migration) -> Advice:
    number = finding.details["operation"]
    _, operation = migration.nth(number, AlterType)
    table, name = operation.table, operation.column
    fix = change_type.in_utc(migration, number)
    return Advice(
        reason=f"a timestamp of {name} is no moment until a time zone is said; without one the "
        "session's TimeZone decides, and only UTC leaves the bytes as they are.",
        fix=fix,
        alternatives=(
            Alternative(
                "SET LOCAL timezone to the zone that the values were written in",
                f"right where that was not UTC; {table} is copied under a lock that stops reads, "
                "so take a second column and fill it in batches",
            ),
        ),
        risk=Risk(
            "where the values were written in another zone, all of them are off by its offset",
            "compare the newest row with the clock before and after",
        ),
        undo=revision.undo(fix, "alembic downgrade goes back, in the same time zone."),
        tests=f"in a session of another time zone: {name} of one row is the moment it was.",
        backup=f"none needed in UTC: the bytes of {name} stay. Else copy it with the key.",
    )

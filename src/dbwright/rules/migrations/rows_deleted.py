"""All rows of a table are deleted, and no downgrade brings them back.

## What it does
Reports DELETE without a condition, and TRUNCATE, on a table that is older than the revision, unless
an earlier statement copies the rows.

## Why is this bad?
The rows of production are gone once the transaction commits; those of a table truncated with
CASCADE take the rows of other tables with them.

## When to leave it
The rows can be made again, as those of a cache.
"""

from collections.abc import Iterator

from dbwright.core.claim import Claim
from dbwright.core.finding import Advice, Alternative, Finding, Risk
from dbwright.core.migration import Migration
from dbwright.core.operation import Data
from dbwright.core.rule import Applies, RevisionExample
from dbwright.recipes import archive, drop, revision

APPLIES = Applies()
SEVERITY = "error"
TABLES = "create table sessions (id bigint primary key, token text not null);"

BAD = RevisionExample(
    before=TABLES,
    upgrade='op.execute("DELETE FROM sessions")',
    claims=("data_loss",),
    object="sessions",
)
BAD_TRUNCATE = RevisionExample(
    before=TABLES,
    upgrade='op.execute("TRUNCATE sessions")',
    claims=("data_loss",),
)
BAD_TRUNCATE_CASCADE = RevisionExample(
    before=f"""
        {TABLES}
        create table visits (id bigint primary key, session_id bigint references sessions (id));
        """,
    upgrade='op.execute("TRUNCATE sessions CASCADE")',
    claims=("data_loss",),
)
BAD_MARIADB = RevisionExample(
    before="create table sessions (id bigint primary key, token varchar(90) not null)",
    upgrade='op.execute("DELETE FROM sessions")',
    claims=("data_loss",),
    object="sessions",
    dialect="mariadb",
)
GOOD = RevisionExample(
    before=TABLES,
    upgrade="""
        op.execute("CREATE TABLE sessions_retired (LIKE sessions INCLUDING ALL)")
        op.execute("INSERT INTO sessions_retired SELECT * FROM sessions")
        op.execute("DELETE FROM sessions")
        """,
    downgrade="""
        op.execute(
            "INSERT INTO sessions SELECT * FROM sessions_retired ON CONFLICT DO NOTHING"
        )
        op.execute("DROP TABLE sessions_retired")
        """,
)
GOOD_SOME = RevisionExample(
    before=TABLES,
    upgrade='op.execute("DELETE FROM sessions WHERE id = 1")',
)


def check(migration: Migration) -> Iterator[Finding]:
    for number, statement, operation in migration.each(Data):
        table = operation.table
        all_rows = operation.action == "truncate" or (
            operation.action == "delete" and not operation.bounded
        )
        if not all_rows or not migration.stood_before(table):
            continue
        along = drop.truncated_along(migration, operation)
        lost = [key for key in (table, *along) if not drop.is_kept(migration, number, key)]
        if drop.is_retired(table) or not lost:
            continue
        more = f", and those of {', '.join(along)}" if along else ""
        yield Finding(
            f"{operation.action.upper()} removes all of its rows for good{more}",
            migration.locate(statement, table),
            tuple(Claim("data_loss", each) for each in lost),
            evidence=migration.size_of(table),
            details={"operation": number},
        )


def advise(finding: Finding, migration: Migration) -> Advice:
    _, operation = migration.nth(finding.details["operation"], Data)
    table = operation.table
    fix = drop.copy_first(
        migration,
        finding.details["operation"],
        (table, *drop.truncated_along(migration, operation)),
    )
    return Advice(
        reason=f"a migration runs once, on production too: the rows of {table} are in no other "
        "place.",
        fix=fix,
        alternatives=(
            Alternative(
                "name the rows: a WHERE that only the unwanted ones meet",
                "nothing else can be hit; the condition must be right",
            ),
            Alternative(
                f"dump it first: pg_dump --data-only --table={table}",
                "no second table in the database; the dump must be kept and found again",
            ),
        ),
        risk=Risk(
            f"the copy needs as much room as {table}, and reads it whole",
            "drop it in a later release",
        ),
        undo=revision.undo(fix, f"insert the copy's rows into {table} again."),
        tests=f"count the rows of {table} before and of the copy after: the same.",
        backup=archive.words(migration, table, rows=True),
    )

"""All rows of a table, or an open number of them, are deleted, and no downgrade brings them back.

## What it does
Reports TRUNCATE, and DELETE without a condition, or (PostgreSQL) with one that only sets a limit on
one side, as `created_at < …` or `deleted_at IS NOT NULL`. The table is older than the revision, and
no earlier statement copies the rows. Rows removed for a constraint that the same revision adds are
left alone.

## Why is this bad?
The rows of production are gone once the transaction commits; those of a table truncated with
CASCADE take the rows of other tables with them. How many meet a limit, nobody saw.

## When to leave it
The rows can be made again, as those of a cache, or have outlived their use.
"""

from collections.abc import Iterator

from dbwright.core.claim import Claim
from dbwright.core.finding import Advice, Alternative, Finding, Risk
from dbwright.core.migration import Migration
from dbwright.core.operation import Data
from dbwright.core.rule import Applies, RevisionExample
from dbwright.recipes import archive, constraints, drop, revision

APPLIES = Applies()
TABLES = "create table sessions (id bigint primary key, token text not null);"

BAD = RevisionExample(
    before=TABLES,
    upgrade='op.execute("DELETE FROM sessions")',
    claims=("data_loss",),
    object="sessions",
)
BAD_OLD = RevisionExample(
    before="create table events (id bigint primary key, at timestamp not null);",
    upgrade="""op.execute("DELETE FROM events WHERE at < '2024-06-01'")""",
    claims=("data_loss", "long_row_locks"),
    object="events",
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

GOOD_REPAIR = RevisionExample(
    before="create table stays (id bigint primary key, nights int not null);",
    upgrade="""
        op.execute("SET LOCAL lock_timeout = '5s'")
        op.execute("DELETE FROM stays WHERE nights <= 0")
        op.execute("ALTER TABLE stays ADD CONSTRAINT ck CHECK (nights > 0) NOT VALID")
        """,
    downgrade="""op.drop_constraint("ck", "stays", type_="check")""",
)
GOOD_BY_KEY = RevisionExample(
    before=TABLES,
    upgrade="""op.execute("DELETE FROM sessions WHERE id BETWEEN 1 AND 3 OR token = 'x'")""",
)


def check(migration: Migration) -> Iterator[Finding]:
    for number, statement, operation in migration.each(Data):
        table = operation.table
        deletes = operation.action == "delete"
        all_rows = operation.action == "truncate" or (deletes and not operation.bounded)
        some = deletes and operation.open_ended and bool(operation.compared)
        if not (all_rows or some) or not migration.stood_before(table):
            continue
        if some and constraints.added_later(migration, number, table):
            continue
        along = drop.truncated_along(migration, operation)
        lost = [key for key in (table, *along) if not drop.is_kept(migration, number, key)]
        if drop.is_retired(table) or not lost:
            continue
        more = f", and those of {', '.join(along)}" if along else ""
        what = "every row that meets its condition" if some else "all of its rows"
        locks = (Claim("long_row_locks", table),) if some else ()
        yield Finding(
            f"{operation.action.upper()} removes {what} for good{more}",
            migration.locate(statement, table),
            (*(Claim("data_loss", each) for each in lost), *locks),
            "warning" if some else "error",
            migration.size_of(table),
            {"operation": number},
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
            Alternative(
                "after that, delete in batches by key, each in a transaction of its own",
                "no row stays locked for long; ended early, it has to be run again",
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

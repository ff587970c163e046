"""A unique constraint or primary key builds its index while every read and write waits.

## What it does
Reports ADD UNIQUE, ADD PRIMARY KEY, ADD EXCLUDE and ADD COLUMN … UNIQUE on a table that is older
than the revision, unless they take over an index that stands already.

## Why is this bad?
The statement holds ACCESS EXCLUSIVE from the first row to the last of its index, and fails when two
rows have the same values. A unique index built concurrently and taken over with USING INDEX needs
that lock for a moment only.

## When to leave it
The table is small. An EXCLUDE constraint has no other form: take a quiet window.
"""

from collections.abc import Iterator

from dbwright.core.claim import Claim
from dbwright.core.finding import Advice, Alternative, Finding, Risk
from dbwright.core.migration import Migration
from dbwright.core.rule import Applies, RevisionExample
from dbwright.recipes import revision, unique

APPLIES = Applies(("postgresql",))
SEVERITY = "error"
TABLES = "create table users (id bigint not null, email text not null);"

BAD = RevisionExample(
    before=TABLES,
    upgrade='op.create_unique_constraint("uq_users_email", "users", ["email"])',
    downgrade='op.drop_constraint("uq_users_email", "users", type_="unique")',
    claims=("blocks_reads", "full_scan_locked", "fails_on_data"),
    object="users",
)
BAD_PRIMARY_KEY = RevisionExample(
    before=TABLES,
    upgrade="""
        op.execute("SET LOCAL lock_timeout = '5s'")
        op.create_primary_key("users_pkey", "users", ["id"])
        op.execute("COMMENT ON TABLE users IS 'people'")
        """,
    downgrade='op.drop_constraint("users_pkey", "users", type_="primary")',
    claims=("blocks_reads", "full_scan_locked"),
)
BAD_WITH_COLUMN = RevisionExample(
    before=TABLES,
    upgrade='op.execute("ALTER TABLE users ADD COLUMN handle text UNIQUE")',
    downgrade='op.drop_column("users", "handle")',
    claims=("blocks_reads", "full_scan_locked"),
)
GOOD = RevisionExample(
    before=f"{TABLES} create unique index uq_users_email on users (email);",
    upgrade="""
        op.execute("SET LOCAL lock_timeout = '5s'")
        op.execute(
            "ALTER TABLE users ADD CONSTRAINT uq_users_email UNIQUE USING INDEX uq_users_email"
        )
        """,
    downgrade="""
        op.drop_constraint("uq_users_email", "users", type_="unique")
        op.create_index("uq_users_email", "users", ["email"], unique=True)
        """,
)


def check(migration: Migration) -> Iterator[Finding]:
    for number, (statement, operation) in enumerate(migration.operations()):
        if not unique.builds_index(migration, operation):
            continue
        table = str(getattr(operation, "table", ""))
        yield Finding(
            "building this constraint's index stops every read and write",
            migration.locate(statement, table),
            (
                Claim("blocks_reads", table, "AccessExclusiveLock"),
                Claim("full_scan_locked", table, "AccessExclusiveLock"),
                *unique.refusal(migration, number),
            ),
            migration.weigh(table, "error"),
            migration.size_of(table),
            {"operation": number},
        )


def advise(finding: Finding, migration: Migration) -> Advice:
    number = finding.details["operation"]
    table = finding.location.object
    fix = unique.without_blocking(migration, number)
    return Advice(
        reason=f"the index is built under AccessExclusiveLock on {table}: nothing reads or writes "
        "it until the last row is in.",
        fix=fix,
        alternatives=(
            Alternative(
                "build it in one step, with lock_timeout, in a quiet window",
                f"one revision; {table} cannot be used meanwhile",
            ),
        ),
        risk=Risk(
            "the build fails when two rows have the same values, and leaves an invalid index",
            f"look for duplicates first{unique.look_first(migration, number)}; drop the invalid "
            "index and run the revision again",
        ),
        undo=revision.undo(fix, "alembic downgrade drops the constraint; no row changes."),
        tests=f"insert the same values into {table} twice: the second one is refused.",
        backup="none needed: no row changes.",
    )

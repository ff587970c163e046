"""IF NOT EXISTS hides the invalid index that a failed concurrent build has left behind.

## What it does
Reports CREATE INDEX CONCURRENTLY IF NOT EXISTS on a table that is older than the revision, where
the revision does not drop the leftover first.

## Why is this bad?
A concurrent build that fails (a duplicate, a deadlock, a timeout) leaves an INVALID index. It
costs every write and serves no query. The second run sees its name, builds nothing and reports
success: the deploy is green and the index never works.

## When to leave it
Something else looks for `pg_index.indisvalid = false` after each deploy.
"""

from collections.abc import Iterator

from dbwright.core.claim import Claim
from dbwright.core.finding import Advice, Alternative, Finding, Risk
from dbwright.core.migration import Migration
from dbwright.core.operation import CreateIndex, DropIndex
from dbwright.core.rule import Applies, Reasoned, RevisionExample
from dbwright.recipes import index, revision

APPLIES = Applies(("postgresql",))
SEVERITY = "warning"
REASONED = Reasoned(
    "the invalid index comes of a build that failed before, and a fresh sandbox has none; on "
    "PostgreSQL 15 and 18 IF NOT EXISTS was seen to skip such an index with a notice"
)
TABLES = "create table users (id bigint primary key, email text not null);"

BAD = RevisionExample(
    before=TABLES,
    upgrade="""
        with op.get_context().autocommit_block():
            op.create_index(
                "uq_users_email",
                "users",
                ["email"],
                unique=True,
                postgresql_concurrently=True,
                if_not_exists=True,
            )
        """,
    downgrade="""
        with op.get_context().autocommit_block():
            op.drop_index("uq_users_email", postgresql_concurrently=True)
        """,
    claims=("leaves_object_behind",),
    object="users",
)
GOOD = RevisionExample(
    before=TABLES,
    upgrade="""
        with op.get_context().autocommit_block():
            op.execute("DROP INDEX CONCURRENTLY IF EXISTS uq_users_email")
            op.create_index(
                "uq_users_email", "users", ["email"], unique=True, postgresql_concurrently=True
            )
        """,
    downgrade="""
        with op.get_context().autocommit_block():
            op.drop_index("uq_users_email", postgresql_concurrently=True)
        """,
)


def check(migration: Migration) -> Iterator[Finding]:
    for number, statement, operation in migration.each(CreateIndex):
        hidden = operation.concurrently and operation.if_not_exists
        if not hidden or not migration.stood_before(operation.table):
            continue
        name = operation.index.name
        dropped = {found.index.rpartition(".")[2] for _, _, found in migration.each(DropIndex)}
        if name not in dropped:
            yield Finding(
                f"a failed build of {name} would be taken for the index ever after",
                migration.locate(statement, operation.table),
                (Claim("leaves_object_behind", operation.table),),
                details={"operation": number},
            )


def advise(finding: Finding, migration: Migration) -> Advice:
    _, operation = migration.nth(finding.details["operation"], CreateIndex)
    name = operation.index.name
    fix = index.drop_invalid_first(migration, finding.details["operation"])
    return Advice(
        reason=f"IF NOT EXISTS asks for the name {name} only, not whether that index is valid.",
        fix=fix,
        alternatives=(
            Alternative(
                "leave IF NOT EXISTS out",
                "a second run then stops with an error, and a person drops the leftover",
            ),
        ),
        risk=Risk(
            f"a valid {name} that stands already is dropped and built again",
            "the queries that it serves are slow until the build ends; check for it first",
        ),
        undo=revision.undo(fix, "put IF NOT EXISTS back."),
        tests=f"select indisvalid from pg_index where indexrelid = '{name}'::regclass after it.",
        backup="none needed: no row changes.",
    )

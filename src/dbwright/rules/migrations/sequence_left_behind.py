"""Rows are inserted with explicit ids while the sequence stays behind, and later inserts collide.

## What it does
Reports INSERT with a value for a column that a sequence or an identity fills, where no later
statement sets the sequence.

## Why is this bad?
The sequence still counts from where it was. The application's next INSERT gets an id that is taken
already, and fails with a duplicate key; so do the ones after it, one for each row.

## When to leave it
The ids lie far above what the sequence will reach.
"""

from collections.abc import Iterator

from dbwright.core.claim import Claim, SqlProbe
from dbwright.core.finding import Advice, Alternative, Finding, Risk
from dbwright.core.migration import Migration
from dbwright.core.operation import Data
from dbwright.core.rule import Applies, RevisionExample
from dbwright.recipes import revision, sequence

APPLIES = Applies(("postgresql",))
SEVERITY = "error"
CREATE = """
    roles = op.create_table(
        "roles",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("name", sa.String(20), nullable=False),
    )
    op.bulk_insert(roles, [{"id": 1, "name": "admin"}, {"id": 2, "name": "guest"}])
    """

BAD = RevisionExample(
    before="",
    upgrade=CREATE,
    downgrade='op.drop_table("roles")',
    claims=("refuses_good_row",),
    object="roles.id",
)
BAD_AHEAD = RevisionExample(
    before="create table settings (id serial primary key, name varchar(40) not null);",
    upgrade="""
        op.execute("INSERT INTO settings (id, name) VALUES (2, 'theme'), (3, 'density')")
        """,
    downgrade='op.execute("DELETE FROM settings WHERE id IN (2, 3)")',
    claims=("refuses_good_row",),
    object="settings.id",
)
GOOD = RevisionExample(
    before="",
    upgrade="""
        roles = op.create_table(
            "roles",
            sa.Column("id", sa.Integer(), primary_key=True),
            sa.Column("name", sa.String(20), nullable=False),
        )
        op.bulk_insert(roles, [{"id": 1, "name": "admin"}, {"id": 2, "name": "guest"}])
        op.execute(
            "SELECT setval(pg_get_serial_sequence('roles', 'id'), (SELECT max(id) FROM roles))"
        )
        """,
    downgrade='op.drop_table("roles")',
)


def check(migration: Migration) -> Iterator[Finding]:
    seen: set[str] = set()
    for number, statement, operation in migration.each(Data):
        table = operation.table
        if operation.action != "insert" or table in seen:
            continue
        column = sequence.filled_column(migration, table)
        if column is None or column not in operation.columns:
            continue
        if sequence.is_set(migration, number, table, column):
            continue
        seen.add(table)
        probe = SqlProbe((sequence.collides_sql(table, column),), "true")
        yield Finding(
            "its sequence stays behind these ids, and the next insert gets one that is taken",
            migration.locate(statement, f"{table}.{column}"),
            (Claim("refuses_good_row", table, column=column, probe=probe),),
            details={"operation": number, "column": column},
        )


def advise(finding: Finding, migration: Migration) -> Advice:
    _, operation = migration.nth(finding.details["operation"], Data)
    table, column = operation.table, finding.details["column"]
    fix = sequence.set_behind(migration, finding.details["operation"], column)
    return Advice(
        reason=f"an INSERT that names {column} does not move the sequence of {table}.",
        fix=fix,
        alternatives=(
            Alternative(
                f"leave {column} out of the rows, and look them up by another key",
                "no sequence to set; the ids then differ from one database to another",
            ),
        ),
        risk=Risk(
            "setval is not rolled back with the transaction",
            "a gap in the ids is all that a failed revision leaves",
        ),
        undo=revision.undo(fix, "none needed: a sequence that stands higher harms nobody."),
        tests=f"INSERT INTO {table} without {column}, right after the upgrade: it works.",
        backup="none needed: no row changes.",
    )

"""A revision that rows can stop in the middle stays half applied, and cannot be run again.

## What it does
Reports a revision on MySQL or MariaDB that changes the schema and then does what the rows of an
existing table may refuse: a UNIQUE, a foreign key, a CHECK, NOT NULL, a narrower type. A revision
whose first change is the only one that can be refused is not reported.

## Why is this bad?
Every change of the schema commits by itself there, and no rollback takes it back. When the second
one is refused, the first stays, `alembic_version` does not move, and the next try dies with
"Duplicate column name". Somebody has to mend the schema by hand, at night.

## When to leave it
The rows were looked at and meet what is asked of them, and nobody can write others meanwhile.
"""

from collections.abc import Iterator

from dbwright.core.claim import Claim
from dbwright.core.finding import Advice, Alternative, Finding, Risk
from dbwright.core.migration import Migration
from dbwright.core.rule import Applies, RevisionExample
from dbwright.recipes import half_applied, revision

APPLIES = Applies(("mysql", "mariadb"))
SEVERITY = "warning"
TABLES = "create table orders (id bigint auto_increment primary key, code varchar(20))"

BAD = RevisionExample(
    before=TABLES,
    upgrade="""
        op.add_column("orders", sa.Column("note", sa.String(90)))
        op.create_unique_constraint("uq_orders_code", "orders", ["code"])
        """,
    downgrade="""
        op.drop_constraint("uq_orders_code", "orders", type_="unique")
        op.drop_column("orders", "note")
        """,
    claims=("non_transactional",),
    object="orders",
    dialect="mariadb",
)
GOOD = RevisionExample(
    before=TABLES,
    upgrade='op.create_unique_constraint("uq_orders_code", "orders", ["code"])',
    downgrade='op.drop_constraint("uq_orders_code", "orders", type_="unique")',
    dialect="mariadb",
)
GOOD_NOTHING_TO_REFUSE = RevisionExample(
    before=TABLES,
    upgrade="""
        op.add_column("orders", sa.Column("note", sa.String(90)))
        op.create_index("ix_orders_code", "orders", ["code"])
        op.create_table("notes", sa.Column("id", sa.BigInteger(), primary_key=True))
        """,
    downgrade="""
        op.drop_table("notes")
        op.drop_index("ix_orders_code", "orders")
        op.drop_column("orders", "note")
        """,
    dialect="mariadb",
)


def check(migration: Migration) -> Iterator[Finding]:
    half = half_applied.found(migration)
    if half is None:
        return
    yield Finding(
        "when its rows refuse this change, the ones before it stay and the revision cannot be "
        "run again",
        migration.locate(half.refused, half.table),
        (Claim("non_transactional"),),
    )


def advise(finding: Finding, migration: Migration) -> Advice:
    half = half_applied.found(migration)
    assert half is not None
    fix = half_applied.apart(migration, half)
    return Advice(
        reason="MySQL and MariaDB commit every change of the schema by itself; what fails takes "
        "nothing back.",
        fix=fix,
        alternatives=(
            Alternative(
                "look for the rows that would be refused at the revision's start, and raise",
                "one revision; a row written between the look and the change still stops it",
            ),
        ),
        risk=Risk(
            "a deploy may stop between two of the revisions",
            "each of them is whole: alembic upgrade head goes on from there",
        ),
        undo=revision.undo(fix, "alembic downgrade takes the revisions back one by one."),
        tests=f"put a row in {half.table} that is refused, upgrade, remove it, upgrade again.",
        backup="none needed: no row changes.",
    )

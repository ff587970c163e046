"""The revision commits in its middle, and once it has stopped there it cannot be run again.

## What it does
Reports a revision that commits something that a second run cannot repeat, and does something after
it that can fail. On PostgreSQL an autocommit block commits. On MySQL and MariaDB every change of
the schema does; there only what rows may refuse is taken to fail: a UNIQUE, a foreign key, a CHECK,
NOT NULL, a narrower type. The revision is stopped there and run a second time, to see whether it
fails.

## Why is this bad?
When the later statement fails, the earlier ones stay, and `alembic_version` does not move: the next
deploy starts the revision from its first line and dies of "already exists" or "Duplicate column
name". Somebody has to mend the schema by hand, in the outage.

## When to leave it
The rows were looked at and meet what is asked of them, and nobody can write others meanwhile. Where
only indexes are left behind on PostgreSQL, it is an info: they harm nobody meanwhile.
"""

from collections.abc import Iterator

from dbwright.core.claim import Claim
from dbwright.core.finding import Advice, Alternative, Finding, Risk
from dbwright.core.migration import Migration
from dbwright.core.operation import CreateIndex
from dbwright.core.rule import Applies, RevisionExample
from dbwright.recipes import half_applied, revision

APPLIES = Applies(("postgresql", "mysql", "mariadb"))
TABLES = "create table orders (id bigint primary key, status text not null);"
BLOCK = """
    with op.get_context().autocommit_block():
        op.create_index("ix_orders_status", "orders", ["status"], postgresql_concurrently=True)
    """
DROP = """
    with op.get_context().autocommit_block():
        op.drop_index("ix_orders_status", table_name="orders", postgresql_concurrently=True)
    """
MARIADB = "create table orders (id bigint auto_increment primary key, code varchar(20))"

BAD = RevisionExample(
    before=TABLES,
    upgrade=f"""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("orders", sa.Column("region", sa.String(20)))
    {BLOCK}
    """,
    downgrade=f"""
    {DROP}
    op.drop_column("orders", "region")
    """,
    claims=("non_transactional",),
)
BAD_TWO_BUILDS = RevisionExample(
    before=TABLES,
    upgrade="""
        with op.get_context().autocommit_block():
            op.execute("CREATE INDEX CONCURRENTLY ix_one ON orders (status)")
            op.execute("CREATE INDEX CONCURRENTLY ix_two ON orders (lower(status))")
        """,
    downgrade="""
        with op.get_context().autocommit_block():
            op.execute("DROP INDEX CONCURRENTLY ix_two")
            op.execute("DROP INDEX CONCURRENTLY ix_one")
        """,
    claims=("non_transactional",),
)
BAD_MARIADB = RevisionExample(
    before=MARIADB,
    upgrade="""
        op.add_column("orders", sa.Column("note", sa.String(90)))
        op.create_unique_constraint("uq_orders_code", "orders", ["code"])
        """,
    downgrade="""
        op.drop_constraint("uq_orders_code", "orders", type_="unique")
        op.drop_column("orders", "note")
        """,
    claims=("non_transactional",),
    dialect="mariadb",
)
BAD_MARIADB_OWN_ROWS = RevisionExample(
    before=MARIADB,
    upgrade="""
        op.execute("CREATE TABLE regions (id integer PRIMARY KEY, name varchar(40))")
        op.execute("INSERT INTO regions (id, name) VALUES (1, 'north'), (2, 'south')")
        op.create_index("ux_regions_name", "regions", ["name"], unique=True)
        """,
    downgrade="""
        op.drop_index("ux_regions_name", "regions")
        op.execute("DELETE FROM regions")
        op.drop_table("regions")
        """,
    claims=("non_transactional",),
    dialect="mariadb",
)
GOOD = RevisionExample(before=TABLES, upgrade=BLOCK, downgrade=DROP)
GOOD_RUN_AGAIN = RevisionExample(
    before="create type channel as enum ('web'); create table visits (channel channel);",
    upgrade="""
        with op.get_context().autocommit_block():
            op.execute("ALTER TYPE channel ADD VALUE IF NOT EXISTS 'shop'")
        op.execute("COMMENT ON COLUMN visits.channel IS 'where it came from'")
        """,
    downgrade='raise NotImplementedError("PostgreSQL cannot take a label away")',
)
GOOD_MARIADB = RevisionExample(
    before=MARIADB,
    upgrade='op.create_unique_constraint("uq_orders_code", "orders", ["code"])',
    downgrade='op.drop_constraint("uq_orders_code", "orders", type_="unique")',
    dialect="mariadb",
)
GOOD_MARIADB_NOTHING_TO_REFUSE = RevisionExample(
    before=MARIADB,
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
    for half in half_applied.halves(migration)[:1]:
        stays = [" ".join(each.sql.split()) for each in half.committed]
        operations = [found for each in half.committed for found in each.operations]
        yield Finding(
            "when it stops here, what is committed before it stays and the revision cannot be run "
            "again",
            migration.locate(half.refused, migration.revision),
            (Claim("non_transactional"),),
            "info" if all(isinstance(found, CreateIndex) for found in operations) else "warning",
            evidence=tuple(f"committed by then: {sql}" for sql in stays if sql),
        )


def advise(finding: Finding, migration: Migration) -> Advice:
    half = half_applied.halves(migration)[0]
    fix = half_applied.apart(migration, half)
    return Advice(
        reason="what fails takes back nothing of what is committed, and Alembic starts the "
        "revision again from its first line.",
        fix=fix,
        alternatives=(
            Alternative(
                "IF NOT EXISTS and IF EXISTS on each statement that may have run",
                "one revision; an index that a failed build left invalid is then taken for done",
            ),
            Alternative(
                "look for the rows that would be refused at the revision's start, and raise",
                "one revision; a row written between the look and the change still stops it",
            ),
        ),
        risk=Risk(
            "a deploy may stop between two of the revisions",
            "each of them is whole, and must be good for the code that runs: add, never take away",
        ),
        undo=revision.undo(fix, "put the statements back into one revision."),
        tests="stop the upgrade at this statement (a lock on the table, a row that is refused), "
        "then run it again.",
        backup="none needed: no row changes.",
    )

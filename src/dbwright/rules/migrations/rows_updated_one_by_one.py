"""Rows are read into Python and updated one by one inside one transaction.

## What it does
Reports a line that sent many UPDATE statements for one existing table, one by one or as the flush
of a session does it, after rows were read.

## Why is this bad?
Each row costs a round trip, and all rows written stay locked until the last one is: a table of
millions takes hours, during which writes wait.

## When to leave it
The table is small.
"""

from collections import defaultdict
from collections.abc import Iterator

from dbwright.core.claim import Claim
from dbwright.core.finding import Advice, Alternative, Finding, Risk
from dbwright.core.migration import Migration
from dbwright.core.operation import Data, Select
from dbwright.core.place import Place
from dbwright.core.rule import Applies, RevisionExample
from dbwright.recipes import backfill, revision

APPLIES = Applies(("postgresql", "mysql", "mariadb"))
SEVERITY = "warning"
MANY = 5
TABLES = "create table users (id bigint primary key, email varchar(200) not null);"

BAD = RevisionExample(
    before=TABLES,
    upgrade="""
        connection = op.get_bind()
        for row in connection.execute(sa.text("SELECT id, email FROM users")).all():
            connection.execute(
                sa.text("UPDATE users SET email = :email WHERE id = :id"),
                {"email": row.email.lower(), "id": row.id},
            )
        """,
    claims=("long_row_locks",),
    object="users",
)
BAD_SESSION = RevisionExample(
    before=TABLES,
    upgrade="""
        from sqlalchemy import orm

        class User(orm.declarative_base()):
            __tablename__ = "users"
            id = sa.Column(sa.BigInteger, primary_key=True)
            email = sa.Column(sa.String(200))

        session = orm.Session(bind=op.get_bind())
        for user in session.query(User):
            user.email = user.email.lower() + "."
        session.flush()
        """,
    claims=("long_row_locks",),
    object="users",
)
GOOD_LIST = RevisionExample(
    before=TABLES,
    upgrade="""
        for number in range(1, 15):
            op.execute(f"UPDATE users SET email = 'user{number}@example.org' WHERE id = {number}")
        """,
)
BAD_ON_MARIADB = RevisionExample(
    before="create table users (id bigint primary key, email varchar(200) not null)",
    upgrade="""
        connection = op.get_bind()
        for row in connection.execute(sa.text("SELECT id, email FROM users")).all():
            connection.execute(
                sa.text("UPDATE users SET email = :email WHERE id = :id"),
                {"email": row.email.lower(), "id": row.id},
            )
        """,
    claims=("long_row_locks",),
    object="users",
    dialect="mariadb",
)
GOOD = RevisionExample(
    before=TABLES,
    upgrade="""
        op.execute("UPDATE users SET email = lower(email) WHERE id BETWEEN 1 AND 5000")
        """,
)
GOOD_ON_MARIADB = RevisionExample(
    before="create table users (id bigint primary key, email varchar(200) not null)",
    upgrade="""
        op.execute("UPDATE users SET email = lower(email) WHERE id BETWEEN 1 AND 5000")
        """,
    dialect="mariadb",
)


def check(migration: Migration) -> Iterator[Finding]:
    sent: dict[tuple[Place | None, str], list[int]] = defaultdict(list)
    has_read = False
    for number, statement, operation in migration.each(Data, Select):
        if isinstance(operation, Select):
            has_read = has_read or any(map(migration.stood_before, operation.tables))
            continue
        alone = operation.action in ("update", "delete") and not statement.autocommit
        # what is written out in the revision are few rows
        if alone and has_read and statement.executed and migration.stood_before(operation.table):
            sent[statement.place, operation.table] += [number] * statement.sets
    for (_, table), numbers in sent.items():
        if len(numbers) < MANY:
            continue
        statement = list(migration.operations())[numbers[0]][0]
        yield Finding(
            "its rows are written one statement each, and stay locked until the last one is",
            migration.locate(statement, table),
            (Claim("long_row_locks", table),),
            migration.weigh(table, "warning"),
            (f"{len(numbers)} statements on the scratch database", *migration.size_of(table)),
            {"operation": numbers[0]},
        )


def advise(finding: Finding, migration: Migration) -> Advice:
    statement, operation = migration.nth(finding.details["operation"], Data)
    table = operation.table
    fix = backfill.set_based(migration, statement, operation)
    return Advice(
        reason=f"the loop sends one statement for each row of {table}, in one transaction; --fix "
        "can only take it out of the transaction, a person can say it in SQL.",
        fix=fix,
        alternatives=(
            Alternative(
                "keep the loop, committed every few thousand rows, outside of the migrations",
                "needed where only Python can compute the value; a script to run and to watch",
            ),
        ),
        risk=Risk(
            "SQL and Python may disagree on a value (case, rounding, time zones)",
            "compare both on a copy before it runs",
        ),
        undo=revision.undo(fix, f"restore the columns of {table} from the copy."),
        tests=f"run it twice on a copy of {table}: the second run changes nothing.",
        backup=f"copy the columns written of {table} with its key.",
    )

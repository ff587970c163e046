"""A rename takes away the name that the running code still asks for.

## What it does
Reports the rename of a column, a table or an enum label that is older than the revision, unless a
view or another column takes the old name in the same revision.

## Why is this bad?
Old and new code run side by side during a deploy. From the rename on, every SELECT and INSERT of
the old code that names the thing fails, and after a rollback of the code all of them do.

## When to leave it
The service is down while the migration runs, or no code uses the thing yet.
"""

from collections.abc import Iterator

from dbwright.core.claim import Claim
from dbwright.core.finding import Advice, Alternative, Finding, Fix, Risk
from dbwright.core.migration import Migration
from dbwright.core.operation import RenameColumn, RenameEnumValue, RenameTable
from dbwright.core.rule import Applies, RevisionExample
from dbwright.recipes import drop, rename, revision

APPLIES = Applies(("postgresql", "mysql", "mariadb"))
SEVERITY = "error"
TABLES = "create table customers (id bigint primary key, mail varchar(200) not null);"
MODELS = """
from sqlalchemy import BigInteger, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

class Base(DeclarativeBase):
    pass

class Customer(Base):
    __tablename__ = "customers"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    mail: Mapped[str] = mapped_column(String(200))
"""

BAD = RevisionExample(
    before=TABLES,
    upgrade='op.alter_column("customers", "mail", new_column_name="email")',
    downgrade='op.alter_column("customers", "email", new_column_name="mail")',
    old_models=MODELS,
    claims=("breaks_old_code",),
    object="customers.mail",
)
BAD_TABLE = RevisionExample(
    before=TABLES,
    upgrade='op.rename_table("customers", "clients")',
    downgrade='op.rename_table("clients", "customers")',
    old_models=MODELS,
    claims=("breaks_old_code",),
    object="customers",
)
BAD_LABEL = RevisionExample(
    before="""
        create type mood as enum ('good', 'fair', 'bad');
        create table notes (id bigint primary key, mood mood not null);
        """,
    upgrade="""op.execute("ALTER TYPE mood RENAME VALUE 'bad' TO 'poor'")""",
    downgrade="""op.execute("ALTER TYPE mood RENAME VALUE 'poor' TO 'bad'")""",
    old_models="""
from sqlalchemy import BigInteger, Enum
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

class Base(DeclarativeBase):
    pass

class Note(Base):
    __tablename__ = "notes"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    mood: Mapped[str] = mapped_column(Enum("good", "fair", "bad", name="mood"))
""",
    claims=("breaks_old_code",),
    object="notes.mood",
)
MARIADB_TABLES = """
create table customers (
    id bigint auto_increment primary key, mail varchar(200) not null comment 'checked'
)
"""
BAD_ON_MARIADB = RevisionExample(
    before=MARIADB_TABLES,
    upgrade="""
        op.alter_column(
            "customers", "mail", new_column_name="email", existing_type=sa.String(200),
            existing_nullable=False, existing_comment="checked",
        )
        """,
    downgrade="""
        op.alter_column(
            "customers", "email", new_column_name="mail", existing_type=sa.String(200),
            existing_nullable=False, existing_comment="checked",
        )
        """,
    old_models=MODELS,
    claims=("breaks_old_code",),
    object="customers.mail",
    dialect="mariadb",
)
BAD_TABLE_ON_MARIADB = RevisionExample(
    before=MARIADB_TABLES,
    upgrade='op.rename_table("customers", "clients")',
    downgrade='op.rename_table("clients", "customers")',
    old_models=MODELS,
    claims=("breaks_old_code",),
    object="customers",
    dialect="mariadb",
)
GOOD = RevisionExample(
    before=TABLES,
    upgrade="""
        op.execute("SET LOCAL lock_timeout = '5s'")
        op.rename_table("customers", "clients")
        op.execute("CREATE VIEW customers AS SELECT * FROM clients")
        """,
    downgrade="""
        op.execute("DROP VIEW customers")
        op.rename_table("clients", "customers")
        """,
    old_models=MODELS,
)
GOOD_ON_MARIADB = RevisionExample(
    before=MARIADB_TABLES,
    upgrade="""
        op.execute("ALTER TABLE customers ADD COLUMN email varchar(200) NULL, ALGORITHM=INSTANT")
        op.execute(
            "CREATE TRIGGER customers_email_insert BEFORE INSERT ON customers FOR EACH ROW "
            "SET NEW.email = coalesce(NEW.email, NEW.mail), NEW.mail = NEW.email"
        )
        """,
    downgrade="""
        op.execute("DROP TRIGGER customers_email_insert")
        op.drop_column("customers", "email")
        """,
    old_models=MODELS,
    dialect="mariadb",
)


def check(migration: Migration) -> Iterator[Finding]:
    for number, statement, operation in migration.each(RenameColumn, RenameTable, RenameEnumValue):
        old = rename.old_name(migration, operation)
        if old is None:
            continue
        relation, column, name, to = old
        yield Finding(
            f"code that still asks for {name} fails as soon as it is called {to}",
            migration.locate(statement, f"{relation}.{column}" if column else relation),
            (Claim("breaks_old_code", relation, column=column),),
            details={"operation": number},
        )


def advise(finding: Finding, migration: Migration) -> Advice:
    number = finding.details["operation"]
    _, operation = migration.nth(number, RenameColumn, RenameTable, RenameEnumValue)
    fix = _fix(migration, number, operation)
    old = (
        operation.value
        if isinstance(operation, RenameEnumValue)
        else (operation.column if isinstance(operation, RenameColumn) else operation.table)
    )
    return Advice(
        reason=f"the code of before the deploy asks for {old}, and runs on beside the new one.",
        fix=fix,
        alternatives=(
            Alternative(
                f'rename in Python only: mapped_column("{old}") or __tablename__ = "{old}"',
                "no migration and no risk; the database keeps the old name",
            ),
        ),
        risk=Risk(
            "both names exist for a time, and somebody must take the old one away",
            f"plan the release that drops {old}; {drop.SUFFIX} marks what waits to be dropped",
        ),
        undo=revision.undo(fix, "alembic downgrade gives the old name back."),
        tests="run the old code's INSERT and SELECT against the new schema.",
        backup="none needed: every value stays.",
    )


def _fix(
    migration: Migration, number: int, operation: RenameColumn | RenameTable | RenameEnumValue
) -> Fix:
    if isinstance(operation, RenameColumn):
        return rename.column_beside(migration, number)
    if isinstance(operation, RenameTable):
        return rename.table_with_view(migration, number)
    return rename.label_beside(migration, number)

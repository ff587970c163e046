"""The revision imports the application's models, which change while the revision must not.

## What it does
Reports a revision that imports a module of models (`app.models`, `shop.db.entities`).

## Why is this bad?
A revision runs again in each new environment, for years, against the schema of its own day. The
models are those of today: once a column is added to the model, the old revision selects it from a
table that does not have it yet, and a fresh database cannot be built any more.

## When to leave it
The import only brings a type or a constant that will never change.
"""

from collections.abc import Iterator

from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.migration import Migration
from dbwright.core.rule import Applies, Reasoned, RevisionExample
from dbwright.recipes import revision, standalone

APPLIES = Applies()
SEVERITY = "warning"
REASONED = Reasoned(
    "the import works today; it breaks the day the models change, and no run can show that day"
)
TABLES = "create table users (id bigint primary key, active boolean not null);"
MODELS = '''"""Models."""

from sqlalchemy import BigInteger
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    active: Mapped[bool]
'''
CONFIG = """[alembic]
script_location = %(here)s/migrations
prepend_sys_path = %(here)s
"""

BAD = RevisionExample(
    before=TABLES,
    header="from shop.models import User",
    upgrade="""
        op.get_bind().execute(sa.update(User).where(User.id == 1).values(active=False))
        """,
    files=(
        ("alembic.ini", CONFIG),
        ("shop/__init__.py", "# the application\n"),
        ("shop/models.py", MODELS),
    ),
)
GOOD = RevisionExample(
    before=TABLES,
    upgrade="""
        users = sa.table("users", sa.column("id"), sa.column("active"))
        op.execute(users.update().where(users.c.id == 1).values(active=False))
        """,
)


def check(migration: Migration) -> Iterator[Finding]:
    if migration.source is None:
        return
    for line, module, names in standalone.model_imports(migration.source):
        what = ", ".join(names) or "it"
        yield Finding(
            f"this revision breaks the day {what} of {module} changes",
            Location(migration.path, line, migration.revision, module),
            severity="info" if standalone.is_harmless(migration.source, names) else "warning",
            details={"module": module, "names": list(names), "line": line},
        )


def advise(finding: Finding, migration: Migration) -> Advice:
    module = finding.details["module"]
    fix = standalone.own_tables(migration, finding.details["names"], finding.details["line"])
    return Advice(
        reason=f"{module} is of today, the revision of {migration.message or 'its own day'}.",
        fix=fix,
        alternatives=(
            Alternative(
                "write the statement in SQL: op.execute(…)",
                "nothing to import at all; no help with types and quoting",
            ),
        ),
        risk=Risk(
            "the model's Python defaults and events do not run for sa.table",
            "write out each value that the revision needs",
        ),
        undo=revision.undo(fix, "put the import back."),
        tests="alembic upgrade head on an empty database, with the models of today.",
        backup="none needed: the same rows are written.",
    )

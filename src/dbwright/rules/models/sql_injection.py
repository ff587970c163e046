"""A value from outside is written into SQL text, so whoever gives it writes SQL.

## What it does

Follows f-strings, `%`, `+` and `.format()` in `text()`, `literal_column()` and `exec_driver_sql()`
back to the parameters of the function around them, and through the functions that call it to where
the value enters the program: a request, an endpoint, a command. A function that nothing calls is
taken to be given anything, except the names of tables and columns.

## Why is this bad?

The database cannot tell the value from the statement. A search box then reads every table, the
passwords included, and a name with an apostrophe ends in a syntax error.

## When to leave it

When the value is one of a few that the code names. Values that are looked up in a constant, checked
by `in`, turned into a number, or constant in every call are left alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.mapping import Mapping
from dbwright.core.rule import Applies, ModelsExample
from dbwright.recipes import injection, injection_fix, injection_proof, models
from dbwright.recipes.model_draft import Draft

APPLIES = Applies()
SEVERITY = "error"
SECURITY = True

BAD = ModelsExample(
    code="""
class Product(Base):
    __tablename__ = "products"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(80))

def search(session: Session, words: str) -> Any:
    return session.execute(text(f"select id from products where title ilike '%{words}%'"))
""",
    claims=("runs_injected_sql",),
    object="search",
)
BAD_LATER = ModelsExample(
    code="""
class Product(Base):
    __tablename__ = "products"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(80))

def search(session: Session, words: str) -> Any:
    statement = text(f"select id from products where title = '{words.strip()}' limit 3")
    return session.execute(statement)
""",
    claims=("runs_injected_sql",),
    object="search",
)
GOOD = ModelsExample(
    code="""
class Product(Base):
    __tablename__ = "products"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(80))

ORDERS = {"title": "title", "newest": "id desc"}

def search(session: Session, words: str, order: str, most: int) -> Any:
    chosen = ORDERS[order]
    statement = text(
        f"select id from products where title ilike :words order by {chosen} limit {most}"
    )
    return session.execute(statement, {"words": f"%{words}%"})

def count(session: Session, table: str) -> Any:
    return session.execute(text(f"select count(*) from {table}"))

def counts(session: Session) -> Any:
    return count(session, Product.__tablename__)
""",
)
# as polar's webhooks
GOOD_ENUM = ModelsExample(
    code="""
class Product(Base):
    __tablename__ = "products"
    id: Mapped[int] = mapped_column(primary_key=True)
    tags: Mapped[str] = mapped_column(String(80))

import enum

class Kind(enum.StrEnum):
    new = "new"
    used = "used"

def of_kind(session: Session, kind: Kind | None) -> Any:
    return session.execute(text(f"select id from products where tags = '{kind}'"))
""",
)
# as privacyIDEA's models, whose migrations call it with names of their own
GOOD_MIGRATIONS = ModelsExample(
    code="""
class Product(Base):
    __tablename__ = "products"
    id: Mapped[int] = mapped_column(primary_key=True)

def restart_after_last(op: Any, table: str, sequence: str) -> None:
    last = op.get_bind().execute(text(f"select coalesce(max(id), 0) from {table}")).scalar()
    op.execute(f"alter sequence {sequence} restart with {last + 1}")
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each SQL text that a value from outside is written into."""
    for found in injection.injections(mapping.sources, mapping.callers):
        hole = next(hole for hole in found.holes if hole.tainted)
        probe = injection_proof.probe(found, mapping.schema.dialect)
        yield Finding(
            message=f"it writes {hole.code} into SQL: whoever gives the value writes SQL",
            location=Location.at(found.place, found.function),
            claims=(Claim("runs_injected_sql", probe=probe),),
            details={"hole": hole.code, "sink": found.sink},
        )


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives bound parameters, or a list of allowed words where SQL takes no parameter."""
    line = finding.location.line or 0
    hole = finding.details["hole"]
    draft = Draft(mapping).change(finding.location, lambda text: injection_fix.bound(text, line))
    fix = draft.fix(
        "send the value beside the statement",
        otherwise=f'ALLOWED = {{"title": "title", "newest": "id desc"}}  # what SQL may hold\n'
        f'chosen = ALLOWED[{hole}]  # or a bound parameter: text("… = :value").bindparams('
        f"value={hole})",
    )
    return Advice(
        reason="a bound parameter is sent apart from the statement and never parsed as SQL",
        fix=fix,
        alternatives=(
            Alternative(
                "select() with column objects instead of text()",
                "more code to change; columns and orders can be chosen safely as well",
            ),
            Alternative(
                "look the value up in a constant dict of allowed words",
                "for names of tables, columns and orders, which no parameter can stand for",
            ),
        ),
        risk=Risk(
            "a caller that passed SQL on purpose gets an empty result",
            "such a caller is the hole itself; search for it",
        ),
        undo=models.undo(fix, "put the f-string back"),
        tests="call it with o'brien and with ' or '1'='1: no error, and no more rows",
        backup="none needed: no row changes",
    )

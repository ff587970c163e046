"""All rows of a query are loaded, only to be counted.

## What it does

Reads the project's source for `len()` of all that a SELECT or Query of a mapped class gives:
`len(session.scalars(select(Order)).all())`, `len(list(…))`, or a variable that is read nowhere
else. Where a count could give another number, as of joined rows that `unique()` makes fewer, it is
silent.

## Why is this bad?

Every row comes over the network and becomes an object, for a number that the database counts
without sending one of them.

## When to leave it

When the objects are wanted in the Session, as later queries by their keys then find them there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dbwright.core.application import Application, Counted
from dbwright.core.claim import Claim, MapperProbe, QueryProbe
from dbwright.core.finding import Advice, Alternative, Finding, Fix, Location, Risk
from dbwright.core.rule import Applies, ModelsExample
from dbwright.recipes import models
from dbwright.recipes.loops.splices import spliced
from dbwright.recipes.model_draft import Draft

APPLIES = Applies()
SEVERITY = "warning"
MODELS = """
class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    status: Mapped[str] = mapped_column(Text)

"""
BAD = ModelsExample(
    MODELS
    + """
def open_orders(session):
    return len(session.scalars(select(Order).where(Order.status == "open")).all())
""",
    claims=("fewer_rows",),
    object="Order",
)
BAD_ASYNC = ModelsExample(
    MODELS
    + """
async def open_orders(session):
    query = select(Order).where(Order.status == "open").order_by(Order.id)
    orders = (await session.execute(query)).scalars().all()
    return len(orders)
""",
    claims=("fewer_rows",),
    object="Order",
)
BAD_QUERY = ModelsExample(
    MODELS
    + """
def open_orders(session):
    return len(session.query(Order).filter_by(status="open").order_by(Order.id).all())
""",
    claims=("fewer_rows",),
    object="Order",
)
GOOD = ModelsExample(
    MODELS
    + """
def open_orders(session):
    query = select(func.count()).select_from(Order).where(Order.status == "open")
    return session.scalar(query) or 0
"""
)
GOOD_READ = ModelsExample(
    MODELS
    + """
def open_orders(session):
    orders = session.scalars(select(Order).where(Order.status == "open")).all()
    return len(orders), [order.id for order in orders]
"""
)
GOOD_PAGE = ModelsExample(
    MODELS
    + """
def has_many(session):
    return len(session.scalars(select(Order).limit(11)).all()) > 10
"""
)


def check(application: Application) -> Iterator[Finding]:
    """Yields a finding for each line that counts what it loads."""
    for number, each in enumerate(application.counted):
        yield Finding(
            message="all rows are loaded, only to be counted",
            location=Location.at(each.place, each.object),
            claims=tuple(_claims(each)),
            evidence=(f"{each.place}: {application.line(each.place)}",),
            details={"number": number},
        )


def _claims(counted: Counted) -> Iterator[Claim]:
    yield Claim("fewer_rows", probe=MapperProbe("counts_rows", mapper=counted.owner))
    if counted.counting:
        other = counted.counting
        probe = QueryProbe(counted.sql, "cheaper", other=other, in_plan=False)
        yield Claim("cheaper_plan", probe=probe)


def advise(finding: Finding, application: Application) -> Advice:
    """Gives the count as the database makes it."""
    counted = application.counted[finding.details["number"]]
    fix = _fix(application, counted)
    return Advice(
        reason="every row is sent and becomes an object, for a number that the database knows",
        fix=fix,
        alternatives=(
            Alternative(
                f"session.scalar(select(select({counted.object}).where(…).exists())), where the "
                "number is only compared with 0",
                "the first row settles it, where a count reads all that match",
            ),
            Alternative(
                "a total that is kept in a row of its own, or an estimate",
                "reads one row however many there are; each write has to keep it, or it is near",
            ),
        ),
        risk=Risk(
            "the objects are no longer in the Session, where a later get() found them"
            if fix.edits
            else "a condition that names another table makes a count larger: nothing takes the "
            "same object twice out of it",
            "a test of the function: the number must be the same",
        ),
        undo=models.undo(fix, "load the rows again"),
        tests="a test that compares the number with that of rows it has made, and counts the rows "
        "that were sent with dbwright.watch()",
        backup="none needed: only reading changes",
    )


def _fix(application: Application, counted: Counted) -> Fix:
    title = "count in the database"
    whole = replace(application.mapping, sources=application.sources)
    draft = Draft(whole)
    if counted.edits:
        draft = draft.change(counted.place, lambda text: spliced(text, counted.edits))
        if counted.imports:
            draft = draft.imports(counted.place, "sqlalchemy", "func")
    return draft.fix(title, otherwise=counted.code)

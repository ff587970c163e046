"""An INSERT, UPDATE or DELETE is executed for each turn of a loop.

## What it does

Reads the project's source for statements that a `for` loop executes with the values of its turn.

## Why is this bad?

Each turn waits for the database. A list of dictionaries sends all rows of an INSERT or UPDATE in
one call, and one DELETE takes all keys.

## When to leave it

When a turn has to know the result of its own statement, or when each row may fail alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.application import Application
from dbwright.core.finding import Advice, Alternative, Finding, Fix, Risk, Undo
from dbwright.core.rule import Applies, ModelsExample, Reasoned
from dbwright.recipes.loops import advice

APPLIES = Applies()
SEVERITY = "info"
REASONED = Reasoned("how many turns the loop has is known to a run: dbwright queries watch")
MODELS = """
class Reading(Base):
    __tablename__ = "readings"
    id: Mapped[int] = mapped_column(primary_key=True)
    value: Mapped[int] = mapped_column(Integer)

"""
BAD = ModelsExample(
    MODELS
    + """
def save(session, values):
    for value in values:
        session.execute(insert(Reading).values(value=value))
""",
    object="Reading",
    fixed="""
def save(session, values):
    session.execute(insert(Reading), [{"value": value} for value in values])
""",
)
GOOD = ModelsExample(
    MODELS
    + """
def save(session, values):
    session.execute(insert(Reading), [{"value": value} for value in values])
"""
)
GOOD_RANGES = ModelsExample(
    MODELS
    + """
def raise_all(session, last):
    for low in range(1, last, 1000):
        query = update(Reading).where(Reading.id.between(low, low + 999))
        session.execute(query.values(value=Reading.value + 1))
"""
)


def check(application: Application) -> Iterator[Finding]:
    """Yields a finding for each line."""
    for repeat in application.repeats:
        if repeat.kind == "write":
            message = "each turn of the loop sends one row's statement"
            yield advice.finding(application, repeat, message, [])


def advise(finding: Finding, application: Application) -> Advice:
    """Gives the statement with all rows."""
    name = finding.location.object
    return Advice(
        reason="one statement, or one call with all rows, costs one round trip",
        fix=Fix(
            "gather the rows in the loop, and send them once",
            f"session.execute(insert({name}), rows)  # rows: a list of dictionaries\n"
            f"session.execute(update({name}), rows)  # each with the primary key\n"
            f"session.execute(delete({name}).where({name}.id.in_(keys)))",
        ),
        alternatives=(
            Alternative(
                "session.add_all() for objects that the session is to know",
                "the session gathers the rows itself, and sends them at the next flush",
            ),
        ),
        risk=Risk(
            "a row that fails takes the others of its call with it",
            "chunks in savepoints, where single rows may be refused",
        ),
        undo=Undo("put the statement back into the loop"),
        tests="a test that counts the statements, and that the same rows are written",
        backup="none needed: the same rows are written",
    )

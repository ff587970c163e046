"""Each turn of a loop ends with a commit or a flush.

## What it does

Reads the project's source for `for` loops that only work on their session and commit or flush it at
the end of each turn.

## Why is this bad?

A commit waits until the disk has written, and expires every object that the session holds; a flush
sends the changes of one turn alone. A loop that breaks off leaves half of its work committed.

## When to leave it

When each turn must stand for itself whatever happens to the others.
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
        session.add(Reading(value=value))
        session.commit()
""",
    object="Reading",
    fixed="""
def save(session, values):
    for value in values:
        session.add(Reading(value=value))
    session.commit()
""",
)
BAD_FLUSH = ModelsExample(
    MODELS
    + """
def save(session, values):
    for value in values:
        session.add(Reading(value=value))
        session.flush()
    session.commit()
""",
    object="Reading",
    fixed="""
def save(session, values):
    for value in values:
        session.add(Reading(value=value))
    session.commit()
""",
)
GOOD = ModelsExample(
    MODELS
    + """
def save(session, values):
    for value in values:
        session.add(Reading(value=value))
    session.commit()
"""
)
GOOD_BATCHES = ModelsExample(
    MODELS
    + """
def save(session, values):
    for number, value in enumerate(values):
        session.add(Reading(value=value))
        if number % 1000 == 999:
            session.commit()
    session.commit()
"""
)


def check(application: Application) -> Iterator[Finding]:
    """Yields a finding for each line."""
    for repeat in application.repeats:
        if repeat.kind in ("commit", "flush"):
            what = "commits" if repeat.kind == "commit" else "flushes"
            yield advice.finding(application, repeat, f"each turn of the loop {what} one row", [])


def advise(finding: Finding, application: Application) -> Advice:
    """Gives the commit or flush behind the loop."""
    word = advice.repeat_of(finding, application).kind
    return Advice(
        reason=f"one {word} behind the loop sends the rows together",
        fix=Fix(f"{word} once behind the loop", f"session.{word}()  # behind the loop"),
        alternatives=(
            Alternative(
                "every thousand rows",
                "for long loops: short transactions, and still few round trips",
            ),
        ),
        risk=Risk(
            "a turn that fails takes the ones before it with it, and locks are held longer",
            "batches, and savepoints (session.begin_nested()) where single rows may be refused",
        ),
        undo=Undo(f"put the {word} back into the loop"),
        tests=f"a test that counts the {word}s, and that the same rows are written",
        backup="none needed: the same rows are written",
    )

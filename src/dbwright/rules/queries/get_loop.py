"""Objects are fetched one by one by their keys in a loop.

## What it does

Looks for a line in a loop that asks `session.get()` for three and more different keys, each with a
SELECT of its own.

## Why is this bad?

Each key costs a round trip, though one SELECT with a list of keys gives them all. `get()` sends
nothing only for an object that is in the Session already and that something still holds.

## When to leave it

When the loop never has more than a few keys, or each step needs what the last one gave.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim, RunProbe
from dbwright.core.finding import Advice, Alternative, Finding
from dbwright.core.recording import Group, Recording, Scope, Shape
from dbwright.core.rule import Applies, ProgramExample
from dbwright.recipes.queries import repeats, watched

APPLIES = Applies()
SEVERITY = "warning"
MODELS = """
class Account(Base):
    __tablename__ = "account"
    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str]

def fill(session):
    session.add_all(Account(owner=f"owner {number}") for number in range(9))

KEYS = tuple(range(9, 0, -1))
"""
BAD = ProgramExample(
    MODELS
    + """
def work(session):
    names = []
    for key in KEYS:
        account = session.get(Account, key)
        names.append(account.owner)
    return names
""",
    fixed="""
def work(session):
    found = {each.id: each for each in session.scalars(select(Account).where(Account.id.in_(KEYS)))}
    return [found[key].owner for key in KEYS]
""",
    claims=("repeats_statement",),
    object="Account",
)
BAD_COMPOSITE = ProgramExample(
    """
class Line(Base):
    __tablename__ = "line"
    order_id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]

def fill(session):
    session.add_all(Line(order_id=o, number=n, text=f"{o}.{n}") for o in (1, 2) for n in (1, 2))

PAIRS = [(order, number) for number in (1, 2) for order in (1, 2)]

def work(session):
    return [session.get(Line, pair).text for pair in PAIRS]
""",
    fixed="""
def work(session):
    from sqlalchemy import tuple_

    query = select(Line).where(tuple_(Line.order_id, Line.number).in_(PAIRS))
    found = {(each.order_id, each.number): each for each in session.scalars(query)}
    return [found[pair].text for pair in PAIRS]
""",
    object="Line",
)
GOOD = ProgramExample(
    MODELS
    + """
def work(session):
    kept = session.scalars(select(Account)).all()
    return len(kept), [session.get(Account, key).owner for key in KEYS]
"""
)
GOOD_SESSIONS = ProgramExample(
    MODELS
    + """
def main(url):
    engine = create_engine(url)
    names = []
    for key in KEYS:
        with Session(engine) as session:
            names.append(session.get(Account, key).owner)
    return names
"""
)


def check(recording: Recording) -> Iterator[Finding]:
    """Yields a finding for each class and line."""
    for scope, group, shape in repeats.reads(recording, "get"):
        yield _finding(recording, scope, group, shape)


def _finding(recording: Recording, scope: Scope, group: Group, shape: Shape) -> Finding:
    names = repeats.Names(recording, scope)
    name = names.of_read(shape)
    known = names.mapped(shape.classes[0]) if shape.classes else None
    keys = known.keys if known is not None else ()
    return watched.finding(
        recording,
        scope,
        group,
        f"{group.count:,} SELECTs fetch one object each, by its key",
        name,
        [Claim("repeats_statement", probe=RunProbe(shape.sql, group.count))],
        of=name,
        keys=list(keys or ("id",)),
        merge=bool(group.through & watched.MERGE),
    )


def advise(finding: Finding, recording: Recording) -> Advice:
    """Gives one SELECT with the list of keys, and a dictionary."""
    name, keys = finding.details["of"], finding.details["keys"]
    condition = repeats.keyed([f"{name}.{key}" for key in keys])
    key = f"row.{keys[0]}" if len(keys) == 1 else f"({', '.join(f'row.{each}' for each in keys)})"
    code = (
        "# before the loop; `keys` are all that it goes through\n"
        f"query = select({name}).where({condition})\n"
        f"found = {{{key}: row for row in session.scalars(query)}}\n"
        "# in the loop\n"
        + ("session.merge(each)  # finds it in the Session" if finding.details["merge"]
           else f"row = found.get(key)  # for session.get({name}, key)")
    )  # fmt: skip
    return watched.code_advice(
        "each key is asked for by itself, and every question waits for the network",
        f"fetch all keys with one SELECT before the loop: {condition}",
        code,
        (
            Alternative(
                "a loader option, where the key is the foreign key of an object at hand",
                "joinedload() of the relationship gives the object with it; it needs one",
            ),
        ),
    )

"""A loop commits each row by itself.

## What it does

Looks for a line in a loop that commits five and more times after writing a row or a few, by
`session.commit()`, `session.begin()`, or `engine.begin()`.

## Why is this bad?

A commit waits until the disk has the row, so that a thousand commits take a thousand times as long
as one. An import that stops halfway leaves a half behind. The objects expire, and are read again.

## When to leave it

When each row is a job of its own whose result must stay though the next one fails. Silent are
batches, ranges, rows that are taken by SELECT … FOR UPDATE or by the same SELECT with a LIMIT,
turns whose error is caught or told by name, functions that call themselves, Sessions of their
own, and in tests the commits of a library, which may join a transaction of the caller's.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim, RunProbe
from dbwright.core.finding import Advice, Alternative, Finding, Risk
from dbwright.core.recording import Group, Recording, Scope
from dbwright.core.rule import Applies, ProgramExample
from dbwright.recipes.queries import watched, writing

APPLIES = Applies()
SEVERITY = "warning"
MODELS = """
class Entry(Base):
    __tablename__ = "entry"
    id: Mapped[int] = mapped_column(primary_key=True)
    amount: Mapped[int]
"""
BAD = ProgramExample(
    MODELS
    + """
def work(session):
    for number in range(12):
        session.add(Entry(amount=number))
        session.commit()
    return session.scalar(select(func.count(Entry.id)))
""",
    fixed="""
def work(session):
    session.add_all(Entry(amount=number) for number in range(12))
    session.commit()
    return session.scalar(select(func.count(Entry.id)))
""",
    claims=("commits_each_row",),
    object="Entry",
)
BAD_ENGINE = ProgramExample(
    MODELS
    + """
def save(engine, rows):
    for row in rows:
        with engine.begin() as connection:
            connection.execute(insert(Entry.__table__), row)

def main(url):
    engine = create_engine(url)
    save(engine, [{"amount": number} for number in range(6)])
    with engine.connect() as connection:
        return connection.scalar(select(func.count(Entry.id)))
""",
    fixed="""
def save(engine, rows):
    with engine.begin() as connection:
        connection.execute(insert(Entry.__table__), rows)
""",
    object="entry",
)
GOOD = ProgramExample(
    MODELS
    + """
def work(session):
    for start in range(0, 60, 10):
        session.add_all(Entry(amount=number) for number in range(start, start + 10))
        session.commit()
    return session.scalar(select(func.count(Entry.id)))
"""
)
GOOD_JOBS = ProgramExample(
    MODELS
    + """
def fill(session):
    session.add_all(Entry(amount=0) for _ in range(4))

def take(session):
    query = select(Entry).where(Entry.amount == 0).limit(1)
    return session.scalars(query.with_for_update(skip_locked=True)).one_or_none()

def work(session):
    done = 0
    while (entry := take(session)) is not None:
        entry.amount = done = done + 1
        session.commit()
    return done
"""
)
GOOD_SLICES = ProgramExample(
    MODELS
    + """
def fill(session):
    session.add_all(Entry(amount=0) for _ in range(8))

def work(session):
    oldest = select(Entry).where(Entry.amount == 0).order_by(Entry.id).limit(2)
    while found := session.scalars(oldest).all():
        for entry in found:
            entry.amount = 1
        session.commit()
    return session.scalar(select(func.sum(Entry.amount)))
"""
)
GOOD_CAUGHT = ProgramExample(
    MODELS
    + """
def save(session, key):
    try:
        session.add(Entry(id=key, amount=key))
        session.commit()
    except Exception:
        session.rollback()

def work(session):
    for key in [1, 2, 2, 3, 4, 5]:
        save(session, key)
    return session.scalar(select(func.count(Entry.id)))
"""
)
GOOD_TREE = ProgramExample(
    MODELS
    + """
def reset(session, amount):
    session.add(Entry(amount=amount))
    session.commit()
    if amount:
        reset(session, amount - 1)

def work(session):
    reset(session, 8)
"""
)
GOOD_REQUESTS = ProgramExample(
    MODELS
    + """
def handle(engine, amount):
    with Session(engine) as session:
        session.add(Entry(amount=amount))
        session.commit()

def main(url):
    engine = create_engine(url)
    for number in range(5):
        handle(engine, number)
"""
)
GOOD_PINGS = ProgramExample(
    MODELS
    + """
def work(session):
    for number in range(6):
        with session.get_bind().begin() as connection:
            connection.execute(text("select 1"))
        session.add(Entry(amount=number))
    session.commit()
    return session.scalar(select(func.count(Entry.id)))
"""
)


def check(recording: Recording) -> Iterator[Finding]:
    """Yields a finding for each line."""
    found = (
        (scope, *each) for scope in recording.scopes for each in writing.commits(recording, scope)
    )
    for scope, group, name in writing.worst(found):
        yield _finding(recording, scope, group, name)


def _finding(recording: Recording, scope: Scope, group: Group, name: str) -> Finding:
    said = f"the program committed {group.count:,} times"
    return watched.finding(
        recording,
        scope,
        group,
        f"{group.count:,} commits write a row or a few each",
        name,
        [Claim("commits_each_row", probe=RunProbe("", group.count, said=said))],
        engine="begin(" in (group.place.code if group.place else ""),
    )


def advise(finding: Finding, recording: Recording) -> Advice:
    """Gives the commit behind the loop, or for each batch."""
    if finding.details["engine"]:
        code = (
            "with engine.begin() as connection:  # or session.begin(): around the loop\n"
            "    for … in …:\n"
            "        …"
        )
    else:
        code = (
            "for number, … in enumerate(…, 1):\n"
            "    …\n"
            "    if number % 1_000 == 0:  # a batch, where there are very many\n"
            "        session.commit()\n"
            "session.commit()"
        )
    return watched.code_advice(
        "each commit waits until the disk has it, and the next row waits for the commit",
        "commit behind the loop, or once for each batch",
        code,
        (
            Alternative(
                "a savepoint for each row (session.begin_nested()), one commit at the end",
                "a bad row fails alone, and the rest stays; two small statements more a row",
            ),
            Alternative(
                "synchronous_commit = off for this transaction, on PostgreSQL",
                "commits do not wait; the last ones may be lost when the server crashes",
            ),
        ),
        Risk(
            "a failure takes back all since the last commit, and locks are held until then",
            "commit in batches of some hundred to thousand rows, and note how far it came",
        ),
    )

"""Each query of a loop first flushes what the turn before has added.

## What it does

Looks for a line in a loop whose query makes the Session flush a few objects five and more times.

## Why is this bad?

A query flushes first, so that it sees what is pending. In a loop that adds and asks in turns, each
object is written by itself, beside the query that each turn costs already.

## When to leave it

When the query must see what the turns before have added. A page of what the loop goes through is
none of it.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim, RunProbe
from dbwright.core.finding import Advice, Alternative, Finding, Risk
from dbwright.core.recording import Group, Recording, Scope
from dbwright.core.rule import Applies, ProgramExample
from dbwright.recipes.queries import repeats, watched, writing

APPLIES = Applies()
SEVERITY = "warning"
MODELS = """
class Account(Base):
    __tablename__ = "account"
    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str]

class Entry(Base):
    __tablename__ = "entry"
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)

def fill(session):
    session.add_all(Account(owner=f"owner {number}") for number in range(9))

OWNERS = [f"owner {number}" for number in range(6)]
"""
BAD = ProgramExample(
    MODELS
    + """
def work(session):
    for owner in OWNERS:
        key = session.scalar(select(Account.id).where(Account.owner == owner))
        session.add(Entry(account_id=key))
    session.commit()
    return session.scalar(select(func.count(Entry.id)))
""",
    fixed="""
def work(session):
    query = select(Account.owner, Account.id).where(Account.owner.in_(OWNERS))
    keys = dict(session.execute(query).all())
    session.add_all(Entry(account_id=keys[owner]) for owner in OWNERS)
    session.commit()
    return session.scalar(select(func.count(Entry.id)))
""",
    claims=("flushes_each_row",),
    object="Entry",
)
GOOD = ProgramExample(
    MODELS
    + """
def work(session):
    for key in session.scalars(select(Account.id)).all():
        session.add(Entry(account_id=key))
    session.commit()
    return session.scalar(select(func.count(Entry.id)))
"""
)
GOOD_TWO = ProgramExample(
    MODELS
    + """
def work(session):
    session.add(Entry(account_id=1))
    first = session.scalar(select(func.count(Entry.id)))
    session.add(Entry(account_id=2))
    return first, session.scalar(select(func.count(Entry.id)))
"""
)
GOOD_PAGES = ProgramExample(
    MODELS
    + """
def page(session, after):
    query = select(Account).where(Account.id > after).order_by(Account.id).limit(2)
    return session.scalars(query).all()

def work(session):
    accounts = page(session, 0)
    while accounts:
        for account in accounts:
            account.owner = account.owner.upper()
        accounts = page(session, accounts[-1].id)
"""
)
GOOD_EQUAL = ProgramExample(
    MODELS
    + """
def work(session):
    found = []
    for account in session.scalars(select(Account).order_by(Account.id).limit(8)).all():
        account.owner = account.owner.strip()
        found.append(session.scalar(select(func.count(Entry.id))))
    return found
"""
)


def check(recording: Recording) -> Iterator[Finding]:
    """Yields a finding for each line; what delete() loads is cascade-delete-per-row's."""
    for scope in recording.scopes:
        for group, class_ in writing.flushes(recording, scope, "autoflush"):
            if not group.through & watched.DELETE:
                yield _finding(recording, scope, group, class_)


def _finding(recording: Recording, scope: Scope, group: Group, class_: str) -> Finding:
    name = repeats.Names(recording, scope).loading.name(class_)
    said = f"queries flushed {group.count:,} times, {writing.objects(group):.2g} objects each"
    return watched.finding(
        recording,
        scope,
        group,
        f"{group.count:,} queries flush what the turn before has changed",
        name,
        [Claim("flushes_each_row", probe=RunProbe("", group.count, said=said))],
        of=name,
        code=group.place.code if group.place else "",
    )


def advise(finding: Finding, recording: Recording) -> Advice:
    """Gives the query before the loop, or no_autoflush around it."""
    name = finding.details["of"]
    return watched.code_advice(
        f"the query within the loop writes the pending {name} first, one at a time",
        "ask once before the loop for all that it needs, and add in the loop",
        "# before the loop: one SELECT with in_() instead of one in each turn, its rows in a dict\n"
        "found = {row.key: row for row in session.execute(query_for_all)}\n"
        "# where the query must stay, and need not see what the loop adds:\n"
        "with session.no_autoflush:\n"
        f"    {finding.details['code'] or '…'}",
        (
            Alternative(
                "Session(autoflush=False) for the whole import",
                "every query of it misses what is pending",
            ),
        ),
        Risk(
            "a query that no longer flushes does not see what the loop has added",
            "keep the flush where a key may come twice in one import, or keep them in a dictionary",
        ),
    )

"""refresh() is called for object after object: one SELECT for each.

## What it does

Looks for a line that refreshes several objects of one query, or several in one transaction.

## Why is this bad?

Each refresh costs a round trip. One SELECT with `populate_existing` reads them all anew; and often
nothing is to be read: an INSERT brings its keys and defaults with it, by RETURNING, and with
`expire_on_commit=False` a commit forgets nothing.

## When to leave it

When each object must be as new as can be at its turn, since others change them meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.finding import Advice, Alternative, Finding, Fix, Risk, Undo
from dbwright.core.recording import Group, Recording, Scope
from dbwright.core.rule import Applies, ProgramExample
from dbwright.recipes.queries import watched
from dbwright.recipes.queries.loading import Loading, Step, on_root
from dbwright.recipes.queries.reloads import reloads, select_again

APPLIES = Applies()
SEVERITY = "warning"
MODELS = """
class Account(Base):
    __tablename__ = "account"
    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str]
    balance: Mapped[int] = mapped_column(default=0)
    entries: Mapped[list["Entry"]] = relationship()

class Entry(Base):
    __tablename__ = "entry"
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)

def fill(session):
    session.add_all(Account(owner=f"owner {n}", entries=[Entry(), Entry()]) for n in range(6))
"""
BAD = ProgramExample(
    MODELS
    + """
def work(session):
    accounts = session.scalars(select(Account).order_by(Account.id)).all()
    for account in accounts:
        session.refresh(account)
    return [account.balance for account in accounts]
""",
    fixed="""
def work(session):
    accounts = session.scalars(select(Account).order_by(Account.id)).all()
    again = select(Account).where(Account.id.in_([each.id for each in accounts]))
    session.scalars(again.execution_options(populate_existing=True)).all()
    return [account.balance for account in accounts]
""",
    claims=("repeats_statement",),
    object="Account",
)
BAD_NEW = ProgramExample(
    MODELS
    + """
def work(session):
    accounts = [Account(owner=f"new {number}") for number in range(4)]
    session.add_all(accounts)
    session.commit()
    for account in accounts:
        session.refresh(account)
    return [account.balance for account in accounts]
""",
    fixed="""
def work(session):
    session.expire_on_commit = False
    accounts = [Account(owner=f"new {number}") for number in range(4)]
    session.add_all(accounts)
    session.commit()
    return [account.balance for account in accounts]
""",
    claims=("repeats_statement",),
    object="Account",
)
BAD_COMMITTED = ProgramExample(
    BAD_NEW.code,
    fixed="""
def work(session):
    accounts = [Account(owner=f"new {number}") for number in range(4)]
    session.add_all(accounts)
    session.commit()
    keys = [inspect(each).identity[0] for each in accounts]
    again = select(Account).where(Account.id.in_(keys))
    session.scalars(again.execution_options(populate_existing=True)).all()
    return [account.balance for account in accounts]
""",
    object="Account",
)
BAD_RELATIONSHIP = ProgramExample(
    MODELS
    + """
def work(session):
    accounts = session.scalars(select(Account).order_by(Account.id)).all()
    for account in accounts:
        session.refresh(account, ["entries"])
    return [len(account.entries) for account in accounts]
""",
    fixed="""
def work(session):
    query = select(Account).options(selectinload(Account.entries)).order_by(Account.id)
    return [[entry.id for entry in account.entries] for account in session.scalars(query)]
""",
    claims=("repeats_statement",),
    object="Account",
)
GOOD = ProgramExample(
    MODELS
    + """
def work(session):
    account = Account(owner="new")
    session.add(account)
    session.flush()
    session.refresh(account)
    return account.balance
"""
)
GOOD_EACH_ITS_OWN = ProgramExample(
    MODELS
    + """
def create(session, number):
    account = Account(owner=f"new {number}")
    session.add(account)
    session.commit()
    session.refresh(account)
    return account.owner

def work(session):
    return [create(session, 1), create(session, 2), create(session, 3)]
"""
)


def check(recording: Recording) -> Iterator[Finding]:
    """Yields a finding for each class and line."""
    for scope, group in reloads(recording, "refresh"):
        yield _finding(recording, scope, group)


def _finding(recording: Recording, scope: Scope, group: Group) -> Finding:
    loading = Loading(recording, scope)
    name, known = loading.name(group.owner), loading.mapped(group.owner)
    related = known.relationships if known is not None else {}
    names = [each for each in group.names if each in related]
    origin = loading.origin(group) if names else None
    if origin is not None and not loading.is_a(group.owner, loading.end(origin)):
        origin = None  # something between the two was not seen
    way = loading.steps(origin) if origin is not None else []
    loaders = [(loading.best(origin, related[each]), each) for each in names]
    chains = [[*way, Step(loader, group.owner, attribute)] for loader, attribute in loaders]
    code = ", ".join(map(loading.code, chains))
    return watched.finding(
        recording,
        scope,
        group,
        f"refresh() sends {group.count:,} SELECTs, one for each object",
        name,
        watched.repeated(recording, group),
        option=code,
        code=on_root(origin, code) if origin is not None else f".options({code})",
        again=select_again(loading, group),
        new=group.batch == 0,
    )


def advise(finding: Finding, recording: Recording) -> Advice:
    """Gives the one SELECT that reads all anew, or the option of what is only to be loaded."""
    details = finding.details
    fix = Fix("read them all by one SELECT, and refresh none", details["again"])
    if details["option"]:
        fix = Fix(f"load it with the query, and refresh none: {details['option']}", details["code"])
    new = Alternative(
        "no refresh at all, with expire_on_commit=False where a commit comes before it",
        "an INSERT brings keys and defaults with it; what a trigger writes is not seen",
    )
    keep = Alternative(
        "with_for_update() in that SELECT", "the rows cannot change until the transaction ends"
    )
    return Advice(
        reason="refresh() reads one object, and the loop calls it for one after the other",
        fix=fix,
        alternatives=(new, keep) if details["new"] else (keep, new),
        risk=Risk(
            "what is changed and not yet flushed is lost in the objects that are read anew",
            "flush before it; autoflush does so by itself",
        ),
        undo=Undo("call refresh() again"),
        tests="count the statements in a test: with dbwright.watch()",
        backup="none needed: only how objects are read changes",
    )

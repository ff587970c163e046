"""Objects that expired are loaded again one by one: one SELECT for each.

## What it does

Looks for a line that reads several objects of which a commit, or an UPDATE, has expired what they
held.

## Why is this bad?

A commit expires all that a Session holds, since others may have changed it by then. Whoever reads a
list after it sends a SELECT for each of its objects, for values that the program has just written.

## When to leave it

When what others have changed since must be seen; one SELECT with `populate_existing` shows it too.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Trial
from dbwright.core.finding import Advice, Alternative, Finding, Fix, Risk, Undo
from dbwright.core.recording import Group, Recording, Scope
from dbwright.core.rule import Applies, ProgramExample
from dbwright.recipes.queries import watched
from dbwright.recipes.queries.loading import Loading
from dbwright.recipes.queries.reloads import (
    COMMITS,
    asked_by_a_test,
    commit_before,
    expired_by_tests,
    reloads,
    select_again,
)

APPLIES = Applies()
SEVERITY = "warning"
MODELS = """
class Account(Base):
    __tablename__ = "account"
    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str]
    balance: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(server_default="1", onupdate=text("version + 1"))

def fill(session):
    session.add_all(Account(owner=f"owner {number}") for number in range(6))
"""
BAD = ProgramExample(
    MODELS
    + """
def work(session):
    accounts = session.scalars(select(Account).order_by(Account.id)).all()
    for account in accounts:
        account.balance += 1
    session.commit()
    return [(account.owner, account.balance) for account in accounts]
""",
    fixed="""
def work(session):
    session.expire_on_commit = False
    accounts = session.scalars(select(Account).order_by(Account.id)).all()
    for account in accounts:
        account.balance += 1
    session.commit()
    return [(account.owner, account.balance) for account in accounts]
""",
    claims=("fewer_statements", "repeats_statement"),
    object="Account",
)
BAD_UPDATE = ProgramExample(
    MODELS
    + """
def work(session):
    accounts = session.scalars(select(Account).order_by(Account.id)).all()
    query = update(Account).values(balance=Account.balance + func.length(Account.owner))
    session.execute(query)
    return [account.balance for account in accounts]
""",
    fixed="""
def work(session):
    accounts = session.scalars(select(Account).order_by(Account.id)).all()
    query = update(Account).values(balance=Account.balance + func.length(Account.owner))
    session.execute(query)
    again = select(Account).where(Account.id.in_([each.id for each in accounts]))
    session.scalars(again.execution_options(populate_existing=True)).all()
    return [account.balance for account in accounts]
""",
    claims=("repeats_statement",),
    object="Account",
)
BAD_BY_SERVER = ProgramExample(
    MODELS
    + """
def work(session):
    accounts = session.scalars(select(Account).order_by(Account.id)).all()
    for account in accounts:
        account.balance += 1
    session.flush()
    return [account.version for account in accounts]
""",
    claims=("repeats_statement",),
    object="Account",
)
GOOD = ProgramExample(
    MODELS
    + """
def work(session):
    account = session.get(Account, 2)
    account.balance += 5
    session.commit()
    return account.balance
"""
)
GOOD_SELECTED = ProgramExample(
    MODELS
    + """
def work(session):
    accounts = session.scalars(select(Account).order_by(Account.id)).all()
    for account in accounts:
        account.balance += 1
    session.commit()
    return [account.balance for account in session.scalars(select(Account).order_by(Account.id))]
"""
)


def check(recording: Recording) -> Iterator[Finding]:
    """Yields a finding for each class and line."""
    for scope, group in reloads(recording, "expired"):
        cause = _cause(scope, group, Loading(recording, scope))
        unknown = cause == "session" and asked_by_a_test(group)
        if not unknown and (cause != "commit" or not expired_by_tests(scope, group)):
            yield _finding(recording, scope, group)


def _finding(recording: Recording, scope: Scope, group: Group) -> Finding:
    loading = Loading(recording, scope)
    cause = _cause(scope, group, loading)
    place = group.place
    assert place is not None
    trials = [Trial(place.file, place.line, group.owner, keep=True)] if cause == "commit" else []
    commit = commit_before(scope, group)
    where = f" at {commit.file}:{commit.line}" if commit is not None and cause == "commit" else ""
    return watched.finding(
        recording,
        scope,
        group,
        f"{group.count:,} SELECTs load again, one for each object, {_SAID[cause]}{where}",
        loading.name(group.owner),
        watched.repeated(recording, group, trials),
        cause=cause,
        names=list(group.names),
        again=select_again(loading, group),
    )


_SAID = {
    "commit": "what the commit has expired",
    "server": "what the database has filled in",
    "session": "what expire(), a rollback or the end of a savepoint has expired",
    "statement": "what a statement has expired",
}


def _cause(scope: Scope, group: Group, loading: Loading) -> str:
    """Says what expired the objects: a commit all that they hold, others a part of it.

    Where all is expired and nothing was committed it is the Session's doing, as in tests whose
    Session has a transaction around it: there its commit() ends a savepoint.
    """
    known = loading.mapped(group.owner)
    columns = known.columns if known is not None else {}
    read = [columns[name] for name in group.names if name in columns]
    if read and all(each.server for each in read):
        return "server"
    whole = all(name in group.names for name, each in columns.items() if not each.deferred)
    if not whole:
        return "statement"
    return "commit" if any(each.how in COMMITS for each in scope.groups) else "session"


def advise(finding: Finding, recording: Recording) -> Advice:
    """Gives what keeps the objects as they are, or reads them all by one SELECT."""
    again, name, cause = finding.details["again"], finding.location.object, finding.details["cause"]
    reason, fix, risk, undo = _cure(cause, again, name or "")
    return Advice(
        reason=reason,
        fix=fix,
        alternatives=(
            _other(cause, again),
            Alternative(
                "read what is needed before the commit",
                "the values are those of the program, and nothing is asked of the database",
            ),
        ),
        risk=risk,
        undo=undo,
        tests="count the statements in a test: with dbwright.watch()",
        backup="none needed: only how objects are loaded changes",
    )


def _cure(cause: str, again: str, name: str) -> tuple[str, Fix, Risk, Undo]:
    return {
        "commit": (
            "the commit expires all objects of the Session, and each asks for its values again "
            "when it is read",
            Fix(
                "keep what the objects hold: expire_on_commit=False",
                "Session(engine, expire_on_commit=False)  # or sessionmaker(…)",
            ),
            Risk(
                "what others changed since the commit is not seen by itself",
                "refresh() the object whose newest state matters",
            ),
            Undo("take expire_on_commit=False away"),
        ),
        "server": (
            "the database fills the column at each write, and each object asks for it when it is "
            "read",
            Fix(
                "have the write bring it: eager_defaults",
                f'class {name}(Base):\n    __mapper_args__ = {{"eager_defaults": True}}',
            ),
            Risk(
                "a database without RETURNING sends a SELECT for each row, at the flush",
                "there, read them all by one SELECT with populate_existing",
            ),
            Undo("take eager_defaults away"),
        ),
        "session": (
            "the Session expired what the objects held, and each asks for it when it is read",
            *_read_once(again),
        ),
        "statement": (
            "a statement expired what the objects held, and each asks for it when it is read",
            *_read_once(again),
        ),
    }[cause]


def _read_once(again: str) -> tuple[Fix, Risk, Undo]:
    return (
        Fix("read them all by one SELECT, before the first is read", again),
        Risk(
            "what is changed and not yet flushed is lost in the objects that are read anew",
            "flush before it; autoflush does so by itself",
        ),
        Undo("take the SELECT away"),
    )


def _other(cause: str, again: str) -> Alternative:
    return {
        "commit": Alternative(
            f"one SELECT after the commit:\n{again}", "a statement more, and the newest values"
        ),
        "server": Alternative(
            f"one SELECT after the flush:\n{again}", "a statement more, on every database"
        ),
        "session": Alternative(
            "expire_on_commit=False where it is the end of a savepoint",
            "the objects keep what they hold; what others changed is not seen by itself",
        ),
        "statement": Alternative(
            'execution_options={"synchronize_session": False} at the UPDATE',
            "the objects keep their old values",
        ),
    }[cause]

"""A query is sent for each turn of a loop, though one could ask for all.

## What it does

Reads the project's source for `session.get`, SELECT and COUNT statements that compare a column with
what the loop gives, and for `session.refresh`, once in each turn of a `for` loop or comprehension.

## Why is this bad?

Each turn waits for the database: hundreds of keys are hundreds of round trips, where an IN list or
a GROUP BY needs one.

## When to leave it

When the loop is over a few things by its nature, or the question of a turn depends on the answer of
the one before.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.application import Application, Repeat
from dbwright.core.claim import Claim, MapperProbe
from dbwright.core.finding import Advice, Alternative, Finding, Fix, Risk, Undo
from dbwright.core.rule import Applies, ModelsExample
from dbwright.recipes.loops import advice

APPLIES = Applies()
SEVERITY = "warning"
KINDS = {
    "get": "each turn of the loop selects one object by its key",
    "select": "each turn of the loop sends the same SELECT with other values",
    "count": "each turn of the loop counts its own rows",
    "refresh": "each turn of the loop selects an object anew",
}
MODELS = """
class Account(Base):
    __tablename__ = "accounts"
    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str] = mapped_column(Text, unique=True)

class Entry(Base):
    __tablename__ = "entries"
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)

"""
BAD = ModelsExample(
    MODELS
    + """
def owners(session, keys):
    return [session.get(Account, key).owner for key in keys]
""",
    claims=("fewer_statements",),
    object="Account",
    fixed="""
def owners(session, keys):
    query = select(Account).where(Account.id.in_(keys))
    accounts = {account.id: account for account in session.scalars(query)}
    return [accounts.get(key).owner for key in keys]
""",
)
BAD_SELECT = ModelsExample(
    MODELS
    + """
def keys(session, owners):
    found = {}
    for owner in owners:
        found[owner] = session.scalar(select(Account).where(Account.owner == owner))
    return found
""",
    claims=("fewer_statements",),
    object="Account",
    fixed="""
def keys(session, owners):
    query = select(Account).where(Account.owner.in_(owners))
    return {account.owner: account for account in session.scalars(query)}
""",
)
BAD_COUNT = ModelsExample(
    MODELS
    + """
def counts(session):
    found = {}
    for account in session.scalars(select(Account)):
        query = select(func.count()).select_from(Entry).where(Entry.account_id == account.id)
        found[account.id] = session.scalar(query)
    return found
""",
    claims=("fewer_statements",),
    object="Entry.account_id",
    fixed="""
def counts(session):
    query = select(Entry.account_id, func.count()).group_by(Entry.account_id)
    found = dict(session.execute(query).all())
    return {key: found.get(key, 0) for key in session.scalars(select(Account.id))}
""",
)
GOOD = ModelsExample(
    MODELS
    + """
def owners(session, keys):
    query = select(Account).where(Account.id.in_(keys))
    accounts = {account.id: account for account in session.scalars(query)}
    return [accounts.get(key).owner for key in keys]
"""
)
GOOD_CHUNKS = ModelsExample(
    MODELS
    + """
def owners(session, keys):
    found = []
    for start in range(0, len(keys), 500):
        query = select(Account.owner).where(Account.id.in_(keys[start : start + 500]))
        found += session.scalars(query)
    return found
"""
)


def check(application: Application) -> Iterator[Finding]:
    """Yields a finding for each line."""
    for repeat in application.repeats:
        if repeat.kind in KINDS:
            claim = Claim("fewer_statements", probe=_probe(repeat))
            yield advice.finding(application, repeat, KINDS[repeat.kind], [claim])


def _probe(repeat: Repeat) -> MapperProbe | None:
    owner, attribute = repeat.owner, None
    if repeat.kind in ("select", "count"):
        alike = [key for key in repeat.keys if key.startswith(f"{owner.rpartition('.')[2]}.")]
        attribute = alike[0].rpartition(".")[2] if alike else None
        if attribute is None:
            return None
    elif repeat.kind != "get":
        return None
    arguments = {"kind": repeat.kind}
    mapper = owner or repeat.object
    return MapperProbe("asks_each", mapper=mapper, attribute=attribute, arguments=arguments)


def advise(finding: Finding, application: Application) -> Advice:
    """Gives the one query before the loop."""
    repeat = advice.repeat_of(finding, application)
    return Advice(
        reason="one statement with all values costs one round trip",
        fix=Fix("ask once before the loop", _code(repeat)),
        alternatives=(
            Alternative(
                "the relationship with a loader option, where the loop is over objects",
                "the query of the objects then brings what each turn asks for",
            ),
            Alternative(
                "chunks of some hundreds of values",
                "for long lists: the statement stays small, and the round trips few",
            ),
        ),
        risk=Risk(
            "all rows are in memory at once, and changes of an earlier turn are not seen",
            "chunks, and keep the query in the loop where a turn writes what a later one reads",
        ),
        undo=Undo("put the query back into the loop"),
        tests="a test that counts the statements, with dbwright.watch() around the call",
        backup="none needed: only reading changes",
    )


def _code(repeat: Repeat) -> str:
    name = repeat.object.partition(".")[0]
    key = repeat.keys[0] if repeat.keys else f"{name}.id"
    if repeat.kind == "count":
        return (
            f"counts = dict(session.execute(select({key}, func.count()).group_by({key})).all())\n"
            "# in the loop: counts.get(value, 0)"
        )
    if repeat.kind == "refresh":
        return (
            f"query = select({name}).where({name}.id.in_(keys))\n"
            "session.scalars(query.execution_options(populate_existing=True)).all()"
        )
    attribute = key.rpartition(".")[2]
    return (
        f"query = select({name}).where({key}.in_(values))\n"
        f"found = {{each.{attribute}: each for each in session.scalars(query)}}\n"
        "# in the loop: found.get(value)"
    )

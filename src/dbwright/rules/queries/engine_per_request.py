"""An engine is made again and again, and with it a pool that nobody shares.

## What it does

Looks for a line that makes three and more engines for one URL with the same arguments, and in the
source for `create_engine()` in what answers a request, is a dependency of one, or runs in a loop.

## Why is this bad?

Each engine connects anew: a round trip or three, a process on the server, a password check. The
connections of engines that are forgotten stay open until they are collected, and under load the
server has none left. Compiled statements are cached by engine, so that nothing is reused either.

## When to leave it

When each engine is for another database; one that is made once and kept is not reported. An engine
of a program that tests make anew is told by its source alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.finding import Advice, Alternative, Finding, Fix, Risk, Undo
from dbwright.core.recording import Engine, Recording
from dbwright.core.rule import Applies, ProgramExample
from dbwright.core.source import is_test
from dbwright.recipes.queries import holding

APPLIES = Applies()
SEVERITY = "warning"
_LEAST = 3
_MODELS = """
class Account(Base):
    __tablename__ = "account"
    id: Mapped[int] = mapped_column(primary_key=True)

def fill(session):
    session.add_all(Account() for _ in range(5))
"""
BAD = ProgramExample(
    _MODELS
    + """
def account(url, key):
    engine = create_engine(url)
    with Session(engine) as session:
        return session.get(Account, key).id

def main(url):
    return [account(url, key) for key in range(1, 5)]
""",
    claims=("opens_connections",),
    fixed="""
def main(url):
    engine = create_engine(url)
    with Session(engine) as session:
        return session.scalars(select(Account.id).where(Account.id.in_(range(1, 5)))).all()
""",
)
BAD_SERVER = ProgramExample(BAD.code, BAD.fixed, BAD.claims, dialect="postgresql")
GOOD = ProgramExample(
    _MODELS
    + """
import functools

@functools.cache
def engine_of(url):
    return create_engine(url)

def accounts(url):
    with Session(engine_of(url)) as session:
        return session.scalars(select(Account.id)).all()

def main(url):
    return [accounts(url), accounts(url)]
"""
)


def check(recording: Recording) -> Iterator[Finding]:
    """Yields a finding for each line that makes engines again and again."""
    for engine in recording.engines:
        place = engine.place
        if place is None or is_test(place.file):
            continue
        if any(is_test(line.file) for line in engine.stack) and not engine.request:
            continue  # a test makes the program anew, its engine with it
        many = engine.alike >= _LEAST and engine.pool not in ("NullPool", "StaticPool")
        memory = engine.backend == "sqlite" and engine.database in (None, "", ":memory:")
        if (many and not memory) or (engine.request and not recording.sqlalchemy):
            yield _finding(engine)


def _finding(engine: Engine) -> Finding:
    place = engine.place
    assert place is not None
    times = f"{engine.times:,} engines for one database" if engine.times else "an engine each time"
    witness = (
        f"the line made {engine.times:,} engines, which opened {engine.connects:,} connections"
    )
    claim = holding.claim(
        "opens_connections", "engines", place, "each engine opens connections of its own", witness
    )
    evidence = [witness] if engine.times else []
    return holding.finding(
        place,
        f"it makes {times}, each with a pool that nobody shares",
        [claim],
        severity="info" if engine.backend == "sqlite" else None,
        evidence=[*evidence, *([engine.request] if engine.request else [])],
        code=place.code,
    )


def advise(finding: Finding, recording: Recording) -> Advice:
    """Gives one engine for the process."""
    return Advice(
        reason="an engine is made for the life of a process: its pool and its cache of compiled "
        "statements are what makes requests fast",
        fix=Fix(
            "make it once, at module level or in a cache",
            "@functools.cache\ndef engine_of(url):\n    return create_engine(url)\n\n"
            "# then:  with Session(engine_of(url)) as session: …",
        ),
        alternatives=(
            Alternative(
                "make it when the application starts and keep it (FastAPI's lifespan, app.state)",
                "it has to be passed on; tests can give another one",
            ),
            Alternative(
                "poolclass=NullPool, and engine.dispose() after each use",
                "for scripts and forking workers: no connection is left, each use still connects",
            ),
        ),
        risk=Risk(
            "an engine that is made before a fork shares its connections with the children",
            "call engine.dispose(close=False) in each child, or make it after the fork",
        ),
        undo=Undo("make it inside of the function again"),
        tests="call it twice and count the connect events of sqlalchemy.pool.Pool: one",
        backup="none needed: no row changes",
    )

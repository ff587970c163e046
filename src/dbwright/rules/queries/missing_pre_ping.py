"""A connection from the pool was gone, and the request that got it failed.

## What it does

Looks for the first statement on a pooled connection that fails because the server has ended it,
with an engine without pool_pre_ping; and for engines of a MySQL or MariaDB elsewhere with neither
pool_pre_ping nor pool_recycle, which end what is idle for eight hours.

## Why is this bad?

Servers, firewalls and load balancers end idle connections, and every restart ends all of them. The
pool does not know, so that the next request of each connection fails: at night, and on Mondays.

## When to leave it

When every caller tries again by itself.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.finding import Advice, Alternative, Finding, Fix, Risk, Undo
from dbwright.core.recording import Engine, Recording
from dbwright.core.rule import Applies, ProgramExample
from dbwright.recipes.queries import holding

APPLIES = Applies()
SEVERITY = "warning"
_POOLS = ("QueuePool", "AsyncAdaptedQueuePool")
_CODE = """
def count(engine):
    with engine.connect() as connection:
        return connection.scalar(text("select 1"))

from sqlalchemy.exc import OperationalError

def end_all(url):
    admin = create_engine(url, poolclass=NullPool)
    others = "datname = current_database() and pid <> pg_backend_pid()"
    query = f"select pg_terminate_backend(pid, 5000) from pg_stat_activity where {others}"
    with admin.connect() as connection:
        connection.execute(text(query))
"""
BAD = ProgramExample(
    _CODE
    + """
def main(url):
    engine = create_engine(url)
    count(engine)
    end_all(url)
    try:
        return count(engine)
    except OperationalError:
        return "gone"
""",
    claims=("fails_at_runtime",),
    dialect="postgresql",
    fixed="""
def main(url):
    engine = create_engine(url, pool_pre_ping=True)
    count(engine)
    end_all(url)
    return count(engine)
""",
)
GOOD = ProgramExample(
    _CODE
    + """
def main(url):
    engine = create_engine(url, pool_pre_ping=True)
    count(engine)
    end_all(url)
    return count(engine)
""",
    dialect="postgresql",
)


def check(recording: Recording) -> Iterator[Finding]:
    """Yields a finding for each engine whose pool gave a dead connection, or will."""
    for engine in recording.engines:
        if engine.place is None or engine.pre_ping is not False:
            continue
        if engine.dropped:
            yield _dropped(engine)
        elif _drops(engine):
            yield holding.finding(
                engine.place,
                "the server ends what is idle for eight hours, and the pool does not know",
                severity="info",
                evidence=["wait_timeout of MySQL and MariaDB is 28,800 s unless it is set"],
            )


def _dropped(engine: Engine) -> Finding:
    place = engine.place
    assert place is not None
    at = engine.dropped_at[0] if engine.dropped_at else None
    witness = f"the first statement on a pooled connection failed at {holding.said(at)}"
    proposition = "the pool gives connections that are gone"
    return holding.finding(
        place,
        "its pool gave a connection that the server had ended, and the request failed",
        [holding.claim("fails_at_runtime", "engines", place, proposition, witness)],
        evidence=[f"{witness}, {engine.dropped:,} times"],
    )


def _drops(engine: Engine) -> bool:
    known = engine.backend in ("mysql", "mariadb") and engine.pool in _POOLS
    return known and engine.recycle == -1 and not holding.is_near(holding.host_of(engine))


def advise(finding: Finding, recording: Recording) -> Advice:
    """Gives pool_pre_ping."""
    return Advice(
        reason="a ping before a connection is given out costs one round trip, and replaces it and "
        "the other dead ones",
        fix=Fix("have connections tried", "create_engine(url, pool_pre_ping=True)"),
        alternatives=(
            Alternative(
                "pool_recycle below the server's timeout",
                "no round trip; a restart of the server still fails one request a connection",
            ),
            Alternative(
                "TCP keepalives (keepalives_idle of libpq)",
                "keeps firewalls from ending them, not the server",
            ),
        ),
        risk=Risk(
            "one round trip more for each checkout",
            "a fraction of a millisecond beside a server in the same network",
        ),
        undo=Undo("take pool_pre_ping away"),
        tests="end the connection with pg_terminate_backend or KILL, and ask again",
        backup="none needed: no row changes",
    )

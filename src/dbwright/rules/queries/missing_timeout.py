"""Nothing ends a wait for a server that has gone silent.

## What it does

Looks for engines whose server is elsewhere and whose driver is given no time limit: of asyncpg
`command_timeout`, of MySQL's and MariaDB's drivers `read_timeout`, of psycopg any of
`connect_timeout`, `tcp_user_timeout`, `keepalives_idle` and `options`.

## Why is this bad?

A server that loses its power, a failover or a firewall that forgets a connection sends no word:
the program waits for an answer that does not come. asyncpg and PyMySQL wait without end, libpq
until the system's keepalives give up, after two hours where nobody has changed them. Each such wait
holds a worker and a connection of the pool, and soon there is none left.

## When to leave it

When the system's keepalives are short, or a supervisor ends what takes too long.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.finding import Advice, Alternative, Finding, Fix, Risk, Undo
from dbwright.core.recording import Engine, Recording
from dbwright.core.rule import Applies, ProgramExample, Reasoned
from dbwright.core.source import is_test
from dbwright.recipes.queries import holding

APPLIES = Applies()
SEVERITY = "info"
REASONED = Reasoned("that a server elsewhere goes silent cannot be brought about from here")
_ELSEWHERE = {"service", "?"}
_LIBPQ = {"connect_timeout", "keepalives", "keepalives_idle", "options", "tcp_user_timeout"}
_LIMITS = {
    "asyncpg": {"command_timeout"},
    "mariadbconnector": {"read_timeout"},
    "mysqldb": {"read_timeout"},
    "psycopg": _LIBPQ,
    "psycopg_async": _LIBPQ,
    "psycopg2": _LIBPQ,
    "pymysql": {"read_timeout"},
}
BAD = ProgramExample(
    """
def main(url):
    place = "db.example.com/shop?sslmode=verify-full"
    return create_engine(f"postgresql+psycopg://app@{place}").url.host
""",
    dialect="postgresql",
    fixed="""
def main(url):
    place = "db.example.com/shop?sslmode=verify-full&connect_timeout=10&keepalives_idle=60"
    return create_engine(f"postgresql+psycopg://app@{place}").url.host
""",
)
GOOD = ProgramExample(
    """
def main(url):
    place = "db.example.com/shop?sslmode=verify-full"
    limits = {"connect_timeout": 10, "keepalives_idle": 60, "tcp_user_timeout": 30_000}
    near = create_engine("postgresql+psycopg://app@db/shop")
    far = create_engine(f"postgresql+psycopg://app@{place}", connect_args=limits)
    return far.url.host, near.url.host
""",
    dialect="postgresql",
)


def check(recording: Recording) -> Iterator[Finding]:
    """Yields a finding for each engine that would wait for a silent server."""
    for engine in recording.engines:
        place, host = engine.place, holding.host_of(engine)
        if place is None or holding.is_near(host) or is_test(place.file):
            continue
        if not engine.pool:  # of a configuration: what makes it an engine gives the arguments
            continue
        driver = engine.driver.partition("+")[2]
        if driver in _LIMITS and not _given(engine) & (_LIMITS[driver] | _ELSEWHERE):
            yield holding.finding(
                place,
                f"nothing ends a wait for {host} when it goes silent",
                evidence=[f"the server is {host}", _waits(driver)],
                arguments=_code(driver),
            )


def _given(engine: Engine) -> set[str]:
    return {*engine.query, *engine.arguments}


def _waits(driver: str) -> str:
    if _LIMITS[driver] is _LIBPQ:
        return "keepalives of libpq begin after what the system has set, 7,200 s in Linux"
    (limit,) = _LIMITS[driver]
    return f"{limit} of {driver} is None unless it is given"


def _code(driver: str) -> str:
    if _LIMITS[driver] is _LIBPQ:
        return '{"connect_timeout": 10, "keepalives_idle": 60, "tcp_user_timeout": 30_000}'
    (limit,) = _LIMITS[driver]
    return f'{{"{limit}": 60}}'


def advise(finding: Finding, recording: Recording) -> Advice:
    """Gives the limits of the driver."""
    return Advice(
        reason="with a limit the wait becomes an error, and the connection leaves the pool",
        fix=Fix(
            "limit how long an answer may take",
            f"create_engine(url, connect_args={finding.details['arguments']})",
        ),
        alternatives=(
            Alternative(
                "statement_timeout of the role, or max_execution_time in MySQL",
                "the server ends what is slow; one that is gone ends nothing",
            ),
            Alternative(
                "net.ipv4.tcp_keepalive_time of the system",
                "for all programs of the machine; in containers each has its own",
            ),
        ),
        risk=Risk(
            "a report that takes longer than the limit fails",
            "give such work an engine of its own with a longer one",
        ),
        undo=Undo("take connect_args away"),
        tests="ask through a proxy that passes nothing on any more: the call ends with an error",
        backup="none needed: no row changes",
    )

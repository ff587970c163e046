"""The connection to a server elsewhere is not made to use TLS.

## What it does

Looks for engines whose server is neither on this machine nor in a network of containers, and whose
URL and arguments do not ask for TLS.

## Why is this bad?

libpq and most drivers prefer TLS and go on without it when the other side says so: whoever sits
between reads the password and every row, and nobody notices.

## When to leave it

When the network encrypts by itself (WireGuard, a service mesh), or the server refuses what is not
encrypted.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.finding import Advice, Alternative, Finding, Fix, Risk, Undo
from dbwright.core.recording import Engine, Recording
from dbwright.core.rule import Applies, ProgramExample, Reasoned
from dbwright.core.source import is_test
from dbwright.recipes.queries import holding

APPLIES = Applies()
SEVERITY = "warning"
SECURITY = True
REASONED = Reasoned("whether the server takes what is not encrypted only the server says")
_WEAK = ("disable", "allow", "prefer", "false", "0", "none", "DISABLED", "PREFERRED")
_ELSEWHERE = ("service", "?")
BAD = ProgramExample(
    """
def main(url):
    return create_engine("postgresql+psycopg://app@db.example.com/shop").url.host
""",
    dialect="postgresql",
    fixed="""
def main(url):
    place = "db.example.com/shop?sslmode=verify-full&connect_timeout=10"
    return create_engine(f"postgresql+psycopg://app@{place}").url.host
""",
)
GOOD = ProgramExample(
    """
def main(url):
    place = "db.example.com/shop?sslmode=verify-full&connect_timeout=10"
    near = create_engine("postgresql+psycopg://app@db/shop")
    return create_engine(f"postgresql+psycopg://app@{place}").url.host, near.url.host
""",
    dialect="postgresql",
)


def check(recording: Recording) -> Iterator[Finding]:
    """Yields a finding for each engine that goes elsewhere in the open."""
    for engine in recording.engines:
        place, host = engine.place, holding.host_of(engine)
        known = engine.backend in ("postgresql", "mysql", "mariadb")
        if place is None or not known or holding.is_near(host) or is_test(place.file):
            continue
        if not _asks(engine):
            yield holding.finding(
                place,
                "nothing asks for TLS: the password and the rows may travel in the open",
                evidence=[f"the server is {host}"],
                driver=engine.driver.partition("+")[2],
            )


def _asks(engine: Engine) -> bool:
    """Whether TLS is asked for, or may be where the source does not say."""
    given = {**engine.query, **engine.arguments}
    if any(name in given for name in _ELSEWHERE):
        return True
    return any(
        name.startswith(("ssl", "tls")) and value not in _WEAK for name, value in given.items()
    )


def advise(finding: Finding, recording: Recording) -> Advice:
    """Gives the parameter of the driver."""
    driver = finding.details["driver"]
    name = {"asyncpg": "ssl=verify-full", "pymysql": "ssl_ca=/etc/ssl/certs/ca-certificates.crt"}
    return Advice(
        reason="only a server that shows its certificate is known to be the one, and only what is "
        "encrypted is read by nobody else",
        fix=Fix(
            "ask for TLS and for the certificate",
            f'create_engine("…://app@host/shop?{name.get(driver, "sslmode=verify-full")}")',
        ),
        alternatives=(
            Alternative(
                "sslmode=require",
                "encrypts without asking who the server is: enough against those who only listen",
            ),
            Alternative(
                "hostssl in pg_hba.conf, or require_secure_transport in MySQL",
                "the server refuses the rest, whatever a client says",
            ),
        ),
        risk=Risk(
            "the certificate's authority is not known to the client, and it cannot connect",
            "give sslrootcert, or `system` with libpq 16",
        ),
        undo=Undo("take the parameter away"),
        tests="select ssl from pg_stat_ssl where pid = pg_backend_pid() is true",
        backup="none needed: no row changes",
    )

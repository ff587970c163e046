"""Statements are prepared by name, and a pooler of transactions gives the next one another server.

## What it does

Looks for engines of asyncpg and psycopg with the port or name of a pooler (6432, 6543, pgbouncer,
pooler) that do not switch prepared statements off, and for the errors that come of it.

## Why is this bad?

A prepared statement lives in one connection of the server. Behind a pooler of transactions the next
transaction has another one: "prepared statement does not exist", or "already exists", now and then
and under load only.

## When to leave it

When the pooler keeps sessions, or knows prepared statements (PgBouncer 1.21 with
max_prepared_statements).
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.finding import Advice, Alternative, Finding, Fix, Risk, Undo
from dbwright.core.recording import Engine, Recording
from dbwright.core.rule import Applies, ProgramExample, Reasoned
from dbwright.recipes.queries import holding

APPLIES = Applies()
SEVERITY = "warning"
REASONED = Reasoned("what the pooler does with a session only its configuration says")
_PORTS = (6432, 6543)
_NAMES = ("pgbouncer", "pooler", "supavisor", "odyssey")
_ERRORS = ("DuplicatePreparedStatement", "InvalidSqlStatementName", "InvalidSQLStatementName")
_OFF: dict[str, dict[str, str | None]] = {
    "asyncpg": {
        "statement_cache_size": "0",
        "prepared_statement_cache_size": "0",
        "prepared_statement_name_func": None,
    },
    "psycopg": {"prepare_threshold": "None"},
}
_CODE = {
    "asyncpg": 'connect_args={"statement_cache_size": 0, "prepared_statement_cache_size": 0}',
    "psycopg": 'connect_args={"prepare_threshold": None}',
}
_URL = (
    "postgresql+psycopg://app@pooler.example.com:6543/shop?sslmode=verify-full&connect_timeout=10"
)
BAD = ProgramExample(
    f"""
def main(url):
    return str(create_engine("{_URL}").url)
""",
    dialect="postgresql",
    fixed=f"""
def main(url):
    settings = {{"prepare_threshold": None}}
    return str(create_engine("{_URL}", connect_args={{"prepare_threshold": None}}).url)
""",
)
GOOD = ProgramExample(
    f"""
def main(url):
    return str(create_engine("{_URL}", connect_args={{"prepare_threshold": None}}).url)
""",
    dialect="postgresql",
)


def check(recording: Recording) -> Iterator[Finding]:
    """Yields a finding for each engine that prepares statements behind a pooler."""
    failed = [each for each in recording.errors if each.kind.startswith(_ERRORS)]
    for engine in recording.engines:
        driver = engine.driver.partition("+")[2]
        if engine.place is None or driver not in _OFF or _off(engine, driver):
            continue
        host = (holding.host_of(engine) or "").lower()
        pooled = engine.port in _PORTS or any(name in host for name in _NAMES)
        if pooled or failed:
            yield holding.finding(
                engine.place,
                "it prepares statements by name, which a pooler of transactions loses",
                severity="error" if failed else None,
                evidence=[
                    f"{driver} on port {engine.port or 5432} of a server named {host or 'here'}",
                    *(
                        f"{each.kind} at {holding.said(each.stack[0])}"
                        for each in failed
                        if each.stack
                    ),
                ],
                code=_CODE[driver],
            )


def _off(engine: Engine, driver: str) -> bool:
    if "?" in engine.arguments:
        return True
    given = {**engine.query, **engine.arguments}
    return any(
        name in given and value in (None, given[name]) for name, value in _OFF[driver].items()
    )


def advise(finding: Finding, recording: Recording) -> Advice:
    """Gives the argument that switches it off."""
    code = finding.details["code"]
    return Advice(
        reason="what is prepared lives in one connection of the server, and behind the pooler each "
        "transaction may have another",
        fix=Fix("prepare nothing by name", f"create_engine(url, {code})"),
        alternatives=(
            Alternative(
                "max_prepared_statements of PgBouncer 1.21 and later",
                "prepared statements stay, and the pooler remembers them; psycopg needs 3.2",
            ),
            Alternative(
                "a pool of sessions for this program",
                "everything works as without a pooler, and as many connections are taken",
            ),
        ),
        risk=Risk(
            "statements are planned anew each time",
            "a fraction of a millisecond for most; measure those that run most often",
        ),
        undo=Undo("take the argument away"),
        tests="the same statement ten times, in transactions of their own, through the pooler",
        backup="none needed: no row changes",
    )

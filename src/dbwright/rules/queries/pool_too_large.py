"""The pools of all workers together may open more connections than the server gives.

## What it does

Multiplies pool_size + max_overflow by the workers that the project's files name (a gunicorn
configuration, a Procfile, a Dockerfile, WEB_CONCURRENCY), and compares with what a server gives
unless it is told otherwise: 100 in PostgreSQL, 151 in MySQL and MariaDB.

## Why is this bad?

It works until the load comes: then the server refuses connections to everybody, migrations and the
administrator among them. Each connection of PostgreSQL is a process with memory of its own.

## When to leave it

When max_connections of the server is larger, or a pooler stands before it.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.finding import Advice, Alternative, Finding, Fix, Risk, Undo
from dbwright.core.recording import Recording
from dbwright.core.rule import Applies, ProgramExample, Reasoned
from dbwright.recipes.queries import holding

APPLIES = Applies()
SEVERITY = "info"
REASONED = Reasoned("how many workers run, and what the server gives, only production says")
_GIVEN = {"postgresql": 100, "mysql": 151, "mariadb": 151}
BAD = ProgramExample(
    """
workers = 8

def main(url):
    engine = create_engine(url, pool_size=20, max_overflow=10)
    with engine.connect() as connection:
        return connection.scalar(text("select 1"))
""",
    dialect="postgresql",
    fixed="""
def main(url):
    engine = create_engine(url, pool_size=5, max_overflow=5)
    with engine.connect() as connection:
        return connection.scalar(text("select 1"))
""",
)
GOOD = ProgramExample(
    """
workers = 4

def main(url):
    engine = create_engine(url, pool_size=5, max_overflow=5)
    with engine.connect() as connection:
        return connection.scalar(text("select 1"))
""",
    dialect="postgresql",
)


def check(recording: Recording) -> Iterator[Finding]:
    """Yields a finding for each engine whose pools are too large together."""
    for engine in recording.engines:
        place, size, overflow = engine.place, engine.size, engine.overflow
        if place is None or not engine.workers or size is None or overflow is None:
            continue
        given = _GIVEN.get(engine.backend, max(_GIVEN.values()))
        together = engine.workers * (size + overflow)
        if engine.backend == "sqlite" or size < 1 or overflow < 0 or together <= given:
            continue
        fair = max(1, int(given * 0.8) // engine.workers)
        yield holding.finding(
            place,
            f"{engine.workers} workers may open {together:,} connections; a server gives {given} "
            "unless it is told otherwise",
            evidence=[
                f"pool_size {size} + max_overflow {overflow}",
                f"{engine.workers} workers: {engine.workers_from}",
            ],
            fair=fair,
        )


def advise(finding: Finding, recording: Recording) -> Advice:
    """Gives sizes that fit."""
    fair = finding.details["fair"]
    size = max(1, fair // 2)
    return Advice(
        reason="each worker has a pool of its own, and all of them are full when the load comes",
        fix=Fix(
            "pools that fit together",
            f"create_engine(url, pool_size={size}, max_overflow={fair - size})",
        ),
        alternatives=(
            Alternative(
                "a pooler of transactions (PgBouncer) before the server",
                "hundreds of clients on few connections; no state of a session, and prepared "
                "statements need care",
            ),
            Alternative(
                "raise max_connections",
                "memory for each; more than some hundred make PostgreSQL slower",
            ),
        ),
        risk=Risk(
            "requests wait for a connection, and fail after pool_timeout",
            "measure how many are in use at the peak before they are made fewer",
        ),
        undo=Undo("set the sizes back"),
        tests="a load test with all workers, and select count(*) from pg_stat_activity meanwhile",
        backup="none needed: no row changes",
    )

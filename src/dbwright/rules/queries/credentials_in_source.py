"""A password stands in the source.

## What it does

Looks for a literal password in the URL of an engine, in `URL.create()`, and in `sqlalchemy.url` of
an Alembic configuration. Example passwords of a database on the own machine, placeholders and tests
are left alone. The password itself is nowhere in what dbwright writes.

## Why is this bad?

Whoever may read the repository, its history, an image or a backup of it may read the database, and
nobody can change the password without a new release.

## When to leave it

When it opens nothing but a database on the developer's own machine.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.finding import Advice, Alternative, Finding, Fix, Risk, Undo
from dbwright.core.recording import Recording
from dbwright.core.rule import Applies, ProgramExample, Reasoned
from dbwright.core.source import is_test
from dbwright.recipes.queries import holding

APPLIES = Applies()
SEVERITY = "error"
SECURITY = True
REASONED = Reasoned("who reads the source, and whether the password still opens, no run shows")
_SERVER = "db.example.com/shop?sslmode=verify-full&connect_timeout=10"
BAD = ProgramExample(
    f"""
def main(url):
    return str(create_engine("postgresql+psycopg://app:s3cret-Pa55@{_SERVER}").url.host)
""",
    fixed=f"""
def main(url):
    import os

    secret = os.environ.get("DB_PASSWORD", "")
    return str(create_engine(f"postgresql+psycopg://app:{{secret}}@{_SERVER}").url.host)
""",
)
GOOD = ProgramExample(
    f"""
def main(url):
    import os

    secret = os.environ.get("DB_PASSWORD", "")
    return str(create_engine(f"postgresql+psycopg://app:{{secret}}@{_SERVER}").url.host)
"""
)
GOOD_EXAMPLE = ProgramExample(
    """
def main(url):
    return str(create_engine("postgresql+psycopg://postgres:postgres@localhost/shop").url.host)
"""
)


def check(recording: Recording) -> Iterator[Finding]:
    """Yields a finding for each literal password."""
    told: set[tuple[str, int]] = set()
    for engine in recording.engines:
        line = engine.password
        if line is None or (line.file, line.line) in told or is_test(line.file):
            continue
        told.add((line.file, line.line))
        yield holding.finding(
            line,
            "a password stands here for everybody who may read the source",
            evidence=[
                f"for {engine.backend or 'a database'} on {holding.host_of(engine) or 'here'}"
            ],
            ini=line.file.endswith((".ini", ".cfg")),
        )


def advise(finding: Finding, recording: Recording) -> Advice:
    """Gives the environment, and a new password."""
    code = (
        'url = URL.create(\n    "postgresql+psycopg", username="app",\n'
        '    password=os.environ["DB_PASSWORD"], host="…", database="…",\n)'
    )
    if finding.details["ini"]:
        code = (
            "# alembic.ini: leave sqlalchemy.url away; env.py:\n"
            'config.set_main_option("sqlalchemy.url", '
            'os.environ["DATABASE_URL"].replace("%", "%%"))'
        )
    return Advice(
        reason="what is in the source is in every clone of it and in its history",
        fix=Fix("take it from the environment, and change the password", code),
        alternatives=(
            Alternative(
                "~/.pgpass, or the secrets of the platform mounted as a file",
                "nothing in the environment of the process; a file that has to be there",
            ),
            Alternative(
                "a login without password: peer, certificates, IAM tokens",
                "nothing to leak or to change; needs the server's configuration",
            ),
        ),
        risk=Risk(
            "a deployment without the variable does not start",
            "set it everywhere before this is released",
        ),
        undo=Undo("none of use: what was in the history stays known, change the password"),
        tests="start it with the variable unset: a clear error, no fallback",
        backup="none needed: no row changes",
    )

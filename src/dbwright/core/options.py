"""Options: how a job is to run, as the caller says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Options:
    """How a job is to run; each wins over [tool.dbwright].

    jobs: of "models", "migrations", "drift", "queries" (those in the code);
    all: older revisions too; since: a git ref;
    sandbox: False runs nothing on a database; trials: False prints fixes untried;
    db: a live database, read only, that the review looks at beside the project;
    twin: a twin's file, that queries are reviewed on; run: statements are executed for their
    figures, those that only read; prove_on: a clone's URL, where what helps them is made, measured
    and rolled back; tries: so many statements, those that take most, are tried;
    range: only these revisions, as Alembic writes them;
    rehearsal: the new code is run as well, and estimates are measured; the rest as in
    core.settings.Settings.
    """

    jobs: tuple[str, ...] = ("models", "migrations", "drift")
    all: bool = False
    since: str | None = None
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    target: str | None = None
    config: str | None = None
    section: str | None = None
    models: str | None = None
    python: str | None = None
    sizes: str | None = None
    baseline: str | None = None
    sandbox: bool = True
    trials: bool = True
    sandbox_url: str | None = None
    pg_bin: str | None = None
    timeout: int | None = None
    db: str | None = None
    twin: str | None = None
    run: bool = False
    prove_on: str | None = None
    range: str | None = None
    rehearsal: bool = False
    tries: int | None = None

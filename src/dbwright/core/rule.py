"""Rule: a module of rules/ as a value, and what its examples are made of.

A rule module has a docstring (one sentence naming the problem, then `## What it does`,
`## Why is this bad?`, `## When to leave it`), and:

- `APPLIES`: Applies, the databases and versions it is about;
- `SEVERITY`: "error", "warning" or "info", unless each finding carries its own;
- `BAD` and `GOOD`: an example each; further ones are `BAD_…` and `GOOD_…`;
- `check(fact)`: yields Finding; the annotation of its first parameter names the fact;
- `advise(finding, fact)`: returns Advice;
- `REASONED`: Reasoned, only where no run can prove it; then at most a warning, unless
- `SECURITY` is true.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from dbwright.core.claim import ClaimKind
from dbwright.core.finding import Advice, Finding, Job, Severity
from dbwright.core.target import Target


@dataclass(frozen=True, slots=True)
class Applies:
    """The databases that a rule is about: name to the oldest version, () for all."""

    dialects: tuple[str, ...] = ("postgresql", "sqlite", "mysql", "mariadb")
    since: tuple[int, ...] = ()
    before: tuple[int, ...] = ()

    def to(self, target: Target) -> bool:
        """Whether the rule is about this target."""
        if target.dialect not in self.dialects:
            return False
        if self.since and target.version and target.version < self.since:
            return False
        return not (self.before and target.has(*self.before))


@dataclass(frozen=True, slots=True)
class Reasoned:
    """Why no run can prove a rule."""

    why: str


@dataclass(frozen=True, slots=True)
class ModelsExample:
    """Models as a module's source, and the claims that the finding must make and prove.

    `claims` is empty for a good example. `object` is the finding's object when it matters.
    """

    code: str
    claims: tuple[ClaimKind, ...] = ()
    object: str | None = None
    dialect: str = "postgresql"


@dataclass(frozen=True, slots=True)
class RevisionExample:
    """A revision on top of a schema: `before` is SQL of the target, the rest Alembic code.

    `upgrade` and `downgrade` are the bodies of the functions; `history` are bodies of upgrades
    of revisions between; `models` is the source of the models at head where the rule reads it;
    `old_models` the source of the models of the deployed code; `header` stands at module level;
    `environment` are keyword arguments of env.py's `context.configure`; `files` are further
    files of the project; `object` is the finding's object when it matters.
    """

    before: str
    upgrade: str
    downgrade: str = "pass"
    claims: tuple[ClaimKind, ...] = ()
    history: tuple[str, ...] = ()
    models: str | None = None
    old_models: str | None = None
    header: str = ""
    environment: str = ""
    dialect: str = "postgresql"
    files: tuple[tuple[str, str], ...] = ()
    object: str | None = None


@dataclass(frozen=True, slots=True)
class QueryExample:
    """A query on a schema given as SQL; `rows` tells how many rows a table is to hold."""

    schema: str
    sql: str
    claims: tuple[ClaimKind, ...] = ()
    rows: tuple[tuple[str, int], ...] = ()
    dialect: str = "postgresql"


Example = ModelsExample | RevisionExample | QueryExample


@dataclass(frozen=True)
class Rule:
    """One rule; `name` is as published: `blocking-index-build`."""

    name: str
    job: Job
    page: str
    applies: Applies
    severity: Severity | None
    fact: type
    check: Callable[[Any], Iterable[Finding]]
    advise: Callable[[Finding, Any], Advice]
    examples: dict[str, Example]
    reasoned: Reasoned | None = None
    security: bool = False
    module: str = ""

    @property
    def summary(self) -> str:
        """The first line of the page: one sentence that names the problem."""
        return self.page.strip().splitlines()[0]

"""Rule: a module of rules/ as a value, and what its examples are made of.

A rule module has a docstring (one sentence naming the problem, then `## What it does`,
`## Why is this bad?`, `## When to leave it`), and:

- `APPLIES`: Applies, the databases and versions it is about;
- `SEVERITY`: "error", "warning" or "info", unless each finding carries its own;
- `BAD` and `GOOD`: an example each; further ones are `BAD_…` and `GOOD_…`; one that is true on
  some versions only says `applies=Applies(since=(17,))` or `before`, and is left out on others;
- `check(fact)`: yields Finding; the annotation of its first parameter names the fact;
- `advise(finding, fact)`: returns Advice;
- `REASONED`: Reasoned, only where no run can prove it; then at most a warning, unless
- `SECURITY` is true.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from dbwright.core.claim import ClaimKind
from dbwright.core.finding import Advice, Finding, Job, Severity
from dbwright.core.target import Target

# What SQL leaves to the server and versions have changed: its plans, and when it writes a table
# anew. Other claims follow from documented locks and errors, from Python or from the files, and
# came out alike on 13 to 18 (benchmarks/prove.py).
LEFT_TO_SERVER: frozenset[ClaimKind] = frozenset(
    {
        "table_rewrite",
        "reads_whole_table",
        "cheaper_plan",
        "reads_skipped_rows",
        "redundant_index",
    }
)
# The name of what a rehearsal shows and no rule explains.
UNEXPLAINED = "unexplained-danger"


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

    @property
    def versions(self) -> str:
        """The versions in words: `from 15 and before 17`; empty for all."""
        ends = (("from", self.since), ("before", self.before))
        return " and ".join(f"{word} {'.'.join(map(str, end))}" for word, end in ends if end)


@dataclass(frozen=True, slots=True)
class Reasoned:
    """Why no run can prove a rule."""

    why: str


@dataclass(frozen=True, slots=True)
class ModelsExample:
    """Models as a module's source, and the claims that the finding must make and prove.

    `claims` is empty for a good example. `object` is the finding's object when it matters.
    `fixed` is code behind it in which the advice is followed, where the fix is to be pasted.
    """

    code: str
    fixed: str = field(default="", kw_only=True)
    claims: tuple[ClaimKind, ...] = ()
    object: str | None = None
    dialect: str = "postgresql"
    applies: Applies = Applies()


@dataclass(frozen=True, slots=True)
class RevisionExample:
    """A revision on top of a schema: `before` is SQL of the target, the rest Alembic code.

    `upgrade` and `downgrade` are the bodies of the functions; `history` are bodies of upgrades
    of revisions between; `models` is the source of the models at head where the rule reads it;
    `old_models` the source of the models of the deployed code; `header` stands at module level;
    `environment` are keyword arguments of env.py's `context.configure`; `files` are further
    files of the project; `object` is the finding's object when it matters. `live` is SQL that was
    run by hand on a live database, which stands at the revision `live_at`.
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
    live: str | None = None
    live_at: str = "example"
    applies: Applies = Applies()


@dataclass(frozen=True, slots=True)
class QueryExample:
    """A query on a schema given as SQL; `rows` tells how many rows a table is to hold.

    `data` are statements that fill tables by themselves, `after` what is done when ANALYZE has
    run, so that its statistics are stale. With `ran` the plan has what a run of the query counted.
    """

    schema: str
    sql: str
    claims: tuple[ClaimKind, ...] = ()
    rows: tuple[tuple[str, int], ...] = ()
    data: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    ran: bool = False
    dialect: str = "postgresql"
    applies: Applies = Applies()


@dataclass(frozen=True, slots=True)
class ProgramExample:
    """A program that is watched: models, `fill(session)`, and `work(session)`, which gives a value.

    `work` may be a coroutine function. `main(url)` instead of it holds the database by itself.
    `fixed` is code behind it in which the advice is followed: the same result without a finding.
    """

    code: str
    fixed: str = ""
    claims: tuple[ClaimKind, ...] = ()
    object: str | None = None
    dialect: str = "sqlite"
    applies: Applies = Applies()


Example = ModelsExample | RevisionExample | QueryExample | ProgramExample


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

    @property
    def depends_on_version(self) -> bool:
        """Whether another version of the server may say otherwise.

        The rule or an example is bound to versions, or claims what SQL leaves to the server.
        """
        examples = self.examples.values()
        bounds = [self.applies, *(example.applies for example in examples)]
        claims = {claim for example in examples for claim in example.claims}
        return any(each.versions for each in bounds) or not LEFT_TO_SERVER.isdisjoint(claims)

"""Finding and recommendation: what is wrong, and all that an answer to it owes the reader."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from dbwright.core.candidate import Candidate
from dbwright.core.claim import Claim, Proof
from dbwright.core.codec import tagged
from dbwright.core.place import Place

Job = Literal["models", "migrations", "queries", "drift"]
Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")


@dataclass(frozen=True, slots=True)
class Location:
    """Where a finding is: a place in a file, a revision, an object of the database."""

    file: str | None = None
    line: int | None = None
    revision: str | None = None
    object: str | None = None

    @classmethod
    def at(
        cls, place: Place | None, object: str | None = None, revision: str | None = None
    ) -> Location:
        """Gives the location of a place."""
        return cls(place.file if place else None, place.line if place else None, revision, object)


@dataclass(frozen=True, slots=True)
class Step:
    """A statement of a fix with the phase it belongs to and how it must run."""

    sql: str
    phase: Literal["expand", "backfill", "validate", "contract", "now"] = "now"
    autocommit: bool = False
    lock_timeout: str | None = None


@dataclass(frozen=True, slots=True)
class Risk:
    """What the fix itself may do, and what to do about that."""

    text: str
    mitigation: str


RemedyKind = Literal[
    "index", "rewrite", "statistics", "vacuum", "setting", "parameter", "model", "code"
]


@dataclass(frozen=True, slots=True)
class Remedy:
    """One way to make a query fast or right: what it changes, what it costs, what to paste.

    `steps` are statements that change the database, `settings` what is set for the statement
    alone, `query` the statement in its other form; `same` says that this form must return the
    same rows, and `conditions` what the catalog holds that makes it so by a rule
    ("orders.customer_id is NOT NULL"). `table` is the key of the table that is to be read less,
    `candidate` the index where it is one. `in_plan` is false where only a run shows what it gains,
    and `values` are literals for the parameters that show it.
    `factor` (before divided by after) and `seen` are filled by the proof.
    """

    kind: RemedyKind
    title: str
    code: str
    tradeoff: str
    risk: Risk
    undo: str
    tests: str
    steps: tuple[Step, ...] = ()
    settings: tuple[tuple[str, str], ...] = ()
    query: str | None = None
    same: bool = True
    conditions: tuple[str, ...] = ()
    table: str | None = None
    candidate: Candidate | None = None
    backup: str = "none needed: no row changes"
    in_plan: bool = True
    values: tuple[tuple[int, str], ...] = ()
    factor: float | None = None
    seen: str = ""

    @property
    def measurable(self) -> bool:
        """Whether a database can show what it is worth."""
        return bool(self.steps or self.settings or self.query)


@dataclass(frozen=True, slots=True)
class Finding:
    """A fact that a rule found, with the claims that a run must confirm.

    `message` is the effect in the reader's words and reads well after the object's name and a
    colon ("this index build stops every write"). `details` carry what `advise` needs, as plain
    JSON. `remedies` are the ways out in the rule's order, those of a query: what a
    proof refutes is taken away before `advise`. The walker fills `rule` and `job`.
    """

    message: str
    location: Location
    claims: tuple[Claim, ...] = ()
    severity: Severity | None = None
    evidence: tuple[str, ...] = ()
    details: dict[str, Any] = field(default_factory=dict)
    remedies: tuple[Remedy, ...] = ()
    rule: str = ""
    job: Job = "models"


@dataclass(frozen=True, slots=True)
class Edit:
    """A file's final contents; `before` None makes a new file, `after` None removes one."""

    path: str
    before: str | None
    after: str | None


@tagged
@dataclass(frozen=True, slots=True)
class Fix:
    """A cure as final file contents and steps; `code` is what the reader pastes.

    `changed` are the lines of it that go and come, where the whole is long.
    A safe fix may be applied by --fix without a question: it changes no meaning.
    """

    title: str
    code: str
    safety: Literal["safe", "unsafe"] = "unsafe"
    edits: tuple[Edit, ...] = ()
    steps: tuple[Step, ...] = ()
    changed: str = ""


@tagged
@dataclass(frozen=True, slots=True)
class Irreversible:
    """There is no way back, and why."""

    why: str


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another way, with its price."""

    title: str
    tradeoff: str


@dataclass(frozen=True, slots=True)
class Undo:
    """How to take the fix back: code for the reader, and edits where files were changed."""

    text: str
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True)
class Advice:
    """What a rule's `advise` gives; no part may be empty, "none needed" carries its why."""

    reason: str
    fix: Fix
    alternatives: tuple[Alternative, ...]
    risk: Risk
    undo: Undo | Irreversible
    tests: str
    backup: str


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A finding with its proof and the whole advice.

    `trial` says whether the fix was seen to cure, on a copy of the project; None: nobody tried.
    """

    rule: str
    job: Job
    severity: Severity
    message: str
    location: Location
    claims: tuple[Claim, ...]
    evidence: tuple[str, ...]
    proof: Proof
    advice: Advice
    fingerprint: str = ""
    proofs: tuple[Proof, ...] = ()
    trial: Proof | None = None


@dataclass(frozen=True, slots=True)
class Unverified:
    """Something that could not be checked, why, and the way out."""

    what: str
    why: str
    way_out: str = ""


@dataclass(frozen=True, slots=True)
class Waived:
    """A finding that the user allowed, with the reason given."""

    rule: str
    message: str
    location: Location
    reason: str
    by: Literal["comment", "info", "baseline"] = "comment"

"""Finding and recommendation: what is wrong, and all that an answer to it owes the reader."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

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
class Finding:
    """A fact that a rule found, with the claims that a run must confirm.

    `message` is the effect in the reader's words and reads well after the object's name and a
    colon ("this index build stops every write"). `details` carry what `advise` needs, as plain
    JSON. The walker fills `rule` and `job`.
    """

    message: str
    location: Location
    claims: tuple[Claim, ...] = ()
    severity: Severity | None = None
    evidence: tuple[str, ...] = ()
    details: dict[str, Any] = field(default_factory=dict)
    rule: str = ""
    job: Job = "models"


@dataclass(frozen=True, slots=True)
class Edit:
    """A file's final contents; `before` None makes a new file, `after` None removes one."""

    path: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Step:
    """A statement of a fix with the phase it belongs to and how it must run."""

    sql: str
    phase: Literal["expand", "backfill", "validate", "contract", "now"] = "now"
    autocommit: bool = False
    lock_timeout: str | None = None


@tagged
@dataclass(frozen=True, slots=True)
class Fix:
    """A cure as final file contents and steps; `code` is what the reader pastes.

    A safe fix may be applied by --fix without a question: it changes no meaning.
    """

    title: str
    code: str
    safety: Literal["safe", "unsafe"] = "unsafe"
    edits: tuple[Edit, ...] = ()
    steps: tuple[Step, ...] = ()


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
class Risk:
    """What the fix itself may do, and what to do about that."""

    text: str
    mitigation: str


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

"""Advice on indexes: which to make and to drop for a workload, and what each is worth."""

from __future__ import annotations

from dataclasses import dataclass

from dbwright.core.index_proof import TuneProof
from dbwright.core.twin import TwinSource


@dataclass(frozen=True, slots=True)
class Gain:
    """What an index is worth to one statement: the planner's cost of a run without and with it."""

    statement: int
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class IndexAdvice:
    """An index to make.

    `sql` makes it; `bytes` is its predicted size, `writes` what keeping it costs the workload in
    the planner's units. `gains` are those of the set without this index against the set with it.
    `replaces` names indexes that it makes needless.
    """

    table: str
    name: str
    sql: str
    bytes: int
    writes: float
    gains: tuple[Gain, ...]
    replaces: tuple[str, ...] = ()
    alternatives: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DropAdvice:
    """An index to drop: why nothing needs it, and how sure that is.

    `by` is the index that does its work, "" where nothing has to.
    """

    table: str
    name: str
    sql: str
    bytes: int
    reason: str
    undo: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class StatementCost:
    """A statement of the workload: its share of the cost before and after, a run's in units.

    `milliseconds` is what its calls took together, where that was measured.
    """

    sql: str
    calls: float
    before: float
    after: float
    indexes: tuple[str, ...] = ()
    worst: float = 1.0
    milliseconds: float | None = None


@dataclass(frozen=True, slots=True)
class Tuned:
    """The answer: indexes to make and to drop, statement by statement.

    Costs are the planner's, each statement's weighted by its calls; where they are `measured`, the
    steps of runs on a copy. `notes` are sentences on how that was done. `asked` counts EXPLAINs,
    `frontier` has the cost that each budget of bytes reaches, `left_out` a sentence for each
    statement or thing that had no part in it. `existing` are the definitions of the indexes
    that there are. `proof` is there where it was run; what that refuted is not in the advice any
    more.
    """

    source: TwinSource
    server: str
    exact: bool
    before: float
    after: float
    budget: int
    table_bytes: int
    indexes: tuple[IndexAdvice, ...] = ()
    drops: tuple[DropAdvice, ...] = ()
    statements: tuple[StatementCost, ...] = ()
    frontier: tuple[tuple[int, float], ...] = ()
    asked: int = 0
    seconds: float = 0.0
    left_out: tuple[str, ...] = ()
    existing: tuple[str, ...] = ()
    measured: bool = False
    notes: tuple[str, ...] = ()
    proof: TuneProof | None = None

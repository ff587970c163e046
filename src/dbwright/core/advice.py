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
class IndexAlternative:
    """An index that could stand in the place of an advised one, as the search has priced it.

    `what` is it in short, its keys first; `sql` makes it. `saves` is what it would save the
    workload there, `writes` what keeping it costs, `tradeoff` in what it differs and what that
    means.
    """

    what: str
    sql: str
    bytes: int
    saves: float
    writes: float
    tradeoff: str


@dataclass(frozen=True, slots=True)
class IndexAdvice:
    """An index to make.

    `sql` makes it; `bytes` is its predicted size, `writes` what keeping it costs the workload in
    the planner's units. `gains` are those of the set without this index against the set with it.
    `replaces` names indexes that it makes needless. `first` are the builds on the partitions of its
    table, while writes go on; it takes them over.
    """

    table: str
    name: str
    sql: str
    bytes: int
    writes: float
    gains: tuple[Gain, ...]
    replaces: tuple[str, ...] = ()
    alternatives: tuple[IndexAlternative, ...] = ()
    first: tuple[str, ...] = ()


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
class WriteCost:
    """What the advice adds to the writes of the workload, in the planner's units.

    `before` is what writing the rows, and their entries in the indexes there are, costs; `added`
    the entries in new ones; `most` the part of `before` that they may add. `free` is what they add
    where that limit does not hold, `saves` what the workload would cost less then: both are 0
    where the limit took nothing away.
    """

    before: float
    added: float
    most: float
    free: float = 0.0
    saves: float = 0.0

    @property
    def times(self) -> float:
        """How many times as much the writes cost."""
        return (self.before + self.added) / self.before if self.before else 1.0


@dataclass(frozen=True, slots=True)
class Tuned:
    """The answer: indexes to make and to drop, statement by statement.

    Costs are the planner's, each statement's weighted by its calls; where they are `measured`, the
    steps of runs on a copy. `notes` are sentences on how that was done. `asked` counts EXPLAINs,
    `frontier` has the cost that each budget of bytes reaches, `left_out` a sentence for each
    statement or thing that had no part in it. `existing` are the definitions of the indexes
    that there are. `writes` is there where the workload writes. `proof` is there where it was run;
    what that refuted is not in the advice any more.
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
    writes: WriteCost | None = None

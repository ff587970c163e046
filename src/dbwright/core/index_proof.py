"""The proof of advice on indexes: built where rows are, the workload run without and with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["proven", "observed", "refuted", "unproven"]
"""Proven by a statement that gained; observed: nothing spoke against it, or on made-up rows."""
Rows = Literal["a clone", "made-up rows"]


@dataclass(frozen=True, slots=True)
class Timing:
    """Milliseconds that a server took to plan and execute one statement, run after run.

    `spread` is what the middle half of the runs lies within, from `low` on. `cut` says that its
    time was up: it takes at least that long. `cpu` are milliseconds on a processor, with what
    EXPLAIN itself takes, where the server is of this machine and no parallel worker had a part.
    """

    median: float
    least: float
    spread: float
    runs: int
    low: float = 0.0
    cut: bool = False
    cpu: float | None = None
    least_cpu: float | None = None


@dataclass(frozen=True, slots=True)
class Shape:
    """What one run of a statement touched: pages, bytes of WAL, the indexes of its plan."""

    pages: int
    wal: int
    indexes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExecutionProof:
    """One execution of a statement of the advice, without and with all that is advised.

    `statement` is its number in the advice, `kind` of which values it is (as `Instance` has
    them), `share` the share of the statement's runs that it stands for.
    """

    statement: int
    sql: str
    kind: str
    share: float
    writes: bool
    before: Timing
    after: Timing
    shape_before: Shape
    shape_after: Shape
    outcome: Literal["faster", "alike", "slower"]


@dataclass(frozen=True, slots=True)
class IndexProof:
    """What became of one index of the advice, to make or to drop.

    `refuted` takes it out of the advice; `why` says it with figures. `predicted` and `bytes` are
    its size as foretold and as built, `rows` and `foretold` its table's rows here and at the
    source. `table` is the table's, with its schema.
    """

    name: str
    action: Literal["make", "drop"]
    verdict: Verdict
    why: str
    predicted: int = 0
    bytes: int = 0
    seconds: float = 0.0
    rows: int = 0
    foretold: int = 0
    table: str = ""


@dataclass(frozen=True, slots=True)
class TuneProof:
    """What was run where, and what came of it.

    `left_out` has a sentence for each execution that was not run, `noted` for what else a reader
    should know.
    """

    place: str
    server: str
    rows: Rows
    indexes: tuple[IndexProof, ...] = ()
    executions: tuple[ExecutionProof, ...] = ()
    left_out: tuple[str, ...] = ()
    noted: tuple[str, ...] = ()
    seconds: float = 0.0

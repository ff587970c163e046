"""Plan and workload: statements and how a database runs them."""

from __future__ import annotations

from dataclasses import dataclass

from dbwright.core.place import Place
from dbwright.core.plan_node import Node

__all__ = ["Node", "Workload", "WorkloadStatement"]


@dataclass(frozen=True, slots=True)
class WorkloadStatement:
    """A normalised statement with its calls and total milliseconds."""

    sql: str
    calls: float = 1
    milliseconds: float | None = None
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Workload:
    """Statements that a program sends; `left_out` has a sentence for what is not among them."""

    statements: tuple[WorkloadStatement, ...] = ()
    left_out: tuple[str, ...] = ()

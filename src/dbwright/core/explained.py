"""Explained: one EXPLAIN, with what the server says of the statement as a whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from dbwright.core.plan_node import Node
from dbwright.core.plan_parts import Buffers, Jit, Trigger


@dataclass(frozen=True, slots=True)
class Explained:
    """A statement's plan as EXPLAIN gave it; times are milliseconds.

    `sql` is the statement where the text had it (auto_explain), `memory` the kilobytes that
    planning used, `serialization_time` what it took to turn the rows into what is sent. `extra`
    holds, by the server's names, what has no field of its own. `unread` has a sentence for each
    thing that the text did not tell clearly.
    """

    root: Node
    dialect: str = "postgresql"
    sql: str | None = None
    planning_time: float | None = None
    execution_time: float | None = None
    serialization_time: float | None = None
    planning_buffers: Buffers | None = None
    memory: int | None = None
    triggers: tuple[Trigger, ...] = ()
    jit: Jit | None = None
    settings: dict[str, str] = field(default_factory=dict)
    query_id: int | None = None
    extra: dict[str, Any] = field(default_factory=dict)
    unread: tuple[str, ...] = ()

    @property
    def analyzed(self) -> bool:
        """Whether the statement ran: rows and loops were counted."""
        return self.root.loops is not None

    @property
    def timed(self) -> bool:
        """Whether the nodes' times were measured: ANALYZE without TIMING OFF."""
        return any(node.time is not None for node in self.root.walk())

    @property
    def costed(self) -> bool:
        """Whether the planner's costs are known: not with COSTS OFF."""
        return any(node.cost for node in self.root.walk())

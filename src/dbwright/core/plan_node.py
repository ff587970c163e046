"""Node: a step of a plan with what the planner expected of it and what it did."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from dbwright.core.plan_parts import (
    Buffers,
    Cache,
    Hash,
    InputOutput,
    Sort,
    Wal,
    Worker,
    Written,
)


@dataclass(frozen=True, slots=True)
class Node:
    """A node of a plan in the server's own words (`Seq Scan`); `rows` estimated per loop.

    Times are milliseconds and, as `actual_rows` and the rows removed, averages of the `loops`, in
    which the executions by parallel workers are counted. Buffers and write-ahead log are totals of
    all loops and of all nodes below. What was not measured is None; a node that was never executed
    has 0 loops. `filter`, `join_filter`, `join_condition` (of a hash or merge join),
    `index_condition`, `recheck_condition` and `one_time_filter` are apart as the server has them.
    `source` is what is read that is no table: a function, a CTE. `parent` is the relation to the
    parent: Outer, Inner, InitPlan, SubPlan, Member; `subplan` its name: `CTE recent`, `SubPlan 2`.
    `extra` holds, by the server's names, what has no field of its own.
    https://www.postgresql.org/docs/current/using-explain.html
    """

    name: str
    relation: str | None = None
    index: str | None = None
    filter: str | None = None
    index_condition: str | None = None
    rows: float = 0.0
    actual_rows: float | None = None
    loops: float | None = None
    cost: float = 0.0
    removed: float | None = None
    children: tuple[Node, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)
    startup_cost: float = 0.0
    width: int | None = None
    startup_time: float | None = None
    time: float | None = None
    schema: str | None = None
    alias: str | None = None
    source: str | None = None
    parent: str | None = None
    subplan: str | None = None
    join_type: str | None = None
    strategy: str | None = None
    partial_mode: str | None = None
    operation: str | None = None
    backward: bool = False
    parallel: bool = False
    disabled: bool = False
    inner_unique: bool = False
    join_filter: str | None = None
    join_condition: str | None = None
    recheck_condition: str | None = None
    one_time_filter: str | None = None
    order_by: str | None = None
    removed_by_join: float | None = None
    removed_by_recheck: float | None = None
    heap_fetches: float | None = None
    exact_blocks: int | None = None
    lossy_blocks: int | None = None
    index_searches: int | None = None
    keys: tuple[str, ...] = ()
    output: tuple[str, ...] = ()
    workers_planned: int | None = None
    workers_launched: int | None = None
    workers: tuple[Worker, ...] = ()
    sort: Sort | None = None
    hash: Hash | None = None
    cache: Cache | None = None
    written: Written | None = None
    buffers: Buffers | None = None
    io: InputOutput | None = None
    wal: Wal | None = None

    @property
    def never_executed(self) -> bool:
        """Whether the statement ran and this node did not."""
        return self.loops == 0

    @property
    def is_init_plan(self) -> bool:
        """Whether the node is computed apart from the rows of its parent: an InitPlan or a CTE."""
        return self.parent == "InitPlan"

    @property
    def cte(self) -> str | None:
        """The name of the CTE that the node computes, if it does."""
        name = self.subplan or ""
        return name.removeprefix("CTE ") if name.startswith("CTE ") else None

    def walk(self) -> Iterator[Node]:
        """Gives the node and all below it, parents first."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(node.children))

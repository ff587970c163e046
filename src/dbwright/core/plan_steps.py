"""Steps: the nodes of a plan in the order of its text, with where each stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from dbwright.core.plan_node import Node

GATHERS = frozenset({"Gather", "Gather Merge"})
_PASS_ON = frozenset(
    {
        *("Nested Loop", "Hash Join", "Append", "Merge Append", "Subquery Scan", "Result"),
        *("ProjectSet", "Gather", "Gather Merge", "LockRows", "Unique", "WindowAgg", "Limit"),
        *("Incremental Sort", "Memoize", "Group"),
    }
)
"""Nodes that read no further than they are asked to."""
_FIRST_ONLY = frozenset({"Semi", "Anti"})
_NOT_COUNTED = frozenset({"BitmapAnd", "BitmapOr", "ModifyTable"})
_INIT_PLAN = re.compile(r"^(InitPlan \S+)(?: \(returns (.*)\))?$")


@dataclass(frozen=True, slots=True)
class Step:
    """A node at its place: its number from 0, its parent's, its depth.

    `processes` is how many executed it at the same time, the leader among them. `early` says that
    what is above may have stopped it before its last row, `partial` that its rows are shared by the
    processes. `share` is the part of its rows that a LIMIT above is expected to ask for.
    """

    number: int
    node: Node
    parent: int | None
    depth: int
    processes: float = 1.0
    early: bool = False
    partial: bool = False
    share: float = 1.0

    @property
    def expected(self) -> float:
        """Rows that were expected of all loops; of one where it was not run.

        Of a node that processes share the planner estimates one's part, and takes the leader for a
        part of a process: it has the workers to look after. (get_parallel_divisor in costsize.c)
        """
        return self.node.rows * (self._divisor or self.node.loops or 1.0)

    @property
    def found(self) -> float | None:
        """Rows that came in all loops, None where it was not run."""
        rows = self.node.actual_rows
        return None if rows is None else rows * (self.node.loops or 0.0)

    @property
    def _divisor(self) -> float:
        if not self.partial or self.processes <= 1 or not self.node.loops:
            return 0.0
        workers = self.processes - 1
        return (workers + max(0.0, 1 - 0.3 * workers)) * self.node.loops / self.processes

    @property
    def factor(self) -> float | None:
        """How many times more rows came than were expected; below 1 for fewer.

        None where they cannot be compared: it was not run, has been stopped early, or counts no
        rows (a bitmap of several, a write). At least one row is taken on either side.
        https://www.postgresql.org/docs/current/using-explain.html#USING-EXPLAIN-CAVEATS
        """
        node = self.node
        if node.actual_rows is None or not node.loops or node.name in _NOT_COUNTED:
            return None
        expected = self.expected / node.loops
        found = max(node.actual_rows, 1.0) / max(expected, 1.0)
        return None if self.early and found < 1 else found


def steps(root: Node) -> tuple[Step, ...]:
    """Gives the steps of a plan, parents first, as its text has them."""
    found: list[Step] = []
    waiting: list[tuple[Node, Step | None]] = [(root, None)]
    while waiting:
        node, above = waiting.pop()
        step = _step(len(found), node, above)
        found.append(step)
        waiting += [(child, step) for child in reversed(node.children)]
    return tuple(found)


def _step(number: int, node: Node, above: Step | None) -> Step:
    if above is None:
        return Step(number, node, None, 0)
    processes, early = _processes(above, node), _early(above, node)
    shared = processes > 1 and any(each.parallel for each in node.walk())
    share = _share(above, node) if early else 1.0
    return Step(number, node, above.number, above.depth + 1, processes, early, shared, share)


def _share(above: Step, child: Node) -> float:
    if above.node.name != "Limit":
        return above.share
    return above.share * min(above.node.rows / max(child.rows, 1.0), 1.0)


def _processes(step: Step, child: Node) -> float:
    """How many processes ran a child at the same time.

    A Gather's child is executed once by each process that took part, and its loops say how many
    that were. The bitmap of a parallel heap scan is built by one while the others wait for it.
    """
    node = step.node
    if node.name in GATHERS and not child.subplan and child.loops and node.loops:
        return max(child.loops / node.loops, 1.0)
    if node.name == "Bitmap Heap Scan" and node.parallel:
        return 1.0
    return step.processes


def _early(step: Step, child: Node) -> bool:
    node = step.node
    if child.subplan is not None:
        return child.parent == "SubPlan"
    if node.name in ("Limit", "Merge Join"):
        return True
    if node.name == "Nested Loop" and child is node.children[-1]:
        return step.early or node.inner_unique or node.join_type in _FIRST_ONLY
    if node.name == "Hash Join" and child.name == "Hash":
        return False
    return step.early and node.name in _PASS_ON


def references(node: Node) -> tuple[re.Pattern[str], ...]:
    """Gives what an InitPlan's result is called where it is used: `$0`, `(InitPlan 1)`.

    The first is PostgreSQL's until 16, the second since 17.
    """
    found = _INIT_PLAN.match(node.subplan or "")
    if not found:
        return ()
    names = [re.escape(each.strip()) + r"(?!\d)" for each in (found[2] or "").split(",")]
    return tuple(
        re.compile(each)
        for each in (rf"\({re.escape(found[1])}\)", *(name for name in names if name[0] == "\\"))
    )


def texts(node: Node) -> Iterator[str]:
    """Gives every expression of a node."""
    for each in (
        *(node.filter, node.join_filter, node.join_condition, node.index_condition),
        *(node.recheck_condition, node.one_time_filter, node.order_by),
        *(*node.keys, *node.output, *(node.sort.keys if node.sort else ())),
        *(value for value in node.extra.values() if isinstance(value, str)),
    ):
        if each:
            yield each
    for value in node.extra.values():
        if isinstance(value, list):
            yield from (each for each in value if isinstance(each, str))

"""Charges: what of a measure each step took itself, and what the nodes below took.

PostgreSQL's times and blocks of a node hold those of the nodes that it asks for rows. A sub-plan
that is computed apart is printed where it belongs, and its time is in the node that first needs
it: a CTE's in the scans that read it, an InitPlan's in the node whose expression uses it, or in
the Gather above that one, which hands it to its workers. There it is taken away, and nowhere else.
(ExecReScanSetParamPlan and ExecSetParamPlan in nodeSubplan.c, ExecParallelSetupInitPlan… in
nodeGather.c; pev2 and explain.depesz.com subtract CTE and InitPlan likewise.)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from dbwright.core.plan_node import Node
from dbwright.core.plan_steps import GATHERS, Step, references, texts


@dataclass
class Charges:
    """What each step took with all below it (`whole`), and by itself (`own`).

    `apart` is what the root does not hold: a CTE that writes and that nobody reads runs after it.
    """

    whole: list[float]
    own: list[float] = field(default_factory=list)
    apart: float = 0.0


def charges(steps: Sequence[Step], measure: Callable[[Step], float]) -> Charges:
    """Gives the charges of a measure that a node's own value holds with that of its children."""
    below = _below(steps)
    found = Charges([measure(step) for step in steps])
    for step in steps:
        _fit(found.whole, steps, step, below)
    found.own = [
        found.whole[step.number] - sum(found.whole[n] for n in _inside(steps, below[step.number]))
        for step in steps
    ]
    for step in steps:
        if step.node.is_init_plan and step.parent is not None and found.whole[step.number] > 0:
            _charge(found, steps, below, step)
    found.own = [max(each, 0.0) for each in found.own]
    return found


def _below(steps: Sequence[Step]) -> list[list[int]]:
    found: list[list[int]] = [[] for _ in steps]
    for step in steps:
        if step.parent is not None:
            found[step.parent].append(step.number)
    return found


def _inside(steps: Sequence[Step], numbers: Sequence[int]) -> list[int]:
    return [number for number in numbers if not steps[number].node.is_init_plan]


def _fit(whole: list[float], steps: Sequence[Step], step: Step, below: list[list[int]]) -> None:
    """Takes from the children what the rounding of many loops' averages adds to them.

    A server rounds an average to microseconds, which thousands of loops make milliseconds of.
    """
    inside = _inside(steps, below[step.number])
    total = sum(whole[n] for n in inside)
    loops = max((step.node.loops or 1), 1)
    slack = loops * len(inside) * 0.0005
    if total > whole[step.number] and total - whole[step.number] <= slack * 10 and total > 0:
        factor = whole[step.number] / total
        for number in inside:
            whole[number] *= factor


def _charge(found: Charges, steps: Sequence[Step], below: list[list[int]], step: Step) -> None:
    """Takes an InitPlan's or CTE's amount from who waited for it."""
    assert step.parent is not None
    amount = found.whole[step.number]
    within = [steps[n] for n in _all(below, step.parent) if n not in set(_all(below, step.number))]
    if step.node.cte is not None:
        _charge_readers(found, step, within, amount)
        return
    users = _users(steps, step, within) or [steps[step.parent]]
    able = [user for user in users if found.own[user.number] >= amount * 0.9]
    chosen = able[0] if able else max(users, key=lambda user: found.own[user.number])
    found.own[chosen.number] -= amount


def _charge_readers(found: Charges, step: Step, within: Sequence[Step], amount: float) -> None:
    readers = [
        each
        for each in within
        if each.node.name == "CTE Scan" and each.node.source == step.node.cte and each.node.loops
    ]
    total = sum(found.whole[each.number] for each in readers)
    if not readers or total <= 0:
        found.apart += amount
        return
    for each in readers:
        found.own[each.number] -= amount * found.whole[each.number] / total


def _users(steps: Sequence[Step], step: Step, within: Sequence[Step]) -> list[Step]:
    names = references(step.node)
    found = []
    for each in within:
        if each.node.loops == 0 or not _uses(each.node, names):
            continue
        user, above = each, each
        while above.parent is not None and above.number != step.parent:
            above = steps[above.parent]
            user = above if above.node.name in GATHERS else user
        found.append(user)
    return found


def _uses(node: Node, names: Sequence[object]) -> bool:
    return any(name.search(text) for text in texts(node) for name in names)  # type: ignore[attr-defined]


def _all(below: list[list[int]], number: int) -> list[int]:
    found, waiting = [], [number]
    while waiting:
        found.append(waiting.pop())
        waiting.extend(reversed(below[found[-1]]))
    return found

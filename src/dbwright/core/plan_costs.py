"""The planner's cost of a plan, handed down from the root to the nodes that cause it."""

from __future__ import annotations

from collections.abc import Sequence

from dbwright.core.plan_charges import Charges
from dbwright.core.plan_steps import Step


def costs(steps: Sequence[Step]) -> Charges:
    """Gives what of the root's cost each step causes, by itself and with what is below.

    A child asks for its total cost, as often as its parent runs it: an inner side for each outer
    row. Where a parent pays less (it stops early, or rescans are cheap) each gets its part of it.
    """
    below: list[list[Step]] = [[] for _ in steps]
    for step in steps:
        if step.parent is not None:
            below[step.parent].append(step)
    found = Charges([0.0] * len(steps), [0.0] * len(steps))
    found.whole[0] = steps[0].node.cost
    for step in steps:
        amount = found.whole[step.number]
        full = step.node.cost
        asked = {
            child.number: _asked(step, child, below[step.number]) for child in below[step.number]
        }
        total = sum(asked.values())
        scale = amount / full if full else 0.0
        wanted = total * scale
        if wanted > amount:
            scale *= amount / wanted
            wanted = amount
        for number, each in asked.items():
            found.whole[number] = each * scale
        found.own[step.number] = max(0.0, amount - wanted)
    return found


def _asked(step: Step, child: Step, siblings: Sequence[Step]) -> float:
    """What a child costs while its parent runs once, as far as the plan tells."""
    node, cost = step.node, child.node.cost
    plain = [each for each in siblings if each.node.subplan is None]
    if child.node.parent == "SubPlan":
        rest = node.cost - sum(each.node.cost for each in plain)
        return max(cost, rest - rest % cost) if cost and rest > cost else cost
    if node.name != "Nested Loop" or len(plain) < 2 or child.number != plain[-1].number:
        return cost
    often = max(plain[0].node.rows, 1.0)
    return min(cost * often, max(node.cost - plain[0].node.cost, cost))

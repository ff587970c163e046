"""Where the time of a plan goes: what each node took by itself, and what no node took.

The rules, and where they are from:

- A time is the average of the loops; times the loops it is the total. (PostgreSQL manual, "Using
  EXPLAIN": "In such cases, the loops value reports the total number of executions of the node, and
  the actual time and rows values shown are averages per-execution.")
- Below a Gather the loops of all processes are added up, so the total is divided by the number of
  processes that took part: the loops of the Gather's child say it, the leader is one of them if it
  did work. What the Gather has beyond that is waiting for the slowest. (explain.c; "Parallel Plans"
  in the manual. pev2 divides by the workers launched plus one, which counts a leader that did not
  take part.)
- A node's time holds that of its children; what remains is its own. InitPlans and CTEs: see
  `plan_charges`.
- Triggers are not nodes. Those AFTER a row or statement, all of foreign keys among them, run when
  the last node is done; those BEFORE within the node that writes. Planning and the sending of rows
  (SERIALIZE) are outside too. (Manual: "the total run time … does include … trigger execution
  time. … EXPLAIN's measured execution time does not include parse, rewrite, or plan time.")
- Just-in-time compilation is inside of the node that first needs an expression, its generation
  before any; its times are of all processes together.
- Without times, the pages that each node looked at; without those the planner's costs, whose sum
  over a plan is no sum: an inner side is run for each outer row, a Limit pays a part of what is
  below it. So the root's cost is handed down by what each child would take of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from dbwright.core.explained import Explained
from dbwright.core.plan_charges import Charges, charges
from dbwright.core.plan_costs import costs
from dbwright.core.plan_parts import Trigger
from dbwright.core.plan_steps import GATHERS, Step, steps

Unit = Literal["ms", "pages", "cost", ""]
Kind = Literal["nodes", "trigger", "planning", "jit", "serialization", "rest"]
_BITMAPS = frozenset({"Bitmap Index Scan", "BitmapAnd", "BitmapOr"})
_APPENDS = frozenset({"Append", "Merge Append"})


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the whole: the steps whose amounts it adds up, the first being the greatest.

    `steps` are empty for what is no node; `trigger` is the one whose time it is.
    """

    kind: Kind
    amount: float
    steps: tuple[int, ...] = ()
    trigger: Trigger | None = None


@dataclass(frozen=True, slots=True)
class PlanTimes:
    """Where the time, the pages or the cost of a plan goes.

    `own` is what each step took itself and `whole` with what is below, both by its number; `total`
    what they are parts of: planning and execution. `parts` come greatest first.
    """

    unit: Unit
    total: float
    steps: tuple[Step, ...]
    own: tuple[float, ...]
    whole: tuple[float, ...]
    pages: tuple[float, ...]
    parts: tuple[Part, ...]

    def share(self, number: int) -> float:
        """Gives the part of the total that a step took itself, from 0 to 1."""
        return min(self.own[number] / self.total, 1.0) if self.total > 0 else 0.0

    def is_hot(self, number: int) -> bool:
        """Whether a step took a fifth or more, or as much as any."""
        share = self.share(number)
        return share >= 0.2 or (share > 0.1 and self.own[number] == max(self.own))


def plan_times(found: Explained) -> PlanTimes:
    """Gives where the time of a plan goes; see the rules above."""
    known = steps(found.root)
    pages = charges(known, _pages).own if _buffered(known) else [0.0] * len(known)
    if found.timed:
        return _timed(found, known, pages)
    if sum(pages) > 0:
        charged = Charges([_pages(step) for step in known], pages)
        return _simple("pages", known, charged, pages)
    if found.costed:
        return _simple("cost", known, costs(known), pages)
    nothing = Charges([0.0] * len(known), [0.0] * len(known))
    return _simple("", known, nothing, pages)


def _timed(found: Explained, known: tuple[Step, ...], pages: Sequence[float]) -> PlanTimes:
    charged = charges(known, _wall)
    execution = max(found.execution_time or 0.0, charged.whole[0] + charged.apart)
    outside = execution - charged.whole[0] - charged.apart
    parts = _triggers(found, known, charged, outside)
    outside -= sum(part.amount for part in parts)
    compiled, within = _jit(found, known, charged)
    outside -= compiled - within
    parts += [Part("jit", compiled)] if compiled else []
    parts += [Part("planning", found.planning_time)] if found.planning_time else []
    if found.serialization_time:
        parts.append(Part("serialization", found.serialization_time))
        outside -= found.serialization_time
    parts += _node_parts(known, charged.own)
    parts += [Part("rest", outside)] if outside > 0 else []
    total = execution + (found.planning_time or 0.0)
    return _made("ms", total, known, charged, pages, parts)


def _simple(
    unit: Unit, known: tuple[Step, ...], charged: Charges, pages: Sequence[float]
) -> PlanTimes:
    parts = _node_parts(known, charged.own) if unit else []
    total = charged.whole[0] + charged.apart
    return _made(unit, max(total, sum(charged.own)), known, charged, pages, parts)


def _made(
    unit: Unit,
    total: float,
    known: tuple[Step, ...],
    charged: Charges,
    pages: Sequence[float],
    parts: Sequence[Part],
) -> PlanTimes:
    ordered = sorted((p for p in parts if p.amount > 0), key=lambda part: -part.amount)
    return PlanTimes(
        unit, total, known, tuple(charged.own), tuple(charged.whole), tuple(pages), tuple(ordered)
    )


def _wall(step: Step) -> float:
    node = step.node
    return (node.time or 0.0) * (node.loops or 0.0) / step.processes


def _buffered(known: Sequence[Step]) -> bool:
    return any(step.node.buffers is not None for step in known)


def _pages(step: Step) -> float:
    return float(step.node.buffers.pages) if step.node.buffers else 0.0


def _triggers(
    found: Explained, known: Sequence[Step], charged: Charges, outside: float
) -> list[Part]:
    """The triggers' times; what cannot have run after the nodes is taken from those that write."""
    timed = [each for each in found.triggers if each.time]
    after = sum(each.time or 0.0 for each in timed)
    if after > outside * 1.05 + 0.5:
        for each in timed:
            if each.constraint is None and _take_from_writes(each, known, charged):
                after -= each.time or 0.0
    return [Part("trigger", each.time or 0.0, trigger=each) for each in timed if _counts(each)]


def _counts(trigger: Trigger) -> bool:
    return bool(trigger.time)


def _take_from_writes(trigger: Trigger, known: Sequence[Step], charged: Charges) -> bool:
    """Takes the time of a trigger that ran within a node from that node's own."""
    for step in known:
        own = charged.own[step.number]
        if step.node.name == "ModifyTable" and own >= (trigger.time or 0.0) * 0.9:
            charged.own[step.number] = max(0.0, own - (trigger.time or 0.0))
            return True
    return False


def _jit(found: Explained, known: Sequence[Step], charged: Charges) -> tuple[float, float]:
    """What compilation took in the course of time, and how much of it within nodes."""
    if found.jit is None or not found.jit.time:
        return 0.0, 0.0
    launched = [s.node.workers_launched or 0 for s in known if s.node.name in GATHERS]
    together = 1 + max(launched, default=0)
    compiled = found.jit.time / together
    within = compiled - found.jit.generation_time / together
    able = [s for s in known if charged.own[s.number] >= within * 0.9 and _starts_late(s, within)]
    if not able:
        return 0.0, 0.0
    chosen = max(able, key=lambda step: step.depth)
    charged.own[chosen.number] = max(0.0, charged.own[chosen.number] - within)
    return compiled, within


def _starts_late(step: Step, within: float) -> bool:
    return (step.node.startup_time or 0.0) >= within * 0.8


def _node_parts(known: Sequence[Step], own: Sequence[float]) -> list[Part]:
    """The steps in groups: the partitions below one Append, a heap scan with its bitmaps."""
    groups: dict[tuple[int, str], list[int]] = {}
    for step in known:
        groups.setdefault(_group(known, step), []).append(step.number)
    return [
        Part("nodes", sum(own[n] for n in numbers), tuple(sorted(numbers, key=lambda n: -own[n])))
        for numbers in groups.values()
    ]


def _group(known: Sequence[Step], step: Step) -> tuple[int, str]:
    while step.node.name in _BITMAPS and step.parent is not None:
        step = known[step.parent]
    above = step
    while above.parent is not None and known[above.parent].node.name in _APPENDS:
        above = known[above.parent]
    if above is not step and step.node.relation is not None:
        return above.number, step.node.name
    return step.number, ""

"""An upgrade of a fleet: a first wave and its health check, then the rest, wave by wave."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from dbwright.core.fleet import FleetReport, TargetRun
from dbwright.fleet.fan_out import FanOut
from dbwright.fleet.health import Health
from dbwright.fleet.inventory import Inventory, Member
from dbwright.fleet.state import State
from dbwright.fleet.work import Task

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """How a fleet is gone through: the size of the first wave and of the others, when to stop.

    `stop_at` is the share of all databases that may fail behind the first wave; one always may.
    """

    canaries: int = 1
    wave: int = 100
    stop_at: float = 0.1
    resume: bool = False
    health: Health = field(default_factory=Health)


def waves_of(members: Sequence[Member], plan: Plan) -> list[list[Member]]:
    """Gives the waves; those marked in the inventory make the first, else the first of all."""
    marked = [member for member in members if member.is_canary]
    first = marked or [*members[: plan.canaries]]
    names = {member.name for member in first}
    rest = [member for member in members if member.name not in names]
    others = [rest[at : at + plan.wave] for at in range(0, len(rest), plan.wave)]
    return [wave for wave in (first, *others) if wave]


def left_of(
    inventory: Inventory, task: Task, plan: Plan, rows: Mapping[str, TargetRun]
) -> list[list[Member]]:
    """Gives the waves of what is to be done; with `resume` what stands there is passed over."""
    done = {
        name
        for name, run in rows.items()
        if plan.resume and run.state == "done" and run.revision == task.stands_at
    }
    return [
        [member for member in wave if member.name not in done]
        for wave in waves_of(inventory.members, plan)
    ]


def run(
    inventory: Inventory, task: Task, plan: Plan, state: State, fan_out: FanOut, say: Say
) -> FleetReport:
    """Upgrades all, and gives how each stands; what went wrong in one is in its row."""
    started = time.monotonic()
    course = _Course(inventory, task, plan, state, fan_out, say)
    stopped = course.go()
    rows = state.rows()
    runs = tuple(rows[member.name] for member in inventory.members)
    bad = any(run.state != "done" for run in runs)
    return FleetReport(
        "stopped" if stopped else "failed" if bad else "done",
        runs,
        round(time.monotonic() - started, 3),
        course.passed_over,
        inventory.duplicates,
        stopped,
        task.stands_at,
    )


@dataclass(slots=True)
class _Course:
    inventory: Inventory
    task: Task
    plan: Plan
    state: State
    fan_out: FanOut
    say: Say
    passed_over: int = 0
    failed: int = 0
    ended: int = 0

    def go(self) -> str:
        """Goes through the waves; gives why it stopped, nothing where it did not."""
        waves = waves_of(self.inventory.members, self.plan)
        left = self._entered(waves)
        for number, wave in enumerate(left):
            stopped = self._wave(wave, number, is_first=number == 0)
            if stopped:
                return stopped
            if number == 0 and any(left):
                # of a first wave that was done before as well: that it failed may be why we resume
                trouble = self.plan.health.trouble(waves[0])
                if trouble is not None:
                    return f"after the first wave: {trouble}"
        return ""

    def _entered(self, waves: list[list[Member]]) -> list[list[Member]]:
        """Enters what is to be done, and gives it."""
        left = left_of(self.inventory, self.task, self.plan, self.state.rows())
        self.state.forget_others([member.name for member in self.inventory.members])
        self.passed_over = sum(map(len, waves)) - sum(map(len, left))
        self.state.enter(
            [
                TargetRun(member.name, member.target.host, number)
                for number, wave in enumerate(left)
                for member in wave
            ]
        )
        return left

    def _wave(self, wave: list[Member], number: int, *, is_first: bool) -> str:
        stops, reason = threading.Event(), ""
        task = replace(self.task, wave=number)
        for event in self.fan_out(wave, task, stops):
            if event.result is None:
                self.state.note(event.member.name, "running")
                continue
            self.state.put(event.result)
            self.ended += 1
            self.failed += event.result.state != "done"
            self._tell(event.result)
            reason = reason or self._reason(is_first)
            if reason:
                stops.set()
        return reason

    def _reason(self, is_first: bool) -> str:
        if not self.failed:
            return ""
        if is_first:
            return "a database of the first wave failed, so the rest was not begun"
        most = max(1, math.floor(self.plan.stop_at * len(self.inventory.members)))
        if self.failed <= most:
            return ""
        return (
            f"{self.failed} databases failed, more than {most} of {len(self.inventory.members)} "
            f"(--stop-at {self.plan.stop_at:.0%})"
        )

    def _tell(self, run: TargetRun) -> None:
        total = len(self.inventory.members) - self.passed_over
        failed = f", {self.failed} failed" if self.failed else ""
        self.say(f"upgrading: {self.ended} of {total}{failed}; {run.target} {run.state}")

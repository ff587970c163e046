"""Fleet: many databases with the same schema, and how each stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

TargetState = Literal[
    "waiting", "sent", "running", "done", "failed", "refused", "unreachable", "behind", "ahead"
]
FleetState = Literal["done", "failed", "stopped"]


@dataclass(frozen=True, slots=True)
class TargetRun:
    """How one database of a fleet stands: its row in the state database."""

    target: str
    host: str
    wave: int = 0
    state: TargetState = "waiting"
    revision: str = ""
    error: str = ""
    seconds: float = 0.0
    digest: str = ""
    pending: int = 0


@dataclass(frozen=True, slots=True)
class FleetReport:
    """How a fleet stands after an upgrade or a check.

    `passed_over` were done before, `duplicates` stand in the inventory more than once, `stopped`
    is why not all were begun.
    """

    state: FleetState
    targets: tuple[TargetRun, ...]
    seconds: float = 0.0
    passed_over: int = 0
    duplicates: tuple[str, ...] = ()
    stopped: str = ""
    head: str = ""

    @property
    def exit_status(self) -> int:
        """0 where all stand where they are to, 1 where one does not, 3 where one is not reached."""
        states = {each.state for each in self.targets}
        if self.stopped or states & {"failed", "refused", "behind", "ahead", "waiting", "running"}:
            return 1
        return 3 if "unreachable" in states else 0


@dataclass(frozen=True, slots=True)
class SchemaGroup:
    """Databases with one schema; `differences` are what they lack (-) and have (+)."""

    digest: str
    targets: tuple[str, ...]
    is_reference: bool = False
    differences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FleetDrift:
    """Which databases of a fleet have another schema than the rest."""

    groups: tuple[SchemaGroup, ...]
    unread: tuple[TargetRun, ...] = ()
    duplicates: tuple[str, ...] = ()
    against: str = "the majority"

    @property
    def exit_status(self) -> int:
        """0 where all are alike, 1 where not, 3 where one could not be read."""
        if len(self.groups) > 1:
            return 1
        return 3 if self.unread else 0

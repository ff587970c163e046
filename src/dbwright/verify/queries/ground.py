"""Where a remedy is tried: what a statement takes as it is, and what it takes after a change."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from dbwright.core.explained import Explained
from dbwright.core.plan import Node

NOTICEABLE = 1.5
"""The factor under which a gain is not told: a busy machine takes and gives as much."""


_IN_SECONDS = 10_000
"""Milliseconds from which on people think in seconds."""


@dataclass(frozen=True, slots=True)
class Side:
    """A statement, what is done to the database before it, and what is set for it.

    `values` are literals for its parameters, by their numbers. With `sent` the time counts until
    the rows have come, which EXPLAIN alone leaves out [until 17].
    """

    sql: str
    setup: tuple[str, ...] = ()
    settings: tuple[tuple[str, str], ...] = ()
    values: tuple[tuple[int, str], ...] = ()
    sent: bool = False


@dataclass(frozen=True, slots=True)
class Compared:
    """What two sides took, and in what unit; `beyond_noise` says that the gain shows.

    `indexes` are those of the second side's plan.
    """

    before: float
    after: float
    unit: str
    beyond_noise: bool
    words: str
    indexes: tuple[str, ...] = ()

    @property
    def factor(self) -> float:
        """What was taken before, divided by what was taken after."""
        return self.before / max(self.after, 1e-6)

    @property
    def gains(self) -> bool:
        """Whether the second side is worth telling."""
        return self.beyond_noise and self.factor >= NOTICEABLE


class CannotTry(Exception):
    """A change that this ground does not allow; the message says why."""


class Ground(Protocol):
    """A database that plans statements, and perhaps runs them; nothing that is done there stays."""

    @property
    def words(self) -> str:
        """What it is, in words."""

    @property
    def runs(self) -> bool:
        """Whether statements are executed there."""

    @property
    def writable(self) -> bool:
        """Whether anything may be changed there, to be rolled back."""

    @property
    def connection(self) -> Any:
        """The connection, whose transaction is rolled back after each question."""

    def changed(self, setup: Sequence[str]) -> contextlib.AbstractContextManager[None]:
        """Gives a transaction in which these statements were run; it is rolled back at its end."""

    def plan(self, side: Side) -> Explained:
        """Gives the plan of a side; raises the driver's error or CannotTry."""

    def run(self, side: Side) -> Explained:
        """Gives the plan of a side with what a run counted; raises the same."""

    def compare(self, before: Side, after: Side) -> Compared:
        """Gives what two sides take; raises the driver's error or CannotTry."""


def described(before: float, after: float, unit: str) -> str:
    """Gives two amounts in words.

    >>> described(1834.2, 0.41, "ms")
    '1,834 → 0.41 ms'
    >>> described(30067, 5407, "ms")
    '30.1 → 5.41 s'
    """
    if unit == "ms" and before >= _IN_SECONDS and after >= 100:
        before, after, unit = before / 1000, after / 1000, "s"
    return f"{_number(before)} → {_number(after)} {unit}".rstrip()


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def used(node: Node) -> tuple[str, ...]:
    """Gives the indexes of a plan, each once."""
    return tuple(dict.fromkeys(each.index for each in node.walk() if each.index))


def of_plans(first: Node, second: Node) -> Compared:
    """Gives what the planner's estimates say of two sides."""
    words = f"estimated cost {described(first.cost, second.cost, '')}"
    return Compared(first.cost, second.cost, "cost", True, words, used(second))


def is_transactional(steps: Sequence[str]) -> bool:
    """Whether all statements may run inside of a transaction."""
    return not any(step.strip().lower().startswith("vacuum") for step in steps)

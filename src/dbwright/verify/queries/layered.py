"""Several grounds as one: each question goes to the first that can answer it."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any

from dbwright.core.explained import Explained
from dbwright.verify.queries.ground import CannotTry, Compared, Ground, Side, of_plans


class Layered:
    """Grounds in the order of their worth; `connection` is that of the first."""

    def __init__(self, grounds: Sequence[Ground]) -> None:
        self.grounds = tuple(grounds)
        self.runs = any(each.runs for each in grounds)
        self.writable = bool(self.grounds) and self.grounds[0].writable
        self.used: Ground | None = None

    @property
    def words(self) -> str:
        """The ground that gave the last answer."""
        return (self.used or self.grounds[0]).words

    @property
    def connection(self) -> Any:
        """The first ground's connection."""
        return self.grounds[0].connection

    def changed(self, setup: Sequence[str]) -> contextlib.AbstractContextManager[None]:
        """Gives the first ground's transaction with these statements; it is rolled back."""
        return self.grounds[0].changed(setup)

    def plan(self, side: Side) -> Explained:
        """Gives the plan of a side by the first ground that makes one."""
        found: Explained = self._first(lambda ground: ground.plan(side))
        return found

    def run(self, side: Side) -> Explained:
        """Gives the plan with what a run counted by the first ground that runs it."""
        found: Explained = self._first(lambda ground: ground.run(side))
        return found

    def compare(self, before: Side, after: Side) -> Compared:
        """Gives what two sides take by the first ground that can try it."""
        found: Compared = self._first(lambda ground: ground.compare(before, after))
        return found

    def _first(self, ask: Any) -> Any:
        refusals = []
        for ground in self.grounds:
            try:
                found = ask(ground)
            except CannotTry as error:
                refusals.append(error)
                continue
            finally:
                ground.connection.rollback()
            self.used = ground
            return found
        raise refusals[0]


class Planned:
    """A ground that only plans; `why` says why nothing is tried there."""

    runs = writable = False

    def __init__(self, ground: Ground, why: str) -> None:
        self.ground, self.why = ground, why

    @property
    def words(self) -> str:
        """The ground's own."""
        return self.ground.words

    @property
    def connection(self) -> Any:
        """The ground's own."""
        return self.ground.connection

    def changed(self, setup: Sequence[str]) -> contextlib.AbstractContextManager[None]:
        """Gives a transaction that is rolled back; nothing is changed in it."""
        return self.ground.changed(())

    def plan(self, side: Side) -> Explained:
        """Gives the plan of a side that changes nothing; raises as the ground, and CannotTry."""
        if side.setup:
            raise CannotTry(self.why)
        return self.ground.plan(side)

    def run(self, side: Side) -> Explained:
        """Raises CannotTry: nothing is run."""
        raise CannotTry(self.why)

    def compare(self, before: Side, after: Side) -> Compared:
        """Gives the planner's costs of two sides, where it has some; raises the same."""
        first, second = self.plan(before).root, self.plan(after).root
        if not first.cost:
            raise CannotTry(self.why)
        return of_plans(first, second)


class Nowhere:
    """No database at all: a claim stays what reason says of it."""

    runs = writable = False
    words = "no database"

    class _Nothing:
        def rollback(self) -> None:
            """There is nothing to take back."""

        def execute(self, *asked: object) -> None:
            """Raises CannotTry."""
            raise CannotTry("there was no database to run it on")

    connection: Any = _Nothing()

    def changed(self, setup: Sequence[str]) -> contextlib.AbstractContextManager[None]:
        """Raises CannotTry."""
        raise CannotTry("there was no database to try it on")

    def plan(self, side: Side) -> Explained:
        """Raises CannotTry."""
        raise CannotTry("there was no database to plan it on")

    def run(self, side: Side) -> Explained:
        """Raises CannotTry."""
        raise CannotTry("there was no database to run it on")

    def compare(self, before: Side, after: Side) -> Compared:
        """Raises CannotTry."""
        raise CannotTry("there was no database to try it on")

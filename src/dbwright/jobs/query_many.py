"""Many statements at once: which of them are tried on a database, and how the others are read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dbwright.core.finding import Unverified
from dbwright.core.plan import WorkloadStatement
from dbwright.jobs.query_grounds import Opened
from dbwright.verify.queries.ground import Side
from dbwright.verify.queries.layered import Planned

MOST = 100
"""So many statements of one review are tried, where the user names no other number."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The statements that are tried, by their numbers from 0, of all that there are."""

    numbers: frozenset[int]
    count: int
    recorded: bool

    @property
    def is_all(self) -> bool:
        """Whether each statement is tried."""
        return len(self.numbers) == self.count

    @property
    def why(self) -> str:
        """Says why a statement was not tried."""
        measure = "took most time" if self.recorded else "cost the planner most"
        return f"only the {len(self.numbers):,} statements that {measure} were tried"

    def left(self) -> Unverified | None:
        """Says what the others lack, None where there are none."""
        if self.is_all:
            return None
        others = self.count - len(self.numbers)
        return Unverified(
            f"{others:,} of {self.count:,} statements",
            f"{self.why}; of the others text and plan were read",
            f"Try more of them:  --tries {self.count}",
        )


def chosen(
    opened: Opened, statements: Sequence[tuple[WorkloadStatement, str]], most: int
) -> Choice:
    """Gives the statements that take most; recorded time counts before the planner's cost."""
    recorded = any(given.milliseconds is not None for given, _ in statements)
    if len(statements) <= most or opened.kind == "none":
        return Choice(frozenset(range(len(statements))), len(statements), recorded)
    weights = {
        number: given.milliseconds if recorded else given.calls * _cost(opened, sql)
        for number, (given, sql) in enumerate(statements)
    }
    first = sorted(weights, key=lambda number: -(weights[number] or 0.0))
    return Choice(frozenset(first[:most]), len(statements), recorded)


def _cost(opened: Opened, sql: str) -> float:
    """Gives the planner's cost of a statement, 0 where it has no plan."""
    try:
        text = opened.literal(sql)
        return opened.ground.plan(Side(text, values=opened.values(text))).root.cost
    except Exception:  # the driver's tree; the review of the statement says what is wrong
        return 0.0
    finally:
        opened.connection.rollback()


def only_read(opened: Opened, why: str) -> Opened:
    """Gives the same database for statements of which text and plan alone are read.

    That one is wrong is shown all the same: it takes a few rows.
    """
    return replace(opened, ground=Planned(opened.ground, why), offer=None, untried=why)

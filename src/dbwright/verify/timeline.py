"""The timeline of a run: which lock stood on which relation, from which statement until when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from dbwright.core.rehearsed import Estimate, Span
from dbwright.core.trace import StatementTrace, Trace
from dbwright.verify.watch_postgresql import strongest


def timeline(trace: Trace, estimates: Iterable[Estimate] = ()) -> tuple[Span, ...]:
    """Gives the locks on relations that stood before the revision, in the order they were taken.

    A lock under a stronger one, which is held as long, is left out. With `estimates` each says
    how long it would be held over production's rows.
    """
    found: list[Span] = []
    for number, item in enumerate(trace.statements):
        relations = dict.fromkeys(lock.relation for lock in item.locks if lock.existed)
        for relation in relations:
            span = _span(trace, number, item, relation)
            if not any(_covers(other, span) for other in found):
                found.append(span)
    known = {item.statement: item for item in estimates}
    return tuple(replace(span, estimated=_estimated(span, trace, known)) for span in found)


def _span(trace: Trace, number: int, item: StatementTrace, relation: str) -> Span:
    end, last = _end(trace, number)
    mode = strongest(lock.mode for lock in item.locks if lock.relation == relation) or ""
    stops = dict.fromkeys(b.action for b in item.blocked if b.relation == relation)
    return Span(
        relation,
        mode,
        item.began,
        end,
        number + 1,
        last + 1,
        "the end of the statement" if _alone(item) else "commit",
        tuple(stops),
    )


def _covers(held: Span, new: Span) -> bool:
    same = (held.relation, held.last, held.until) == (new.relation, new.last, new.until)
    return same and strongest([held.mode, new.mode]) == held.mode and held.begin <= new.begin


def _alone(item: StatementTrace) -> bool:
    return item.statement.transaction is None


def _end(trace: Trace, number: int) -> tuple[float, int]:
    """When the transaction of a statement ended, and its last statement."""
    items = trace.statements
    item = items[number]
    if _alone(item):
        return item.began + item.milliseconds, number
    for other in range(number + 1, len(items)):
        if items[other].statement.transaction != item.statement.transaction:
            return items[other].began, other - 1
    return max(trace.milliseconds, item.began + item.milliseconds), len(items) - 1


def _estimated(span: Span, trace: Trace, known: dict[int, Estimate]) -> float | None:
    """The time of the statements that run under the lock, where one of them grows with the rows."""
    under = range(span.statement, span.last + 1)
    if not any(number in known for number in under):
        return None
    return sum(
        known[number].milliseconds if number in known else trace.statements[number - 1].milliseconds
        for number in under
    )

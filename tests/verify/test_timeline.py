"""The timeline of locks, told from traces; and what the tracer says of time."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dbwright.core.operation import Statement
from dbwright.core.rehearsed import Estimate
from dbwright.core.trace import Blocked, Lock, Rehearsal, StatementTrace, Trace
from dbwright.verify.timeline import timeline

Rehearse = Callable[..., Rehearsal]


def item(
    began: float, *locks: tuple[str, str], transaction: int | None = 0, existed: bool = True
) -> StatementTrace:
    return StatementTrace(
        Statement("…", transaction=transaction),
        milliseconds=2.0,
        locks=tuple(Lock(relation, mode, existed) for relation, mode in locks),
        blocked=tuple(
            Blocked(relation, "INSERT", mode) for relation, mode in locks if mode == "ShareLock"
        ),
        began=began,
    )


def trace(*items: StatementTrace, milliseconds: float = 20.0) -> Trace:
    return Trace("r1", "upgrade", "PostgreSQL 18", items, milliseconds=milliseconds)


def test_lock_is_held_to_the_end_of_its_transaction():
    first, second = timeline(
        trace(
            item(1, ("orders", "ShareLock")),
            item(4),
            item(8, ("users", "AccessExclusiveLock"), transaction=1),
        )
    )
    assert (first.begin, first.end, first.statement, first.last) == (1, 8, 1, 2)
    assert first.stops == ("INSERT",)
    assert (second.begin, second.end, second.until) == (8, 20, "commit")


def test_lock_of_a_statement_in_autocommit_ends_with_it():
    (span,) = timeline(
        trace(item(3, ("orders", "ShareUpdateExclusiveLock"), transaction=None), item(9))
    )
    assert (span.begin, span.end, span.until) == (3, 5, "the end of the statement")


def test_weaker_lock_under_a_stronger_one_is_left_out_and_a_stronger_one_is_told():
    spans = timeline(
        trace(
            item(1, ("orders", "ShareLock"), ("orders", "AccessShareLock")),
            item(3, ("orders", "RowShareLock")),
            item(5, ("orders", "AccessExclusiveLock")),
        )
    )
    assert [(span.mode, span.statement) for span in spans] == [
        ("ShareLock", 1),
        ("AccessExclusiveLock", 3),
    ]


def test_lock_on_a_table_of_the_revision_itself_is_nobodys():
    assert timeline(trace(item(1, ("new", "AccessExclusiveLock"), existed=False))) == ()


def test_estimate_of_a_lock_counts_all_that_runs_under_it():
    known = (Estimate(2, "orders", 10**6, 5000.0, 5000, 10_000, 200_000.0),)
    (span,) = timeline(trace(item(1, ("orders", "AccessExclusiveLock")), item(4), item(7)), known)
    assert span.estimated == 2.0 + 5000.0 + 2.0


@pytest.mark.database
def test_time_of_the_watching_is_not_counted(rehearsed: Rehearse):
    found = rehearsed(
        'op.create_index("ix", "books", ["title"])\nimport time; time.sleep(0.2)\n'
        'op.add_column("authors", sa.Column("age", sa.Integer))',
        'op.drop_column("authors", "age"); op.drop_index("ix", "books")',
    )
    assert found.up
    first, second = found.up.statements
    # two probes that wait 30 ms each are no time of the revision's own; its sleep is
    assert second.began - first.began - first.milliseconds >= 200
    assert sum(item.milliseconds for item in found.up.statements) + 200 <= found.up.milliseconds
    assert found.up.milliseconds >= second.began + second.milliseconds

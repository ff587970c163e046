"""Upgrades that convert timestamps, run in a database of another time zone."""

from __future__ import annotations

from collections.abc import Callable

from dbwright.core.trace import Rehearsal

Rehearse = Callable[..., Rehearsal]
CHANGE = 'op.alter_column("readings", "at", type_=sa.DateTime(timezone=True))'
BACK = 'op.alter_column("readings", "at", type_=sa.DateTime())'
TABLE = "create table readings (id integer primary key, at timestamp not null);"


def _rewritten(found: Rehearsal) -> list[tuple[str, ...]]:
    return [trace.rewritten for trace in found.elsewhere if trace.rewritten]


def test_timestamp_with_a_zone_is_written_anew_elsewhere_only(rehearsed: Rehearse) -> None:
    found = rehearsed(CHANGE, BACK, before=TABLE)
    assert found.up
    assert [trace.rewritten for trace in found.up.statements] == [()]
    assert _rewritten(found) == [("readings",)]


def test_zone_said_in_the_revision_is_the_same_everywhere(rehearsed: Rehearse) -> None:
    found = rehearsed(f"op.execute(\"SET LOCAL timezone = 'UTC'\")\n{CHANGE}", BACK, before=TABLE)
    assert found.elsewhere
    assert _rewritten(found) == []


def test_other_changes_are_not_run_elsewhere(rehearsed: Rehearse) -> None:
    found = rehearsed('op.add_column("books", sa.Column("isbn", sa.Text()))')
    assert found.elsewhere == ()

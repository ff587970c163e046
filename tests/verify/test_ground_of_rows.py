"""What the runs of two sides say: labelled from runs on PostgreSQL 18."""

from __future__ import annotations

import psycopg
import pytest
from tests.safe_hands.stand_postgresql import private_server

from dbwright.verify.queries import postgresql
from dbwright.verify.queries.ground import CannotTry, Side
from dbwright.verify.queries.postgresql import Rows, Seen, compared


@pytest.mark.parametrize(
    ("times", "gains"),
    [
        ((28.8, 28.1, 30.4), False),  # an index-only scan of every row, slower than the table's
        ((16.9, 17.4, 18.0), True),  # as fast from the cache: fewer pages come from the disk
        ((6.2, 6.4, 6.3), True),
    ],
)
def test_fewer_pages_are_no_gain_where_the_clock_goes_against_them(
    times: tuple[float, ...], gains: bool
) -> None:
    table = Seen([17.1, 17.0, 17.9], pages=2729, cost=6929.0)
    index = Seen(list(times), pages=647, cost=6112.9)
    assert compared(table, index).gains is gains


BUSY_BEFORE = """
20.4 18.4 17.8 19.0 25.2 31.5 23.3 19.6 23.3 21.4 20.0 17.0 20.5 15.8 36.0 50.0 48.1 54.7 55.2
52.8 38.2 38.2 18.9 15.9 57.3 42.5 62.5 57.1 69.3 51.3 87.0 60.9 50.1 56.5 49.9 23.4 44.2 43.0
64.6 65.1 58.7 60.3
"""
BUSY_AFTER = """
12.2 7.7 7.7 8.7 9.4 11.4 7.6 7.7 10.6 11.1 7.3 7.8 8.6 7.1 6.9 41.0 19.7 21.7 17.3 11.3 10.4
12.3 8.2 7.1 20.0 23.9 22.0 38.5 19.4 15.7 19.5 19.4 20.8 21.5 19.4 26.7 19.9 27.0 16.5 20.2
23.2 29.0
"""
SAME = """
85.5 83.1 47.1 48.3 74.0 70.7 82.4 61.0 57.0 58.5 100.7 58.6 67.0 109.2
"""
SAME_AGAIN = """
49.7 75.6 49.3 57.7 67.4 63.2 65.0 79.2 71.7 68.3 56.7 51.6 37.3 23.2
"""
"""Milliseconds of 2026-12-01, taken in turn on a machine with a load of 12: grouped-after-join's
example and its rewrite, and the example twice."""


def runs(text: str) -> Seen:
    return Seen([float(each) for each in text.split()])


def test_nearly_all_of_many_turns_say_which_side_is_faster() -> None:
    before, after = runs(BUSY_BEFORE), runs(BUSY_AFTER)
    assert min(before.times) < after.median
    assert compared(before, after).gains
    same, again = runs(SAME), runs(SAME_AGAIN)
    assert min(same.times) > 2 * min(again.times)
    assert not compared(same, again).beyond_noise


@pytest.mark.database
def test_vacuum_waits_for_what_is_older(monkeypatch: pytest.MonkeyPatch) -> None:
    """A transaction of another database that wrote before the rows went has VACUUM keep them.

    The server is the test's own: on a shared one other tests have transactions too.
    """
    sql = "select count(*) from jobs"
    sides = Side(sql), Side(sql, ("vacuum (full) jobs",))
    with private_server(None) as running:
        with running.connect(autocommit=True) as admin:
            admin.execute("create database bloated")
        with (
            running.connect(autocommit=False) as other,
            psycopg.connect(**running.parameters("bloated")) as connection,
        ):
            other.execute("select pg_current_xact_id()")
            connection.execute("create table jobs as select generate_series(1, 20000) as id")
            connection.execute("delete from jobs where id < 19900")
            connection.commit()
            ground = Rows(connection, "rows", disposable=True)
            with monkeypatch.context() as impatient:
                impatient.setattr(postgresql, "_PATIENCE", 0.0)
                with pytest.raises(CannotTry, match="older transaction"):
                    ground.compare(*sides)
            other.rollback()
            found = ground.compare(*sides)
            assert "pages" in found.words

"""What the runs of two sides say: labelled from runs on PostgreSQL 18."""

from __future__ import annotations

import psycopg
import pytest

from dbwright.scratch.server import ServerChoice, server
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


@pytest.mark.database
def test_vacuum_waits_for_what_is_older(monkeypatch: pytest.MonkeyPatch) -> None:
    """A transaction of another database that wrote before the rows went has VACUUM keep them."""
    sql = "select count(*) from jobs"
    sides = Side(sql), Side(sql, ("vacuum (full) jobs",))
    with server(ServerChoice()) as running:
        with running.connect(autocommit=True) as admin:
            admin.execute("drop database if exists bloated")
            admin.execute("create database bloated")
        try:
            with (
                running.connect(autocommit=False) as other,
                psycopg.connect(**running.parameters("bloated")) as connection,
            ):
                other.execute("select pg_current_xact_id()")
                connection.execute("create table jobs as select generate_series(1, 20000) as id")
                connection.execute("delete from jobs where id < 19900")
                connection.commit()
                ground = Rows(connection, "rows", disposable=True)
                monkeypatch.setattr(postgresql, "_PATIENCE", 0.0)
                with pytest.raises(CannotTry, match="older transaction"):
                    ground.compare(*sides)
                other.rollback()
                found = ground.compare(*sides)
                assert "pages" in found.words
        finally:
            with running.connect(autocommit=True) as admin:
                admin.execute("drop database bloated with (force)")

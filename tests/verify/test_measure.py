"""Estimates at production's sizes."""

from __future__ import annotations

from contextlib import closing

import pytest

from dbwright.core.operation import Statement
from dbwright.core.trace import Rehearsal, Scan, StatementTrace, Trace
from dbwright.dialects.postgresql import catalog
from dbwright.scratch.sandbox import Sandbox
from dbwright.verify import measure
from dbwright.verify.measure import HIGH, Work, _estimate, grown, work

from .conftest import clone_of


def rehearsal(*items: StatementTrace) -> Rehearsal:
    return Rehearsal("r1", "PostgreSQL 18", up=Trace("r1", "upgrade", "PostgreSQL 18", items))


def test_only_statements_that_read_or_write_every_row_of_a_large_table_are_measured():
    scan = StatementTrace(Statement("a"), scans=(Scan("orders", 20, 20), Scan("users", 20, 20)))
    probe = StatementTrace(Statement("b"), scans=(Scan("orders", 1, 20),))
    rewrite = StatementTrace(Statement("c"), rewritten=("users",))
    sizes = {"orders": 10**7, "users": 10**5}
    assert work(rehearsal(scan, probe, rewrite), sizes) == (
        Work(1, "orders", 10**7),
        Work(3, "users", 10**5),
    )
    assert work(rehearsal(scan, rewrite), {"orders": HIGH}) == ()


def test_estimate_follows_the_line_through_both_measurements():
    found = _estimate(Work(1, "orders", 1_000_000), 10.0, 18.0)
    assert not found.no_growth
    assert found.milliseconds == pytest.approx(2 + 8 / 5000 * 1_000_000)
    assert found.per_second == pytest.approx(5000 / 0.008)


def test_time_that_does_not_grow_is_counted_whole_and_says_so():
    found = _estimate(Work(1, "orders", 1_000_000), 2.0, 2.1)
    assert found.no_growth
    assert found.milliseconds == pytest.approx(2.1 / HIGH * 1_000_000)


@pytest.mark.database
def test_tables_whose_keys_are_pairs_of_parents_take_thousands_of_rows(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(measure, "_PATIENCE", 120)  # what a busy machine does in its own time
    sql = """
        create table a (id bigint primary key); create table b (id bigint primary key);
        create table ab (a_id bigint not null references a, b_id bigint not null references b,
          primary key (a_id, b_id));
        create table one (id int primary key check (id = 1));
    """
    with clone_of(sandbox, sql) as database:
        assert grown(database, "postgresql", ("ab", "one"), 5000) == ("ab",)
        with closing(database.connect()) as connection:
            catalog.read_schema(connection)
            count = connection.execute("select count(*) from ab").fetchone()
            assert count == (5000,)

"""What the tracer sees on a real server: locks, witnesses that waited, scans, rewrites."""

from __future__ import annotations

from typing import Any

import pytest

from dbwright.core.trace import StatementTrace
from dbwright.scratch.bridge import StatementError


def _modes(trace: StatementTrace, relation: str) -> set[str]:
    return {lock.mode for lock in trace.locks if lock.relation == relation}


def _waited(trace: StatementTrace) -> set[tuple[str, str]]:
    return {(blocked.relation, blocked.action) for blocked in trace.blocked}


def _read(trace: StatementTrace, relation: str) -> bool:
    return any(scan.whole for scan in trace.scans if scan.relation == relation)


def test_plain_index_build_makes_an_insert_wait_and_lets_a_select_pass(run: Any) -> None:
    (trace,) = run("create index on orders (quantity)")
    assert "ShareLock" in _modes(trace, "orders")
    assert _waited(trace) == {("orders", "INSERT")}
    assert _read(trace, "orders")


def test_index_build_on_a_new_table_blocks_nobody(run: Any) -> None:
    traces = run("create table fresh (id int)", "create index on fresh (id)")
    assert all(not trace.blocked for trace in traces)
    assert all(not lock.existed for lock in traces[1].locks if lock.relation == "fresh")


def test_concurrent_build_is_seen_under_share_update_exclusive_and_blocks_nobody(run: Any) -> None:
    (trace,) = run("create index concurrently on orders (quantity)", autocommit=True)
    assert trace.statement.autocommit
    assert not trace.blocked
    assert "ShareLock" not in _modes(trace, "orders")


def test_what_a_concurrent_build_reads_is_counted(run: Any) -> None:
    (trace,) = run("create index concurrently on orders (quantity)", autocommit=True)
    assert {scan.relation for scan in trace.scans if scan.whole} == {"orders"}


def test_plain_build_in_autocommit_is_caught_as_well(run: Any) -> None:
    (trace,) = run("create index on orders (quantity)", autocommit=True)
    assert _waited(trace) == {("orders", "INSERT")}


def test_plain_index_drop_makes_reads_wait(run: Any) -> None:
    (trace,) = run("drop index ix_orders_note")
    assert "AccessExclusiveLock" in _modes(trace, "orders")
    assert _waited(trace) == {("orders", "SELECT"), ("orders", "INSERT")}


def test_column_with_foreign_key_scans_under_the_lock_of_its_first_statement(run: Any) -> None:
    add, check = run(
        "alter table orders add column region_id integer",
        "alter table orders add foreign key (region_id) references regions (id)",
    )
    assert "AccessExclusiveLock" in _modes(add, "orders")
    assert not add.scans
    assert [scan.lock for scan in check.scans if scan.relation == "orders"] == [
        "AccessExclusiveLock"
    ]


def test_foreign_key_written_in_the_column_scans_nothing(run: Any) -> None:
    (trace,) = run("alter table orders add column region_id integer references regions (id)")
    assert not _read(trace, "orders")


def test_validation_in_the_same_transaction_scans_under_share_row_exclusive(run: Any) -> None:
    fk = "add constraint fk foreign key (customer_id) references customers not valid"
    add, validate = run(f"alter table orders {fk}", "alter table orders validate constraint fk")
    assert not _read(add, "orders")
    assert {"ShareRowExclusiveLock"} <= _modes(add, "orders") & _modes(add, "customers")
    assert [scan.lock for scan in validate.scans if scan.relation == "orders"] == [
        "ShareRowExclusiveLock"
    ]


def test_validation_in_its_own_transaction_scans_under_a_lock_that_blocks_nobody(run: Any) -> None:
    fk = "add constraint fk foreign key (customer_id) references customers not valid"
    (trace,) = run("alter table orders validate constraint fk", before=f"alter table orders {fk}")
    assert [scan.lock for scan in trace.scans if scan.relation == "orders"] == [
        "ShareUpdateExclusiveLock"
    ]
    assert not trace.blocked


@pytest.mark.parametrize("type", ["varchar(60)", "text"])
def test_wider_text_neither_reads_nor_rewrites(run: Any, type: str) -> None:
    (trace,) = run(f"alter table orders alter column note type {type}")
    assert not trace.rewritten
    assert not _read(trace, "orders")


def test_wider_numeric_does_not_rewrite(run: Any) -> None:
    (trace,) = run("alter table orders alter column total type numeric(14, 2)")
    assert not trace.rewritten
    assert not _read(trace, "orders")


def test_integer_to_bigint_rewrites_and_rebuilds_every_index(run: Any) -> None:
    (trace,) = run("alter table orders alter column quantity type bigint")
    assert trace.rewritten == ("orders",)
    assert {"orders_pkey", "ix_orders_note"} <= set(trace.rebuilt_indexes)
    assert _read(trace, "orders")


def test_another_collation_rebuilds_the_index_only(run: Any) -> None:
    (trace,) = run('alter table orders alter column note type varchar(30) collate "C"')
    assert not trace.rewritten
    assert trace.rebuilt_indexes == ("ix_orders_note",)


def test_not_null_reads_all_rows_under_access_exclusive(run: Any) -> None:
    (trace,) = run(
        "alter table customers alter column name set not null",
        before="update customers set name = coalesce(name, '')",
    )
    assert [scan.lock for scan in trace.scans] == ["AccessExclusiveLock"]
    assert _read(trace, "customers")


def test_not_null_after_a_validated_check_reads_nothing(run: Any) -> None:
    (trace,) = run(
        "alter table customers alter column name set not null",
        before="update customers set name = coalesce(name, '');"
        "alter table customers add constraint filled check (name is not null)",
    )
    assert not trace.scans


def test_constant_default_does_not_rewrite_and_a_volatile_one_does(run: Any) -> None:
    constant, volatile = run(
        "alter table orders add column a timestamptz default now()",
        "alter table orders add column b timestamptz default clock_timestamp()",
    )
    assert not constant.rewritten
    assert volatile.rewritten == ("orders",)


def test_truncate_is_no_rewrite(run: Any) -> None:
    (trace,) = run("truncate orders")
    assert not trace.rewritten


def test_rows_changed_are_counted_also_inside_a_block(run: Any) -> None:
    update, block = run(
        "update orders set quantity = 1",
        "do $$ begin update orders set quantity = 2; end $$",
    )
    assert update.rows_changed == block.rows_changed == 20


def test_several_statements_in_one_text_are_traced_apart(run: Any) -> None:
    first, second = run("create index on orders (quantity); drop index ix_orders_note")
    assert "AccessExclusiveLock" not in _modes(first, "orders")
    assert "AccessExclusiveLock" in _modes(second, "orders")


def test_lock_timeout_of_the_session_is_noted(run: Any) -> None:
    traces = run("set lock_timeout = '3s'", "alter table orders add column x int")
    assert [trace.lock_timeout for trace in traces] == ["0", "3s"]


def test_transaction_may_still_be_shaped_by_its_first_statement(run: Any) -> None:
    traces = run("set transaction isolation level serializable", "select 1")
    assert [trace.error for trace in traces] == [None, None]


def test_error_is_kept_with_its_code_and_raised(run: Any) -> None:
    with pytest.raises(StatementError) as caught:
        run("alter table customers alter column name set not null")
    assert caught.value.code == "23502"


def test_writes_ahead_are_counted(run: Any) -> None:
    (trace,) = run("update orders set quantity = quantity + 1")
    assert trace.wal_bytes > 0

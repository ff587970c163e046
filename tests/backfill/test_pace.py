"""Batches grow and shrink towards the time that one shall take, within their limits."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dbwright.backfill import Settings
from dbwright.backfill.pace import Pace, Rate


@given(st.integers(1, 5_000), st.integers(1, 5_000), st.floats(1e-5, 0.05))
def test_a_steady_cost_a_row_is_steered_to_the_target(first: int, most: int, cost: float) -> None:
    pace = Pace(Settings(first_size=first, max_size=most), first)
    for _ in range(60):
        pace.took(pace.size * cost, is_full=True)
        assert 1 <= pace.size <= most
    wanted = 0.5 / cost
    assert pace.size == most or pace.size == 1 or wanted / 2 <= pace.size <= wanted * 2


def test_a_batch_with_few_rows_is_no_reason_for_larger_ones() -> None:
    pace = Pace(Settings(), 1000)
    pace.took(0.001, is_full=False)
    assert pace.size == 1000


@given(st.integers(1, 100_000))
def test_one_row_is_reached_by_halves_and_left_again(size: int) -> None:
    pace = Pace(Settings(), size)
    steps = 0
    while pace.shrink():
        steps += 1
    assert (pace.size, steps) == (1, size.bit_length() - 1)
    pace.took(0.001, is_full=True)
    assert pace.size == 2


def test_a_rate_is_of_its_last_seconds() -> None:
    rate = Rate()
    for second in range(100):
        rate.add(second * (10 if second < 50 else 1000), now=float(second))
    assert round(rate.rows_a_second) == 1000
    assert rate.seconds_for(5000.0) == 5.0


def test_a_step_that_waits_the_same_for_any_rows_keeps_its_rows() -> None:
    """Batches of one row would wait as long as those of many."""
    pace = Pace(Settings(), 1_000)
    for _ in range(60):
        pace.took(0.8 + pace.size * 1e-5, is_full=True)
    assert 900 <= pace.size <= 1_100
    # rows that have become heavy are another matter
    for _ in range(60):
        pace.took(0.01 * pace.size, is_full=True)
    assert 45 <= pace.size <= 55

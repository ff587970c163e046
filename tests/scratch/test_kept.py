"""Which templates of scratch databases are kept."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dbwright.scratch.kept import KEPT, MOST, SURE_SECONDS, to_drop


@given(st.lists(st.floats(0, 1_000), max_size=100), st.floats(1_000, 2_000))
def test_kept(times: list[float], now: float) -> None:
    used = {str(number): time for number, time in enumerate(times)}
    dropped = to_drop(used, now)
    kept = {name: time for name, time in used.items() if name not in dropped}
    assert min(len(used), KEPT) <= len(kept) <= MOST
    assert all(used[name] <= time for name in dropped for time in kept.values())
    if len(kept) < MOST:
        assert all(now - used[name] > SURE_SECONDS for name in dropped)
    if len(kept) > KEPT:
        assert all(now - time <= SURE_SECONDS for time in kept.values())

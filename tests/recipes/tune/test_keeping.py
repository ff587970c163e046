"""What the writes of a workload cost as things are: rows, and entries in the indexes there are."""

from __future__ import annotations

from dbwright.recipes.tune.keeping import ROW, Write, written

INDEXES = {("public", "orders"): [("btree", frozenset({"id"})), ("gin", frozenset({"tags"}))]}


def test_a_row_is_written_with_its_entries() -> None:
    """An insert makes all of them, an update where an indexed column changes, a delete none."""

    def cost(action: str, *columns: str) -> float:
        write = Write("public", "orders", action, 10.0, frozenset(columns))
        return written([write], INDEXES)

    assert cost("insert") == 10 * (ROW + 6)
    assert cost("update", "note") == cost("delete") == 10 * ROW
    assert cost("update", "tags") == 10 * (ROW + 6)

"""The end of a run of tests that were watched."""

from __future__ import annotations

from dataclasses import replace

from tests.render.reports import ONE

from dbwright.core.finding import Location, Recommendation
from dbwright.render.watched_tests import told

LONG = [f"tests/unit/test_api.py::test_type[text/plain-{number}]" for number in range(9)]


def at(line: int, name: str | None = None) -> Recommendation:
    """Gives a finding at a line of a file whose name is long."""
    place = Location("shop/handlers/orders_and_returns.py", line, object=name)
    return replace(ONE, message="its statement blocks the event loop", location=place)


def test_the_same_at_several_lines_is_told_once() -> None:
    found = [at(line) for line in range(1, 7)] + [at(7, "Order.lines"), at(8, "Order.notes")]
    text = " ".join(" ".join(told([(each, LONG[:1], 0) for each in found])).split())
    assert text.count("its statement blocks the event loop") == 3
    assert "orders_and_returns.py:4 (+2)" in text


def test_objects_of_one_line_with_one_cure_are_told_once() -> None:
    found = [at(7, name) for name in ("Order", "Line", "Order", "Note", "Customer", "Invoice")]
    text = " ".join(" ".join(told([(each, LONG[:1], 0) for each in found])).split())
    assert text.count("its statement blocks the event loop") == 1
    assert "orders_and_returns.py:7 (also Line, Note, Customer (+1))" in text


def test_lines_fit_the_terminal_and_names_keep_their_parameters() -> None:
    lines = list(told([(at(line), LONG, 4) for line in range(1, 6)], 80))
    assert max(map(len, lines)) <= 80
    assert lines[-1].strip() == "shown by test_api.py::test_type[text/plain-0] (+12)"

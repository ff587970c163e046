"""Slips of the pen and contradictions that were once read in silence."""

from dbwright.collect.words import read


def test_a_slip_in_model_is_no_name() -> None:
    names = [each.name for each in read("create a User modle with an email").brief.entities]
    assert names == ["User"]


def test_one_by_a_clause_and_many_by_another_is_asked_about() -> None:
    found = read("An order has exactly one customer and an order has many customers.")
    assert "say which of the two holds" in found.problems[0].why

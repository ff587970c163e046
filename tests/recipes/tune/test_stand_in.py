"""What may do another candidate's work is guessed, what cannot is not."""

from __future__ import annotations

from dataclasses import replace

from dbwright.core.candidate import Candidate, IndexKey
from dbwright.recipes.tune.stand_in import guesses, stand_ins

ONE = Candidate("public", "orders", (IndexKey("tenant"),))
TWO = replace(ONE, keys=(IndexKey("tenant"), IndexKey("day")))
PART = replace(ONE, where="open")
OTHERS = {
    "one": ONE,
    "two": TWO,
    "part": PART,
    "carrying": replace(ONE, include=("note",)),
    "turned": replace(ONE, keys=(IndexKey("day"), IndexKey("tenant"))),
    "elsewhere": replace(TWO, table="lines"),
    "hash": replace(ONE, method="hash"),
}


def test_what_begins_alike_and_holds_the_rows_stands_in() -> None:
    """More keys, more carried, all rows in place of a part; not the other way round."""
    found = stand_ins(OTHERS)
    assert found["one"] == {"two", "carrying"}
    assert found["part"] == {"one", "two", "carrying"}
    assert found["two"] == set()
    assert found["carrying"] == {"one", "two"}
    assert "hash" not in found


def test_a_guess_is_a_plan_with_one_other_candidate() -> None:
    """None is made of a plan that is known to be as good with fewer."""
    plans = {frozenset(): 100.0, frozenset(["one"]): 10.0, frozenset(["one", "x"]): 4.0}
    others = {"one": frozenset(["two"])}
    assert dict(guesses(plans, others, 8)) == {
        frozenset(["two"]): 10.0,
        frozenset(["two", "x"]): 4.0,
    }
    assert dict(guesses({**plans, frozenset(["two"]): 3.0}, others, 8)) == {}
    assert dict(guesses(plans, others, 2)) == {frozenset(["two"]): 10.0}

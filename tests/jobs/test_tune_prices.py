"""The choice is made of what is known at its end: its last plans count as the first ones do."""

from __future__ import annotations

from typing import Any, cast

import pytest

from dbwright.core.plan import WorkloadStatement
from dbwright.dialects.postgresql.parameters import Instance
from dbwright.jobs import tune_prices
from dbwright.jobs.tune_prices import Prices, Statement
from dbwright.recipes.tune.choice import Names, Priced, Question
from dbwright.verify.what_if_rounds import Ask, Configuration

Plans = dict[Names, float]
ALONE: Names = frozenset()
A, B, BOTH = frozenset("a"), frozenset("b"), frozenset("ab")


class Planner:
    """The costs of all plans of a statement, of which the best that may be used is given."""

    def __init__(self, plans: Plans) -> None:
        self.plans, self.connection = plans, None

    def plan(self, sql: str, allowed: Names) -> Configuration:
        """Gives the best plan where these candidates stand."""
        used = min((used for used in self.plans if used <= allowed), key=self.plans.__getitem__)
        return Configuration(used, self.plans[used])

    def answered(self, asks: list[Ask]) -> list[Any]:
        """Gives the answers of several, one after the other."""
        return [self.answer(each) for each in asks]

    def answer(self, ask: Ask) -> Any:
        """Gives what an ask returns."""
        try:
            allowed = next(ask.questions)
            while True:
                allowed = ask.questions.send(self.plan(ask.sql, allowed))
        except StopIteration as end:
            return end.value


def prices(known: Plans, plans: Plans) -> Prices:
    """Gives one statement of which some plans are known, the planner having all."""
    found = Prices(cast(Any, None), cast(Any, Planner(plans)), lambda sql, error: None)
    text = WorkloadStatement("select 1", 1)
    instance = Instance(text.sql, "seen", 1.0)
    made = Statement(text, [text], (), (instance,), {text.sql: known}, relevant=BOTH)
    made.guesses[text.sql] = {}
    found.statements = [made]
    return found


def question(budget: float = 100) -> Question:
    """Gives the question of two candidates of 10 bytes each."""
    return Question((), {"a": 10, "b": 10}, {}, budget)


@pytest.mark.parametrize("rounds", [1, 2, 4])
def test_what_the_last_round_learns_is_in_the_answer(
    monkeypatch: pytest.MonkeyPatch, rounds: int
) -> None:
    """Each is worth it by itself; that both together are worth more is met in the last round."""
    monkeypatch.setattr(tune_prices, "_ROUNDS", rounds)
    known: Plans = {ALONE: 100.0, A: 60.0, B: 70.0}
    truth: Plans = {**known, A: 50.0, BOTH: 5.0}
    answer, best = prices(known, truth).choose(question())
    (priced,) = answer.statements
    assert isinstance(priced, Priced)
    assert dict(priced.plans) == {each: truth[each] for each in priced.plans}
    assert answer.total(best) == truth[best]

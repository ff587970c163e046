"""What is chosen costs least, within the budget, and nothing where nothing is worth it."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain, combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dbwright.recipes.tune.choice import choose, reduced, searched
from dbwright.recipes.tune.question import Names, Priced, Question, Weighed
from dbwright.recipes.tune.search import Plans

NAMES = "abcdef"
USED = st.frozensets(st.sampled_from(NAMES), min_size=1, max_size=3)
COSTS = st.floats(1, 1000)


@st.composite
def questions(draw: st.DrawFn) -> Question:
    """Up to six candidates and as many statements, each with its plans."""
    statements = []
    for _ in range(draw(st.integers(1, 6))):
        alone = draw(COSTS)
        plans: dict[Names, float] = {frozenset(): alone}
        for used in draw(st.lists(USED, max_size=5)):
            plans[used] = alone * draw(st.floats(0.01, 1))
        statements.append(Priced(draw(st.floats(0.1, 10)), plans))
    sizes = {name: draw(st.floats(1, 100)) for name in NAMES}
    keeping = {name: draw(st.floats(0, 100)) for name in NAMES}
    pairs = st.frozensets(st.sampled_from(NAMES), min_size=2, max_size=2)
    conflicts = draw(st.frozensets(pairs, max_size=3))
    budget, most = draw(st.floats(0, 400)), draw(st.integers(0, 6))
    writes = draw(st.floats(0, 300))
    return Question(statements, sizes, keeping, budget, most, conflicts, writes)


def best_of_all(question: Question) -> float:
    """Gives the least cost of any set that fits."""
    sets = chain.from_iterable(combinations(NAMES, n) for n in range(len(NAMES) + 1))
    return min(question.total(frozenset(s)) for s in sets if question.fits(frozenset(s)))


@given(questions())
@settings(max_examples=150)
def test_the_search_fits_and_is_near_the_best(question: Question) -> None:
    """It keeps to the budget, never costs more than nothing, and half of what could be saved."""
    found = searched(Plans(question))
    nothing, least = question.total(frozenset()), best_of_all(question)
    assert question.fits(found)
    assert question.total(found) <= nothing + 1e-9
    assert nothing - question.total(found) >= (nothing - least) * 0.5 - 1e-6


@given(questions())
@settings(max_examples=100)
def test_a_reduced_question_has_the_same_costs(question: Question) -> None:
    """Of every set that fits."""
    shorter = reduced(question)
    for size in range(len(NAMES) + 1):
        for names in map(frozenset, combinations(NAMES, size)):
            if question.fits(names):
                assert shorter.total(names) == pytest.approx(question.total(names))


@given(questions())
@settings(max_examples=60)
def test_the_solver_finds_the_best(question: Question) -> None:
    """With highspy the choice before small gains are left out is the best of all sets."""
    exact = pytest.importorskip("dbwright.recipes.tune.exact")
    pytest.importorskip("highspy")
    found = exact.best(question)
    assert found is not None
    assert question.total(found) <= best_of_all(question) * (1 + 1e-3) + 1e-6


def test_the_solver_says_nothing_by_itself(capfd: pytest.CaptureFixture[str]) -> None:
    """Standard output holds the report alone."""
    choose(Question([Priced(1, {frozenset(): 9, frozenset("a"): 1})], {"a": 1}, {}, 9))
    assert capfd.readouterr() == ("", "")


def test_two_indexes_that_only_gain_together_are_taken_together() -> None:
    """A join that needs both is one group: neither alone gains."""
    statement = Priced(1, {frozenset(): 1000, frozenset("ab"): 10})
    question = Question([statement], {"a": 10, "b": 10}, {}, 20)
    assert choose(question) == frozenset("ab")


def test_what_is_chosen_adds_no_more_to_writes_than_it_may() -> None:
    """With the limit on writes the thrifty one is taken, by the search and by the solver."""
    statement = Priced(1, {frozenset(): 1000, frozenset("a"): 10, frozenset("b"): 200})
    question = Question([statement], {"a": 1, "b": 1}, {"a": 50, "b": 5}, 10)
    for exactly in (False, True):
        assert choose(question, exactly=exactly) == frozenset("a")
        assert choose(replace(question, writes=49), exactly=exactly) == frozenset("b")
        assert choose(replace(question, writes=4), exactly=exactly) == frozenset()
        hardly = replace(question, keeping={"a": 1e-7, "b": 6e-8}, writes=0.0)
        assert choose(hardly, exactly=exactly) == frozenset()


def test_room_is_made_for_what_is_worth_more() -> None:
    """Many small ones that came first by gain a byte give way to a large one, and two to one."""
    small = [Priced(1, {frozenset(): 100, frozenset([name]): 50}) for name in "abcd"]
    large = Priced(1, {frozenset(): 1000, frozenset("z"): 10})
    sizes = {**dict.fromkeys("abcd", 10.0), "z": 60.0}
    assert searched(Plans(Question([*small, large], sizes, {}, 65))) == frozenset("z")
    most = Question([*small, large], sizes, {}, 1000, most=1)
    assert searched(Plans(most)) == frozenset("z")


def test_each_statement_is_weighed_without_and_with_the_choice() -> None:
    """Those of which an index has a plan are told without it; the worst execution is, too."""
    one = Priced(2, {frozenset(): 100, frozenset("a"): 10, frozenset("b"): 40})
    two = Priced(1, {frozenset(): 50, frozenset("b"): 5})
    found = Weighed(Question([one, two], {"a": 1, "b": 1}, {}, 9), frozenset("ab"), [0, 0])
    assert (found.before, found.after, found.worst) == ({0: 250}, {0: 25}, {0: 0.1})
    assert (found.without("a"), found.without("b")) == ({0: 85}, {0: 70})


def test_what_writes_cost_more_than_reads_gain_is_not_made() -> None:
    """An index that costs more to keep than it saves is none."""
    statement = Priced(1, {frozenset(): 100, frozenset("a"): 10})
    assert choose(Question([statement], {"a": 1}, {"a": 95}, 10)) == frozenset()
    assert choose(Question([statement], {"a": 1}, {"a": 80}, 10)) == frozenset("a")


def test_what_gains_next_to_nothing_is_not_worth_a_word() -> None:
    """A hundredth of what is left to pay, or less where it halves what its statements cost."""
    small = Priced(1, {frozenset(): 100, frozenset("a"): 60})
    halved = Priced(1, {frozenset(): 100, frozenset("a"): 10})
    for whole, statement, worth in (
        (1_000, small, True),
        (100_000, small, False),
        (100_000, halved, True),
        (1_000_000, halved, False),
    ):
        question = Question([Priced(1, {frozenset(): whole}), statement], {"a": 1}, {}, 10)
        assert (choose(question) == frozenset("a")) == worth


def test_of_two_that_serve_alike_one_is_made() -> None:
    """The wider one that serves both statements takes the place of the narrow one."""
    one = Priced(1, {frozenset(): 100, frozenset("a"): 10, frozenset("b"): 10.1})
    two = Priced(1, {frozenset(): 100, frozenset("b"): 10})
    assert choose(Question([one, two], {"a": 10, "b": 12}, {}, 100)) == frozenset("b")

"""What could stand in an index's place: priced by the search, with its trade-off in words."""

from __future__ import annotations

from dataclasses import replace

from dbwright.core.advice import IndexAlternative
from dbwright.core.candidate import Candidate, IndexKey
from dbwright.recipes.tune.alternatives import Alternatives
from dbwright.recipes.tune.choice import Names, Priced, Question

DAY = Candidate("public", "orders", (IndexKey("day"), IndexKey("city")), ("total",), "paid")
MADE = {
    "chosen": DAY,
    "whole": replace(DAY, where=None),
    "bare": replace(DAY, include=()),
    "narrow": replace(DAY, keys=DAY.keys[:1], include=()),
    "turned": replace(DAY, keys=DAY.keys[::-1]),
    "brin": replace(DAY, keys=DAY.keys[:1], include=(), where=None, method="brin"),
    "other": Candidate("public", "lines", (IndexKey("day"),)),
    "unlike": Candidate("public", "orders", (IndexKey("id"),)),
    "second": Candidate("public", "orders", (IndexKey("note"),)),
}
SIZES = {"chosen": 100, "whole": 400, "bare": 60, "narrow": 40, "turned": 100, "brin": 1}
COSTS = {"chosen": 10, "whole": 11, "bare": 30, "narrow": 50, "turned": 60, "brin": 70}


def alternatives(
    costs: dict[str, float] | None = None,
    *,
    best: Names = frozenset({"chosen"}),
    budget: float = 300,
    conflicts: frozenset[Names] = frozenset(),
) -> dict[str, IndexAlternative]:
    """Gives what could stand in the place of the chosen one, by what it is."""
    plans = {frozenset({name}): float(cost) for name, cost in (costs or COSTS).items()}
    reads = Priced(2, {frozenset(): 100.0, **plans})
    beside = Priced(1, {frozenset(): 50.0, frozenset({"unlike"}): 1.0, frozenset({"other"}): 1.0})
    sizes = {name: float(SIZES.get(name, 10)) for name in MADE}
    question = Question([reads, beside], sizes, {"whole": 3.0}, budget, 9, conflicts)
    found = Alternatives(question, best, MADE.__getitem__).of(
        "chosen", lambda one: one.named("ix").sql
    )
    return {each.what: each for each in found}


def test_each_has_its_size_its_gain_and_what_it_means() -> None:
    """The best of each kind, those that save most first."""
    found = alternatives()
    whole, bare, narrow = found.values()
    assert (whole.bytes, whole.saves, whole.writes) == (400, 178.0, 3.0)
    assert whole.sql == ("CREATE INDEX ix ON public.orders USING btree (day, city) INCLUDE (total)")
    assert whole.tradeoff == (
        "of all rows: serves statements without the condition too; the budget has no room for it"
    )
    assert list(found) == [
        "(day, city) INCLUDE (total)",
        "(day, city) WHERE paid",
        "(day) WHERE paid",
    ]
    assert bare.tradeoff == "without total, for which rows of the table are read"
    assert narrow.tradeoff == (
        "without the key city, which is then looked at row by row; "
        "without total, for which rows of the table are read"
    )


def test_of_a_kind_the_best_is_told() -> None:
    """Two with other keys are two of a kind."""
    found = alternatives({"chosen": 10, "unlike": 40, "second": 30})
    assert [each.tradeoff for each in found.values()] == [
        "of all rows: serves statements without the condition too; other keys; "
        "without total, for which rows of the table are read"
    ]
    assert list(found) == ["(id)"]


def test_another_method_says_what_it_cannot() -> None:
    """Among few it is told too."""
    (brin,) = alternatives({"chosen": 10, "brin": 70}).values()
    assert brin.what == "brin (day)"
    assert brin.tradeoff.startswith("brin: knows blocks and not rows")


def test_what_is_as_large_and_worth_less_is_none() -> None:
    """Neither is what serves other statements, or saves less than a tenth."""
    assert alternatives({"chosen": 10, "turned": 60}) == {}
    assert alternatives({"chosen": 10, "narrow": 92}) == {}
    assert list(alternatives({"chosen": 10, "narrow": 90})) == ["(day) WHERE paid"]


def test_what_was_not_priced_is_none() -> None:
    """A candidate that stands in no plan is worth an unknown part."""
    assert alternatives({"chosen": 10}) == {}


def test_what_another_chosen_one_does_is_none() -> None:
    """It would be refused beside it; what is chosen itself is none either."""
    both = frozenset({"chosen", "narrow"})
    pair = frozenset({frozenset({"narrow", "bare"})})
    assert "(day, city) WHERE paid" in alternatives(best=both)
    found = alternatives(best=both, conflicts=pair)
    assert "(day, city) WHERE paid" not in found
    assert "(day) WHERE paid" not in found


def test_keys_in_another_order_are_told() -> None:
    """Where it saves more than what is chosen, as when the budget was smaller."""
    (turned,) = alternatives({"chosen": 10, "turned": 5}, budget=50).values()
    assert turned.tradeoff == (
        "its keys in another order: serves conditions on city alone; the budget has no room for it"
    )

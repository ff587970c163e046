"""What a test of two queries says."""

from __future__ import annotations

from dbwright.core.same_rows import Answer, CounterExample, NotTestable, SameRows, TableRows

ORDERS = TableRows("orders", ("id", "discount"), (("1", None), ("2", "")))
NONE = TableRows("customers", ("id",))


def example(kind: str, first: Answer, second: Answer, **others: object) -> CounterExample:
    return CounterExample(kind, (ORDERS, NONE), first, second, **others)  # type: ignore[arg-type]


def test_rows_and_both_answers_stand_in_one_sentence():
    found = example("rows", Answer(("id",), (), (("1",),)), Answer(("id",)))
    assert found.rows == 2
    assert found.words == (
        "With orders (id, discount) = (1, NULL), (2, ''); customers empty: "
        "the first returns (1); the second returns no row."
    )


def test_error_order_settings_and_parameters_are_said():
    broken = Answer(error="division by zero", code="22012")
    found = example("error", Answer(("n",), (), (("a, b",),)), broken, parameters=(None, "x"))
    assert found.words.endswith(
        "$1 = NULL; $2 = x: the first returns ('a, b'); the second raises: division by zero."
    )
    turned = example("order", Answer(rows=(("1",), ("2",))), Answer(rows=(("2",), ("1",))))
    assert turned.words.endswith("(2), (1). The rows are the same, their order is not.")
    zoned = example("rows", Answer(), Answer(), settings={"timezone": "Asia/Kolkata"})
    assert "; timezone Asia/Kolkata: " in zoned.words


def test_columns_are_named_where_names_or_types_differ():
    one, other = Answer(("a", "s"), ("text", "bigint")), Answer(("a", "s"), ("text", "numeric"))
    assert example("types", one, other).words == (
        "The column s is bigint in the first and numeric in the second."
    )
    assert example("names", one, Answer(("a", "t"))).words == (
        "The first returns the columns a, s, the second a, t."
    )


def test_many_rows_are_cut():
    many = Answer(rows=tuple((str(n),) for n in range(9)))
    assert many.words == "returns (0), (1), (2), (3), (4), (5) and 3 more"


def test_databases_without_rows_prove_nothing():
    assert SameRows(200, 173).words == "same rows on 200 generated databases, 173 with rows"
    assert SameRows(200, 20).proves
    few = SameRows(200, 19, empty=("t",))
    assert not few.proves
    assert few.words.endswith("19 with rows; empty stayed t: that proves nothing")
    assert SameRows(200, 90, raised=3, open=2).words.endswith(
        "3 on which both raise; on 2 the first leaves open which rows come"
    )
    assert not SameRows(0, 0).proves
    assert NotTestable("random() is volatile").words == "not tested: random() is volatile"

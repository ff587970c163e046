"""What on a stack repeats a statement: loops, recursions, tests."""

from __future__ import annotations

from dbwright.core.stack_lines import Called, Line, asked_by_tests, loop_of

LOAD = Line("shop/models.py", 5, "Order.total", False)
WALK = Line("shop/orders.py", 9, "totals", True, 8)


def asking(number: int, loop: bool = False) -> Line:
    """Gives a line of a test that calls the program."""
    return Line("tests/test_orders.py", number, "test_totals", loop, number - 1 if loop else None)


def once(*functions: tuple[str, str]) -> list[Called]:
    return [Called(*function, most=1) for function in functions]


LOADED = once(("shop/models.py", "Order.total"))


def test_a_recursion_of_a_test_is_no_loop_of_the_program() -> None:
    again = [Line("tests/test_orders.py", number, "made", False) for number in (20, 22)]
    assert loop_of([(LOAD, *again)], 6, 6, LOADED) is None
    own = [Line("shop/orders.py", number, "made", False) for number in (20, 22)]
    assert loop_of([(LOAD, *own)], 6, 6, LOADED) == own[0]


def test_behind_a_loop_that_is_turned_once_stands_the_one_that_is_turned() -> None:
    inner = Line("shop/models.py", 5, "Order.total", True, 4)
    turned = Called("shop/orders.py", "totals", 6)
    assert loop_of([(inner, WALK, asking(3))], 6, 6, [*LOADED, turned]) == WALK
    assert loop_of([(inner, WALK, asking(3))], 6, 6, ()) == inner


def test_what_each_line_of_a_test_asks_for_once_is_asked_by_it() -> None:
    stacks = [(LOAD, asking(3)), (LOAD, asking(4))]
    assert asked_by_tests(stacks, 2, LOADED)
    assert not asked_by_tests(stacks, 2, ())
    assert asked_by_tests([(LOAD, asking(3, loop=True))], 9, LOADED)


def test_what_a_library_repeats_behind_one_line_of_a_test_is_the_programs() -> None:
    assert not asked_by_tests([(LOAD, asking(3))], 5, LOADED)
    assert not asked_by_tests([(LOAD, WALK)], 2, [*LOADED, Called("shop/orders.py", "totals", 1)])


def test_what_a_function_of_the_program_repeats_is_the_programs() -> None:
    stacks = [(LOAD, WALK, asking(3)), (LOAD, WALK, asking(4))]
    turned = Called("shop/orders.py", "totals", 2)
    assert not asked_by_tests(stacks, 2, [*LOADED, turned])


def test_what_a_test_does_itself_is_not_asked_of_the_program() -> None:
    assert not asked_by_tests([(asking(3),), (asking(4),)], 2, ())


def test_what_one_call_within_a_loop_sends_several_times_is_one_turn() -> None:
    """A runner takes one job, whose templates are asked for one by one."""
    stack = (LOAD, Line("shop/jobs.py", 4, "digest", False), WALK, asking(3))
    sent = [Called("shop/jobs.py", "digest", 6), Called("shop/orders.py", "totals", 6)]
    assert loop_of([stack], 6, 6, [*LOADED, *sent]) is None
    sent = [Called("shop/jobs.py", "digest", 2), Called("shop/orders.py", "totals", 6)]
    assert loop_of([stack], 6, 6, [*LOADED, *sent]) == WALK


def test_of_a_decorator_that_stands_twice_on_a_stack_the_inner_call_is_one_turn() -> None:
    wrapper = Line("shop/utils.py", 20, "autocommit.<locals>._wrapper", False)
    sent = [Called(wrapper.file, wrapper.function, 6), Called("shop/orders.py", "totals", 6)]
    assert loop_of([(wrapper, WALK, wrapper, asking(3))], 6, 6, sent) == WALK

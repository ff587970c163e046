"""Objects that are read anew: whose commit has expired them."""

from __future__ import annotations

from dataclasses import replace

from dbwright.core.recording import Group, Line, Recording, Scope
from dbwright.rules.queries import expired_load

TEST = Line("tests/test_shop.py", 9, "test_totals", False)
PROGRAM = Line("shop/orders.py", 4, "totals", True, 3)
_NO_STATEMENT = 0
READ = Group(
    shape=_NO_STATEMENT,
    how="expired",
    owner="shop.Order",
    names=("total",),
    path=(),
    count=5,
    looked=5,
    milliseconds=1.0,
    parameters=5,
    parents=5,
    batch=5,
    sources=(),
    flushes=0,
    transactions=1,
    keys=1,
    sets=1,
    through=0,
    stacks=((PROGRAM, TEST),),
)


def told(committed: Line, read: Line = PROGRAM) -> int:
    """Gives how many findings there are of a commit at a line, and a read at another one."""
    commit = replace(READ, how="commit", owner="", names=(), stacks=((committed,),), batch=0)
    groups = (commit, replace(READ, stacks=((read, TEST),)))
    scope = Scope("test_totals", 1, 6, 0, groups)
    return len(list(expired_load.check(Recording("2.0", scopes=(scope,)))))


def test_what_only_a_test_commits_is_not_told_of_the_program() -> None:
    assert told(TEST) == 0
    assert told(PROGRAM) == 1


def test_what_a_test_does_itself_is_left_to_who_leaves_tests_out() -> None:
    assert told(TEST, read=TEST) == 1

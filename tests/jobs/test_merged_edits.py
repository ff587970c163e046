"""Edits of one file made into one: both changes, or None where they meet."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dbwright.core.finding import Edit
from dbwright.jobs.fix import merged

LINES = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "\n"]), max_size=12)


def edit(before: list[str], after: list[str]) -> Edit:
    return Edit("m.py", "".join(before), "".join(after))


@given(st.integers(0, 8), st.integers(0, 8), LINES, LINES)
def test_changes_apart_are_both_made(gap: int, end: int, one: list[str], other: list[str]) -> None:
    keep = [f"kept {n}\n" for n in range(gap + 1)]
    tail = [f"tail {n}\n" for n in range(end)]
    base = ["first\n", *keep, "second\n", *tail]
    here, there = [*one, *keep, "second\n", *tail], ["first\n", *keep, *other, *tail]
    both = merged([edit(base, here), edit(base, there)])
    assert both == [edit(base, [*one, *keep, *other, *tail])]


@given(LINES, LINES)
def test_the_same_edit_twice_is_made_once(before: list[str], after: list[str]) -> None:
    same = edit(before, after)
    assert merged([same, same]) == [same]


@given(LINES, LINES, LINES)
def test_what_is_merged_does_not_depend_on_the_order(
    before: list[str], one: list[str], other: list[str]
) -> None:
    pair = [edit(before, one), edit(before, other)]
    assert merged(pair) == merged(pair[::-1])


def test_two_forms_of_one_line_cannot_be_merged() -> None:
    assert merged([edit(["a\n"], ["b\n"]), edit(["a\n"], ["c\n"])]) is None


def test_a_file_that_one_takes_away_cannot_be_merged() -> None:
    gone = Edit("m.py", "a\n", None)
    assert merged([gone, edit(["a\n"], ["b\n"])]) is None
    assert merged([gone, gone]) == [gone]


def test_files_apart_stay_apart() -> None:
    one, other = edit(["a\n"], ["b\n"]), Edit("n.py", None, "x\n")
    assert merged([one, other]) == [one, other]

"""Where objects came from: many late loads that lead to each other, as in a deep program."""

from __future__ import annotations

import sys
from dataclasses import replace
from types import FrameType

import pytest
from tests.recipes.queries.test_reloads import READ

from dbwright.core.recording import (
    Column,
    Group,
    Line,
    MappedClass,
    Recording,
    Relationship,
    Scope,
    Shape,
)
from dbwright.recipes.queries.late_columns import late_columns
from dbwright.recipes.queries.loading import Loading, Origin
from dbwright.rules.queries import lazy_load

LINE = Line("app/tree.py", 4, "walk", True, 3)
LAZY = replace(
    READ,
    how="lazy",
    owner="app.Node",
    names=("children",),
    path=(("app.Node", "children"),),
    batch=1,
    stacks=((LINE,),),
)


def loads(count: int, *, query: bool) -> Recording:
    """As many loads as asked, each of objects that any of the others gave; perhaps a query too."""
    numbers = tuple(range(1, count + 1))
    groups = [replace(LAZY, shape=each, sources=numbers) for each in numbers]
    shapes = [Shape(each, "select", "sqlite", "SELECT") for each in numbers]
    if query:
        groups.append(replace(LAZY, shape=count + 1, how="direct", names=(), path=()))
        groups[-2] = replace(groups[-2], sources=(*numbers, count + 1))
        shapes.append(Shape(count + 1, "select", "sqlite", "SELECT", classes=("app.Node",)))
    return Recording("2.0", tuple(shapes), (Scope("test", 1, 99, 0, tuple(groups)),))


def calls(count: int, *, query: bool) -> int:
    """The calls of Python that it takes to find where the first one's objects came from."""
    recording = loads(count, query=query)
    (scope,) = recording.scopes
    counted = 0

    def profile(frame: FrameType, event: str, _: object) -> None:
        nonlocal counted
        counted += event == "call"

    sys.setprofile(profile)
    try:
        loading = Loading(recording, scope)
        found = loading.origin(scope.groups[0])
        together = loading.together(scope.groups[0])
    finally:
        sys.setprofile(None)
    assert (found is not None) == query
    assert not together
    return counted


@pytest.mark.parametrize("query", [True, False])
def test_many_loads_that_lead_to_each_other_are_each_looked_at_once(query: bool) -> None:
    """spiff-arena's tests had 79 groups, and three thousand million calls."""
    few, many = calls(10, query=query), calls(40, query=query)
    assert many < 20 * few  # each of them may come from each other one
    assert many < 40_000


def test_an_attempt_that_could_not_be_awaited_is_no_load() -> None:
    """asyncpg's statement is counted before it raises MissingGreenlet, as DataJunction showed."""
    line = Line("app/shop.py", 4, "shown", True, 3)
    load = replace(LAZY, shape=1, batch=5, stacks=((line,),))
    shapes = (Shape(1, "select", "postgresql", "SELECT"),)

    def told(*groups: Group) -> int:
        scope = Scope("", 1, 9, 0, groups)
        return len(list(lazy_load.check(Recording("2.0", shapes, (scope,)))))

    raised = replace(load, shape=0, how="unawaited")
    assert told(load) == 1
    assert told(load, raised) == 0
    elsewhere = replace(raised, stacks=((replace(line, line=9),),))
    assert told(load, elsewhere) == 1


def test_a_column_that_could_not_be_awaited_is_no_load_either() -> None:
    line = Line("app/shop.py", 4, "shown", True, 3)
    column = Column(True, None, "node", False)
    node = MappedClass("Node", None, False, "node", ("id",), {"version": column}, {})
    load = replace(LAZY, shape=1, how="column", names=("version",), path=(), batch=5)
    load = replace(load, stacks=((line,),))
    raised = replace(load, shape=0, how="unawaited")
    for groups, told in (((load,), 1), ((load, raised), 0)):
        scope = Scope("", 1, 9, 0, groups)
        shapes = (Shape(1, "select", "postgresql", "SELECT"),)
        recording = Recording("2.0", shapes, (scope,), {"app.Node": node})
        assert len(late_columns(recording)) == told


def test_a_loader_of_the_query_is_named_as_it_is_there() -> None:
    """What the query joins ahead may load more by SELECTs of its own: another one is refused."""
    current, columns = ("app.Node", "current"), ("app.Revision", "columns")
    one = Relationship(
        "app.Revision", False, "MANYTOONE", "select", False, False, False, False, False
    )
    many = replace(one, target="app.Column", many=True)
    classes = {
        "app.Node": MappedClass("Node", None, False, "node", ("id",), {}, {"current": one}),
        "app.Revision": MappedClass("Revision", None, False, "rev", ("id",), {}, {"columns": many}),
    }
    root = replace(LAZY, shape=1, how="direct", names=(), path=())
    eager = replace(LAZY, shape=2, how="eager", path=(current, columns), sources=(1,))
    shapes = (
        Shape(1, "select", "sqlite", "SELECT", classes=("app.Node",), joined=((current,),)),
        Shape(2, "select", "sqlite", "SELECT"),
    )
    scope = Scope("", 1, 9, 0, (root, eager))
    loading = Loading(Recording("2.0", shapes, (scope,), classes), scope)
    found = loading.steps(Origin(root, "app.Node", (current,), 1))
    assert [step.loader for step in found] == ["joinedload"]

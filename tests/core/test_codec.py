"""JSON both ways: every core value comes back as it was."""

from __future__ import annotations

import dataclasses
import functools
import json
import types
import typing
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dbwright.core.claim import Claim, Proof
from dbwright.core.codec import from_json, to_json
from dbwright.core.explained import Explained
from dbwright.core.operation import Statement
from dbwright.core.place import Place
from dbwright.core.plan import Node
from dbwright.core.plan_parts import Blocks, Buffers, Jit, Sort, Trigger, Worker
from dbwright.core.schema import Schema, Table
from dbwright.core.trace import Rehearsal

_PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    str: st.text(max_size=4),
    int: st.integers(-9, 9),
    float: st.floats(0, 9),
    bool: st.booleans(),
    type(None): st.none(),
    Any: st.text(max_size=3),
    object: st.text(max_size=3),
}

_BEING_MADE: list[Any] = []


@functools.cache
def values(hint: Any) -> st.SearchStrategy[Any]:
    """Give small values of a type, every field of a dataclass filled."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if dataclasses.is_dataclass(hint):
        return _of_dataclass(hint)
    if origin in (typing.Union, types.UnionType):
        return st.one_of([values(each) for each in arguments])
    if origin is typing.Literal:
        return st.sampled_from(arguments)
    if origin is tuple and arguments[-1] is Ellipsis and arguments[0] in _BEING_MADE:
        return st.just(())  # a class that holds values of its own kind
    if origin is tuple and arguments[-1] is Ellipsis:
        return st.lists(values(arguments[0]), max_size=2).map(tuple)
    if origin is tuple:
        return st.tuples(*map(values, arguments))
    if origin is dict:
        return st.dictionaries(values(arguments[0]), values(arguments[1]), max_size=2)
    return _PLAIN[hint]


def _of_dataclass(cls: Any) -> st.SearchStrategy[Any]:
    hints = typing.get_type_hints(cls)
    fields = (field.name for field in dataclasses.fields(cls) if field.init)
    _BEING_MADE.append(cls)
    made = {name: values(hints[name]) for name in fields}
    _BEING_MADE.remove(cls)
    return st.builds(cls, **made)


def round_trip(value: Any) -> Any:
    return from_json(type(value), json.loads(json.dumps(to_json(value))))


@pytest.mark.parametrize("cls", [Schema, Statement, Claim, Proof, Rehearsal, Node])
def test_values_come_back_from_json_as_they_were(cls: type) -> None:
    @given(values(cls))
    @settings(max_examples=60, suppress_health_check=list(HealthCheck))
    def check(value: Any) -> None:
        assert round_trip(value) == value

    check()


def test_what_comparison_leaves_out_comes_back_too() -> None:
    table = Table("t", comment="why", info={"partition_of": "orders"}, place=Place("m.py", 3))
    again = round_trip(table)
    assert (again.comment, again.info, again.place) == (table.comment, table.info, table.place)


def test_a_plan_with_all_its_nodes_comes_back() -> None:
    scan = Node("Seq Scan", "t", rows=5.0, buffers=Buffers(Blocks(1, 2)), workers=(Worker(0, 0.1),))
    join = Node("Hash Join", children=(scan, Node("Hash", children=(scan,), sort=Sort(("a",)))))
    found = Explained(join, triggers=(Trigger("t", calls=3),), jit=Jit(5), settings={"a": "b"})
    assert round_trip(found) == found


def test_a_wrong_shape_is_refused() -> None:
    with pytest.raises((TypeError, ValueError)):
        from_json(Schema, ["no", "object"])

"""Which existing indexes can go, and which never."""

from __future__ import annotations

from typing import Any

import pytest

from dbwright.core.existing import ExistingIndex, ExistingKey
from dbwright.recipes.tune.needless import needless


def index(name: str, *keys: str, **more: Any) -> ExistingIndex:
    """Gives a b-tree on orders; a key that ends in DESC runs backwards."""
    made = tuple(
        ExistingKey(key.removesuffix(" DESC"), "int8_ops", "", "DESC" in key, "DESC" in key)
        for key in keys
    )
    return ExistingIndex("public", "orders", name, more.pop("method", "btree"), made, **more)


def gone(*indexes: ExistingIndex, days: float | None = None) -> dict[str, tuple[str, str | None]]:
    """Gives why each one can go, and by which other."""
    found = needless(indexes, frozenset(), days=days)
    return {each.index.name: (each.kind, each.by) for each in found}


def test_of_two_that_are_the_same_one_goes() -> None:
    """The one that enforces nothing; of two such the later by name."""
    assert gone(index("a", "x"), index("b", "x")) == {"b": ("duplicate", "a")}
    assert gone(index("a", "x"), index("z", "x", unique=True, owner="z")) == {
        "a": ("duplicate", "z")
    }


def test_the_beginning_of_another_goes() -> None:
    """Of a chain only the longest stays, backwards too."""
    found = gone(index("a", "x"), index("b", "x", "y"), index("c", "x", "y", "z"))
    assert set(found) == {"a", "b"}
    assert gone(index("a", "x DESC"), index("b", "x", "y")) == {"a": ("prefix", "b")}
    assert gone(index("a", "x", "y DESC"), index("b", "x DESC", "y", "z")) == {"a": ("prefix", "b")}


def test_what_another_carries_goes() -> None:
    """The same keys with less carried along."""
    assert gone(index("a", "x"), index("b", "x", include=("y",))) == {"a": ("carried", "b")}
    assert gone(index("a", "x", include=("y",)), index("b", "x", include=("z",))) == {}
    assert gone(index("a", "x", include=("y",)), index("b", "x", "y")) == {"a": ("prefix", "b")}


@pytest.mark.parametrize(
    "kept",
    [
        index("a", "x", unique=True),
        index("a", "x", unique=True, owner="a"),
        index("a", "x", needed="the foreign key f refers to it"),
        index("a", "x", where="deleted_at IS NULL"),
        index("a", "y", method="hash"),
        index("a", "y"),
        index("a", "x DESC", "y"),
    ],
    ids=lambda each: each.definition or each.method,
)
def test_what_another_does_not_do_stays(kept: ExistingIndex) -> None:
    """Uniqueness, a constraint, what rests on it, another condition, method or order."""
    assert "a" not in gone(kept, index("b", "x", "y"), days=100)


def test_another_operator_class_is_another_index() -> None:
    """An index for LIKE does not serve an order, nor the other way round."""
    pattern = ExistingIndex(
        "public", "orders", "a", "btree", (ExistingKey("x", "text_pattern_ops"),)
    )
    plain = ExistingIndex("public", "orders", "b", "btree", (ExistingKey("x", "text_ops"),))
    assert gone(pattern, plain) == {}


def test_unused_means_counted_for_long_and_by_no_plan() -> None:
    """Two weeks without a scan; what a plan of the workload uses is used."""
    unused = index("a", "x", scans=0)
    assert gone(unused, days=30) == {"a": ("unused", None)}
    assert gone(unused, days=3) == {}
    assert gone(unused, days=None) == {}
    assert needless([unused], frozenset({"a"}), days=30) == ()
    assert gone(index("a", "x", scans=0, unique=True), days=30) == {}


def test_a_hash_goes_where_a_btree_finds_the_same() -> None:
    """Equality is all that it knows; the other way round nothing is said."""
    assert gone(index("a", "x", method="hash"), index("b", "x", "y")) == {"a": ("equality", "b")}
    assert gone(index("a", "x"), index("b", "x", method="hash")) == {"b": ("equality", "a")}


def test_what_took_over_the_work_is_in_use() -> None:
    """Of two that are the same the planner uses one; the other one stays, used or not."""
    several = [index("a", "x", scans=0), index("b", "x", scans=0), index("c", "y", scans=0)]
    found = needless(several, frozenset(["b"]), days=90)
    assert [(each.index.name, each.kind) for each in found] == [("b", "duplicate"), ("c", "unused")]


def test_an_index_for_a_foreign_key_is_never_unused() -> None:
    """Deleting what it refers to reads it; that may be rare."""
    assert gone(index("a", "x", scans=0, supports=("fk_x",)), days=90) == {}


def test_a_unique_index_that_another_implies_can_be_unused() -> None:
    """It forbids nothing by itself; one that does stays."""
    pair = index("a", "y", "id", unique=True, scans=0), index("pk", "id", unique=True, owner="pk")
    assert gone(*pair, days=90) == {"a": ("unused", None)}
    assert gone(index("a", "y", unique=True, scans=0), pair[1], days=90) == {}


def test_an_invalid_index_goes_and_covers_nothing() -> None:
    """A build that failed leaves one behind, which no plan uses."""
    assert gone(index("a", "x"), index("b", "x", "y", valid=False)) == {"b": ("invalid", None)}


def test_tables_are_apart() -> None:
    """The same index on another table is another index."""
    other = ExistingIndex("public", "lines", "b", "btree", (ExistingKey("x", "int8_ops"),))
    assert gone(index("a", "x"), other) == {}

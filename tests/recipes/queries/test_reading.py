"""What a statement is read as is shared by all rules, and a long one is read in time that fits."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.recipes.queries.test_structure import CASES, schema

from dbwright.core.finding import Unverified
from dbwright.core.query import Query
from dbwright.core.schema import Schema
from dbwright.core.target import Target
from dbwright.jobs.flow import analyze
from dbwright.recipes.queries.reading import Reading
from dbwright.rules.registry import rules_for

TARGET = Target("postgresql", (15,))
LONG: dict[str, Callable[[int], str]] = {
    "and": lambda n: "select a from t where " + " and ".join(f"b <> {i}" for i in range(n)),
    "or": lambda n: "select a from t where " + " or ".join(f"b = {i}" for i in range(n)),
    "union": lambda n: " union all ".join(f"select a from t where b = {i}" for i in range(n)),
    "list": lambda n: f"select a from t where b in ({', '.join(map(str, range(n)))})",
    "columns": lambda n: f"select {', '.join(f'b + {i} as c{i}' for i in range(n))} from t",
}


def picture(reading: Reading) -> object:
    """Gives the text of a tree, and which node stands under which."""
    assert reading.root is not None
    nodes = [(id(node), id(node.parent), node.arg_key) for node in reading.root.walk()]
    return reading.root.sql(), nodes


@pytest.mark.parametrize("sql", [sql for sql, _ in CASES])
def test_no_rule_changes_the_tree_that_the_others_read(sql: str) -> None:
    given = Query(sql, schema(), TARGET)
    before = picture(Reading(given))
    for rule in rules_for("queries"):
        list(analyze([rule], [given], given.target))
        assert picture(Reading(given)) == before, rule.name


def test_a_query_is_read_once() -> None:
    given = Query("select a from t", Schema("postgresql"), TARGET)
    assert Reading(given).root is Reading(given).root
    same = Query("select a from t", Schema("postgresql"), TARGET)
    assert Reading(same).root is not Reading(given).root


@pytest.mark.parametrize("form", LONG)
def test_a_long_statement_stops_no_rule(form: str) -> None:
    given = Query(LONG[form](1000), Schema("postgresql"), TARGET)
    assert Reading(given).root is not None
    found = analyze(rules_for("queries"), [given], TARGET)
    assert [each.what for each in found if isinstance(each, Unverified)] == []

"""The set of queries: its cases have the form that README.md gives, and answers count as told."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from psycopg.conninfo import conninfo_to_dict

SET = Path(__file__).parents[2] / "benchmarks" / "queries"


def script(name: str) -> ModuleType:
    """Loads a script under a name of its own: other sets have scripts of the same name."""
    spec = importlib.util.spec_from_file_location(f"query_set_{name}", SET / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


casefile = script("casefile")
CASES = casefile.load()
SLOW = [case for case in CASES if case.kind == "slow"]
WORDS = casefile.vocabulary()


def entry(**changed: Any) -> dict[str, Any]:
    told = {"name": "a", "why": "w", "sql": "select 1", "cause": "missing-index", "advice": []}
    return {**told, **changed}


def slow(told: dict[str, Any]) -> list[Any]:
    return list(casefile.cases(told, "slow", "seen", WORDS))


def test_the_set_has_what_the_issue_asks_for_in_each_group() -> None:
    for kind, least in (("slow", 60), ("fine", 30), ("trap", 40)):
        names = {(case.group, case.name) for case in CASES if case.kind == kind}
        assert len(names) >= least
        for group in ("seen", "unseen"):  # the third has slow and fine ones alone
            assert sum(owner == group for owner, _ in names) >= least * 0.4


def test_every_cause_that_is_a_fault_has_a_slow_query() -> None:
    named = {cause for case in SLOW for cause in case.causes[:1]}
    assert set(WORDS["causes"]) - named == {"none"}


def test_every_slow_query_has_a_fix_and_advice_that_counts() -> None:
    without = [case.label for case in SLOW if not (case.fix or case.rewrite) or not case.advice]
    assert without == []


def test_every_case_has_a_database_or_a_schema_of_its_own() -> None:
    databases = {file.name.split(".")[0] for file in (SET / "databases").glob("*.sql")}
    assert {case.database for case in CASES if not case.schema} <= databases
    lite = {case.database for case in CASES if case.dialect == "sqlite" and not case.schema}
    assert all((SET / "databases" / f"{name}.sqlite.sql").exists() for name in lite)


def test_no_query_of_one_group_is_in_the_other() -> None:
    texts = [{case.sql for case in CASES if case.group == group} for group in casefile.GROUPS]
    assert not texts[0] & texts[1]


def test_every_case_was_measured_and_holds() -> None:
    measured = json.loads((SET / "measured.json").read_text(encoding="utf-8"))
    assert set(measured) == {case.label for case in CASES}
    assert [label for label, result in measured.items() if result["problem"]] == []


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"cause": "missing-indx"}, "missing-indx"),
        ({"advice": [{"kind": "indx"}]}, "indx"),
        ({"advice": [{"kind": "index", "colums": ["a"]}]}, "colums"),
        ({"rows": "equal"}, "rows"),
        ({"on": ["oracle"]}, "oracle"),
        ({"fixx": "x"}, "fixx"),
    ],
)
def test_a_word_that_the_set_does_not_know_is_refused(changed: dict[str, Any], told: str) -> None:
    with pytest.raises(casefile.CaseError, match=told):
        slow(entry(**changed))


def test_a_key_for_sqlite_replaces_the_other_on_sqlite_alone() -> None:
    both = entry(on=["postgresql", "sqlite"], sql_sqlite="select 2")
    assert [case.sql for case in slow(both)] == ["select 1", "select 2"]


@pytest.fixture
def score(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The score, whose modules are found beside it."""
    monkeypatch.syspath_prepend(str(SET))
    names = ("casefile", "measure", "places", "server", "tools", "tools.answer")
    for name in names:
        monkeypatch.delitem(sys.modules, name, raising=False)
    loaded = script("score")
    for name in names:
        monkeypatch.setitem(sys.modules, name, sys.modules[name])
    return loaded


def test_a_named_cause_counts_as_itself_and_as_what_is_near(score: ModuleType) -> None:
    answer = sys.modules["tools.answer"].Answer
    (case,) = slow(entry(cause="queue-poll"))
    assert score.named(case, answer(causes=["queue-poll"]))
    assert score.named(case, answer(causes=["missing-index"]))
    assert not score.named(case, answer(causes=["bloat"]))


def test_an_index_meets_a_label_by_table_and_columns(score: ModuleType) -> None:
    said = sys.modules["tools.answer"].Said
    label = casefile.Advice("index", "orders", ("lower(email)",))
    made = "create index on public.Orders (lower(email))"
    assert score.meets(said("index", made, made), label)
    other = "create index on orders (email)"
    assert not score.meets(said("index", other, other), label)
    assert score.meets(said("index", "an index on orders would help"), label)
    assert not score.meets(said("rewrite", made, made), label)


def test_an_answer_tells_rows_names_types_and_order_apart(score: ModuleType) -> None:
    answer = sys.modules["measure"].Answer
    one = answer((("n", "int8"),), ((1,), (2,)))
    assert one.difference(answer((("n", "int8"),), ((2,), (1,))), ordered=False) == ""
    assert one.difference(answer((("n", "int8"),), ((2,), (1,))), ordered=True) == "order"
    assert one.difference(answer((("n", "int8"),), ((1,), (1,))), ordered=False) == "rows"
    assert one.difference(answer((("n", "numeric"),), ((1,), (2,))), ordered=False) == "types"
    assert one.difference(answer((("m", "int8"),), ((1,), (2,))), ordered=False) == "columns"


def test_the_kind_of_a_statement_is_how_it_begins(score: ModuleType) -> None:
    kind_of = sys.modules["tools.answer"].kind_of
    assert kind_of("-- why\ncreate unique index x on t (a)") == "index"
    assert kind_of("ANALYZE t") == "analyze"
    assert kind_of("with a as (select 1) select * from a") == "rewrite"
    assert kind_of("drop table t") == ""


def test_a_tool_that_connects_has_the_session_of_the_case(score: ModuleType) -> None:
    server = sys.modules["server"].Server(5432)
    given = conninfo_to_dict(server.url("shop", {"join_collapse_limit": "1", "work_mem": "64kB"}))
    assert given["options"] == "-c join_collapse_limit=1 -c work_mem=64kB"
    assert given["dbname"] == "shop"
    assert "options" not in conninfo_to_dict(server.url("shop"))

"""The set of indexes: its workloads load, advice to drop and measurements are counted right."""

from __future__ import annotations

import importlib.util
import re
import sys
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

SET = Path(__file__).parents[2] / "benchmarks" / "indexes"


def script(name: str) -> ModuleType:
    """Loads a script under a name of its own: other sets have scripts of the same name."""
    spec = importlib.util.spec_from_file_location(f"index_set_{name}", SET / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


sys.path.insert(0, str(SET))
try:
    workload = script("workload")
    redundant = script("redundant")
finally:
    sys.path.remove(str(SET))
score = script("score")

PAIR = {
    "one": {"verdict": "either", "with": "two"},
    "two": {"verdict": "either", "with": "one"},
}


@pytest.mark.parametrize("name", ["tpch", "tenants"])
def test_each_read_has_a_set_for_each_share_and_the_shares_are_whole(name: str) -> None:
    loaded = workload.load(name)
    reads = [statement for statement in loaded.statements if not statement.writes]
    assert sum(loaded.shares.values()) == 1
    assert {frozenset(read.sets) for read in reads} == {frozenset(loaded.shares)}
    assert any(statement.writes for statement in loaded.statements)


def test_tpch_leaves_out_the_three_queries_that_hide_the_rest() -> None:
    names = {s.name for s in workload.load("tpch").statements if not s.writes}
    assert {int(name[1:3]) for name in names} == set(range(1, 23)) - {2, 17, 20}


def test_a_number_with_a_point_is_a_decimal_so_that_a_decimal_column_can_use_its_index() -> None:
    (discounts,) = [s for s in workload.load("tpch").statements if s.name == "q06_discounts"]
    assert discounts.sets["validation"]["low"] == Decimal("0.05")


def test_a_misspelled_key_of_a_statement_is_refused() -> None:
    read = {"read": [{"name": "a", "calls": 1, "sqll": "select 1", "usual": {}}]}
    with pytest.raises(SystemExit, match="sqll"):
        list(workload.statements_of(read, "read", {"usual": 1.0}))


def test_a_list_of_indexes_keeps_its_order_and_drops_comments(tmp_path: Path) -> None:
    file = tmp_path / "made.sql"
    file.write_text(
        "-- best\ncreate index on b (x)\n  where y;\nCREATE UNIQUE INDEX u ON a (z); -- end"
    )
    assert workload.index_list(file) == [
        "create index on b (x) where y",
        "CREATE UNIQUE INDEX u ON a (z)",
    ]


def test_a_list_of_indexes_holds_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "made.sql"
    file.write_text("create index on b (x); drop table b;")
    with pytest.raises(SystemExit, match="drop table b"):
        workload.index_list(file)


def test_every_seeded_index_has_a_verdict_with_its_why() -> None:
    text = (SET / "workloads" / "tenants" / "seeded.sql").read_text(encoding="utf-8")
    made = re.findall(r"^create (?:unique )?index (\w+) on", text, re.MULTILINE)
    answers = redundant.answers("tenants")
    assert sorted(made) == sorted(answers)
    assert all(answer["why"] for answer in answers.values())
    for name, answer in answers.items():
        if answer["verdict"] == "either":
            assert answers[answer["with"]]["with"] == name
        else:
            assert answer["verdict"] in ("drop", "keep")


@pytest.mark.parametrize(
    ("dropped", "right", "wrong", "missed"),
    [
        (set(), 0, 0, 1),
        ({"one"}, 1, 0, 0),
        ({"two"}, 1, 0, 0),
        ({"one", "two"}, 0, 1, 0),
    ],
)
def test_of_a_pair_exactly_one_may_go(
    dropped: set[str], right: int, wrong: int, missed: int
) -> None:
    verdict = redundant.judge(PAIR, dropped)
    assert [len(verdict.right), len(verdict.wrong), len(verdict.missed)] == [right, wrong, missed]


def test_the_verdicts_themselves_are_all_right_and_miss_nothing() -> None:
    answers = redundant.answers("tenants")
    verdict = redundant.judge(answers, redundant.best(answers))
    assert (verdict.wrong, verdict.missed) == ((), ())


def test_dropping_what_must_stay_or_is_unknown_is_wrong() -> None:
    answers = {"kept": {"verdict": "keep"}, "old": {"verdict": "drop"}}
    verdict = redundant.judge(answers, {"kept", "old", "users_pkey"})
    assert verdict.right == ("old",)
    assert verdict.wrong == ("kept", "users_pkey")


def test_drop_statements_are_read_in_the_forms_that_postgresql_has() -> None:
    text = 'drop index a; DROP INDEX CONCURRENTLY IF EXISTS public."b";\ndrop index c, d;'
    assert redundant.dropped_by(text) == {"a", "b", "c", "d"}


def read(
    base: float, now: float, calls: float = 1, least: tuple[float, float] | None = None
) -> dict[str, Any]:
    lowest = dict(zip(("base_least", "least"), least or (base, now), strict=True))
    return {"statement": "s", "calls": calls, "base_cpu": base, "cpu": now, **lowest}


def test_a_statement_counts_by_its_calls() -> None:
    rows = [read(10, 5, calls=3), read(10, 10, calls=1)]
    assert score.weighted(rows, "cpu", "base_cpu") == pytest.approx(25 / 40)


def test_the_mean_over_statements_does_not_count_calls() -> None:
    assert score.geometric([read(100, 25), read(1, 1, calls=99)]) == pytest.approx(0.5)


def test_slower_is_more_than_a_tenth_and_noticeable_and_the_worst_comes_first() -> None:
    reads = [read(10, 10.9), read(0.01, 0.04), read(10, 12), read(1, 3)]
    assert [lost["cpu"] for lost in score.slower(reads)] == [3, 12]


def test_a_median_that_only_a_busy_machine_raised_is_not_slower() -> None:
    assert score.slower([read(1, 3, least=(0.9, 0.92))]) == []
    assert score.slower([read(1, 1.02, least=(0.5, 0.9))]) == []

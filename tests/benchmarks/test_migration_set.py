"""The set of migrations: its cases load, its labels are measured, its scores are counted right."""

from __future__ import annotations

import ast
import json
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

SET = Path(__file__).parents[2] / "benchmarks" / "migrations"
sys.path.insert(0, str(SET))
try:
    import casefile
    import facts
    import score
    import workplace
finally:
    sys.path.remove(str(SET))

CASES = casefile.load()
LABELS: dict[str, Any] = json.loads((SET / "labels.json").read_text(encoding="utf-8"))
RUN: dict[str, Any] = {
    "graph": {},
    "upgrade_error": "",
    "statements": [],
    "upgrade": {},
    "old_code": {},
    "next_rows": {},
    "offline_error": "",
    "invalid": [],
    "rows": [{}, {}],
    "downgrade_error": "",
    "downgrade": {},
    "second_upgrade_error": "",
    "rows_after_downgrade": {},
}


def case(**values: Any) -> casefile.Case:
    entry = {"name": "a-case", "note": "", "revision": "def upgrade():\n    pass\n", **values}
    return casefile.read(entry, "made")


def test_set_has_80_dangers_and_30_safe_cases() -> None:
    assert sum(bool(case.danger) for case in CASES) >= 80
    assert sum(bool(case.safe) for case in CASES) >= 30


def test_each_reason_is_in_two_dangers() -> None:
    counts = {r: sum(r in case.danger for case in CASES) for r in casefile.REASONS}
    assert {reason: count for reason, count in counts.items() if count < 2} == {}


@pytest.mark.parametrize("one", CASES, ids=[case.name for case in CASES])
def test_case_is_measured_as_it_is_labelled(one: casefile.Case) -> None:
    entry = LABELS[one.name]
    assert entry["label"] == (sorted(one.danger) or f"safe: {one.safe}")
    for place, kept in entry["measured"].items():
        assert facts.contradictions(one, kept["reasons"]) == [], place


@pytest.mark.parametrize("one", CASES, ids=[case.name for case in CASES])
def test_revisions_of_a_case_are_python(one: casefile.Case) -> None:
    for name, text in one.files().items():
        ast.parse(text, name)


def test_labels_have_no_case_that_is_gone() -> None:
    assert set(LABELS) == {case.name for case in CASES}


def test_a_case_is_a_danger_or_safe() -> None:
    with pytest.raises(ValueError, match="a danger or safe"):
        case()
    with pytest.raises(ValueError, match="unknown reasons"):
        case(danger=["is_ugly"])


def test_written_project_has_what_env_asks_for(tmp_path: Path) -> None:
    made = case(safe="it is", env={"lock_timeout": "4s", "transaction_per_migration": True})
    workplace.write(made, tmp_path / "project")
    env = (tmp_path / "project" / "migrations" / "env.py").read_text()
    ast.parse(env)
    assert "SET lock_timeout = '4s'" in env
    assert "transaction_per_migration=True" in env


def test_scan_under_a_lock_that_writers_wait_for_is_told() -> None:
    statement = {"sql": "ALTER", "writes_wait": ["orders"], "scanned": ["orders"]}
    found = facts.of_locks([statement])
    assert set(found) == {"blocks_writes", "writes_wait_for_work", "full_scan_locked"}


def test_short_lock_under_a_timeout_is_safe() -> None:
    statement = {"sql": "ALTER", "reads_wait": ["orders"], "writes_wait": ["orders"]}
    runs = {"filled": {**RUN, "statements": [statement]}}
    safe = case(safe="short")
    assert facts.contradictions(safe, facts.reasons(safe, runs)) == []
    statement["no_timeout"] = True  # type: ignore[assignment]
    assert "lock_no_timeout" in facts.contradictions(safe, facts.reasons(safe, runs))[0]


def test_renamed_column_loses_nothing() -> None:
    old = {"orders": {"rows": 2, "columns": {"note": [2, "77"]}}}
    new = {"orders": {"rows": 2, "columns": {"remark": [2, "77"]}}}
    empty = {"orders": {"rows": 2, "columns": {"remark": [0, "0"]}}}
    assert facts.of_rows({"rows": [old, new]}) == {}
    assert set(facts.of_rows({"rows": [old, empty]})) == {"data_loss", "rename_as_drop_add"}


def test_finding_of_another_reason_is_not_the_right_one() -> None:
    mapping = {"style": ["taste"], "rules": {"plain-index": ["blocks_writes"]}}
    danger, safe = case(danger=["blocks_writes"]), case(safe="it is")
    assert score.judge(danger, [("plain-index", [])], mapping) == "right"
    assert score.judge(danger, [("other", ["data_loss"])], mapping) == "other"
    assert score.judge(danger, [("taste", [])], mapping) == "missed"
    assert score.judge(safe, [("taste", [])], mapping) == "style"
    assert score.judge(safe, [("other", [])], mapping) == "alarm"
    assert score.judge(safe, [], mapping) == "silent"


def test_every_tool_has_a_mapping_of_known_reasons() -> None:
    mappings = tomllib.loads((SET / "peers.toml").read_text(encoding="utf-8"))
    for tool, mapping in mappings.items():
        granted = {r for reasons in mapping.get("rules", {}).values() for r in reasons}
        assert granted <= set(casefile.REASONS), tool

"""The labelled model files: labels are read, compared by statement, and some are reviewed here."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

SET = Path(__file__).parents[2] / "benchmarks" / "models_review"


def scorer() -> ModuleType:
    """Loads the script under a name of its own: another set has a score.py too."""
    spec = importlib.util.spec_from_file_location("models_review_score", SET / "score.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


SCORE = scorer()
FILE = """#! target: mysql-8.0
class User(Base):  #! missing-tenant-key
    name = mapped_column(
        String,
    )  #! string-without-length, plain-secret
    age = mapped_column(Integer)
"""


@pytest.fixture
def case(tmp_path: Path) -> object:
    path = tmp_path / "users.py"
    path.write_text(FILE, encoding="utf-8")
    return SCORE.read(path)


def found(line: int, rule: str, severity: str = "error") -> tuple[object, str]:
    return SCORE.Mark("users.py", line, rule), severity


def test_labels_are_taken_off_and_lines_keep_their_numbers(case) -> None:
    assert "#!" not in case.text
    assert case.text.splitlines()[1] == "class User(Base):"
    assert case.target == "mysql-8.0"
    assert [(mark.line, mark.rule) for mark in case.labels] == [
        (2, "missing-tenant-key"),
        (5, "string-without-length"),
        (5, "plain-secret"),
    ]


def test_finding_anywhere_in_the_statement_meets_its_label(case) -> None:
    score = SCORE.Score()
    SCORE.compare(case, [found(3, "string-without-length")], score)
    assert [mark.rule for mark in score.found] == ["string-without-length"]
    assert [mark.rule for mark in score.missed] == ["missing-tenant-key", "plain-secret"]
    assert score.alarms == []


def test_finding_in_another_statement_is_a_miss_and_an_alarm(case) -> None:
    score = SCORE.Score()
    SCORE.compare(case, [found(6, "plain-secret"), found(3, "missing-tenant-key")], score)
    assert score.found == []
    assert [mark.line for mark in score.alarms] == [6, 3]


def test_remark_without_a_label_is_no_alarm(case) -> None:
    score = SCORE.Score()
    SCORE.compare(case, [found(6, "legacy-base", "info")], score)
    assert score.alarms == []
    assert [mark.rule for mark in score.remarks] == ["legacy-base"]


@pytest.mark.parametrize("path", sorted((SET / "files").glob("*.py")), ids=lambda path: path.stem)
def test_file_compiles_and_its_labels_stand_on_statements(path: Path) -> None:
    case = SCORE.read(path)
    starts = SCORE.statements(case.text)
    compile(case.text, path.name, "exec")
    assert [str(mark) for mark in case.labels if mark.line not in starts] == []


@pytest.mark.parametrize("name", ["shop_clean.py", "tenant_helpdesk.py", "preferences.py"])
def test_review_says_what_the_labels_say(name: str) -> None:
    case = SCORE.read(SET / "files" / name)
    findings = SCORE.review(case, ["--no-sandbox"])
    assert not isinstance(findings, str), findings
    score = SCORE.Score()
    SCORE.compare(case, findings, score)
    assert [*map(str, score.missed), *map(str, score.alarms)] == []

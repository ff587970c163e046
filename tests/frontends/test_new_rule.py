"""`make new-rule`: a file that imports, has its page, and does nothing yet."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from dbwright.core.errors import UsageError
from dbwright.frontends.new_rule import new_rule
from dbwright.rules.registry import HEADINGS, read_rule

JOBS = ["models", "migrations", "queries", "drift"]


@pytest.fixture
def package(tmp_path: Path) -> Path:
    for job in JOBS:
        (tmp_path / job).mkdir()
    return tmp_path


@pytest.mark.parametrize("job", JOBS)
def test_new_rule_has_every_part(job: str, package: Path) -> None:
    path = new_rule(job, "some-new-problem", package)
    assert path.name == "some_new_problem.py"
    spec = importlib.util.spec_from_file_location("some_new_problem", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    rule = read_rule(module, job)  # type: ignore[arg-type]
    assert rule.name == "some-new-problem"
    assert all(heading in rule.page for heading in HEADINGS)
    assert set(rule.examples) == {"BAD", "GOOD"}


@pytest.mark.parametrize("job", JOBS)
def test_new_rule_passes_the_linter(job: str, package: Path) -> None:
    path = new_rule(job, "some_new_problem", package)
    ruff = Path(sys.executable).with_name("ruff")
    config = Path(__file__).parents[2] / "pyproject.toml"
    for action in (["check"], ["format", "--check"]):
        done = subprocess.run(
            [ruff, *action, "--config", config, path], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("job", "name"),
    [("tables", "a_b"), ("models", "one"), ("models", "R001_x"), ("models", "../x")],
)
def test_what_is_no_rule_is_refused(job: str, name: str, package: Path) -> None:
    with pytest.raises(UsageError):
        new_rule(job, name, package)
    assert not [p for p in package.rglob("*") if p.is_file()]


def test_rule_that_is_there_stays(package: Path) -> None:
    path = new_rule("models", "some_problem", package)
    path.write_text("mine")
    with pytest.raises(UsageError, match="is there already"):
        new_rule("models", "some_problem", package)
    assert path.read_text() == "mine"

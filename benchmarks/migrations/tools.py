"""Runs one tool on one case: what it said of the revisions under review, as rules and claims."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import workplace
from casefile import Case

GIT = ("git", "-c", "user.name=set", "-c", "user.email=set@example.invalid")
TARGETS = {"postgresql": "postgresql-18", "sqlite": "", "mariadb": "mariadb-10.11"}
LIMIT = 300
CONNECTION = """
    connectable = config.attributes.get("connection", None) or engine_from_config("""
PYTEST_ALEMBIC = """
import pytest
import sqlalchemy


@pytest.fixture
def alembic_engine():
    return sqlalchemy.create_engine({url!r}, poolclass=sqlalchemy.pool.NullPool)
"""
ALEMBIC_TESTS = """
from pytest_alembic.tests import test_single_head_revision, test_up_down_consistency, test_upgrade
"""
PYTEST_MRT = """
from pytest_mrt import MRTConfig


def pytest_configure(config):
    config._mrt_config = MRTConfig(alembic_ini="alembic.ini", db_url={url!r})
"""


@dataclass(slots=True)
class Place:
    """Where a tool works: the case's project, the tools' folder, a database to run things on.

    `server` is where dbwright may make databases of its own, which it starts itself elsewhere.
    """

    project: Path
    tools: Path
    dbwright: str
    url: str = ""
    server: str = ""


@dataclass(slots=True)
class Said:
    """What a tool said: rules with their claims, or why it said nothing."""

    rules: list[tuple[str, list[str]]] = field(default_factory=list)
    failed: str = ""

    def add(self, rule: str, claims: list[str] | None = None) -> None:
        """Keeps a finding once."""
        entry = (rule, sorted(set(claims or [])))
        if entry not in self.rules:
            self.rules.append(entry)


def run(command: list[str], project: Path, **extra: str) -> subprocess.CompletedProcess[str]:
    """A tool's command in the project; raises subprocess.TimeoutExpired."""
    environment = {**os.environ, "NO_COLOR": "1", "PYTHONDONTWRITEBYTECODE": "1", **extra}
    return subprocess.run(
        command,
        cwd=project,
        capture_output=True,
        text=True,
        timeout=LIMIT,
        env=environment,
        check=False,
    )


def last(text: str) -> str:
    """The last line of a tool's complaint."""
    return (text.strip().splitlines() or ["no output"])[-1][:200]


def commit_base(case: Case, place: Place) -> None:
    """Makes the project a git repository whose main has all but the revisions under review."""
    versions = place.project / "migrations" / "versions"
    aside = place.project.parent / "aside"
    aside.mkdir()
    for name in workplace.reviewed(case):
        shutil.move(versions / name, aside / name)
    for arguments in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "main"]):
        subprocess.run([*GIT, *arguments], cwd=place.project, check=True)
    subprocess.run([*GIT, "switch", "-qc", "work"], cwd=place.project, check=True)
    for name in workplace.reviewed(case):
        shutil.move(aside / name, versions / name)


def dbwright(case: Case, place: Place) -> Said:
    """`dbwright migrations review` of the branch; a second for trying its fixes."""
    settings = "[tool.dbwright]\ntrials = 1\n"
    if target := TARGETS[case.on]:
        settings += f'target = "{target}"\n'
    (place.project / "pyproject.toml").write_text(settings)
    commit_base(case, place)
    command = [place.dbwright, "migrations", "review", "--format", "json", "-q", "."]
    if place.server:
        command += ["--sandbox-url", place.server]
    done = run(command, place.project)
    try:
        report = json.loads(done.stdout)
    except ValueError:
        return Said(failed=last(done.stderr))
    said = Said(failed="; ".join(report["errors"])[:300])
    files = workplace.reviewed(case)
    for found in report["recommendations"]:
        file = (found["location"].get("file") or "").rsplit("/", 1)[-1]
        if file in files or not file.startswith("0001"):
            said.add(found["rule"], [effect["claim"] for effect in found["effects"]])
    return said


SQL: dict[str, tuple[int, str]] = {}


def rendered(case: Case, place: Place) -> Path | str:
    """The SQL of the revisions under review, by `alembic upgrade --sql`; or why there is none."""
    if case.name not in SQL:
        command = [sys.executable, "-m", "alembic", "upgrade", f"{case.start()}:head", "--sql"]
        done = run(command, place.project)
        SQL[case.name] = (
            done.returncode,
            done.stdout + done.stderr if done.returncode else done.stdout,
        )
    status, text = SQL[case.name]
    if status:
        return f"cannot be rendered: {last(text)}"
    file = place.project / "upgrade.sql"
    file.write_text(text)
    return file


def squawk(case: Case, place: Place) -> Said:
    """squawk over the rendered SQL."""
    file = rendered(case, place)
    if isinstance(file, str):
        return Said(failed=file)
    command = [str(place.tools / "squawk" / "bin" / "squawk"), "--reporter", "json"]
    done = run([*command, "--pg-version", "18", str(file)], place.project)
    said = Said()
    try:
        for found in json.loads(done.stdout or "[]"):
            said.add(found["rule_name"])
    except ValueError:
        said.failed = last(done.stderr + done.stdout)
    return said


def pgfence(case: Case, place: Place) -> Said:
    """pgfence over the rendered SQL."""
    file = rendered(case, place)
    if isinstance(file, str):
        return Said(failed=file)
    program = place.tools / "pgfence" / "node_modules" / ".bin" / "pgfence"
    command = [str(program), "analyze", "--format", "sql", "--output", "json"]
    done = run([*command, "--min-pg-version", "18", str(file)], place.project)
    said = Said()
    try:
        for result in json.loads(done.stdout)["results"]:
            for found in [*result["checks"], *result["policyViolations"]]:
                said.add(found["ruleId"])
    except (ValueError, KeyError):
        said.failed = last(done.stderr + done.stdout)
    return said


def under_review(case: Case) -> list[str]:
    """The paths of the files under review."""
    return [f"migrations/versions/{name}" for name in workplace.reviewed(case)]


def alembic_guard(case: Case, place: Place) -> Said:
    """alembic-guard over the files."""
    program = str(place.tools / "alembic-guard" / "bin" / "alembic-guard")
    done = run([program, "--format", "json", *under_review(case)], place.project)
    return listed(done, lambda answer: [found["rule"] for found in answer])


def zdm(case: Case, place: Place) -> Said:
    """zdm over the files."""
    program = str(place.tools / "zdm" / "bin" / "zdm")
    done = run([program, "--output-format", "json", *under_review(case)], place.project)
    return listed(done, lambda answer: [found["rule_id"] for found in answer["diagnostics"]])


def listed(done: subprocess.CompletedProcess[str], read: Callable[[Any], list[str]]) -> Said:
    """The rules in a tool's JSON."""
    said = Said()
    try:
        for rule in read(json.loads(done.stdout)):
            said.add(rule)
    except (ValueError, KeyError):
        said.failed = last(done.stderr + done.stdout)
    return said


def pytest_mrt(case: Case, place: Place) -> Said:
    """mrt's static check, then its tests on a database."""
    home = place.tools / "pytest-mrt" / "bin"
    command = [str(home / "mrt"), "check", "--format", "json", "--check-compat"]
    done = run([*command, "migrations/versions"], place.project)
    files, said = workplace.reviewed(case), Said()
    try:
        for found in json.loads(done.stdout[done.stdout.index("{") :])["findings"]:
            if found["file"] in files or "revision" in found["pattern"].lower():
                said.add(found["rule"] or found["pattern"])
    except (ValueError, KeyError):
        said.failed = last(done.stderr + done.stdout)
    conftest = PYTEST_MRT.format(url=place.url)
    chosen = ("-k", "not static and not schema_matches")
    tests = run_tests(place, home, conftest, "def test_nothing():\n    pass\n", chosen)
    said.rules += tests.rules
    said.failed = said.failed or tests.failed
    return said


def pytest_alembic(case: Case, place: Place) -> Said:
    """pytest-alembic's tests on a database; models that lag behind are not its matter here."""
    env = place.project / "migrations" / "env.py"
    env.write_text(
        env.read_text().replace("\n    connectable = engine_from_config(", CONNECTION, 1)
    )
    home = place.tools / "pytest-alembic" / "bin"
    return run_tests(place, home, PYTEST_ALEMBIC.format(url=place.url), ALEMBIC_TESTS)


def run_tests(
    place: Place, home: Path, conftest: str, tests: str, arguments: tuple[str, ...] = ()
) -> Said:
    """Runs a tool's tests; each failed one is a finding, so is a project that cannot be loaded."""
    (place.project / "conftest.py").write_text(conftest)
    (place.project / "pytest.ini").write_text("[pytest]\n")
    (place.project / "test_revisions.py").write_text(tests)
    command = [
        str(home / "python"),
        "-m",
        "pytest",
        "-q",
        "-rfE",
        "--tb=no",
        "-p",
        "no:cacheprovider",
    ]
    done = run([*command, *arguments, "."], place.project, PYTHONPATH=str(place.project))
    said = Said()
    for line in done.stdout.splitlines():
        if line.startswith(("FAILED", "ERROR")):
            name = line.split("::")[-1].split(" ")[0]
            said.add(name if name.startswith("test_") else "cannot_load")
    if done.returncode not in (0, 1) and not said.rules:
        said.add("cannot_load")
        said.failed = last(done.stdout + done.stderr)
    return said


TOOLS: dict[str, Callable[[Case, Place], Said]] = {
    "dbwright": dbwright,
    "squawk": squawk,
    "pgfence": pgfence,
    "alembic-guard": alembic_guard,
    "zdm": zdm,
    "pytest-mrt": pytest_mrt,
    "pytest-alembic": pytest_alembic,
}
POSTGRESQL_ONLY = ("squawk", "pgfence")
NEEDS_DATABASE = ("pytest-mrt", "pytest-alembic")

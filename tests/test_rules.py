"""Every rule, our own and those of installed packages, put to the test on real databases."""

from __future__ import annotations

import importlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from dbwright.core.rule import Rule
from dbwright.rules.registry import all_rules
from dbwright.scratch.databases import NAMED_SERVERS
from dbwright.scratch.server import ServerChoice, stop
from dbwright.testing import Laboratory, laboratory, left_out, problems


def is_first(rule: Rule, name: str) -> bool:
    """Whether an example is the first bad or good one of its rule and database."""
    kind, dialect = name.partition("_")[0], rule.examples[name].dialect
    alike = (
        other
        for other, example in rule.examples.items()
        if (other.partition("_")[0], example.dialect) == (kind, dialect)
    )
    return next(alike) == name


EVERY = bool(os.environ.get("DBWRIGHT_EVERY_FIX"))
"""Whether all examples and fixes are run, as `make prove` asks."""
EXAMPLES = [
    (rule, name)
    for rule in all_rules()
    if rule.depends_on_version
    for name, example in rule.examples.items()
    if example.dialect == "postgresql"
    if EVERY or is_first(rule, name) or rule.applies.versions or example.applies.versions
]
BOUND = [
    (rule, name)
    for rule, name in EXAMPLES
    if rule.applies.versions or rule.examples[name].applies.versions
]


def label(value: object) -> str:
    return f"{value.job}/{value.name}" if isinstance(value, Rule) else str(value)


@pytest.mark.database
@pytest.mark.parametrize("rule", all_rules(), ids=label)
def test_rule_is_sound(rule: Rule, rule_lab: Laboratory) -> None:
    """Of each database the first bad example's fix is tried; `make prove` tries all."""
    assert problems(rule, rule_lab, every_fix=EVERY) == []


@pytest.fixture(scope="session")
def lab_15(postgresql_15: Path) -> Iterator[Laboratory]:
    """A laboratory on PostgreSQL 15."""
    folder = Path(tempfile.mkdtemp(prefix="dbwt-"))
    folder.chmod(0o755)
    choice = ServerChoice(pg_bin=postgresql_15, cache_dir=folder / "cache")
    with laboratory(choice) as opened:
        yield opened
    stop(choice)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.database
@pytest.mark.parametrize(("rule", "name"), EXAMPLES, ids=label)
def test_example_whose_truth_depends_on_the_version_is_sound_on_15(
    rule: Rule, name: str, lab_15: Laboratory
) -> None:
    """The first bad and good ones, and those bound to versions; `make prove` runs all."""
    example = rule.examples[name]
    if why := left_out(rule, example, lab_15):
        pytest.skip(why)
    texts = problems(replace(rule, examples={name: example}), lab_15)
    assert [text for text in texts if text.startswith(f"{name}: ")] == []


@pytest.mark.database
@pytest.mark.parametrize(("rule", "name"), BOUND, ids=label)
def test_example_bound_to_versions_was_run(rule: Rule, name: str, rule_lab: Laboratory) -> None:
    """The rule's own test ran it, unless this skip says why that left it out."""
    if why := left_out(rule, rule.examples[name], rule_lab):
        pytest.skip(why)


NAMED = [
    (rule, name)
    for rule in all_rules()
    for name, example in rule.examples.items()
    if example.dialect in NAMED_SERVERS
]


@pytest.mark.database
@pytest.mark.parametrize(("rule", "name"), NAMED, ids=label)
def test_example_of_mariadb_was_run(
    rule: Rule, name: str, rule_lab: Laboratory, mariadb: str
) -> None:
    """The rule's own test ran it, unless no server is there."""
    assert left_out(rule, rule.examples[name], rule_lab) is None


def test_a_rule_that_asks_for_the_version_has_an_example_on_each_side() -> None:
    asking = [rule for rule in all_rules() if asks_for_version(rule)]
    assert asking
    for rule in asking:
        bounds = [example.applies for example in rule.examples.values()]
        assert any(bound.since for bound in bounds), rule.name
        assert any(bound.before for bound in bounds), rule.name


def asks_for_version(rule: Rule) -> bool:
    """Whether the rule's module, or a recipe that it imports, reads the target's version."""
    module = importlib.import_module(rule.module)
    recipes = (
        found
        for found in vars(module).values()
        if isinstance(found, ModuleType) and found.__name__.startswith("dbwright.recipes.")
    )
    texts = (Path(found.__file__ or "").read_text() for found in (module, *recipes))
    return any(re.search(r"target\.(has|major|version)\b", text) for text in texts)

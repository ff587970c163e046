"""Rules are found by walking the packages of this one, and by entry points; never listed.

A third party's package announces itself with the entry point group `dbwright.rules`; its value is
a package that holds packages named as the jobs: `models`, `migrations`, `queries`, `drift`.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
import typing
from collections import Counter
from collections.abc import Iterable, Iterator
from importlib.metadata import entry_points
from types import ModuleType
from typing import Any, cast, get_args

from dbwright.core.errors import RuleError
from dbwright.core.finding import Job
from dbwright.core.rule import Applies, Example, Reasoned, Rule

HEADINGS = ("## What it does", "## Why is this bad?", "## When to leave it")
PACKAGES = get_args(Job)
GROUP = "dbwright.rules"


def all_rules() -> tuple[Rule, ...]:
    """Gives every rule, our own and those of installed packages, sorted by job and name."""
    return rules_for(*PACKAGES)


def rules_for(*jobs: str) -> tuple[Rule, ...]:
    """Gives the rules of some jobs, sorted by job and name; those of others are not imported."""
    rule_names()
    return tuple(rule for job in sorted(set(jobs)) for rule in _of_job(job))


@functools.cache
def rule_names() -> frozenset[str]:
    """Gives the name of every rule without importing it; a name that two have is a RuleError."""
    names = [_name(module) for package in _packages() for _, module in _modules(package, PACKAGES)]
    for name, count in Counter(names).items():
        if count > 1:
            raise RuleError(f"two rules are named {name}")
    return frozenset(names)


@functools.cache
def _of_job(job: str) -> tuple[Rule, ...]:
    found = [rule for package in _packages() for rule in _rules_of(package, (job,))]
    return tuple(sorted(found, key=lambda rule: rule.name))


def rule_named(name: str) -> Rule | None:
    """Gives the rule published under that name, or None."""
    wanted = name.replace("_", "-")
    return next((rule for rule in all_rules() if rule.name == wanted), None)


def rules_of(package: ModuleType) -> Iterator[Rule]:
    """Gives the rules of a package that holds packages named as the jobs."""
    yield from _rules_of(package, PACKAGES)


def _rules_of(package: ModuleType, jobs: Iterable[str]) -> Iterator[Rule]:
    for job, module in _modules(package, jobs):
        yield read_rule(importlib.import_module(module), cast(Job, job))


def _modules(package: ModuleType, jobs: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The modules of rules with their jobs."""
    for job in jobs:
        name = f"{package.__name__}.{job}"
        try:
            folder = importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name != name:
                raise
            continue
        for info in pkgutil.iter_modules(folder.__path__, f"{name}."):
            yield job, info.name


def read_rule(module: ModuleType, job: Job) -> Rule:
    """Gives the rule that a module holds; a part that is missing raises RuleError."""
    for part in ("APPLIES", "BAD", "GOOD", "check", "advise", "__doc__"):
        if not getattr(module, part, None):
            raise RuleError(f"the rule module {module.__name__} has no {part}")
    return Rule(
        name=_name(module.__name__),
        job=job,
        page=cast(str, module.__doc__),
        applies=cast(Applies, module.APPLIES),
        severity=getattr(module, "SEVERITY", None),
        fact=_fact(module),
        check=module.check,
        advise=module.advise,
        examples=_examples(module),
        reasoned=cast("Reasoned | None", getattr(module, "REASONED", None)),
        security=bool(getattr(module, "SECURITY", False)),
        module=module.__name__,
    )


def _name(module: str) -> str:
    return module.rpartition(".")[2].replace("_", "-")


def _packages() -> Iterator[ModuleType]:
    yield importlib.import_module(__package__ or "dbwright.rules")
    for entry in entry_points(group=GROUP):
        yield entry.load()


def _fact(module: ModuleType) -> type:
    hints = typing.get_type_hints(module.check)
    first = next((hint for name, hint in hints.items() if name != "return"), None)
    if not isinstance(first, type):
        raise RuleError(f"the first parameter of {module.__name__}.check must name its fact")
    return first


def _examples(module: ModuleType) -> dict[str, Example]:
    kinds: tuple[Any, ...] = get_args(Example)
    return {
        name: value
        for name, value in vars(module).items()
        if name.startswith(("BAD", "GOOD")) and isinstance(value, kinds)
    }

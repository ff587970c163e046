"""How a change is done well: the rule that knows, run on its own example."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dbwright.collect.project import find_project
from dbwright.core.errors import CollectError, DbwrightError, UsageError
from dbwright.core.explanation import Do, Explanation, Reason
from dbwright.core.finding import Irreversible, Recommendation, Unverified
from dbwright.core.options import Options, Progress
from dbwright.core.rule import RevisionExample, Rule
from dbwright.core.target import Target
from dbwright.rules.registry import rule_named

ASSUMED = "postgresql"


def run(
    question: str, names: tuple[str, ...], path: Path, options: Options, progress: Progress
) -> Explanation:
    """Gives how it is done, by the rules of these names, each run on its own example.

    UsageError where none of them is for the project's database.
    """
    target = _target(path, options)
    rules = [rule for name in names if (rule := rule_named(name)) and rule.applies.to(target)]
    if not rules:
        raise UsageError(
            f"that cannot be answered for {target}: no rule of it is about that",
            way_out="dbwright rule lists what it knows.",
        )
    found, why = _told(rules, target, options, progress)
    if not found:
        raise UsageError(
            f"the rule {rules[0].name} knows, and could not be run: {why}",
            way_out=f"dbwright rule {rules[0].name}",
        )
    return _explanation(question, rules, found, why)


def _target(path: Path, options: Options) -> Target:
    if options.target:
        return Target.parse(options.target)
    try:
        project = find_project(path, find_python=False)
    except CollectError:
        return Target.parse(ASSUMED)
    return project.target or Target.parse(project.dialect or ASSUMED)


def _told(
    rules: list[Rule], target: Target, options: Options, progress: Progress
) -> tuple[list[Recommendation], str]:
    """What each rule says of its own example, with what the database showed."""
    from dbwright.jobs.examples import revision_case
    from dbwright.jobs.flow import review

    found: list[Recommendation] = []
    why = ""
    with _bench(target, options) as bench:
        for rule in rules:
            example = _example(rule, target)
            if example is None:
                continue
            progress(f"running the example of {rule.name}")
            try:
                with revision_case(bench, example, target) as (facts, prove, _):
                    found += review([rule], facts, target, prove).recommendations[:1]
            except DbwrightError as error:
                why = error.message
    return found, why


def _example(rule: Rule, target: Target) -> RevisionExample | None:
    for name, example in rule.examples.items():
        if not name.startswith("BAD") or not isinstance(example, RevisionExample):
            continue
        if example.dialect == target.dialect and example.applies.to(target):
            return example
    return None


class _Bench:
    """What examples are run on: a sandbox and a process for each database, ended with the stack."""

    def __init__(self, root: Path, options: Options, stack: contextlib.ExitStack) -> None:
        self.root, self.options, self.stack = root, options, stack
        self._sandboxes: dict[str, Any] = {}

    def sandbox(self, dialect: str) -> Any:
        from dbwright.jobs.examples import open_sandbox
        from dbwright.scratch.server import ServerChoice

        if dialect not in self._sandboxes:
            choice = ServerChoice(
                sandbox_url=self.options.sandbox_url,
                pg_bin=Path(self.options.pg_bin) if self.options.pg_bin else None,
            )
            self._sandboxes[dialect] = self.stack.enter_context(open_sandbox(dialect, choice))
        return self._sandboxes[dialect]

    def worker(self, dialect: str) -> Any:
        import sys

        from dbwright.jobs.examples import open_worker

        return self.stack.enter_context(open_worker(Path(sys.executable), self.root, dialect))


@contextlib.contextmanager
def _bench(target: Target, options: Options) -> Iterator[_Bench]:
    with tempfile.TemporaryDirectory(prefix="dbwright-") as root, contextlib.ExitStack() as stack:
        yield _Bench(Path(root), options, stack)


def _explanation(
    question: str, rules: list[Rule], found: list[Recommendation], why: str
) -> Explanation:
    first = found[0]
    advice = first.advice
    seen = f"{first.proof.level} on {first.proof.scope}" if first.proof.scope else first.proof.level
    do = tuple(Do(each.advice.fix.title, each.advice.fix.code) for each in found)
    reasons = [Reason(_sentence(advice.reason))]
    reasons += [Reason(text) for text in first.evidence]
    if first.proof.witness:
        reasons.append(Reason(f"seen: {first.proof.witness}"))
    undo = advice.undo
    own = "its table stands for yours"
    return Explanation(
        f"how to {question}" if question else rules[0].summary.rstrip("."),
        f"Done in one go, {first.location.object or 'the table'}: {first.message}. "
        f"{advice.fix.title}.",
        do,
        tuple(reasons),
        advice.alternatives,
        "; ".join(filter(None, (advice.risk.text, advice.risk.mitigation))),
        f"none: {undo.why}" if isinstance(undo, Irreversible) else undo.text,
        advice.tests,
        advice.backup,
        f"{seen}, on the rule's own example ({own})",
        unverified=(Unverified("your own tables", "none was named that could be run"),),
        more=(f"dbwright rule {rules[0].name}", 'dbwright ask "…" with your table and column'),
    )


def _sentence(text: str) -> str:
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]

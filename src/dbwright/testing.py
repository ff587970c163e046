"""Rules put to the test: their examples run on real databases. Third-party rules use it too.

A rule package's whole suite is:

    from dbwright.testing import laboratory, problems, rules_of
    import my_rules

    @pytest.fixture(scope="session")
    def lab():
        with laboratory() as found:
            yield found

    @pytest.mark.parametrize("rule", rules_of(my_rules), ids=lambda rule: rule.name)
    def test_rule(rule, lab):
        assert problems(rule, lab) == []
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from dbwright.core.claim import Claim, Proof, QueryProbe
from dbwright.core.errors import DbwrightError
from dbwright.core.finding import Advice, Edit, Finding, Irreversible
from dbwright.core.rule import Example, ModelsExample, ProgramExample, RevisionExample, Rule
from dbwright.core.target import Target
from dbwright.jobs import examples
from dbwright.jobs.example_program import fixed
from dbwright.jobs.flow import Prover, analyze, named
from dbwright.jobs.remedies import remedied
from dbwright.rules.registry import HEADINGS, all_rules, rules_of
from dbwright.scratch.databases import NAMED_SERVERS
from dbwright.scratch.server import ServerChoice

MARIADB_URL = "DBWRIGHT_MARIADB_URL"
"""The variable that names a throw-away MariaDB for examples of MySQL and MariaDB."""

_TRIES = 3
"""So often a gain is looked for."""
FEW = 1
"""How many examples of a kind and database are run where not all are asked for."""

__all__ = ["Case", "Laboratory", "Tally", "laboratory", "left_out", "problems", "rules_of"]


@dataclass(slots=True)
class Case:
    """An example made real: the facts that rules read, and the prover of claims about them."""

    facts: Sequence[object]
    target: Target
    prove: Prover
    files: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Tally:
    """What the runs in a laboratory came to, counted by database (`postgresql-15`, `sqlite`).

    `claims` counts those of bad examples that a run confirmed, by database and level; `left_out`
    says of each example that is for other versions why it was not run.
    """

    examples: Counter[str] = field(default_factory=Counter)
    claims: Counter[tuple[str, str]] = field(default_factory=Counter)
    left_out: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Laboratory:
    """Scratch databases and child processes that examples run on, shared by many rules."""

    choice: ServerChoice
    root: Path
    stack: contextlib.ExitStack
    python: Path = field(default_factory=lambda: Path(sys.executable))
    opened: dict[str, Any] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)

    @contextlib.contextmanager
    def case(self, example: Example) -> Iterator[Case]:
        """Makes an example real for the time of the block."""
        target = self.target(example.dialect)
        if isinstance(example, ModelsExample):
            opened = examples.models_case(self, example, target)
        elif isinstance(example, RevisionExample):
            opened = examples.revision_case(self, example, target)
        elif isinstance(example, ProgramExample):
            opened = examples.program_case(self, example, target)
        else:
            opened = examples.query_case(self, example, target)
        with opened as (facts, prove, files):
            yield Case(facts, target, prove, files)

    def sandbox(self, dialect: str) -> Any:
        """Gives the scratch databases of a dialect, opened once."""
        if dialect not in self.opened:
            self.opened[dialect] = self.stack.enter_context(
                examples.open_sandbox(dialect, self.choice)
            )
        return self.opened[dialect]

    def worker(self, dialect: str) -> Any:
        """Gives the child process for a dialect, started once."""
        key = f"worker {dialect}"
        if key not in self.opened:
            self.opened[key] = self.stack.enter_context(
                examples.open_worker(self.python, self.root, dialect)
            )
        return self.opened[key]

    def target(self, dialect: str) -> Target:
        """Gives the target that examples of a dialect run as: its server's own version."""
        return Target(dialect, self.version(dialect))

    def version(self, dialect: str) -> tuple[int, ...] | None:
        """Gives the version of the dialect's server, for the examples' target."""
        server = getattr(self.sandbox(dialect), "server", None)
        return server.numbers if server is not None else None


@contextlib.contextmanager
def laboratory(choice: ServerChoice | None = None) -> Iterator[Laboratory]:
    """Opens a laboratory; its databases and processes are gone at the end.

    Examples of MySQL and MariaDB run on the server that DBWRIGHT_MARIADB_URL names, if any.
    """
    folder = tempfile.TemporaryDirectory(prefix="dbwright-")
    with folder as path, contextlib.ExitStack() as stack:
        yield Laboratory(_with_mariadb(choice or ServerChoice()), Path(path), stack)


def _with_mariadb(choice: ServerChoice) -> ServerChoice:
    url = os.environ.get(MARIADB_URL)
    if not url or choice.other_urls:
        return choice
    return replace(choice, other_urls=tuple((name, url) for name in NAMED_SERVERS))


def problems(
    rule: Rule,
    lab: Laboratory,
    among: Iterable[Rule] | None = None,
    *,
    every_fix: bool = True,
) -> list[str]:
    """Gives what is wrong with a rule, in sentences; empty for a sound one.

    `among` are the rules under which good examples must be silent; all by default. Examples for
    other versions than the server's are not run; the laboratory's tally names them. Without
    `every_fix` only the first bad and the first good example of each database, and those bound
    to versions, are run, and the fix of the first bad one is tried alone: a rule with many takes
    a third of the time.
    """
    others = tuple(among) if among is not None else (*all_rules(), rule)
    found = page_problems(rule)
    tried: set[str] = set()
    seen: Counter[tuple[str, str]] = Counter()
    for name, example in rule.examples.items():
        kind = (name.partition("_")[0], example.dialect)
        seen[kind] += 1
        if not every_fix and seen[kind] > FEW and not example.applies.versions:
            continue
        try:
            why = left_out(rule, example, lab)
            if why is not None:
                lab.tally.left_out.append(f"{rule.job}/{rule.name} {name}: {why}")
                continue
            lab.tally.examples[str(lab.target(example.dialect))] += 1
            with lab.case(example) as case:
                if name.startswith("BAD"):
                    fixes = every_fix or example.dialect not in tried
                    texts = _bad(rule, example, case, lab, fixes=fixes)
                    tried.add(example.dialect)
                else:
                    texts = _good(rule, example, case, others)
        except Exception as error:
            texts = [f"the example does not run: {type(error).__name__}: {error}"]
        found += [f"{name}: {text}" for text in texts]
    return found


def left_out(rule: Rule, example: Example, lab: Laboratory) -> str | None:
    """Gives why an example cannot run on the laboratory's server, or None when it can."""
    if example.dialect in NAMED_SERVERS and lab.choice.url_for(example.dialect) is None:
        return f"no server is named for {example.dialect} ({MARIADB_URL})"
    target = lab.target(example.dialect)
    for what, applies in (("the rule", rule.applies), ("the example", example.applies)):
        if target.dialect in applies.dialects and not applies.to(target):
            return f"{what} is for {target.dialect} {applies.versions}, the server is {target}"
    return None


def page_problems(rule: Rule) -> list[str]:
    """Gives what is missing on the rule's page and among its examples."""
    missing = [f"the page has no {heading!r}" for heading in HEADINGS if heading not in rule.page]
    if not rule.summary.endswith("."):
        missing.append("the page does not begin with a sentence")
    for start in ("BAD", "GOOD"):
        if not any(name.startswith(start) for name in rule.examples):
            missing.append(f"there is no {start} example")
    return missing


def _good(rule: Rule, example: Example, case: Case, others: Sequence[Rule]) -> list[str]:
    texts = examples.trouble(case.facts, case.prove)
    return texts + [
        f"it should be silent, but {finding.rule} says: {finding.message}"
        for finding in _findings(_distinct(others, rule), case)
    ]


def _distinct(others: Sequence[Rule], rule: Rule) -> list[Rule]:
    return list({r.module: r for r in others if r.job == rule.job}.values())


def _bad(rule: Rule, example: Example, case: Case, lab: Laboratory, *, fixes: bool) -> list[str]:
    pairs = [
        (fact, finding)
        for fact in case.facts
        if type(fact) is rule.fact
        for finding in (named(rule, f) for f in rule.check(fact))
    ]
    if not pairs:
        return ["it does not fire"]
    wanted = getattr(example, "object", None)
    if wanted and all(finding.location.object != wanted for _, finding in pairs):
        return [f"it fires on {pairs[0][1].location.object}, not on {wanted}"]
    texts: list[str] = []
    claimed = {claim.kind for _, finding in pairs for claim in finding.claims}
    if set(example.claims) - claimed:
        texts.append(f"it does not claim {', '.join(sorted(set(example.claims) - claimed))}")
    standing = []
    for fact, finding in pairs:
        left, problems_ = _unproved(rule, finding, fact, case, lab.tally, example.claims)
        standing.append((fact, left))
        texts += problems_
    fact, finding = standing[0]
    return texts + _advice_problems(rule, finding, fact, case, example, lab, fixes=fixes)


def _unproved(
    rule: Rule, finding: Finding, fact: object, case: Case, tally: Tally, wanted: Sequence[str]
) -> tuple[Finding, list[str]]:
    """Gives the finding with the remedies that stand, and what could not be proved of it.

    Of each kind in `wanted` a claim must hold; another's remedy may fall as long as one stands. A
    machine that is busy with other things hides a gain: what fell by a clock is run again.
    """
    if rule.reasoned is not None:
        return finding, []
    if not finding.claims:
        return finding, ["it makes no claim that a run could prove"]
    for _ in range(_TRIES):
        pairs = list(zip(finding.claims, case.prove(finding, fact), strict=True))
        standing, _ = remedied(finding, pairs)
        fallen = _fallen(pairs, wanted, standing)
        if not any(_by_a_clock(claim) for claim, _ in fallen):
            break
    tally.claims.update((str(case.target), proof.level) for _, proof in pairs if proof.holds)
    return standing or finding, [
        f"the claim {claim.kind} is {proof.level}: {proof.why or proof.witness}"
        for claim, proof in fallen
    ]


def _by_a_clock(claim: Claim) -> bool:
    return isinstance(claim.probe, QueryProbe) and claim.probe.expect == "cheaper"


def _fallen(
    pairs: Sequence[tuple[Claim, Proof]], wanted: Sequence[str], standing: Finding | None
) -> list[tuple[Claim, Proof]]:
    """Gives what ought to hold and does not."""
    missing = {claim.kind for claim, _ in pairs if claim.kind in wanted}
    missing -= {claim.kind for claim, proof in pairs if proof.holds}
    return [
        (claim, proof)
        for claim, proof in pairs
        if not proof.holds and (claim.remedy is None or standing is None or claim.kind in missing)
    ]


def _advice_problems(
    rule: Rule,
    finding: Finding,
    fact: object,
    case: Case,
    example: Example,
    lab: Laboratory,
    *,
    fixes: bool,
) -> list[str]:
    advice = rule.advise(finding, fact)
    texts = [f"the advice has no {part}" for part in _empty_parts(advice)]
    fix = advice.fix
    if isinstance(example, ProgramExample):  # what is pasted into a program is tried as `fixed`
        return texts + (_cure_problems(rule, finding, fixed(example), lab) if example.fixed else [])
    if isinstance(example, ModelsExample) and example.fixed and not fix.edits:
        return texts + _cure_problems(rule, finding, fixed(example), lab)
    if finding.remedies and not (fix.edits or fix.steps):
        return texts  # a setting, or a change of the program: no database can try it
    if not fix.edits and not fix.steps:
        return [*texts, "the fix has neither edits nor steps, so nobody can try it"]
    if fixes:
        texts += _cure_problems(rule, finding, examples.cured(example, fix), lab)
    return texts + _undo_problems(advice, case)


def _cure_problems(rule: Rule, finding: Finding, cured: Example, lab: Laboratory) -> list[str]:
    try:
        with lab.case(cured) as after:
            again = [f for f in _findings([rule], after) if _same_object(f, finding)]
            texts = [f"the fix does not cure: {f.message}" for f in again]
            texts += [f"after the fix {t}" for t in examples.trouble(after.facts, after.prove)]
            return texts + examples.restore_problems(after.facts)
    except DbwrightError as error:
        return [f"after the fix the example does not run: {error}"]


def _undo_problems(advice: Advice, case: Case) -> list[str]:
    if isinstance(advice.undo, Irreversible) or not advice.fix.edits:
        return []
    if not advice.undo.edits:
        return ["the fix edits files and the undo does not"]
    fixed = _edited(case.files, advice.fix.edits)
    restored = _edited(fixed, advice.undo.edits)
    return [] if restored == case.files else ["the undo does not restore the files"]


def _edited(files: dict[str, str], edits: Sequence[Edit]) -> dict[str, str]:
    result = dict(files)
    for edit in edits:
        if edit.after is None:
            result.pop(edit.path, None)
        else:
            result[edit.path] = edit.after
    return result


def _same_object(one: Finding, other: Finding) -> bool:
    return one.location.object == other.location.object


def _findings(rules: Iterable[Rule], case: Case) -> list[Finding]:
    found: list[Finding] = []
    for item in analyze(rules, case.facts, case.target):
        if not isinstance(item, tuple):
            raise RuntimeError(f"{item.what}: {item.why}")
        if _stands(item[2], item[1], case):
            found.append(item[2])
    return found


def _stands(finding: Finding, fact: object, case: Case) -> bool:
    """Whether a finding on a query is one behind its proof: without a way out it is withdrawn."""
    if not finding.remedies:
        return True
    pairs = list(zip(finding.claims, case.prove(finding, fact), strict=True))
    return remedied(finding, pairs)[0] is not None


def _empty_parts(advice: Advice) -> list[str]:
    parts = {
        "reason": advice.reason,
        "title of the fix": advice.fix.title,
        "code": advice.fix.code,
        "alternative": advice.alternatives,
        "risk": advice.risk.text,
        "mitigation": advice.risk.mitigation,
        "tests": advice.tests,
        "backup": advice.backup,
    }
    return [name for name, value in parts.items() if not value]

"""Pages built from the code: a rule's page, with what the database said to its examples."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

from dbwright.core.claim import Proof
from dbwright.core.rule import (
    Example,
    ModelsExample,
    ProgramExample,
    QueryExample,
    RevisionExample,
    Rule,
)
from dbwright.render.markdown import escaped

if TYPE_CHECKING:
    from dbwright.testing import Laboratory


def rule_page(rule: Rule, lab: Laboratory | None = None) -> str:
    """Gives the rule's page as Markdown: its docstring, its examples, and what a run of them gave.

    The examples run in the laboratory that is given; without one nothing is run.
    """
    applies = ", ".join(rule.applies.dialects)
    since = ".".join(map(str, rule.applies.since))
    facts = f"For {rule.job} · {rule.severity or 'severity by the case'} · {applies}"
    facts += f" from {since}" if since else ""
    reasoned = f"\n\nReasoned, not run: {rule.reasoned.why}." if rule.reasoned else ""
    parts = [f"# {rule.name}", facts + reasoned, rule.page.strip()]
    parts += [_example(name, example) for name, example in rule.examples.items()]
    if lab is not None:
        parts.append("## What the database said\n\n" + "\n".join(said(rule, lab)))
    return "\n\n".join(parts)


def said(rule: Rule, lab: Laboratory) -> list[str]:
    """Gives one line per claim of the bad examples: the proof and its witness, from a run."""
    if rule.reasoned is not None:
        return [f"- Nothing was run: {rule.reasoned.why}."]
    bad = {name: example for name, example in rule.examples.items() if name.startswith("BAD")}
    from dbwright.testing import left_out

    missing = {name: left_out(rule, example, lab) for name, example in bad.items()}
    return [
        *(f"- {_title(name)}: not run: {why}." for name, why in missing.items() if why),
        *_answers(rule, {name: each for name, each in bad.items() if not missing[name]}, lab),
    ]


def _answers(rule: Rule, bad: dict[str, Example], lab: Laboratory) -> list[str]:
    return [
        f"- {_title(name)}: **{proof.level}** on {proof.scope or 'no database'}: "
        f"{escaped(proof.witness or proof.why)}"
        for name, example in bad.items()
        for proof in _proofs(rule, example, lab)
    ]


def _proofs(rule: Rule, example: Example, lab: Laboratory) -> Iterator[Proof]:
    with lab.case(example) as case:
        for fact in case.facts:
            if type(fact) is rule.fact:
                for finding in rule.check(fact):
                    yield from case.prove(finding, fact)


def _example(name: str, example: Example) -> str:
    return f"## {_title(name)}\n\n{_code(example)}"


def _title(name: str) -> str:
    """The example's name in words: `Bad: with a default`."""
    kind, _, words = name.partition("_")
    return f"{kind.title()}{': ' if words else ''}{words.replace('_', ' ').lower()}"


def _code(example: Example) -> str:
    if isinstance(example, (ModelsExample, ProgramExample)):
        return _fenced("python", example.code)
    if isinstance(example, QueryExample):
        return _fenced("sql", example.schema) + "\n\n" + _fenced("sql", example.sql)
    assert isinstance(example, RevisionExample)
    body = "def upgrade():\n" + textwrap.indent(textwrap.dedent(example.upgrade).strip(), "    ")
    body += "\n\ndef downgrade():\n"
    body += textwrap.indent(textwrap.dedent(example.downgrade).strip(), "    ")
    return _fenced("sql", example.before) + "\n\n" + _fenced("python", body)


def _fenced(language: str, text: str) -> str:
    return f"```{language}\n{textwrap.dedent(text).strip()}\n```"

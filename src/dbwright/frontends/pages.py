"""Pages built from the code: a rule's page, with what the database said to its examples."""

from __future__ import annotations

import textwrap

from dbwright.core.rule import Example, ModelsExample, QueryExample, RevisionExample, Rule


def rule_page(rule: Rule, run: bool = False) -> str:
    """Gives the rule's page as Markdown: its docstring, examples and, when run, the proofs."""
    applies = ", ".join(rule.applies.dialects)
    since = ".".join(map(str, rule.applies.since))
    facts = [
        f"Job: {rule.job}. Severity: {rule.severity or 'by the case'}. Databases: {applies}"
        + (f" from {since}." if since else "."),
    ]
    if rule.reasoned:
        facts.append(f"Reasoned, not run: {rule.reasoned.why}.")
    parts = [f"# {rule.name}", rule.page.strip(), "\n".join(facts)]
    parts += [_example(name, example) for name, example in rule.examples.items()]
    if run:
        parts.append("## What the database said\n\n" + "\n".join(said(rule)))
    return "\n\n".join(parts)


def said(rule: Rule) -> list[str]:
    """Gives one line per claim of the bad examples: the proof and its witness, from a run."""
    from dbwright.testing import laboratory

    lines: list[str] = []
    with laboratory() as lab:
        for name, example in rule.examples.items():
            if not name.startswith("BAD"):
                continue
            with lab.case(example) as case:
                for fact in case.facts:
                    if type(fact) is not rule.fact:
                        continue
                    for finding in rule.check(fact):
                        proofs = [] if rule.reasoned else case.prove(finding, fact)
                        lines += [
                            f"- {name}: {p.level} on {p.scope}: {p.witness or p.why}"
                            for p in proofs
                        ]
    return lines or ["- nothing was run"]


def _example(name: str, example: Example) -> str:
    title = "## Bad" if name.startswith("BAD") else "## Good"
    words = name.partition("_")[2].replace("_", " ").lower()
    return f"{title}{f': {words}' if words else ''}\n\n{_code(example)}"


def _code(example: Example) -> str:
    if isinstance(example, ModelsExample):
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

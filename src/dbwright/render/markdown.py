"""The report as Markdown, for a pull request or an issue."""

from __future__ import annotations

import re

from dbwright.core.finding import Recommendation
from dbwright.core.report import Report
from dbwright.render import parts, plan

MOST_PLANS = 100
"""So many plans are drawn, those of the statements that take most."""
MARKS = {"error": "✖", "warning": "!", "info": "i"}


def render(report: Report, **options: object) -> str:
    """Gives the whole report; each recommendation is a section with all its parts."""
    blocks = [f"# dbwright: {escaped(report.summary.project or 'report')}", parts.totals(report)]
    blocks += [f"**Error.** {escaped(text)}" for text in report.errors]
    for looked in report.heaviest(MOST_PLANS):
        if looked.explained is not None:
            blocks.append(escaped(plan.sentence(looked.explained)))
            blocks.append(fenced("\n".join(plan.tree(looked.explained, ascii=True))))
    blocks += [_section(item) for item in report.recommendations]
    if report.unverified:
        rows = [
            f"- {escaped(item.what)}: {escaped(item.why)} {escaped(item.way_out)}".rstrip()
            for item in report.unverified
        ]
        blocks += ["## Not verified", "\n".join(rows)]
    if report.waived:
        rows = [
            f"- `{item.rule}` {escaped(parts.place(item.location))}: {escaped(item.reason)}"
            for item in report.waived
        ]
        blocks += ["## Waived", "\n".join(rows)]
    return "\n\n".join(blocks) + "\n"


def _section(item: Recommendation) -> str:
    advice = item.advice
    head = f"## {MARKS[item.severity]} {escaped(parts.title(item))}"
    place = _code(parts.place(item.location))
    facts = [f"`{place}`"] if place else []
    where = " · ".join([*facts, f"`{item.rule}`", escaped(parts.proofs(item))])
    others = [f"  - {escaped(a.title)}: {escaped(a.tradeoff)}" for a in advice.alternatives]
    rows = [
        f"- **Seen:** {escaped(parts.seen(item))}",
        f"- **Why:** {escaped(advice.reason)}",
        f"- **Do:** {escaped(advice.fix.title)}",
        f"\n{_indented(fenced(advice.fix.code))}\n",
        *([f"- **Tried:** {escaped(parts.tried(item))}"] if item.trial else []),
        *(["- **Or:**", *others] if others else []),
        f"- **Risk:** {escaped(parts.risk(item))}",
        f"- **Undo:** {escaped(parts.undo(item))}",
        f"- **Test:** {escaped(advice.tests)}",
        f"- **Backup:** {escaped(advice.backup)}",
    ]
    return "\n\n".join([head, where, "\n".join(rows)])


def escaped(text: str) -> str:
    """Gives text that Markdown shows as it is: no markup, no HTML, no mention, one line."""
    text = " ".join(parts.printable(text).split())
    text = re.sub(r"([\\`*_{}\[\]<>|#&~$])", r"\\\1", text)
    text = re.sub(r"^(\d*)([-+=.)])", r"\1\\\2", text)
    return text.replace("@", "&#64;")


def fenced(code: str) -> str:
    """Gives a code block whose fence is longer than any run of backticks in it."""
    longest = max((len(run) for run in re.findall(r"`+", code)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}python\n{parts.printable(code).rstrip()}\n{fence}"


def _indented(text: str) -> str:
    return "\n".join(f"  {line}".rstrip() for line in text.splitlines())


def _code(text: str) -> str:
    return " ".join(parts.printable(text).split()).replace("`", "'")

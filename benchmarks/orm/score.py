"""Judges a tool's answer about a program."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import check
from execute import Outcome, digest
from place import Places
from program import Mark, Program
from tools.answer import Answer, Said

SENT = ("statements", "flushes", "commits")
HEAD = ("tool", "named", "line", "right option", "alarms on good", "changed", "broke off")


@dataclass(slots=True)
class Verdict:
    """What an answer is worth: of the label's findings those that it names, and on which lines."""

    labelled: int = 0
    named: int = 0
    placed: int = 0
    options: int = 0  # findings that an option cures: 0 or 1 for each program
    right: int = 0
    alarms: list[str] = field(default_factory=list)
    changed: bool = False
    problem: str = ""


def judged(
    each: Program, answer: Answer, kinds: dict[str, set[str]], places: Places, driver: str
) -> Verdict:
    """The verdict on one answer."""
    verdict = Verdict(problem=answer.problem)
    if answer.problem:
        verdict.labelled = len(each.findings)
        return verdict
    plain = check.ran(each, each.asked(), places.empty(driver), [])
    verdict.changed = bool(answer.outcome) and changed(answer.outcome, plain)
    if not each.bad:
        verdict.alarms = [f"{said.kind} {said.about}"[:90] for said in answer.findings]
        return verdict
    verdict.labelled = len(each.findings)
    for mark in each.findings:
        same = [said for said in answer.findings if meets(said, mark, kinds)]
        verdict.named += bool(same)
        verdict.placed += any(stands(said, mark, each) for said in same)
    if "option" in each.label:
        verdict.options = 1
        verdict.right = any_right(each, answer, places, driver, plain)
    return verdict


def changed(told: dict[str, Any], plain: Outcome) -> bool:
    """Whether a program under a tool gave another value, error or rows, or sent something else."""
    same = (plain.value, plain.error, digest(plain))
    counted = [told["cost"][name] == getattr(plain.cost, name) for name in SENT]
    return (told["value"], told["error"], told["tables"]) != same or not all(counted)


def meets(said: Said, mark: Mark, kinds: dict[str, set[str]]) -> bool:
    """Whether a finding is of the mark's kind; one that names a relationship has to name its."""
    if mark.kind not in kinds.get(said.kind, set()):
        return False
    key = mark.about.rpartition(".")[2]
    relationship = "." in said.about and " " not in said.about
    return not relationship or not key or said.about.split(" ")[0].endswith(key)


def stands(said: Said, mark: Mark, each: Program) -> bool:
    """Whether a finding stands in the mark's statement; in a template, on its line."""
    if Path(said.file).name != mark.file:
        return False
    first, last = mark.line, mark.line
    if mark.file.endswith(".py"):
        first, last = statement(each.asked(), mark.line)
    return first <= said.line <= last


def statement(source: str, line: int) -> tuple[int, int]:
    """The lines of the simple statement, or of the head of a block, that a line belongs to."""
    best = (line, line)
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.stmt) or not node.lineno <= line <= (node.end_lineno or 0):
            continue
        last = node.end_lineno or node.lineno
        body: list[ast.stmt] = getattr(node, "body", [])
        if body:
            last = max(node.lineno, body[0].lineno - 1)
        if node.lineno <= line <= last:
            best = (node.lineno, last)
    return best


def any_right(each: Program, answer: Answer, places: Places, driver: str, plain: Outcome) -> int:
    """Whether one of the options gives the same with as few statements as the label's, or one more.

    Options of all findings are also tried together, as a reader would set them.
    """
    options = list(dict.fromkeys(text for said in answer.findings for text in said.options))
    together = [f"({', '.join(options)})"] if len(options) > 1 else []
    measure = each.label.get("measure", "statements")
    wanted = check.expected(each, "after", driver)
    for option in [*together, *options]:
        try:
            url = places.empty(driver)
            after = check.ran(each, each.asked(), url, [(each.label["root"], option)])
        except Exception:  # an option that is no code is a wrong answer
            continue
        cost = getattr(after.cost, measure)
        cured = not after.error and cost <= wanted + 1
        if cured and (after.value == plain.value or plain.error):
            return 1
    return 0


def line(tool: str, verdicts: dict[str, Verdict]) -> tuple[Any, ...]:
    """A tool's line of the table."""
    found = verdicts.values()
    labelled = sum(each.labelled for each in found)
    good = [name for name in verdicts if name.startswith("good/")]
    alarms = sum(bool(verdicts[name].alarms) for name in good)
    return (
        tool,
        share(sum(each.named for each in found), labelled),
        share(sum(each.placed for each in found), labelled),
        share(sum(each.right for each in found), sum(each.options for each in found)),
        share(alarms, len(good)),
        str(sum(each.changed for each in found)),
        str(sum(bool(each.problem) for each in found)),
    )


def share(part: int, whole: int) -> str:
    """A share as the table has it."""
    return f"{part} of {whole}, {100 * part / whole:.0f} %" if whole else "-"


def table(rows: list[tuple[Any, ...]]) -> str:
    """Rows in columns; the first is the head."""
    widths = [max(len(str(row[n])) for row in rows) for n in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [str(cell).rjust(width) for cell, width in zip(row, widths, strict=True)]
        lines.append("  ".join([str(row[0]).ljust(widths[0]), *cells[1:]]).rstrip())
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])

"""Holds what a tool said against a case's label, and draws the table; pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from casefile import Case

OUTCOMES = ("right", "other", "missed", "silent", "alarm", "style", "left out")


def meant(rule: str, claims: list[str], mapping: dict[str, Any]) -> set[str]:
    """The reasons that a finding stands for: its own claims, and what the mapping grants."""
    reasons = set(claims) | set(mapping.get("rules", {}).get(rule, []))
    for word, granted in mapping.get("words", {}).items():
        if word in rule:
            reasons |= set(granted)
    return reasons


def judge(case: Case, rules: list[tuple[str, list[str]]], mapping: dict[str, Any]) -> str:
    """The outcome of one case for one tool.

    A danger is `right` when a finding stands for one of its reasons, `other` when something else
    than style was said, else `missed`. A safe case is `silent`, an `alarm`, or `style`.
    """
    style = set(mapping.get("style", []))
    harder = [rule for rule, _ in rules if rule not in style]
    if case.safe:
        return "alarm" if harder else "style" if rules else "silent"
    reasons = set().union(*(meant(rule, claims, mapping) for rule, claims in rules))
    if reasons & set(case.danger):
        return "right"
    return "other" if harder else "missed"


@dataclass(slots=True)
class Row:
    """A tool's line of the table."""

    tool: str
    counts: dict[str, int]
    seconds: float

    def cells(self) -> list[str]:
        """The line's texts."""
        c = self.counts
        dangers, safe = c["right"] + c["other"] + c["missed"], c["silent"] + c["alarm"] + c["style"]
        share = f"{100 * c['right'] / dangers:.0f} %" if dangers else "-"
        return [
            self.tool,
            f"{c['right']} of {dangers}",
            share,
            str(c["other"]),
            str(c["missed"]),
            f"{c['alarm']} of {safe}",
            str(c["style"]),
            str(c["left out"]),
            f"{self.seconds:.1f} s",
        ]


HEAD = ["tool", "right reason", "", "other reason", "missed", "alarms on safe", "style on safe"]
HEAD += ["not for it", "time per case"]


def row(tool: str, outcomes: dict[str, str], seconds: float) -> Row:
    """A tool's counts over all cases."""
    values = list(outcomes.values())
    counts = {name: values.count(name) for name in OUTCOMES}
    return Row(tool, counts, seconds / max(1, len(values) - counts["left out"]))


def table(rows: list[Row]) -> str:
    """The rows as aligned text."""
    lines = [HEAD, *(row.cells() for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(HEAD))]
    drawn = [
        "  ".join(
            cell.ljust(width) if place == 0 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    ]
    return "\n".join([drawn[0], "-" * len(drawn[0]), *drawn[1:]])
